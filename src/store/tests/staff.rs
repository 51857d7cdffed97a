//! Staff acts as transactions: races, owner of the chat, notes, drafts, merging; and the order of the queue. What each act does
//! to a ticket is tested in `life`.

use super::*;
use crate::store::StoreError;
use crate::store::life::{Act, LifeError, Resolution};
use crate::store::notes::NewNote;
use crate::store::staff::ActError;
use crate::store::tickets::{TicketFilter, TicketState};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_claims_at_once_exactly_one_wins() {
    let dir = Dir::new();
    let store = dir.open().await;
    let id = with_ticket(&store).await.id;
    let claim = |who: &'static str| {
        let (store, id) = (store.clone(), id.clone());
        tokio::spawn(async move { store.act(&id, &actor(who), &Act::Claim { until: at(300) }, trail(10)).await })
    };
    let (a, b) = (claim("ann"), claim("bob"));
    let (a, b) = (a.await.unwrap(), b.await.unwrap());
    let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
    let won = won.unwrap().ticket;
    let winner = won.claimed_name.clone().unwrap();
    assert!(matches!(lost, Err(ActError::Life(LifeError::Taken { by })) if by == winner));
    assert_eq!(store.ticket(&id).await.unwrap().unwrap(), won);
    let owner = store.conversation(&chat()).await.unwrap().unwrap().owner;
    assert_eq!(owner, won.claimed_by);
    assert_eq!(store.verify_audit().await.unwrap(), 2);
}

#[tokio::test]
async fn a_reply_to_an_old_version_is_not_sent() {
    let dir = Dir::new();
    let store = dir.open().await;
    let id = with_ticket(&store).await.id;
    let ann = actor("ann");
    let seen = claimed(&store, &id, "ann", 300, 10).await.version;
    hand_over(&store, "c1", "m2", ticket("t2", Priority::P0, 120)).await;
    let mut answer = trail(20);
    answer.messages = vec![NewMessage { staff_name: Some("Ann".into()), ..says(Author::Pharmacist, "hello") }];
    answer.outbox = vec![delivery("d1")];
    let stale = store.act(&id, &ann, &Act::Reply { version: seen }, answer.clone()).await;
    let Err(ActError::Life(LifeError::Stale { now })) = stale else { panic!("{stale:?}") };
    let count = store.history(&chat(), 0).await.unwrap().len();
    assert!(store.due_outbox(at(99), 9).await.unwrap().is_empty());
    let done = store.act(&id, &ann, &Act::Reply { version: now }, answer.clone()).await.unwrap();
    assert_eq!(done.ticket.answered_at, Some(at(20)));
    let [said] = done.messages.as_slice() else { panic!("one message") };
    assert_eq!((said.staff_name(), said.author()), (Some("Ann"), Author::Pharmacist));
    assert!(said.audited() && said.turn().is_none());
    assert_eq!(store.history(&chat(), 0).await.unwrap().len(), count + 1);
    assert_eq!(store.due_outbox(at(99), 9).await.unwrap().len(), 1);
    let foreign = store.act(&id, &actor("bob"), &Act::Reply { version: done.ticket.version }, answer).await;
    assert!(matches!(foreign, Err(ActError::Life(LifeError::Taken { .. }))));
}

#[tokio::test]
async fn a_resolved_ticket_is_over_and_the_chat_is_free() {
    let dir = Dir::new();
    let store = dir.open().await;
    let (id, ann) = (with_ticket(&store).await.id, actor("ann"));
    let held = claimed(&store, &id, "ann", 300, 10).await;
    let done = store.act(&id, &ann, &resolve(held.version), trail(20)).await.unwrap().ticket;
    assert_eq!((done.state, done.resolved_at), (TicketState::Resolved, Some(at(20))));
    assert_eq!(store.conversation(&chat()).await.unwrap().unwrap().owner, None);
    let fresh = hand_over(&store, "c1", "m2", ticket("t2", Priority::P3, 900)).await.ticket.unwrap();
    assert_eq!(fresh.news, News::Opened);
    assert_eq!((fresh.row.state, fresh.row.reopens), (TicketState::Reopened, Some(id)));
    let unknown = store.act(&"none".into(), &ann, &Act::Claim { until: at(400) }, trail(30)).await;
    assert!(matches!(unknown, Err(ActError::Unknown)));
}

