//! Turns: durable before work, repeats, one commit, all or nothing, and what a restart finds.

use super::*;
use crate::domain::modes::{Mode, Scope};
use crate::store::StoreError;
use crate::store::limits::Limit;
use crate::store::messages::digest_of;
use crate::store::pauses::Pause;
use crate::store::turns::Begun;

#[tokio::test]
async fn a_repeat_gets_the_stored_reply_and_never_a_second_turn() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    let asked = turn("c1", "m1", "where is it?");
    assert_eq!(store.begin_turn(&asked).await.unwrap(), Begun::New { seq: 1 });
    assert_eq!(store.begin_turn(&asked).await.unwrap(), Begun::Pending { seq: 1 });
    let said = store.commit_turn(commit("c1", "m1"), |_| Vec::new()).await.unwrap();
    let Begun::Done(again) = store.begin_turn(&asked).await.unwrap() else { panic!("not done") };
    assert_eq!(again.messages, said.messages);
    assert_eq!(again.summary, json!({"outcome": "answered"}));
    let other = store.begin_turn(&turn("c1", "m1", "another text")).await.unwrap();
    assert_eq!(other, Begun::Clash);
    assert_eq!(store.history(&chat(), 0).await.unwrap().len(), 2);
    let now = store.conversation(&chat()).await.unwrap().unwrap();
    assert_eq!((now.state, now.lang), (json!({"topic": "DL1"}), Some(Lang::Es)));
    assert_eq!(now.last_active, at(2));
}

