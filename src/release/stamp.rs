//! How the audit, the metrics and the pages name what is answered by: a release with its signers, or that nobody signed it.

use serde::{Serialize, Serializer};
use serde_json::json;
use std::fmt;

/// Which release answers, and who stands for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stamp {
    /// Nobody.
    #[default]
    Unsigned,
    /// A release.
    Signed {
        /// Its name, such as `3-0a1b2c3d4e5f`.
        id: String,
        /// Its whole digest.
        digest: String,
        /// Short forms of the keys that count, in order.
        signers: Vec<String>,
    },
}

/// The word for no release.
pub const UNSIGNED: &str = "unsigned";

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stamp::Unsigned => f.write_str(UNSIGNED),
            Stamp::Signed { id, signers, .. } => write!(f, "{id}@{}", signers.join("+")),
        }
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Stamp::Unsigned => s.serialize_str(UNSIGNED),
            Stamp::Signed { id, digest, signers } => {
                json!({ "id": id, "digest": digest, "signers": signers }).serialize(s)
            }
        }
    }
}