#[tokio::test]
async fn what_was_being_written_outlives_the_lease_and_goes_with_the_reply() {
    let dir = Dir::new();
    let store = dir.open().await;
    let (id, ann) = (with_ticket(&store).await.id, actor("ann"));
    assert!(matches!(
        store.renew(&id, &ann, at(300), Some("x"), at(5)).await,
        Err(ActError::Life(LifeError::NotClaimed))
    ));
    claimed(&store, &id, "ann", 100, 10).await;
    store.renew(&id, &ann, at(120), Some("half a sentence"), at(50)).await.unwrap();
    let bobs = claimed(&store, &id, "bob", 400, 130).await;
    let kept = store.reply_draft(&id).await.unwrap().unwrap();
    assert_eq!((kept.name.as_str(), kept.text.as_str()), ("ann", "half a sentence"));
    assert!(store.renew(&id, &ann, at(500), Some("late"), at(140)).await.is_err());
    store.act(&id, &actor("bob"), &Act::Reply { version: bobs.version }, trail(150)).await.unwrap();
    assert_eq!(store.reply_draft(&id).await.unwrap(), None);
}

#[tokio::test]
async fn the_customers_next_message_ends_the_waiting_for_them() {
    let dir = Dir::new();
    let store = dir.open().await;
    let id = with_ticket(&store).await.id;
    let held = claimed(&store, &id, "ann", 300, 10).await;
    let said = store.act(&id, &actor("ann"), &Act::Reply { version: held.version }, trail(20)).await.unwrap().ticket;
    assert_eq!(said.state, TicketState::WaitingCustomer);
    store.begin_turn(&turn("c1", "m9", "thanks, and")).await.unwrap();
    let forwarded = TurnCommit { replies: Vec::new(), now: at(30), ..commit("c1", "m9") };
    store.commit_turn(forwarded, |_| Vec::new()).await.unwrap();
    let row = store.ticket(&id).await.unwrap().unwrap();
    assert_eq!((row.state, row.version), (TicketState::Working, said.version + 1));
    let unread = store.act(&id, &actor("ann"), &resolve(said.version), trail(40)).await;
    assert!(matches!(unread, Err(ActError::Life(LifeError::Stale { .. }))), "it must be read before the case ends");
}

#[tokio::test]
async fn a_message_left_to_somebody_who_has_gone_is_not_swallowed() {
    let dir = Dir::new();
    let store = dir.open().await;
    let id = with_ticket(&store).await.id;
    let held = claimed(&store, &id, "ann", 300, 10).await;
    store.begin_turn(&turn("c1", "m9", "one more thing")).await.unwrap();
    store.act(&id, &actor("ann"), &resolve(held.version), trail(20)).await.unwrap();
    let forwarded = TurnCommit { replies: Vec::new(), now: at(30), ..commit("c1", "m9") };
    let lost = store.commit_turn(forwarded.clone(), |_| Vec::new()).await;
    assert!(matches!(lost, Err(StoreError::Unowned)), "{lost:?}");
    assert_eq!(store.pending_turns().await.unwrap().len(), 1, "it still waits for an answer");
    let answered = TurnCommit { replies: vec![says(Author::Assistant, "here you are")], ..forwarded };
    store.commit_turn(answered, |_| Vec::new()).await.unwrap();
}