#[tokio::test]
async fn of_two_commits_at_once_exactly_one_wins() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    store.begin_turn(&turn("c1", "m1", "hello")).await.unwrap();
    let one = store.commit_turn(commit("c1", "m1"), |_| vec![delivery("d1")]);
    let two = store.commit_turn(commit("c1", "m1"), |_| vec![delivery("d2")]);
    let (one, two) = tokio::join!(one, two);
    assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1);
    assert!(matches!(one.and(two), Err(StoreError::TurnDone)));
    assert_eq!(store.history(&chat(), 0).await.unwrap().len(), 2);
    assert_eq!(store.due_outbox(at(9), 9).await.unwrap().len(), 1);
    assert_eq!(store.verify_audit().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_turns_at_once_all_commit() {
    let dir = Dir::new();
    let store = dir.open().await;
    let mut tasks = Vec::new();
    for n in 0..20 {
        let (store, id) = (store.clone(), format!("c{n}"));
        tasks.push(tokio::spawn(async move {
            start(&store, &id).await;
            hand_over(&store, &id, "m", ticket(&format!("t{n}"), Priority::P1, 60)).await;
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.verify_audit().await.unwrap(), 20);
    assert_eq!(store.tickets(&Default::default()).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_commit_that_fails_leaves_nothing_and_the_turn_pending() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    store.begin_turn(&turn("c1", "m1", "help")).await.unwrap();
    let whole = TurnCommit { ticket: Some(ticket("t1", Priority::P0, 120)), ..commit("c1", "m1") };
    let twice = |_: Option<&_>| vec![delivery("same"), delivery("same")];
    let failed = store.commit_turn(whole, twice).await;
    assert!(matches!(failed, Err(StoreError::Exists)), "{failed:?}");
    assert_eq!(store.history(&chat(), 0).await.unwrap().len(), 1);
    assert!(store.open_ticket_of(&chat()).await.unwrap().is_none());
    assert!(store.due_outbox(at(9), 9).await.unwrap().is_empty());
    assert_eq!(store.verify_audit().await.unwrap(), 0);
    assert_eq!(store.pending_turns().await.unwrap()[0].text, "help");
}

#[tokio::test]
async fn a_reopened_store_has_everything() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    hand_over(&store, "c1", "m1", ticket("t1", Priority::P2, 600)).await;
    store.begin_turn(&turn("c1", "m2", "unfinished")).await.unwrap();
    let before = store.history(&chat(), 0).await.unwrap();
    drop(store);
    let store = dir.open().await;
    assert_eq!(store.history(&chat(), 0).await.unwrap(), before);
    let pending = store.pending_turns().await.unwrap();
    assert_eq!((pending.len(), pending[0].text.as_str(), pending[0].seq), (1, "unfinished", 3));
    assert!(store.open_ticket_of(&chat()).await.unwrap().is_some());
    assert_eq!(store.conversations_of("v1").await.unwrap().len(), 1);
    assert_eq!(store.verify_audit().await.unwrap(), 1);
    store.ready().await.unwrap();
}

#[tokio::test]
async fn a_message_is_audited_once_its_turn_is_committed() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    store.begin_turn(&turn("c1", "m1", "hello")).await.unwrap();
    assert!(!store.history(&chat(), 0).await.unwrap()[0].audited());
    store.commit_turn(commit("c1", "m1"), |_| Vec::new()).await.unwrap();
    let rows = store.history(&chat(), 0).await.unwrap();
    assert!(rows.iter().all(|m| m.audited() && m.digest() == digest_of(m.body())));
    assert_eq!(store.history(&chat(), 1).await.unwrap(), rows[1..]);
}

#[tokio::test]
async fn a_second_hand_over_joins_the_open_ticket() {
    let dir = Dir::new();
    let store = dir.open().await;
    with_ticket(&store).await;
    let new = ticket("t2", Priority::P0, 120);
    let merged = hand_over(&store, "c1", "m2", new).await.ticket.unwrap();
    assert_eq!(merged.news, News::Raised);
    let row = store.ticket(&"t1".into()).await.unwrap().unwrap();
    assert_eq!(row, merged.row);
    assert_eq!((row.priority, row.queue, row.due), (Priority::P0, Queue::Safety, at(120)));
    assert_eq!(row.cards, [json!({"from": "t1"}), json!({"from": "t2"})]);
    assert_eq!(row.fired, ["asked", "t1", "t2"]);
    let lesser = hand_over(&store, "c1", "m3", ticket("t3", Priority::P4, 9000)).await;
    let row = lesser.ticket.unwrap().row;
    assert_eq!((row.priority, row.reason, row.due), (Priority::P0, Reason::Fault, at(120)));
    assert_eq!(store.tickets(&Default::default()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_not_begun_cannot_be_committed() {
    let dir = Dir::new();
    let store = dir.open().await;
    let lost = store.begin_turn(&turn("nowhere", "m1", "x")).await;
    assert!(matches!(lost, Err(StoreError::Unknown("conversation"))));
    start(&store, "c1").await;
    let lost = store.commit_turn(commit("c1", "m1"), |_| Vec::new()).await;
    assert!(matches!(lost, Err(StoreError::Unknown("turn"))));
}

#[tokio::test]
async fn an_answer_that_was_judged_before_a_stop_is_not_committed() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    store.begin_turn(&turn("c1", "m1", "hi")).await.unwrap();
    let seen = store.pauses().await.unwrap().seen;
    let pause = Pause { scope: Scope::All, mode: Mode::Off, reason: "drill".into(), name: "Maria".into(), at: at(1) };
    store.pause(&pause, &json!({"act": "pause"})).await.unwrap();
    let judged = |seen| TurnCommit { pauses: Some(seen), ..commit("c1", "m1") };
    let refused = store.commit_turn(judged(seen), |_| Vec::new()).await;
    assert!(matches!(refused, Err(StoreError::Paused)), "{refused:?}");
    let now = dir.open().await.pauses().await.unwrap();
    assert_eq!((&now.all, now.seen > seen), (&vec![pause], true), "it survives a restart");
    assert!(store.resume(&Scope::All, at(3), &json!({"act": "resume"})).await.unwrap());
    assert!(matches!(store.commit_turn(judged(now.seen), |_| Vec::new()).await, Err(StoreError::Paused)));
    let now = store.pauses().await.unwrap();
    assert!(now.all.is_empty());
    store.commit_turn(judged(now.seen), |_| Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_days_limit_is_exact_under_64_at_once_and_a_repeat_costs_nothing() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    let limits = |most| [Limit::of("person", "P0001", most), Limit::of("site", "main", 1_000)];
    let tries = (0..64).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            store.begin_turn_within(&turn("c1", &format!("m{n}"), "hello"), &limits(10), false).await.unwrap()
        })
    });
    let mut begun = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        begun.push(one.await.unwrap());
    }
    assert_eq!(begun.iter().filter(|b| matches!(b, Begun::New { .. })).count(), 10);
    assert_eq!(begun.iter().filter(|b| **b == Begun::Spent).count(), 54);
    let stored = store.pending_turns().await.unwrap();
    assert_eq!(stored.len(), 10, "what was too much is not stored");
    let again = turn("c1", stored[0].message_id.as_str(), "hello");
    assert!(matches!(store.begin_turn_within(&again, &limits(10), false).await.unwrap(), Begun::Pending { .. }));
    let urgent = turn("c1", "urgent", "help");
    assert!(matches!(store.begin_turn_within(&urgent, &limits(10), true).await.unwrap(), Begun::New { .. }));
    let tomorrow = NewTurn { received_at: at(90_000), ..turn("c1", "next", "hello") };
    assert!(matches!(store.begin_turn_within(&tomorrow, &limits(10), false).await.unwrap(), Begun::New { .. }));
    let names: Vec<String> = sqlx::query_scalar("SELECT who FROM spent").fetch_all(&store.reader).await.unwrap();
    assert!(
        names.len() == 2 && names.iter().all(|n| n.len() == 64),
        "yesterday is forgotten, and nobody is named: {names:?}"
    );
}
