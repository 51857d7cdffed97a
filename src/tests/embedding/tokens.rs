//! Customers' tokens: used again after a logout, of another site, too old, too long, signed by somebody else, with a key of their own.

use crate::support::{Folder, Options, SITE_KEYS, Site, code, customer, staff, start};
use apothecary::domain::clock::{Clock, SystemClock};
use apothecary::identity::{Key, TokenError, Verifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

async fn level(site: &Site, token: &str) -> Result<String, (u16, String)> {
    let answer = site.get("/api/v1/session", &[("authorization", &format!("Bearer {token}"))]).await;
    if answer.status() != 200 {
        return Err(code(answer).await);
    }
    Ok(answer.json::<Value>().await.unwrap()["level"].as_str().unwrap().to_owned())
}

fn refused() -> Result<String, (u16, String)> {
    Err((401, "unauthorized".into()))
}

#[tokio::test]
async fn a_token_is_good_until_the_logout_that_comes_with_it() {
    let site = Site::shared().await;
    let (token, other) = (customer("P0014", None), customer("P0001", None));
    let bearer = format!("Bearer {token}");
    assert_eq!(level(&site, &token).await, Ok("L2".into()));
    assert_eq!(level(&site, &token).await, Ok("L2".into()), "it comes with each request of its minutes");
    let opened = site.post("/api/v1/conversations", "{}", &[("authorization", &bearer)]).await;
    let id = opened.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(site.post("/api/v1/logout", "{}", &[("authorization", &bearer)]).await.status(), 204);
    assert_eq!(level(&site, &token).await, refused());
    let path = format!("/api/v1/conversations/{id}/messages");
    assert_eq!(site.get(&path, &[("authorization", &bearer)]).await.status(), 401);
    let key = format!("Bearer {}", SITE_KEYS[0]);
    let asked = json!({"model": "apothecary", "messages": [{"role": "user", "content": "where is my order"}]});
    let through = [("authorization", key.as_str()), ("apothecary-customer", token.as_str())];
    assert_eq!(site.post("/v1/chat/completions", asked.to_string(), &through).await.status(), 401);
    assert_eq!(level(&site, &other).await, Ok("L2".into()), "nobody else is signed out");
}

#[tokio::test]
async fn a_demo_cookie_is_worth_nothing_after_the_logout() {
    let site = Site::shared().await;
    let to = site.get("/demo/as/daniel", &[]).await.headers()["location"].to_str().unwrap().to_owned();
    let held = crate::support::cookie(&site.get(&to, &[]).await);
    let who = async || site.get("/api/v1/session", &[("cookie", &held)]).await.json::<Value>().await.unwrap();
    assert_eq!(who().await["level"], "L2");
    assert_eq!(site.post("/api/v1/logout", "{}", &[("cookie", &held)]).await.status(), 204);
    assert_eq!(who().await["level"], "L0");
}

#[tokio::test]
async fn a_restart_forgets_no_logout() {
    let folder = Folder::new("tokens");
    let (token, other) = (customer("P0001", None), customer("P0003", None));
    let app = start(folder.path(), &Options::default()).await.unwrap();
    assert!(app.customer(&token).is_ok());
    app.end_token(&token).await.unwrap();
    app.end_token("no.such.token").await.unwrap();
    assert_eq!(app.customer(&token), Err(TokenError::Ended));
    drop(app);
    let again = start(folder.path(), &Options::default()).await.unwrap();
    assert_eq!(again.customer(&token), Err(TokenError::Ended));
    assert!(again.customer(&other).is_ok());
}

#[tokio::test]
async fn what_is_not_this_sites_own_fresh_token_is_refused() {
    let site = Site::shared().await;
    let now = SystemClock.now().as_second();
    let signed = |key: u8, change: Value| {
        let mut claims = json!({"iss": "fernleaf", "aud": "apothecary:demo", "sub": "P0001", "lvl": "L2", "iat": now,
            "exp": now + 600, "auth_time": now});
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Key::hs256(&[key; 32]).unwrap().sign(&claims).unwrap()
    };
    assert_eq!(level(&site, &signed(1, json!({}))).await, Ok("L2".into()));
    for change in [
        json!({"aud": "apothecary:other"}),
        json!({"aud": "apothecary:console"}),
        json!({"aud": ["apothecary:demo"]}),
        json!({"iss": "somebody"}),
        json!({"iat": now - 700, "exp": now - 100}),
        json!({"iat": now + 300, "exp": now + 600}),
        json!({"exp": now + 3600}),
        json!({"nbf": now + 300}),
    ] {
        assert_eq!(level(&site, &signed(1, change.clone())).await, refused(), "{change}");
    }
    assert_eq!(level(&site, &signed(3, json!({}))).await, refused(), "another key");
    let (_, desk) = staff("Maria", "pharmacist");
    assert_eq!(level(&site, desk.trim_start_matches("Bearer ")).await, refused(), "a member of staff is no customer");
}

/// The keys are those of the configuration, each for its one algorithm: whatever the head says.
#[test]
fn a_token_brings_neither_its_own_key_nor_another_algorithm() {
    let now = SystemClock.now();
    let signed = |head: Value, secret: &[u8]| {
        let claims = json!({"iss": "fernleaf", "aud": "apothecary:demo", "sub": "P0001", "lvl": "L2",
            "iat": now.as_second(), "exp": now.as_second() + 600});
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(head), part(claims));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    let of = |key: Key| Verifier { issuer: "fernleaf".into(), audience: "apothecary:demo".into(), keys: vec![key] };
    let (ours, theirs, public) = ([1u8; 32], [9u8; 32], vec![4u8; 256]);
    let site = of(Key::hs256(&ours).unwrap());
    assert!(site.customer(&signed(json!({"alg": "HS256"}), &ours), now).is_ok());
    for head in [
        json!({"alg": "HS256", "jwk": {"kty": "oct", "k": URL_SAFE_NO_PAD.encode(theirs)}}),
        json!({"alg": "HS256", "jku": "https://evil.example/keys", "kid": "theirs"}),
        json!({"alg": "HS256", "x5u": "https://evil.example/chain", "x5c": ["AAAA"]}),
    ] {
        assert_eq!(site.customer(&signed(head.clone(), &theirs), now), Err(TokenError::Signature), "{head}");
    }
    // What everybody may know of a public key is no secret to sign with.
    for (key, alg) in [
        (Key::Rs256(public.clone(), vec![1, 0, 1]), "RS256"),
        (Key::Es256(public[..65].to_vec()), "ES256"),
        (Key::EdDsa(public[..32].to_vec()), "EdDSA"),
    ] {
        let secret = match &key {
            Key::Rs256(n, _) | Key::Es256(n) | Key::EdDsa(n) => n.clone(),
            Key::Hs256(_) => unreachable!(),
        };
        for alg in [alg, "HS256"] {
            let forged = signed(json!({"alg": alg}), &secret);
            assert_eq!(of(key.clone()).customer(&forged, now), Err(TokenError::Signature), "{alg}");
        }
    }
}

#[tokio::test]
async fn the_console_says_itself_that_nobody_frames_it() {
    let site = Site::shared().await;
    for path in ["/console", "/demo", "/", "/api/v1/session", "/nothing"] {
        let answer = site.get(path, &[]).await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(answer.headers()["x-frame-options"], "DENY", "{path}");
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{path}");
    }
}
