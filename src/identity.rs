//! Who is asking: visitors, verified customers, caregivers and staff. Proofs are minted here from a verified token only, or, of staff,
//! from an open session that only a SELECT of the store yields.
//! Cookies, headers and HTTP errors live in `http::auth`.

use crate::domain::facts::Payer;
use crate::domain::ids::{PatientId, StaffId};
use crate::domain::roles::Role;
use crate::policy::guards::Level;
use crate::store::sessions::SignedIn;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::signature::{self, UnparsedPublicKey};
use serde::Deserialize;

/// Why a token proves nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum TokenError {
    /// Not three base64url parts with JSON inside.
    #[error("the token is malformed")]
    Malformed,
    /// No key of this site verifies it.
    #[error("the token's signature does not verify")]
    Signature,
    /// Past `exp`, before `iat` or `nbf`, or living longer than 15 minutes.
    #[error("the token has expired or is not yet valid; sign in again")]
    Expired,
    /// Made for another audience or issuer.
    #[error("the token was made for another audience")]
    Audience,
    /// Its owner signed out with it.
    #[error("the token was ended by a logout; sign in again")]
    Ended,
}

/// A signing key of a site, fixed in algorithm.
#[derive(Clone)]
pub enum Key {
    /// HMAC SHA-256 with at least 32 bytes.
    Hs256(ring::hmac::Key),
    /// Ed25519 public key, 32 bytes.
    EdDsa(Vec<u8>),
    /// P-256 public key, uncompressed point.
    Es256(Vec<u8>),
    /// RSA public key: modulus and exponent, big-endian.
    Rs256(Vec<u8>, Vec<u8>),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.algorithm())
    }
}

impl Key {
    /// # Errors
    /// When the secret is shorter than 32 bytes.
    pub fn hs256(secret: &[u8]) -> Result<Self, String> {
        if secret.len() < 32 {
            return Err(format!("an HS256 secret needs at least 32 bytes, this one has {}", secret.len()));
        }
        Ok(Key::Hs256(ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret)))
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Key::Hs256(_) => "HS256",
            Key::EdDsa(_) => "EdDSA",
            Key::Es256(_) => "ES256",
            Key::Rs256(..) => "RS256",
        }
    }

    fn verifies(&self, message: &[u8], sig: &[u8]) -> bool {
        match self {
            Key::Hs256(key) => ring::hmac::verify(key, message, sig).is_ok(),
            Key::EdDsa(key) => UnparsedPublicKey::new(&signature::ED25519, key).verify(message, sig).is_ok(),
            Key::Es256(key) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, key).verify(message, sig).is_ok()
            }
            Key::Rs256(n, e) => {
                let parts = signature::RsaPublicKeyComponents { n, e };
                parts.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, sig).is_ok()
            }
        }
    }

    /// Signs claims (demo, harness and tests: only a shared-secret key can).
    #[must_use]
    pub fn sign(&self, claims: &serde_json::Value) -> Option<String> {
        let Key::Hs256(key) = self else { return None };
        let head = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
        let message = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let sig = ring::hmac::sign(key, message.as_bytes());
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(sig.as_ref())))
    }
}

/// Reads the keys of a JWKS document (`OKP` Ed25519, `EC` P-256, `RSA`).
///
/// # Errors
/// The place and reason.
pub fn jwks(json: &str) -> Result<Vec<Key>, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Jwk>,
    }
    let set: Set = serde_json::from_str(json).map_err(|e| format!("JWKS: {e}"))?;
    set.keys
        .iter()
        .enumerate()
        .map(|(i, k)| k.key().ok_or_else(|| format!("JWKS: key {i} is no Ed25519, P-256 or RSA public key")))
        .collect()
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Jwk {
    fn key(&self) -> Option<Key> {
        let part = |p: &Option<String>| URL_SAFE_NO_PAD.decode(p.as_ref()?).ok();
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => part(&self.x).map(Key::EdDsa),
            ("EC", Some("P-256")) => Some(Key::Es256([vec![4], part(&self.x)?, part(&self.y)?].concat())),
            ("RSA", _) => Some(Key::Rs256(part(&self.n)?, part(&self.e)?)),
            _ => None,
        }
    }
}

