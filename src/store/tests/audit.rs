//! The audit and the messages against a hand that reaches past the program.

use super::*;
use crate::store::StoreError;
use crate::store::audit::AuditError;

async fn raw(store: &Store, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(&store.writer).await.map(drop)
}

async fn five(store: &Store) {
    start(store, "c1").await;
    for n in 0..5 {
        let chat = chat();
        let conversation = (n % 2 == 0).then_some(&chat);
        store.append_audit(at(n), conversation, &json!({"n": n})).await.unwrap();
    }
    assert_eq!(store.verify_audit().await.unwrap(), 5);
}

#[tokio::test]
async fn one_changed_byte_is_found() {
    let dir = Dir::new();
    let store = dir.open().await;
    five(&store).await;
    raw(&store, "DROP TRIGGER audit_no_update").await.unwrap();
    raw(&store, "UPDATE audit SET body = replace(body, '\"n\":2', '\"n\":7') WHERE seq = 3").await.unwrap();
    assert!(matches!(store.verify_audit().await, Err(AuditError::Broken { seq: 3 })));
}

#[tokio::test]
async fn a_changed_column_and_a_removed_row_are_found() {
    let dir = Dir::new();
    let store = dir.open().await;
    five(&store).await;
    raw(&store, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete").await.unwrap();
    raw(&store, "UPDATE audit SET conversation = NULL WHERE seq = 5").await.unwrap();
    assert!(matches!(store.verify_audit().await, Err(AuditError::Broken { seq: 5 })));
    raw(&store, "DELETE FROM audit WHERE seq = 2").await.unwrap();
    assert!(matches!(store.verify_audit().await, Err(AuditError::Broken { seq: 2 })));
}

#[tokio::test]
async fn rows_cannot_be_changed_or_removed() {
    let dir = Dir::new();
    let store = dir.open().await;
    five(&store).await;
    assert!(raw(&store, "UPDATE audit SET body = '{}' WHERE seq = 1").await.is_err());
    assert!(raw(&store, "DELETE FROM audit").await.is_err());
    assert_eq!(store.verify_audit().await.unwrap(), 5);
    assert_eq!(store.audit_for(&chat()).await.unwrap().len(), 3);
    let rows = store.audit_rows(4, 9).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((5, rows[1].hash.clone()), store.audit_head().await.unwrap());
    assert_eq!(rows[1].prev, rows[0].hash);
}

#[tokio::test]
async fn a_reworded_message_is_not_read_back() {
    let dir = Dir::new();
    let store = dir.open().await;
    with_ticket(&store).await;
    assert!(raw(&store, "UPDATE messages SET body = '{}' WHERE seq = 2").await.is_err());
    raw(&store, "DROP TRIGGER messages_said").await.unwrap();
    raw(&store, "UPDATE messages SET body = '{}' WHERE seq = 2").await.unwrap();
    let read = store.history(&chat(), 0).await;
    assert!(matches!(read, Err(StoreError::Damaged(column)) if column == "digest"));
    // With a digest made to fit, the row reads, but no audit row vouches for it.
    let empty =
        "UPDATE messages SET digest = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' WHERE seq = 2";
    raw(&store, empty).await.unwrap();
    assert!(!store.history(&chat(), 1).await.unwrap()[0].audited());
}
