//! Ed25519 keys of signers, as text: `ed25519:` and 64 hex digits for what everybody may know, `ed25519-secret:` and 64 for what only its
//! owner may.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const PUBLIC: &str = "ed25519:";
const SECRET: &str = "ed25519-secret:";
const BYTES: usize = 32;
/// Hex digits of the short form.
const SHORT: usize = 16;

/// The key that a signature is verified with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; BYTES]);

impl PublicKey {
    /// Its first digits, for lists and the audit.
    #[must_use]
    pub fn short(&self) -> String {
        hex::encode(self.0).chars().take(SHORT).collect()
    }

    /// Whether this key signed these bytes.
    ///
    /// # Errors
    /// That it did not.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), String> {
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(message, signature).map_err(|_| format!("its signature is not that of {self}"))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", hex::encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        bytes(s, PUBLIC).map(Self).ok_or_else(|| {
            format!("`{s}` is no public key: {PUBLIC} and 64 hex digits, as `apothecary release keygen` prints")
        })
    }
}

impl Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The key that signs. It is never printed.
pub struct PrivateKey(Ed25519KeyPair);

impl PrivateKey {
    /// A key of 32 random bytes, and the text that it is kept as.
    ///
    /// # Errors
    /// Never for 32 bytes.
    pub fn of(seed: [u8; BYTES]) -> Result<(Self, SecretString), String> {
        let text = format!("{SECRET}{}\n", hex::encode(seed));
        Ok((Self::parse(&text.clone().into())?, text.into()))
    }

    /// # Errors
    /// The text is no private key; it is not repeated.
    pub fn parse(text: &SecretString) -> Result<Self, String> {
        let wrong =
            || format!("it holds no private key: {SECRET} and 64 hex digits, as `apothecary release keygen` writes");
        let seed = bytes(text.expose_secret().trim(), SECRET).ok_or_else(wrong)?;
        Ed25519KeyPair::from_seed_unchecked(&seed).map(Self).map_err(|_| wrong())
    }

    /// The key that verifies what this one signs.
    ///
    /// # Panics
    /// Never: the key has 32 bytes.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; BYTES];
        bytes.iter_mut().zip(self.0.public_key().as_ref()).for_each(|(to, from)| *to = *from);
        PublicKey(bytes)
    }

    /// The signature of these bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

/// One spelling only: lower case, nothing around it.
fn bytes(text: &str, prefix: &str) -> Option<[u8; BYTES]> {
    let digits = text.strip_prefix(prefix)?;
    let bytes: [u8; BYTES] = hex::decode(digits).ok()?.try_into().ok()?;
    (hex::encode(bytes) == digits).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, 7.1, test 2.
    #[test]
    fn a_signature_is_that_of_the_rfc() {
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let key = PrivateKey::parse(&format!("{SECRET}{seed}\n").into()).unwrap();
        let public = "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(key.public().to_string(), public);
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(hex::encode(key.sign(&[0x72])), signature);
        let (public, signature) = (public.parse::<PublicKey>().unwrap(), hex::decode(signature).unwrap());
        assert!(public.verify(&[0x72], &signature).is_ok());
        assert!(public.verify(&[0x73], &signature).is_err() && public.verify(&[0x72], &signature[1..]).is_err());
    }

    #[test]
    fn a_key_has_one_spelling_and_a_wrong_one_is_not_repeated() {
        let public = "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(public.parse::<PublicKey>().unwrap().short(), "3d4017c3e843895a");
        for wrong in [&public.to_uppercase(), &public[..60], &format!(" {public}"), &public.replace("ed25519:", "")] {
            assert!(wrong.parse::<PublicKey>().is_err(), "{wrong}");
        }
        let said = PrivateKey::parse(&"ed25519-secret:hush".to_owned().into()).err().unwrap();
        assert!(said.contains("keygen") && !said.contains("hush"), "{said}");
    }
}
