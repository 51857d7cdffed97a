//! Signatures by Standard Webhooks 1.0, of what we send and of what is sent to us; checked here against the reference crate and in
//! `src/tests/webhooks` against others.

use super::endpoint::Endpoint;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::Key;
use secrecy::{ExposeSecret, SecretString};

/// A secret is not `whsec_` and base64.
#[derive(Debug, thiserror::Error)]
#[error("a secret of endpoint `{0}` is not whsec_ followed by base64")]
pub struct SecretError(pub String);

/// `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, one for each secret.
///
/// # Errors
/// [`SecretError`].
pub fn signature(endpoint: &Endpoint, id: &str, at: i64, body: &str) -> Result<String, SecretError> {
    let sign = |secret: &SecretString| {
        let key = key(secret).ok_or_else(|| SecretError(endpoint.name.clone()))?;
        let tag = ring::hmac::sign(&key, &content(id, at, body.as_bytes()));
        Ok(format!("v1,{}", STANDARD.encode(tag.as_ref())))
    };
    endpoint.secrets.iter().map(sign).collect::<Result<Vec<_>, _>>().map(|s| s.join(" "))
}

/// What a sender states in the headers.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`, seconds since 1970 UTC. Whether it is fresh is for the caller to judge.
    pub at: i64,
    /// `webhook-signature`: one or more, apart by spaces.
    pub signatures: &'a str,
}

/// One of the signatures was made with one of the secrets; compared in constant time.
#[must_use]
pub fn verify(secrets: &[SecretString], signed: &Signed<'_>, body: &[u8]) -> bool {
    let content = content(signed.id, signed.at, body);
    let tags = signed.signatures.split_whitespace().filter_map(|s| STANDARD.decode(s.strip_prefix("v1,")?).ok());
    let keys: Vec<Key> = secrets.iter().filter_map(key).collect();
    tags.take(SIGNATURES).any(|tag| keys.iter().any(|key| ring::hmac::verify(key, &content, &tag).is_ok()))
}

/// More than a rotation needs is not tried.
const SIGNATURES: usize = 8;

/// Bytes of a secret that cannot be guessed, by Standard Webhooks.
const STRONG: usize = 24;

/// The secret is `whsec_` and base64 of enough bytes.
#[must_use]
pub fn is_strong(secret: &SecretString) -> bool {
    bytes(secret).is_some_and(|b| b.len() >= STRONG)
}

fn key(secret: &SecretString) -> Option<Key> {
    Some(Key::new(ring::hmac::HMAC_SHA256, &bytes(secret)?))
}

/// What stands behind `whsec_` in base64.
fn bytes(secret: &SecretString) -> Option<Vec<u8>> {
    STANDARD.decode(secret.expose_secret().strip_prefix("whsec_")?).ok()
}

fn content(id: &str, at: i64, body: &[u8]) -> Vec<u8> {
    let mut content = format!("{id}.{at}.").into_bytes();
    content.extend_from_slice(body);
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn what_the_reference_signs_is_accepted_and_nothing_else() {
        let (at, body) = (1_614_265_330, br#"{"id":"evt-1"}"#);
        let sign = |secret| standardwebhooks::Webhook::new(secret).unwrap().sign("msg_1", at, body).unwrap();
        let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx";
        let both = format!("{} {}", sign(other), sign(SECRET));
        let secrets = [SecretString::from(SECRET)];
        let holds = |id, at, signatures: &str, body: &[u8]| verify(&secrets, &Signed { id, at, signatures }, body);
        assert!(holds("msg_1", at, &sign(SECRET), body) && holds("msg_1", at, &both, body));
        assert!(!holds("msg_1", at, &sign(other), body), "another secret");
        assert!(!holds("msg_2", at, &sign(SECRET), body) && !holds("msg_1", at + 1, &sign(SECRET), body));
        assert!(!holds("msg_1", at, &sign(SECRET), b"{}") && !holds("msg_1", at, "", body));
        assert!(!verify(&[], &Signed { id: "msg_1", at, signatures: &sign(SECRET) }, body), "no secret opens nothing");
    }

    #[test]
    fn our_signature_passes_the_reference_verifier() {
        let (id, at, body) = ("msg_1", 1_614_265_330, r#"{"test": 2432232314}"#);
        let secret = SECRET;
        let url = "https://x.example/hook".into();
        let endpoint = Endpoint::configured("main".into(), url, vec![SecretString::from(secret)], false);
        let oracle = standardwebhooks::Webhook::new(secret).unwrap();
        assert_eq!(signature(&endpoint, id, at, body).unwrap(), oracle.sign(id, at, body.as_bytes()).unwrap());
    }
}
