//! What of a server's configuration decides what is said: the language model's endpoint, never its key; how the classifier computes; what
//! becomes of unreviewed translations.

use crate::classify::Precision;
use serde::{Deserialize, Serialize};

/// Its file.
pub(super) const SETTINGS: &str = "settings.json";

/// The settings that a release fixes. In order of name, as the file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How the classifier computes.
    pub encoder: Precision,
    /// The language model's server; none when local drafters word the answers.
    pub endpoint: Option<Endpoint>,
    /// Unreviewed translations are released with a mark.
    pub mark_unreviewed: bool,
}

/// A language model's server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The word on a business associate agreement, as it stands in the configuration.
    pub agreement: String,
    /// Name of the model.
    pub model: String,
    /// Time for one call, in milliseconds.
    pub timeout_ms: u64,
    /// Base URL.
    pub url: String,
}

impl Settings {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|e| format!("{SETTINGS} does not read: {e}"))
    }
    /// The file.
    pub(super) fn text(&self) -> String {
        super::manifest::canonical(self)
    }
}
