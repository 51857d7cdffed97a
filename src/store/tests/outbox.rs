//! Deliveries, feedback, and files that cannot be a store.

use super::*;
use crate::store::labels::{LabelKind, NewLabel};
use crate::store::outbox::Next;
use crate::store::turns::Begun;

#[tokio::test]
async fn a_delivery_waits_fails_dies_and_is_replayed_under_its_id() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    store.begin_turn(&turn("c1", "m1", "hi")).await.unwrap();
    let both = |_: Option<&_>| vec![delivery("d1"), delivery("d2")];
    store.commit_turn(commit("c1", "m1"), both).await.unwrap();
    let take = async |t: i64, limit| store.take_outbox("desk", at(t), at(t + 20), limit).await.unwrap();
    assert!(take(1, 9).await.is_empty());
    let [one] = take(2, 1).await.try_into().unwrap();
    let [two] = take(2, 9).await.try_into().unwrap();
    assert_eq!((one.id.as_str(), two.id.as_str()), ("d1", "d2"), "each is taken once");
    assert_eq!(store.mark_delivered(&[&two], at(3)).await.unwrap(), 1);
    assert!(store.mark_failed(&one, Next::At(at(60)), "status 500", at(3)).await.unwrap());
    assert!(take(59, 9).await.is_empty());
    let [again] = take(60, 9).await.try_into().unwrap();
    assert_eq!((again.attempts, again.last_error.as_deref()), (1, Some("status 500")));
    assert!(!store.mark_failed(&one, Next::Dead, "late", at(61)).await.unwrap(), "its token is old");
    assert!(store.mark_failed(&again, Next::Dead, "gone", at(61)).await.unwrap());
    assert_eq!(store.list_outbox(OutboxState::Dead).await.unwrap()[0].attempts, 2);
    store.replay("d1", at(90), &json!({"act": "replay"})).await.unwrap();
    assert_eq!(take(90, 9).await[0].id, "d1");
    assert!(matches!(store.replay("none", at(90), &json!({})).await, Err(StoreError::Unknown(_))));
    let none = OutboxRow { id: "none".into(), ..again };
    assert_eq!(store.mark_delivered(&[&none], at(91)).await.unwrap(), 0);
    let health = store.endpoint_health(at(100)).await.unwrap().remove("desk").unwrap();
    assert_eq!((health.delivered, health.failed, health.waiting, health.dead), (1, 2, 1, 0));
    assert_eq!((health.last_success, health.last_error.as_deref()), (Some(at(3)), Some("gone")));
    let later = store.endpoint_health(at(30 * 3600)).await.unwrap().remove("desk").unwrap();
    assert_eq!((later.delivered, later.last_success), (0, Some(at(3))), "counts are of a day, the last success stays");
}

#[tokio::test]
async fn a_webhook_of_version_one_is_known_by_what_it_tells() {
    let dir = Dir::new();
    version_one(&dir).await;
    let [row] = dir.open().await.list_outbox(OutboxState::Waiting).await.unwrap().try_into().unwrap();
    assert_eq!((row.ticket, row.priority, row.step), (Some("t1".into()), Some(Priority::P1), Some("lead".into())));
}

#[tokio::test]
async fn a_thumb_points_at_the_message_that_it_is_about() {
    let dir = Dir::new();
    let store = dir.open().await;
    with_ticket(&store).await;
    let label = NewLabel {
        kind: LabelKind::Thumb,
        conversation: chat(),
        message: None,
        ticket: None,
        role: "customer".into(),
        release: "r".into(),
        body: json!({"seq": 2, "verdict": "down"}),
    };
    store.put_thumb(label.clone(), 2, at(5)).await.unwrap();
    let [row] = store.labels_since(at(0)).await.unwrap().try_into().unwrap();
    assert_eq!((row.at, row.label.message, row.label.body), (at(5), Some("m1".into()), label.body.clone()));
    assert!(store.labels_since(at(6)).await.unwrap().is_empty());
    assert!(matches!(store.put_thumb(label, 99, at(5)).await, Err(StoreError::Unknown(_))));
}

#[tokio::test]
async fn a_foreign_file_is_named_and_left_alone() {
    let dir = Dir::new();
    let text = "this is a letter, not a database; ".repeat(50);
    std::fs::write(dir.file(), &text).unwrap();
    let error = Store::open(&dir.file()).await.unwrap_err().to_string();
    assert!(error.contains("store.sqlite") && error.contains("not a sound SQLite"), "{error}");
    assert_eq!(std::fs::read_to_string(dir.file()).unwrap(), text);
    let nowhere = Store::open(&dir.0.join("no/such/folder/x.sqlite")).await.unwrap_err();
    assert!(nowhere.to_string().contains("make the folder"), "{nowhere}");
}

#[tokio::test]
async fn a_later_schema_is_not_touched() {
    let dir = Dir::new();
    let store = dir.open().await;
    sqlx::raw_sql("PRAGMA user_version = 99").execute(&store.writer).await.unwrap();
    store.close().await;
    let StoreError::Open { source, .. } = Store::open(&dir.file()).await.unwrap_err() else { panic!("another error") };
    assert!(matches!(*source, StoreError::Newer { found: 99, known } if known == MIGRATIONS.len() as i64));
}

#[tokio::test]
async fn the_file_is_synced_and_private() {
    let dir = Dir::new();
    let store = dir.open().await;
    let pragma = async |sql: &'static str| -> i64 { sqlx::query_scalar(sql).fetch_one(&store.writer).await.unwrap() };
    assert_eq!(pragma("PRAGMA synchronous").await, 2);
    assert_eq!(pragma("PRAGMA foreign_keys").await, 1);
    assert_eq!(pragma("PRAGMA busy_timeout").await, 5000);
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&store.writer).await.unwrap();
    assert_eq!(mode, "wal");
    assert!(sqlx::query("DELETE FROM turns").execute(&store.reader).await.is_err());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(dir.file()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_lock_held_elsewhere_and_a_full_disk_are_named_and_pass() {
    let dir = Dir::new();
    let (store, other) = (dir.open().await, dir.open().await);
    let set = async |sql: &'static str| {
        sqlx::raw_sql(sql).execute(&store.writer).await.unwrap();
    };
    start(&store, "c1").await;
    set("PRAGMA busy_timeout = 20").await;
    let held = other.write().await.unwrap();
    let locked = store.begin_turn(&turn("c1", "m1", "hi")).await;
    assert!(matches!(locked, Err(StoreError::Locked)), "{locked:?}");
    drop(held);
    set("PRAGMA max_page_count = 1").await;
    let long = turn("c1", "m1", &"hi ".repeat(9000));
    let full = store.begin_turn(&long).await;
    assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
    assert!(store.pending_turns().await.unwrap().is_empty());
    set("PRAGMA max_page_count = 1000000").await;
    assert_eq!(store.begin_turn(&long).await.unwrap(), Begun::New { seq: 1 });
}
