//! Signatures by Standard Webhooks 1.0, checked here against the reference crate and in `src/tests/webhooks` against others.

use super::endpoint::Endpoint;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
        let bytes = secret.expose_secret().strip_prefix("whsec_").and_then(|s| STANDARD.decode(s).ok());
        let bytes = bytes.ok_or_else(|| SecretError(endpoint.name.clone()))?;
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &bytes);
        let tag = ring::hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(tag.as_ref())))
    };
    endpoint.secrets.iter().map(sign).collect::<Result<Vec<_>, _>>().map(|s| s.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_signature_passes_the_reference_verifier() {
        let (id, at, body) = ("msg_1", 1_614_265_330, r#"{"test": 2432232314}"#);
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let url = "https://x.example/hook".into();
        let endpoint = Endpoint::configured("main".into(), url, vec![SecretString::from(secret)], false);
        let oracle = standardwebhooks::Webhook::new(secret).unwrap();
        assert_eq!(signature(&endpoint, id, at, body).unwrap(), oracle.sign(id, at, body.as_bytes()).unwrap());
    }
}
