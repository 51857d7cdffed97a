//! What is old goes with every byte of it, what is held or open stays, and the chain says what went.

use super::*;
use crate::domain::ids::PatientId;
use crate::policy::retention::Cutoffs;
use crate::store::retention::Purged;

/// Everything before this second is old.
const OLD: i64 = 1_000;

fn cutoffs() -> Cutoffs {
    Cutoffs { anonymous: at(OLD), conversations: at(OLD), deliveries: at(OLD) }
}

/// A conversation whose only message holds its name, with a case when one is given.
async fn talk(store: &Store, id: &str, patient: Option<&str>, when: i64, case: Option<NewTicket>) {
    let new = NewConversation {
        id: id.into(),
        site: "main".into(),
        visitor: "v1".into(),
        patient: patient.map(|p| PatientId(p.into())),
        created: at(0),
        lang: None,
        state: json!({}),
    };
    store.create_conversation(&new).await.unwrap();
    store.begin_turn(&turn(id, "m", &format!("canary {id} canary"))).await.unwrap();
    let webhook = NewOutbox { ticket: case.as_ref().map(|c| c.id.clone()), ..delivery(&format!("d-{id}")) };
    let done = TurnCommit {
        now: at(when),
        ticket: case,
        suggestion: Some(json!({"text": format!("draft {id}")})),
        ..commit(id, "m")
    };
    store.commit_turn(done, |t| t.map(|_| vec![webhook]).unwrap_or_default()).await.unwrap();
}

fn case(id: &str, fired: &[&str], legal_hold: bool) -> Option<NewTicket> {
    let fired = fired.iter().map(ToString::to_string).collect();
    Some(NewTicket { fired, legal_hold, ..ticket(&format!("t-{id}"), Priority::P3, 600) })
}

async fn sql(store: &Store, text: &'static str) {
    sqlx::raw_sql(text).execute(&store.writer).await.unwrap();
}

/// Old and over: nobody known, somebody known. Old, but: held, open, a risk and not old enough for it. And a young one.
async fn filled(dir: &Dir) -> Store {
    let store = dir.open().await;
    talk(&store, "gone-nobody", None, 10, None).await;
    talk(&store, "gone-case", None, 10, case("gone-case", &[], false)).await;
    talk(&store, "gone-patient", Some("P1"), 10, case("gone-patient", &["R3"], false)).await;
    talk(&store, "kept-held", None, 10, case("kept-held", &[], true)).await;
    talk(&store, "kept-young", None, OLD + 5, None).await;
    sql(&store, "UPDATE tickets SET state = 'resolved'; UPDATE outbox SET state = 'delivered'").await;
    talk(&store, "kept-open", None, 10, case("kept-open", &[], false)).await;
    store
}

/// Whether the words stand in any of the store's files, as they lie on the disk.
fn on_disk(dir: &Dir, words: &str) -> bool {
    let holds = |bytes: &[u8]| bytes.windows(words.len()).any(|w| w == words.as_bytes());
    std::fs::read_dir(&dir.0).unwrap().any(|file| holds(&std::fs::read(file.unwrap().path()).unwrap()))
}

#[tokio::test]
async fn what_is_old_and_over_goes_with_every_byte_and_the_chain_says_so() {
    let dir = Dir::new();
    let store = filled(&dir).await;
    let due = store.purgeable(&cutoffs()).await.unwrap();
    assert!(on_disk(&dir, "canary gone-nobody"), "the test looks where the words are");
    let gone = store.purge(&cutoffs(), at(2_000), "Dana").await.unwrap();
    let want = Purged { anonymous: 2, conversations: 1, messages: 6, cases: 2, deliveries: 1, held: 2 };
    assert_eq!((due.anonymous, due.conversations, due.messages, due.cases, due.held), (2, 1, 6, 2, 2));
    assert_eq!(gone, want);
    for id in ["gone-nobody", "gone-case", "gone-patient"] {
        for words in [format!("canary {id}"), format!("draft {id}"), format!("t-{id}")] {
            assert!(!on_disk(&dir, &words), "`{words}` is still on the disk");
        }
        assert!(store.conversation(&id.into()).await.unwrap().is_none());
    }
    for id in ["kept-held", "kept-young", "kept-open"] {
        assert!(on_disk(&dir, &format!("canary {id}")), "{id}");
    }
    let rows = store.audit_rows(1, 100).await.unwrap();
    let records: Vec<_> = rows.iter().map(|r| &r.body["record"]).filter(|r| r["act"] == "purge").collect();
    assert!(records.iter().any(|r| r["gone"]["conversations"] == 2 && r["by"] == "Dana"), "{records:?}");
    store.verify_audit().await.unwrap();
    assert_eq!(store.purge(&cutoffs(), at(2_001), "Dana").await.unwrap(), Purged { held: 2, ..Purged::default() });
}

#[tokio::test]
async fn a_case_of_a_risk_keeps_a_conversation_of_nobody_known_as_long_as_the_others() {
    let dir = Dir::new();
    let store = dir.open().await;
    talk(&store, "risk", None, 10, case("risk", &["R1"], false)).await;
    sql(&store, "UPDATE tickets SET state = 'resolved'").await;
    let young = Cutoffs { conversations: at(0), ..cutoffs() };
    assert_eq!(store.purge(&young, at(2_000), "Dana").await.unwrap().anonymous, 0);
    assert_eq!(store.purge(&cutoffs(), at(2_000), "Dana").await.unwrap().conversations, 1);
}

#[tokio::test]
async fn more_than_one_batch_goes_and_search_finds_none_of_it() {
    let dir = Dir::new();
    let store = dir.open().await;
    for n in 0..230 {
        talk(&store, &format!("many-{n}"), None, 10, None).await;
    }
    assert_eq!(store.purge(&cutoffs(), at(2_000), "Dana").await.unwrap().anonymous, 230);
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM case_index WHERE case_index MATCH 'canary'")
        .fetch_one(&store.reader)
        .await
        .unwrap();
    assert_eq!(left, 0);
}
