//! What the settings of a language model mean, and whether vetted context may be sent to its server.

use crate::draft::openai::ModelSettings;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::net::IpAddr;
use std::time::Duration;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModel {
    base_url: String,
    api_key: SecretString,
    model: String,
    timeout_ms: u64,
    pub(super) baa: String,
}

impl RawModel {
    pub(super) fn key(&self) -> Option<SecretString> {
        Some(self.api_key.clone()).filter(|k| !k.expose_secret().is_empty())
    }

    pub(super) fn check(self, wrong: &mut Vec<String>) -> Option<ModelSettings> {
        if self.base_url.is_empty() {
            return None;
        }
        model_settings(&self.base_url, &self.model, self.key(), self.timeout_ms, &self.baa)
            .map_err(|e| wrong.push(e))
            .ok()
    }
}

/// Settings of a language model server, once its agreement is checked.
///
/// # Errors
/// Why vetted context may not be sent there.
pub fn model_settings(
    base_url: &str,
    model: &str,
    api_key: Option<SecretString>,
    timeout_ms: u64,
    baa: &str,
) -> Result<ModelSettings, String> {
    let url = reqwest::Url::parse(base_url).map_err(|e| format!("llm.base_url: {e}"))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if !loopback && baa != "signed" {
        return Err(
            "llm.baa is not \"signed\": patients' context would go to a vendor without a business associate agreement"
                .into(),
        );
    }
    if !loopback && url.scheme() != "https" {
        return Err("llm.base_url is not https: patients' context would travel in the clear".into());
    }
    Ok(ModelSettings {
        base_url: base_url.to_owned(),
        api_key,
        model: model.to_owned(),
        timeout: Duration::from_millis(timeout_ms),
    })
}