/// Which tokens a site accepts.
#[derive(Debug, Clone)]
pub struct Verifier {
    /// Expected `iss`.
    pub issuer: String,
    /// Expected `aud`: `apothecary:SITE` or `apothecary:console`.
    pub audience: String,
    /// Keys; each accepts its own algorithm only.
    pub keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    nbf: Option<i64>,
    auth_time: Option<i64>,
    lvl: Option<String>,
    act: Option<Actor>,
    name: Option<String>,
    role: Option<String>,
}

#[derive(Deserialize)]
struct Actor {
    sub: String,
}

/// A token may live this long.
const LONGEST: i64 = 15 * 60;
/// Step-up (L3) holds this long after `auth_time`.
const STEP_UP: i64 = 5 * 60;
/// Clocks may differ by this much.
const SKEW: i64 = 30;
/// A token that holds now has expired by itself after so long.
pub const LONGEST_USE: SignedDuration = SignedDuration::from_secs(LONGEST + SKEW + 1);

/// What the signature covers, head and claims: two spellings of a signature are one token.
#[must_use]
pub fn signed_part(token: &str) -> &str {
    token.rsplit_once('.').map_or(token, |(part, _)| part)
}

/// A token was verified for this request: the customer (or animal) whose records are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCustomer {
    patient: PatientId,
    caregiver: Option<PatientId>,
    level: Level,
    expires: Timestamp,
}

impl VerifiedCustomer {
    /// Whose records.
    #[must_use]
    pub fn patient(&self) -> &PatientId {
        &self.patient
    }
    /// The caregiver who asks, if it is not the person; the grant is checked at every read.
    #[must_use]
    pub fn caregiver(&self) -> Option<&PatientId> {
        self.caregiver.as_ref()
    }
    /// L2 or L3.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }
    /// When the token ends.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }
    #[cfg(test)]
    pub(crate) fn of_test(patient: &str) -> Self {
        Self { patient: patient.into(), caregiver: None, level: Level::L2, expires: Timestamp::MAX }
    }
}

/// Whoever writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// Nobody that we know; state and payer only if told.
    Anonymous {
        /// Two-letter state, if told.
        region: Option<String>,
        /// Payer class, if told.
        payer: Option<Payer>,
    },
    /// L1: signed in, but long ago; sees what the anonymous see, plus the wish to confirm.
    Stale,
    /// L2, L3 or caregiver.
    Verified(VerifiedCustomer),
}

impl Visitor {
    /// The level in traces: L0, L1, L2, L3 or LC.
    #[must_use]
    pub fn level_code(&self) -> &'static str {
        match self {
            Visitor::Anonymous { .. } => "L0",
            Visitor::Stale => "L1",
            Visitor::Verified(c) if c.caregiver.is_some() => "LC",
            Visitor::Verified(c) if c.level == Level::L3 => "L3",
            Visitor::Verified(_) => "L2",
        }
    }
    /// The verified customer, if there is one.
    #[must_use]
    pub fn verified(&self) -> Option<&VerifiedCustomer> {
        if let Visitor::Verified(c) = self { Some(c) } else { None }
    }
}

/// A member of staff whose console token, or whose session, was verified for this request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pharmacist {
    id: StaffId,
    name: String,
    role: Role,
}

impl Pharmacist {
    /// The member of staff of an open session; nobody while the first password is not changed yet.
    #[must_use]
    pub fn signed_in(session: &SignedIn) -> Option<Self> {
        let role = Role::of(session.role()).filter(|_| !session.must_change())?;
        Some(Pharmacist { id: session.staff().clone(), name: session.name().to_owned(), role })
    }
    /// The staff id.
    #[must_use]
    pub fn id(&self) -> &StaffId {
        &self.id
    }
    /// The name that customers see.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// What they may do.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }
}

impl Verifier {
    /// Verifies a customer's token.
    ///
    /// # Errors
    /// [`TokenError`]; the HTTP answer is the same for all of them.
    pub fn customer(&self, token: &str, now: Timestamp) -> Result<Visitor, TokenError> {
        let claims = self.claims(token, now)?;
        let since = now.as_second() - claims.auth_time.unwrap_or(claims.iat);
        let fresh = (-SKEW..=STEP_UP).contains(&since);
        let level = match claims.lvl.as_deref() {
            Some("L3") if fresh => Level::L3,
            Some("L2" | "L3") => Level::L2,
            _ => return Ok(Visitor::Stale),
        };
        Ok(Visitor::Verified(VerifiedCustomer {
            patient: PatientId(claims.sub),
            caregiver: claims.act.map(|a| PatientId(a.sub)),
            level,
            expires: Timestamp::from_second(claims.exp).map_err(|_| TokenError::Malformed)?,
        }))
    }