#[tokio::test]
async fn two_cases_become_one_only_for_the_same_person_and_by_who_has_both() {
    let dir = Dir::new();
    let store = dir.open().await;
    let opened = async |chat: &str, id: &str, patient: &str, priority| {
        start(&store, chat).await;
        let new = NewTicket { patient: Some(patient.into()), ..ticket(id, priority, 600) };
        hand_over(&store, chat, "m", new).await;
    };
    opened("c1", "t1", "P1", Priority::P3).await;
    opened("c2", "t2", "P1", Priority::P1).await;
    opened("c3", "t3", "P2", Priority::P3).await;
    let ann = actor("ann");
    for id in ["t1", "t3"] {
        claimed(&store, &id.into(), "ann", 300, 10).await;
    }
    let merge = async |from: &str, into: &str| store.merge(&from.into(), &into.into(), &ann, trail(20)).await;
    assert!(matches!(merge("t3", "t1").await, Err(ActError::Apart)), "twins are two people");
    assert!(matches!(merge("t1", "t1").await, Err(ActError::Apart)));
    assert!(matches!(merge("t2", "t1").await, Err(ActError::Life(LifeError::NotClaimed))));
    claimed(&store, &"t2".into(), "ann", 300, 15).await;
    let stays = merge("t2", "t1").await.unwrap().ticket;
    assert_eq!((stays.priority, stays.cards.len()), (Priority::P1, 2), "the more urgent leads");
    let ended = store.ticket(&"t2".into()).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.merged_into), (TicketState::Merged, Some("t1".into())));
    assert_eq!(store.conversation(&"c2".into()).await.unwrap().unwrap().owner, None);
    assert_eq!(store.tickets_of(&"P1".into()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn notes_are_kept_in_order_with_their_act() {
    let dir = Dir::new();
    let store = dir.open().await;
    let id = with_ticket(&store).await.id;
    claimed(&store, &id, "ann", 300, 10).await;
    for (n, kind) in ["note", "note"].into_iter().enumerate() {
        let note = NewNote { staff: staff("ann"), name: "Ann".into(), kind: kind.into(), text: format!("{n}") };
        let with = Trail { notes: vec![note], ..trail(20) };
        store.act(&id, &actor("ann"), &Act::Note, with).await.unwrap();
    }
    let notes = store.notes(&id).await.unwrap();
    assert_eq!(notes.iter().map(|n| n.text.as_str()).collect::<Vec<_>>(), ["0", "1"]);
}

fn resolve(version: i64) -> Act {
    let (disposition, end) = ("SVC-STATUS".into(), TicketState::Resolved);
    Act::Resolve { version, outcome: Resolution { disposition, further: Vec::new(), note: None, end } }
}

#[tokio::test]
async fn who_waits_is_told_how_many_come_first() {
    let dir = Dir::new();
    let store = dir.open().await;
    for (id, priority, due) in [("a", Priority::P2, 500), ("b", Priority::P3, 900), ("c", Priority::P2, 100)] {
        start(&store, id).await;
        hand_over(&store, id, "m", ticket(id, priority, due)).await;
    }
    let ahead = async |id: &str| store.ahead_of(&store.ticket(&id.into()).await.unwrap().unwrap()).await.unwrap();
    assert_eq!((ahead("a").await, ahead("b").await, ahead("c").await), (1, 2, 0));
    claimed(&store, &"c".into(), "ann", 300, 10).await;
    assert_eq!((ahead("a").await, ahead("b").await), (0, 1));
}

#[tokio::test]
async fn the_queue_has_p0_on_top_and_then_the_nearest_breach() {
    let dir = Dir::new();
    let store = dir.open().await;
    let all = [("a", Priority::P1, 500), ("b", Priority::P3, 100), ("c", Priority::P0, 900), ("d", Priority::P2, 50)];
    for (id, priority, due) in all {
        start(&store, id).await;
        hand_over(&store, id, "m", ticket(id, priority, due)).await;
    }
    let list = store.tickets(&TicketFilter::default()).await.unwrap();
    assert_eq!(list.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["c", "d", "b", "a"]);
    let safety = TicketFilter { queue: Some(Queue::Safety), ..Default::default() };
    assert_eq!(store.tickets(&safety).await.unwrap().len(), 1);
    let resolved = TicketFilter { state: Some(TicketState::Resolved), ..Default::default() };
    assert!(store.tickets(&resolved).await.unwrap().is_empty());
}
