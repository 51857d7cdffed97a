//! At the door: the first password, failures that tell nothing and take the same time, locks, codes that work once.

use super::{Bench, OWN};
use crate::support::{Options, code, cookie};
use apothecary::credentials::totp;
use apothecary::domain::clock::Clock;
use apothecary::domain::roles::Role;
use jiff::SignedDuration;
use reqwest::Response;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::time::Instant;

#[tokio::test]
async fn a_first_password_opens_nothing_but_its_change_and_then_the_role_is_theirs() {
    let bench = Bench::new().await;
    let tina = bench.newcomer("tina", Role::Technician).await;
    let first = tina.set_up.password.expose_secret().to_owned();
    let entered = bench.enter(&tina, &first).await;
    let set = entered.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["apothecary_console=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(set.contains(part), "{part}: {set}");
    }
    let session = cookie(&entered);
    assert_eq!(entered.json::<Value>().await.unwrap(), json!({"must_change": true}));
    for path in ["me", "tickets", "events", "overview"] {
        assert_eq!(code(bench.get(path, &session).await).await, (403, "first_password".into()), "{path}");
    }
    for (new, mend) in
        [("short", "12 characters"), ("passwordpassword", "first that people guess"), (&first, "old one")]
    {
        let weak = bench.post("password", json!({"password": first, "new": new}), &session).await;
        assert_eq!(weak.status(), 422);
        assert!(weak.text().await.unwrap().contains(mend), "{mend}");
    }
    assert_eq!(bench.post("password", json!({"password": first, "new": OWN}), &session).await.status(), 204);
    let me: Value = bench.get("me", &session).await.json().await.unwrap();
    let told = json!([me["name"], me["role"], me["idle_seconds"]]);
    assert_eq!(told, json!(["tina Delgado", "technician", 900]));
    assert_eq!(code(bench.get("overview", &session).await).await, (403, "forbidden".into()), "a technician");
    assert_eq!(bench.get("tickets", &session).await.status(), 200);
    bench.later(60);
    assert_eq!(code(bench.enter(&tina, &first).await).await.0, 401, "the first password is gone");
    let again = bench.enter(&tina, OWN).await;
    assert_eq!(again.json::<Value>().await.unwrap(), json!({"must_change": false}));
    let (_, lena) = bench.person("lena", Role::Lead).await;
    assert_eq!(bench.get("overview", &lena).await.status(), 200, "a lead");
}

/// What a client can tell answers apart by.
async fn face(response: Response) -> (u16, Vec<String>, String) {
    let names = response.headers().keys().filter(|n| *n != "date").map(ToString::to_string).collect();
    (response.status().as_u16(), names, response.text().await.unwrap())
}

#[tokio::test]
async fn no_failure_tells_what_was_wrong() {
    let bench = Bench::new().await;
    let ((rosa, _), (gone, _)) = (bench.person("rosa", Role::Pharmacist).await, bench.person("gone", Role::Lead).await);
    bench.accounts().disable("gone").await.unwrap();
    let right = bench.shown(&rosa);
    let unknown = face(bench.type_in("nobody", OWN, &right).await).await;
    assert_eq!(unknown.0, 401);
    let others = [
        bench.type_in("rosa", "another phrase of mine", &right).await,
        bench
            .type_in(
                "rosa",
                OWN,
                &totp::shown(&rosa.set_up.totp, bench.clock.now() + SignedDuration::from_hours(1)).unwrap(),
            )
            .await,
        bench.type_in("rosa", OWN, "no code").await,
        bench.enter(&gone, OWN).await,
    ];
    for (n, answer) in others.into_iter().enumerate() {
        assert_eq!(face(answer).await, unknown, "{n}");
    }
    assert_eq!(bench.type_in(" ROSA ", OWN, &right).await.status(), 200, "letters and blanks around do not matter");
}

#[tokio::test]
async fn a_name_that_is_nobodys_takes_as_long() {
    let bench = Bench::new().await;
    bench.person("rosa", Role::Pharmacist).await;
    let mut fastest = [u128::MAX; 2];
    for n in 0..4 {
        for (at, login) in ["rosa", "nobody"].into_iter().enumerate() {
            let begun = Instant::now();
            assert_eq!(bench.type_in(login, "a wrong phrase", &n.to_string()).await.status(), 401);
            fastest[at] = fastest[at].min(begun.elapsed().as_micros());
        }
    }
    let [known, unknown] = fastest;
    assert!(unknown * 2 > known && known * 2 > unknown, "{known} µs for a name with an account, {unknown} for another");
}

#[tokio::test]
async fn failures_lock_a_name_longer_and_longer_whosever_it_is() {
    let bench = Bench::new().await;
    let (rosa, _) = bench.person("rosa", Role::Pharmacist).await;
    for login in ["rosa", "nobody"] {
        let mut seen = Vec::new();
        for _ in 0..6 {
            let answer = bench.type_in(login, "a wrong phrase", "000000").await;
            let wait = answer.headers().get("retry-after").map(|v| v.to_str().unwrap().to_owned());
            seen.push((answer.status().as_u16(), wait));
        }
        let locked = || (429, Some("30".to_owned()));
        assert_eq!(seen, [vec![(401, None); 4], vec![locked(), locked()]].concat(), "{login}");
    }
    assert_eq!(code(bench.enter(&rosa, OWN).await).await, (429, "locked".into()), "the right password too");
    bench.later(30);
    let again = bench.type_in("rosa", "a wrong phrase", "000000").await;
    assert_eq!(again.headers()["retry-after"], "60", "the next lock is twice as long");
    bench.accounts().unlock("rosa").await.unwrap();
    assert_eq!(bench.enter(&rosa, OWN).await.status(), 200);
    assert_eq!(bench.type_in("rosa", "a wrong phrase", "000000").await.status(), 401, "and the count begins anew");
    assert!(bench.audit().await.contains("staff_locked"));
}

#[tokio::test]
async fn a_code_works_once() {
    let bench = Bench::new().await;
    let (rosa, _) = bench.person("rosa", Role::Pharmacist).await;
    let tries = futures_util::future::join_all((0..4).map(|_| bench.enter(&rosa, OWN))).await;
    let let_in = tries.iter().filter(|t| t.status() == 200).count();
    assert_eq!(let_in, 1, "at the same time");
    bench.later(15);
    let old = totp::shown(&rosa.set_up.totp, bench.clock.now() - SignedDuration::from_secs(15)).unwrap();
    assert_eq!(code(bench.type_in("rosa", OWN, &old).await).await, (401, "refused".into()), "and later");
    bench.later(30);
    assert_eq!(bench.enter(&rosa, OWN).await.status(), 200, "the next one does");
}

#[tokio::test]
async fn where_staff_have_no_passwords_there_is_no_such_door() {
    let bench = Bench::with(Options { tokens_only: true, ..Options::default() }).await;
    let rosa = bench.newcomer("rosa", Role::Pharmacist).await;
    let answer = bench.enter(&rosa, rosa.set_up.password.expose_secret()).await;
    assert_eq!(code(answer).await, (404, "not_found".into()));
    let page = bench.site.get("/console", &[]).await.text().await.unwrap();
    assert!(page.contains("data-passwords=\"no\""));
}
