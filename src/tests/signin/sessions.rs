//! Sessions and their ends, and what the audit says of it all.

use super::{Bench, OWN};
use crate::support::{code, cookie, staff, watch};
use apothecary::domain::roles::Role;
use secrecy::ExposeSecret;
use serde_json::json;

#[tokio::test]
async fn disabling_a_new_key_and_a_new_password_end_open_sessions_at_once() {
    let bench = Bench::new().await;
    let (rosa, here) = bench.person("rosa", Role::Pharmacist).await;
    let there = cookie(&bench.enter(&rosa, OWN).await);
    let (_, other) = bench.person("omar", Role::Pharmacist).await;
    let open = async |session: &str| bench.get("me", session).await.status() == 200;
    let change = json!({"password": OWN, "new": "another phrase of mine"});
    assert_eq!(bench.post("password", change, &here).await.status(), 204);
    assert_eq!((open(&here).await, open(&there).await), (true, false), "the own session stays, the others end");
    bench.accounts().disable("rosa").await.unwrap();
    assert_eq!(code(bench.get("tickets", &here).await).await, (401, "unauthorized".into()));
    bench.accounts().enable("rosa").await.unwrap();
    assert!(!open(&here).await, "what has ended stays so");
    let session = cookie(&bench.enter(&rosa, "another phrase of mine").await);
    bench.accounts().reset_totp("rosa").await.unwrap();
    assert!(!open(&session).await);
    assert!(open(&other).await, "nobody else is touched");
    bench.accounts().reset_password("omar").await.unwrap();
    assert!(!open(&other).await);
}

#[tokio::test]
async fn a_wrong_old_password_counts_like_a_failed_sign_in() {
    let bench = Bench::new().await;
    let (rosa, session) = bench.person("rosa", Role::Pharmacist).await;
    let guess = json!({"password": "a wrong phrase", "new": "another phrase of mine"});
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(bench.post("password", guess.clone(), &session).await.status().as_u16());
    }
    assert_eq!(seen, [401, 401, 401, 401, 429]);
    assert_eq!(bench.enter(&rosa, OWN).await.status(), 429);
}

#[tokio::test]
async fn a_session_ends_when_nobody_is_there_and_after_a_shift() {
    let bench = Bench::new().await;
    let (_, session) = bench.person("rosa", Role::Pharmacist).await;
    let is = async |status: u16| assert_eq!(bench.get("tickets", &session).await.status().as_u16(), status);
    bench.later(14 * 60 - 61);
    is(200).await;
    assert_eq!(bench.post("active", json!({}), &session).await.status(), 204);
    bench.later(14 * 60);
    is(200).await;
    bench.later(60);
    assert_eq!(
        code(bench.get("tickets", &session).await).await,
        (401, "quiet".into()),
        "looking is no sign of a person"
    );
    let told = bench.get("me", &session).await.text().await.unwrap();
    assert!(told.contains("after 15 quiet minutes"), "{told}");
    assert_eq!(bench.post("active", json!({}), &session).await.status(), 401, "nor is it revived");

    let (_, session) = bench.person("omar", Role::Pharmacist).await;
    for _ in 0..71 {
        bench.later(600);
        assert_eq!(bench.post("active", json!({}), &session).await.status(), 204);
    }
    bench.later(600);
    assert_eq!(code(bench.get("me", &session).await).await, (401, "unauthorized".into()), "twelve hours");
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server_and_another_site_can_do_nothing() {
    let bench = Bench::new().await;
    let (rosa, session) = bench.person("rosa", Role::Pharmacist).await;
    let typed = json!({"login": "rosa", "password": OWN, "code": bench.shown(&rosa)}).to_string();
    for path in ["sign-in", "logout", "active", "password"] {
        let headers = [("cookie", session.as_str()), ("origin", "https://evil.example")];
        let answer = bench.site.post(&format!("/api/v1/console/{path}"), typed.as_str(), &headers).await;
        assert_eq!(code(answer).await, (403, "cross_site".into()), "{path}");
    }
    let left = bench.post("logout", json!({}), &session).await;
    assert!(left.headers()["set-cookie"].to_str().unwrap().contains("apothecary_console=; "));
    assert_eq!(bench.get("me", &session).await.status(), 401, "a copy of the cookie is worth nothing");
    let token = staff("Maria", "pharmacist");
    assert_eq!(
        bench.site.get("/api/v1/console/me", &[(token.0, &token.1)]).await.status(),
        200,
        "tokens hold as before"
    );
    let renewed = bench.site.post("/api/v1/console/active", "{}", &[(token.0, &token.1)]).await;
    assert_eq!(renewed.status(), 204);
}

#[tokio::test]
async fn each_step_is_recorded_and_nothing_secret_is() {
    let bench = Bench::new().await;
    let (rosa, session) = bench.person("rosa", Role::Pharmacist).await;
    let used = bench.shown(&rosa);
    bench.enter(&rosa, OWN).await;
    bench.type_in("my secret phrase typed as a name", "x", &used).await;
    bench.post("logout", json!({}), &session).await;
    for act in ["unlock", "disable", "enable"] {
        match act {
            "unlock" => bench.accounts().unlock("rosa").await.unwrap(),
            "disable" => bench.accounts().disable("rosa").await.unwrap(),
            _ => bench.accounts().enable("rosa").await.unwrap(),
        }
    }
    let (audit, logs) = (bench.audit().await, watch().logs());
    let acts =
        ["account_add", "sign_in", "password", "sign_in_failed", "sign_out", "account_unlock", "account_disable"];
    for act in acts {
        assert!(audit.contains(&format!("staff_{act}\"")), "{act}: {audit}");
    }
    let cookie = session.split('=').nth(1).unwrap();
    let first = rosa.set_up.password.expose_secret();
    for secret in [OWN, first, &used, cookie, "typed as a name", "$argon2id"] {
        assert!(!audit.contains(&format!("\"{secret}")) && !audit.contains(&format!("{secret}\"")), "{secret}");
        assert!(!logs.contains(&format!("{secret}\"")), "{secret} is logged");
    }
    assert!(!audit.contains("typed as a name") && !audit.contains(cookie));
    let file = std::fs::read(bench.site.folder().join("apothecary.db-wal")).unwrap();
    let stored = String::from_utf8_lossy(&file);
    assert!(!stored.contains(cookie) && !stored.contains(OWN) && stored.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
}
