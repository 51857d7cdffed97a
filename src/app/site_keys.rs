//! The keys with which a site's server calls the OpenAI-compatible endpoint. They say which site calls; who the customer is, is
//! proven by a token (`identity`).

use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

/// The keys of this site; none of them can be read back.
#[derive(Clone, Default)]
pub struct SiteKeys(Vec<Known>);

#[derive(Clone)]
struct Known {
    proof: hmac::Tag,
    holder: String,
}

impl SiteKeys {
    /// Keeps what proves each key.
    #[must_use]
    pub fn new(keys: &[SecretString]) -> Self {
        let known = |key: &SecretString| {
            let key = keyed(key.expose_secret());
            Known { proof: hmac::sign(&key, PROOF), holder: hex::encode(hmac::sign(&key, HOLDER)) }
        };
        Self(keys.iter().map(known).collect())
    }
    /// No key, no endpoint.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Whose key it is, as an opaque id that does not tell the key. Tags are compared in constant time.
    #[must_use]
    pub fn holder(&self, presented: &str) -> Option<&str> {
        let key = keyed(presented);
        let held = self.0.iter().find(|k| hmac::verify(&key, PROOF, k.proof.as_ref()).is_ok());
        held.map(|k| k.holder.as_str())
    }
}

/// What is signed to prove a key, and what to name its holder.
const PROOF: &[u8] = b"apothecary site key";
const HOLDER: &[u8] = b"apothecary site key holder";

fn keyed(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

impl std::fmt::Debug for SiteKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SiteKeys({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_key_opens_and_nothing_shows_it() {
        let secret = |s: &str| SecretString::from(s.to_owned());
        let keys = SiteKeys::new(&[secret("first-key-of-the-site"), secret("second-key-of-the-site")]);
        let (first, second) = (keys.holder("first-key-of-the-site"), keys.holder("second-key-of-the-site"));
        assert!(first.is_some() && second.is_some() && first != second);
        assert!(["", "first-key-of-the-sit", "first-key-of-the-site "].iter().all(|k| keys.holder(k).is_none()));
        assert!(!format!("{keys:?}{first:?}").contains("first-key"));
        assert!(SiteKeys::default().is_empty() && SiteKeys::default().holder("").is_none());
    }
}
