//! Configuration: `RawConfig` is what was written (unknown keys are errors), `Config` is what it means. The commented default file
//! `config.toml` is the manual. Checks across settings explain the consequence.

mod model;
mod release;
mod site;

pub use model::model_settings;
pub use release::{Release, UNDECIDED};

use crate::classify::Precision;
use crate::credentials::SessionLimits;
use crate::draft::openai::ModelSettings;
use crate::escalate::signature;
use crate::escalate::webhook::Endpoint;
use crate::identity::{Key, Verifier};
use crate::store::limits::DayLimits;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use figment::value::magic::RelativePathBuf;
use jiff::SignedDuration;
use model::RawModel;
use release::RawRelease;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use site::{KeySource, keys, placed};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The default file, which is also the manual.
pub const MANUAL: &str = include_str!("config.toml");

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file or variable does not parse.
    #[error("configuration: {0}")]
    Parse(Box<figment::Error>),
    /// Settings that cannot hold together, each with its consequence.
    #[error("configuration:\n  - {}", .0.join("\n  - "))]
    Check(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    server: RawServer,
    data: RawData,
    site: RawSite,
    console: RawConsole,
    answers: RawAnswers,
    llm: RawModel,
    openai: RawOpenai,
    limits: RawLimits,
    feed: RawFeed,
    release: RawRelease,
    #[serde(default)]
    webhook: Vec<RawWebhook>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawServer {
    host: IpAddr,
    port: u16,
    metrics_host: IpAddr,
    metrics_port: u16,
    secure_cookies: bool,
    public_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawData {
    dir: RelativePathBuf,
    index: RelativePathBuf,
    versions: RelativePathBuf,
    guardrails: RelativePathBuf,
    feed: RelativePathBuf,
    journal: RelativePathBuf,
    encoder: Precision,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSite {
    name: String,
    pharmacy: String,
    issuer: String,
    jwks_file: RelativePathBuf,
    hs256_secret: SecretString,
    hs256_secret_file: RelativePathBuf,
    frame_ancestors: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConsole {
    issuer: String,
    jwks_file: RelativePathBuf,
    hs256_secret: SecretString,
    hs256_secret_file: RelativePathBuf,
    passwords: bool,
    idle_minutes: u32,
    session_hours: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswers {
    unreviewed_translations: Unreviewed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unreviewed {
    Refuse,
    Mark,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOpenai {
    keys: Vec<SecretString>,
    keys_file: RelativePathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    messages_per_person: u32,
    messages_per_site: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFeed {
    secret: SecretString,
    previous_secret: SecretString,
    quiet_after_minutes: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWebhook {
    name: String,
    url: String,
    secret: SecretString,
    previous_secret: Option<SecretString>,
    #[serde(default)]
    allow_internal: bool,
}

/// What the settings mean.
#[derive(Debug)]
pub struct Config {
    /// Address of the server.
    pub listen: SocketAddr,
    /// Address of metrics and probes.
    pub metrics: SocketAddr,
    /// Cookies over TLS only.
    pub secure_cookies: bool,
    /// Where customers and staff reach the server.
    pub public_url: String,
    /// Store and spill file.
    pub data: PathBuf,
    /// Pharmacy folder.
    pub index: PathBuf,
    /// Published versions of its texts, in place of the folder.
    pub versions: Option<PathBuf>,
    /// Guard policy folder.
    pub guardrails: PathBuf,
    /// How the classifier computes.
    pub encoder: Precision,
    /// FHIR bundles read at start.
    pub feed: Option<PathBuf>,
    /// Folder of the journal of cases.
    pub journal: Option<PathBuf>,
    /// Messages of a day.
    pub limits: DayLimits,
    /// Site name.
    pub site: String,
    /// The pharmacy's name.
    pub pharmacy: String,
    /// Customers' tokens.
    pub site_verifier: Verifier,
    /// Staff's tokens.
    pub console_verifier: Verifier,
    /// Sessions of staff who sign in by password and code; `None` when they do not.
    pub sessions: Option<SessionLimits>,
    /// Origins that may frame the chat.
    pub frame_ancestors: Vec<String>,
    /// Unreviewed translations are released with a mark.
    pub mark_unreviewed: bool,
    /// Language model.
    pub model: Option<ModelSettings>,
    /// Key for the language model's server, of whoever names the server.
    pub model_key: Option<SecretString>,
    /// The word on the agreement with whoever runs it.
    pub model_agreement: String,
    /// Which release is served.
    pub release: Release,
    /// Webhook receivers.
    pub endpoints: Vec<Endpoint>,
    /// Keys of the OpenAI-compatible endpoint.
    pub openai_keys: Vec<SecretString>,
    /// Secrets that sign the order feed, the present one first; off without one.
    pub feed_secrets: Vec<SecretString>,
    /// After so long a silent feed is shown to staff.
    pub feed_quiet_after: SignedDuration,
    /// Files with secrets in them, which nobody else on the machine should read.
    pub secret_files: Vec<PathBuf>,
}

impl Config {
    /// Reads the defaults, then the file, then the environment.
    ///
    /// # Errors
    /// [`ConfigError`] naming the file, the key and the mend.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(MANUAL));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError::Check(vec![format!(
                    "there is no file {}; pass --config FILE",
                    file.display()
                )]));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let raw: RawConfig = figment
            .merge(Env::prefixed("APOTHECARY_").split("__"))
            .extract()
            .map_err(|e| ConfigError::Parse(Box::new(e)))?;
        raw.check()
    }
}

impl RawConfig {
    fn check(self) -> Result<Config, ConfigError> {
        let mut wrong = Vec::new();
        let site_keys = keys("site", &self.site.source(), &mut wrong);
        let console_keys = self.console.keys(&mut wrong);
        let secret_files = [&self.site.hs256_secret_file, &self.console.hs256_secret_file, &self.openai.keys_file];
        let secret_files = secret_files.into_iter().map(placed).filter(|f| !f.as_os_str().is_empty()).collect();
        let sessions = self.console.sessions(&mut wrong);
        let release = self.release.check(&mut wrong);
        let (model_key, model_agreement) = (self.llm.key(), self.llm.baa.clone());
        let model = self.llm.check(&mut wrong);
        let endpoints = self.webhook.iter().map(|w| w.check(&mut wrong)).collect();
        let openai_keys = site::openai_keys(&self.openai.keys, &placed(&self.openai.keys_file), &mut wrong);
        let (feed_secrets, feed_quiet_after) = self.feed.check(&mut wrong);
        site::origins(&self.site.frame_ancestors, &mut wrong);
        if self.server.port == self.server.metrics_port {
            wrong.push("server.port and server.metrics_port are the same: metrics would be public".into());
        }
        if self.server.secure_cookies
            && self.server.public_url.starts_with("http://")
            && !self.server.host.is_loopback()
        {
            wrong.push(
                "server.public_url is plain http but secure_cookies is on: browsers would not send the cookie back"
                    .into(),
            );
        }
        if !wrong.is_empty() {
            return Err(ConfigError::Check(wrong));
        }
        let verifier = |issuer: String, audience: String, keys| Verifier { issuer, audience, keys };
        Ok(Config {
            listen: SocketAddr::new(self.server.host, self.server.port),
            metrics: SocketAddr::new(self.server.metrics_host, self.server.metrics_port),
            secure_cookies: self.server.secure_cookies,
            public_url: self.server.public_url,
            data: placed(&self.data.dir),
            index: placed(&self.data.index),
            versions: Some(placed(&self.data.versions)).filter(|v| !v.as_os_str().is_empty()),
            guardrails: placed(&self.data.guardrails),
            encoder: self.data.encoder,
            feed: Some(placed(&self.data.feed)).filter(|f| !f.as_os_str().is_empty()),
            limits: DayLimits { person: self.limits.messages_per_person, site: self.limits.messages_per_site },
            journal: Some(placed(&self.data.journal)).filter(|f| !f.as_os_str().is_empty()),
            site_verifier: verifier(self.site.issuer, format!("apothecary:{}", self.site.name), site_keys),
            sessions,
            console_verifier: verifier(self.console.issuer, "apothecary:console".into(), console_keys),
            site: self.site.name,
            pharmacy: self.site.pharmacy,
            frame_ancestors: self.site.frame_ancestors,
            mark_unreviewed: self.answers.unreviewed_translations == Unreviewed::Mark,
            model,
            model_key,
            model_agreement,
            release,
            endpoints,
            openai_keys,
            feed_secrets,
            feed_quiet_after,
            secret_files,
        })
    }
}

impl RawSite {
    fn source(&self) -> KeySource<'_> {
        KeySource {
            jwks_file: placed(&self.jwks_file),
            secret: &self.hs256_secret,
            secret_file: placed(&self.hs256_secret_file),
        }
    }
}

impl RawConsole {
    fn source(&self) -> KeySource<'_> {
        KeySource {
            jwks_file: placed(&self.jwks_file),
            secret: &self.hs256_secret,
            secret_file: placed(&self.hs256_secret_file),
        }
    }

    /// The keys of the pharmacy's own sign-in; staff with passwords need none.
    fn keys(&self, wrong: &mut Vec<String>) -> Vec<Key> {
        let source = self.source();
        if self.passwords && source.is_empty() { Vec::new() } else { keys("console", &source, wrong) }
    }

    fn sessions(&self, wrong: &mut Vec<String>) -> Option<SessionLimits> {
        let (idle, longest) = (i64::from(self.idle_minutes), i64::from(self.session_hours));
        if !(2..=60).contains(&idle) {
            wrong.push("console.idle_minutes is not within 2 to 60: an unwatched console would show health data, or nobody could read a case".into());
        }
        if !(1..=24).contains(&longest) {
            wrong.push("console.session_hours is not within 1 to 24: a stolen session would outlive the shift".into());
        }
        let limits =
            SessionLimits { idle: SignedDuration::from_mins(idle), longest: SignedDuration::from_hours(longest) };
        self.passwords.then_some(limits)
    }
}

impl RawFeed {
    fn check(self, wrong: &mut Vec<String>) -> (Vec<SecretString>, SignedDuration) {
        let mut secrets = vec![self.secret, self.previous_secret];
        secrets.retain(|s| !s.expose_secret().is_empty());
        if secrets.iter().any(|s| !signature::is_strong(s)) {
            wrong.push("feed: a secret is not whsec_ followed by base64 of 24 bytes or more: it could be guessed, and whoever knows it writes orders".into());
        }
        let never = "feed.quiet_after_minutes is 0: the feed would always count as silent";
        wrong.extend((self.quiet_after_minutes == 0).then(|| never.to_owned()));
        (secrets, SignedDuration::from_mins(self.quiet_after_minutes.into()))
    }
}

impl RawWebhook {
    fn check(&self, wrong: &mut Vec<String>) -> Endpoint {
        let https = self.url.starts_with("https://") || (self.allow_internal && self.url.starts_with("http://"));
        if !https {
            wrong.push(format!("webhook `{}`: {} is not https", self.name, self.url));
        }
        let secrets: Vec<SecretString> = std::iter::once(&self.secret).chain(&self.previous_secret).cloned().collect();
        if secrets.iter().any(|s| !s.expose_secret().starts_with("whsec_")) {
            wrong.push(format!("webhook `{}`: a secret does not begin with whsec_", self.name));
        }
        Endpoint::configured(self.name.clone(), self.url.clone(), secrets, self.allow_internal)
    }
}

#[cfg(test)]
mod tests;
