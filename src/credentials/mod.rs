//! What people prove themselves with: passwords, one-time codes, random capabilities; how long to wait after failures and how long a
//! session lasts. Pure rules: who has which is kept in `store`, when they are asked for is decided in `app::sign_in`.

pub mod lockout;
pub mod password;
pub mod totp;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use rand::Rng;
use sha2::{Digest, Sha256};

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// A session ends so long after the last sign of a person.
    pub idle: SignedDuration,
    /// And so long after the sign-in, whatever happens.
    pub longest: SignedDuration,
}

impl SessionLimits {
    /// What holds where nothing is configured.
    pub const USUAL: Self = Self { idle: SignedDuration::from_mins(15), longest: SignedDuration::from_hours(12) };
}

/// 32 bytes in base64url without padding.
pub const CAPABILITY_CHARS: usize = 43;

/// A fresh capability for a cookie (random, 256 bit).
#[must_use]
pub fn capability() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill(&mut bytes[..]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// sha256 in hex. Of a capability only this is stored; it needs no salt, for nobody guesses 256 bits.
#[must_use]
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digest_of_a_capability_is_kept() {
        let (a, b) = (capability(), capability());
        assert!(a != b && a.len() == CAPABILITY_CHARS);
        assert!(!digest(&a).contains(&a) && digest(&a) == digest(&a) && digest(&a) != digest(&b));
    }
}
