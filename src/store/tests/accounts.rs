//! Staff accounts and their sessions: what was checked must still hold when a session opens, and what ends it ends it at once.

use super::*;
use crate::store::accounts::{AccountChange, AccountRow, Failed};
use crate::store::sessions::{NewSession, Session};
use jiff::SignedDuration;
use secrecy::SecretString;

const IDLE: SignedDuration = SignedDuration::from_secs(900);

async fn account(store: &Store, login: &str) -> AccountRow {
    let new = AccountRow {
        id: staff(&format!("staff:{login}")),
        login: login.into(),
        name: "Rosa Delgado".into(),
        role: "pharmacist".into(),
        password: SecretString::from("$argon2id$1"),
        must_change: false,
        totp: vec![7; 20].into(),
        totp_step: 0,
        failed: 0,
        locked_until: None,
        disabled: None,
        created: at(0),
        signed_in: None,
    };
    store.add_account(&new, &json!({"act": "add"})).await.unwrap();
    new
}

fn session(digest: &str, step: i64) -> NewSession {
    NewSession { digest: digest.into(), replaces: None, step, expires: at(10_000) }
}

async fn open(store: &Store, digest: &str, now: i64) -> bool {
    matches!(store.session(digest, IDLE, at(now)).await.unwrap(), Session::Open(_))
}

#[tokio::test]
async fn a_store_of_version_one_gets_accounts_and_a_login_is_one_persons() {
    let dir = Dir::new();
    version_one(&dir).await;
    let store = dir.open().await;
    let rosa = account(&store, "rosa").await;
    assert!(matches!(store.add_account(&rosa, &json!({})).await, Err(StoreError::Exists)));
    let read = store.account("rosa").await.unwrap().unwrap();
    assert_eq!((read.id, read.created, store.accounts().await.unwrap().len()), (rosa.id, at(0), 1));
    assert!(store.account("omar").await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_opens_only_while_what_was_checked_holds() {
    let dir = Dir::new();
    let store = dir.open().await;
    let rosa = account(&store, "rosa").await;
    let hash = SecretString::from("$argon2id$2");
    let try_at =
        async |step, now| store.open_session(&rosa, &session(&format!("d{now}"), step), at(now), &json!({})).await;
    assert!(try_at(5, 1).await.unwrap());
    assert!(!try_at(5, 2).await.unwrap(), "the code was used");
    let lock = |failed| Failed { locked_until: Some(at(60)), record: json!({ "failed": failed }) };
    store.count_failed(&rosa.id, at(3), lock).await.unwrap();
    assert!(!try_at(6, 59).await.unwrap() && try_at(6, 60).await.unwrap(), "locked meanwhile, until the lock ends");
    store.change_account(&rosa.id, AccountChange::Disable, at(61), &json!({})).await.unwrap();
    assert!(!try_at(7, 62).await.unwrap(), "disabled meanwhile");
    store.change_account(&rosa.id, AccountChange::Enable, at(63), &json!({})).await.unwrap();
    let change = AccountChange::Password { hash: &hash, must_change: false, keep: None };
    store.change_account(&rosa.id, change, at(64), &json!({})).await.unwrap();
    assert!(!try_at(8, 65).await.unwrap(), "another password meanwhile");
    assert!(!open(&store, "d65", 66).await && !open(&store, "d60", 66).await);
    store.verify_audit().await.unwrap();
}

#[tokio::test]
async fn failures_are_counted_in_a_row_and_a_sign_in_forgets_them() {
    let dir = Dir::new();
    let store = dir.open().await;
    let rosa = account(&store, "rosa").await;
    for n in 1..=3 {
        let judge = |failed| Failed { locked_until: None, record: json!({ "failed": failed }) };
        let judged = store.count_failed(&rosa.id, at(n), judge).await.unwrap();
        assert_eq!(judged.record, json!({ "failed": n }));
    }
    assert!(store.open_session(&rosa, &session("d", 1), at(9), &json!({})).await.unwrap());
    let read = store.account("rosa").await.unwrap().unwrap();
    assert_eq!((read.failed, read.signed_in, read.totp_step), (0, Some(at(9)), 1));
}

#[tokio::test]
async fn a_session_is_quiet_then_gone_and_the_next_sign_in_clears_it_away() {
    let dir = Dir::new();
    let store = dir.open().await;
    let rosa = account(&store, "rosa").await;
    store.open_session(&rosa, &session("old", 1), at(0), &json!({})).await.unwrap();
    assert!(open(&store, "old", 899).await && !open(&store, "other", 0).await);
    assert!(matches!(store.session("old", IDLE, at(900)).await.unwrap(), Session::Quiet));
    store.touch_session("old", at(899)).await.unwrap();
    assert!(open(&store, "old", 1_798).await);
    assert!(matches!(store.session("old", IDLE * 99, at(10_000)).await.unwrap(), Session::None));
    let next = NewSession { replaces: Some("old".into()), ..session("new", 2) };
    store.open_session(&rosa, &next, at(1_000), &json!({})).await.unwrap();
    assert!(!open(&store, "old", 1_001).await && open(&store, "new", 1_001).await);
    let before = store.audit_head().await.unwrap().0;
    store.end_session("new", at(1_002), |who| json!({"act": "out", "staff": who})).await.unwrap();
    store.end_session("new", at(1_003), |who| json!({"act": "out", "staff": who})).await.unwrap();
    assert_eq!(store.audit_head().await.unwrap().0, before + 1, "signing out is recorded once");
}
