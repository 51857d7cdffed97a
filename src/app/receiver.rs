//! One webhook receiver: as somebody wants to add it, checked, and as it is shown. No secret is ever shown, and of a URL only
//! where it leads: many receivers' URLs hold a key.

use crate::domain::route::Priority;
use crate::escalate::address::is_internal;
use crate::escalate::webhook::{Endpoint, TYPES};
use crate::store::endpoints::{EndpointRow, KeptSecret};
use crate::store::health::Health;
use jiff::Timestamp;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Names and URLs are no longer than this.
const MAX_NAME: usize = 40;
const MAX_URL: usize = 2_048;
/// A path of the API, so no name.
const RESERVED: &str = "deliveries";

/// A receiver to be added.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// Its name: small letters, digits, `-`, `_`.
    pub name: String,
    /// Where to post.
    pub url: String,
    /// `thin`, `full` or a recipe.
    #[serde(default = "thin")]
    pub form: String,
    /// Told of these only; empty for all.
    #[serde(default)]
    pub priorities: Vec<Priority>,
    /// Event types that it is told of, or steps of them (`escalation.breached:on_call`); empty for all.
    #[serde(default)]
    pub types: Vec<String>,
    /// Who is told too when this one was not reached within a minute.
    #[serde(default)]
    pub secondary: Option<String>,
    /// Told only in another's place.
    #[serde(default)]
    pub standby: bool,
    /// Loopback and private addresses allowed.
    #[serde(default)]
    pub allow_internal: bool,
}

/// An event type, or a step of one: which steps there are is the ladder's to say.
fn is_event(word: &str) -> bool {
    let (kind, step) = word.split_once(':').unwrap_or((word, "any"));
    TYPES.contains(&kind) && !step.is_empty()
}

fn thin() -> String {
    "thin".into()
}

impl Receiver {
    /// What can be judged without looking at the others.
    ///
    /// # Errors
    /// Which field, and why.
    pub fn check(&self) -> Result<(), String> {
        let letters = self.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
        if self.name.is_empty() || self.name.len() > MAX_NAME || !letters || self.name == RESERVED {
            return Err(format!(
                "name: use 1 to {MAX_NAME} small letters, digits, - and _, and not the word `{RESERVED}`"
            ));
        }
        if let Some(unknown) = self.types.iter().find(|t| !is_event(t)) {
            return Err(format!(
                "types: there is no event `{unknown}`; there are {}, and steps such as escalation.breached:on_call",
                TYPES.join(", ")
            ));
        }
        if self.secondary.as_ref() == Some(&self.name) {
            return Err("secondary: an endpoint cannot stand in for itself".into());
        }
        self.check_url()
    }

    fn check_url(&self) -> Result<(), String> {
        let url = Url::parse(&self.url).ok().filter(|_| self.url.len() <= MAX_URL);
        let Some((url, host)) = url.as_ref().and_then(|u| Some((u, u.host_str()?))) else {
            return Err("url: this is no address such as https://pager.example/hook".into());
        };
        let plain = url.scheme() == "http" && self.allow_internal;
        if url.scheme() != "https" && !plain {
            return Err("url: must begin with https:// (http:// only with allow_internal)".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("url: must not hold a name or password".into());
        }
        // A courtesy: the address that counts is the one that the name has when something is sent.
        let bare = host.trim_matches(['[', ']']);
        let inside = bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(is_internal);
        if inside && !self.allow_internal {
            return Err("url: this is an inside address; set allow_internal if that is meant".into());
        }
        Ok(())
    }

    pub(super) fn into_row(self, secret: KeptSecret, now: Timestamp) -> EndpointRow {
        EndpointRow {
            name: self.name,
            url: self.url,
            secrets: vec![secret],
            form: self.form,
            priorities: self.priorities,
            types: self.types,
            secondary: self.secondary,
            standby: self.standby,
            allow_internal: self.allow_internal,
            disabled: None,
            created: now,
        }
    }
}

/// Where a receiver stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// In the configuration file: read-only.
    Configuration,
    /// In the store: managed by staff.
    Stored,
}

/// A receiver as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct ReceiverView {
    /// Its name.
    pub name: String,
    /// Where its URL leads, without path and query.
    pub address: String,
    /// Who manages it.
    pub source: Source,
    /// `thin`, `full` or a recipe.
    pub form: String,
    /// Told of these only; empty for all.
    pub priorities: Vec<Priority>,
    /// Event types that it is told of; empty for all.
    pub types: Vec<String>,
    /// Who is told too.
    pub secondary: Option<String>,
    /// Told only in another's place.
    pub standby: bool,
    /// Inside addresses are allowed.
    pub allow_internal: bool,
    /// When it was added.
    pub created: Option<Timestamp>,
    /// Why nothing is sent.
    pub disabled: Option<String>,
    /// Since when.
    pub disabled_at: Option<Timestamp>,
    /// An older secret signs too until then.
    pub old_secret_until: Option<Timestamp>,
    /// How it has been doing.
    pub health: Health,
}

impl ReceiverView {
    pub(super) fn configured(e: &Endpoint) -> Self {
        Self {
            name: e.name.clone(),
            address: masked(&e.url),
            source: Source::Configuration,
            form: e.form.name().to_owned(),
            priorities: e.priorities.clone(),
            types: e.types.clone(),
            secondary: e.secondary.clone(),
            standby: e.standby,
            allow_internal: e.allow_internal,
            created: None,
            disabled: None,
            disabled_at: None,
            old_secret_until: None,
            health: Health::default(),
        }
    }

    pub(super) fn stored(row: &EndpointRow, now: Timestamp) -> Self {
        Self {
            name: row.name.clone(),
            address: masked(&row.url),
            source: Source::Stored,
            form: row.form.clone(),
            priorities: row.priorities.clone(),
            types: row.types.clone(),
            secondary: row.secondary.clone(),
            standby: row.standby,
            allow_internal: row.allow_internal,
            created: Some(row.created),
            disabled: row.disabled.as_ref().map(|d| d.reason.clone()),
            disabled_at: row.disabled.as_ref().map(|d| d.at),
            old_secret_until: row.secrets.iter().filter_map(|s| s.until).filter(|until| *until > now).max(),
            health: Health::default(),
        }
    }
}

/// Scheme, host and port of a URL; its path and query may hold a key.
pub(super) fn masked(url: &str) -> String {
    let origin = Url::parse(url).map(|u| u.origin().ascii_serialization());
    origin.map_or_else(|_| "(no address)".into(), |origin| format!("{origin}/…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver(url: &str) -> Receiver {
        serde_json::from_value(serde_json::json!({ "name": "pager", "url": url })).unwrap()
    }

    #[test]
    fn inside_addresses_and_plain_http_need_the_explicit_setting() {
        for url in ["http://x.example/", "https://127.0.0.1/", "https://[::1]/h", "https://localhost/", "nonsense"] {
            assert!(receiver(url).check().unwrap_err().starts_with("url: "), "{url}");
        }
        assert!(receiver("https://u:p@x.example/").check().is_err());
        assert!(receiver("https://x.example/hook").check().is_ok());
        assert!(Receiver { allow_internal: true, ..receiver("http://127.0.0.1:9/") }.check().is_ok());
    }

    #[test]
    fn of_a_url_only_the_origin_is_shown() {
        assert_eq!(masked("https://hooks.example:8443/services/T0/key?token=x"), "https://hooks.example:8443/…");
    }
}