    /// Verifies a console token.
    ///
    /// # Errors
    /// [`TokenError`]; a missing name or role is malformed.
    pub fn staff(&self, token: &str, now: Timestamp) -> Result<Pharmacist, TokenError> {
        let claims = self.claims(token, now)?;
        let role = claims.role.as_deref().and_then(Role::of).ok_or(TokenError::Malformed)?;
        Ok(Pharmacist { id: StaffId(claims.sub), name: claims.name.ok_or(TokenError::Malformed)?, role })
    }

    fn claims(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let (message, sig) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (head, body) = message.split_once('.').ok_or(TokenError::Malformed)?;
        let head: Head = part(head)?;
        let sig = URL_SAFE_NO_PAD.decode(sig).map_err(|_| TokenError::Malformed)?;
        let verified = self.keys.iter().any(|k| k.algorithm() == head.alg && k.verifies(message.as_bytes(), &sig));
        if !verified {
            return Err(TokenError::Signature);
        }
        let claims: Claims = part(body)?;
        if claims.aud != self.audience || claims.iss != self.issuer {
            return Err(TokenError::Audience);
        }
        let at = now.as_second();
        let lives = claims.exp - claims.iat;
        let begun = claims.iat.max(claims.nbf.unwrap_or(claims.iat)) <= at + SKEW;
        if at > claims.exp || !begun || !(0..=LONGEST).contains(&lives) {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

fn part<T: serde::de::DeserializeOwned>(encoded: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn verifier(secret: u8) -> Verifier {
        let key = Key::hs256(&[secret; 32]).unwrap();
        Verifier { issuer: "shop".into(), audience: "apothecary:demo".into(), keys: vec![key] }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn only_a_fresh_token_of_this_site_proves_anything() {
        let v = verifier(1);
        let claims =
            json!({"iss":"shop","aud":"apothecary:demo","sub":"P1","iat":1000,"exp":1600,"auth_time":1000,"lvl":"L3"});
        let token = v.keys[0].sign(&claims).unwrap();
        let level = |visitor: Visitor| visitor.level_code();
        assert_eq!(v.customer(&token, at(1100)).map(level), Ok("L3"));
        assert_eq!(v.customer(&token, at(1400)).map(level), Ok("L2"), "step-up ends after five minutes");
        let ahead = json!({"auth_time": 5000});
        let ahead = claims.as_object().unwrap().clone().into_iter().chain(ahead.as_object().unwrap().clone()).collect();
        let ahead = v.keys[0].sign(&Value::Object(ahead)).unwrap();
        assert_eq!(v.customer(&ahead, at(1100)).map(level), Ok("L2"), "nobody confirmed in the future");
        assert_eq!(v.customer(&token, at(1601)), Err(TokenError::Expired));
        assert_eq!(verifier(2).customer(&token, at(1100)), Err(TokenError::Signature));
        let console = Verifier { audience: "apothecary:console".into(), ..verifier(1) };
        assert_eq!(console.staff(&token, at(1100)), Err(TokenError::Audience));
        let mut flipped = token.clone().into_bytes();
        flipped[40] ^= 1;
        assert!(v.customer(std::str::from_utf8(&flipped).unwrap(), at(1100)).is_err());
    }

    #[test]
    fn algorithm_none_and_long_lives_are_refused() {
        let v = verifier(1);
        let body = URL_SAFE_NO_PAD
            .encode(json!({"iss":"shop","aud":"apothecary:demo","sub":"P1","iat":0,"exp":1,"lvl":"L2"}).to_string());
        let none = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
        assert_eq!(v.customer(&none, at(0)), Err(TokenError::Signature));
        let long = json!({"iss":"shop","aud":"apothecary:demo","sub":"P1","iat":0,"exp":3600,"lvl":"L2"});
        assert_eq!(v.customer(&v.keys[0].sign(&long).unwrap(), at(10)), Err(TokenError::Expired));
    }
}
