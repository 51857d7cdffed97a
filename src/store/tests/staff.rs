//! Claims, leases, replies and ends of tickets, and the order of the queue.

use super::*;
use crate::store::staff::{ActError, Resolution};
use crate::store::tickets::{TicketFilter, TicketState};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_claims_at_once_exactly_one_wins() {
    let dir = Dir::new();
    let store = dir.open().await;
    let id = with_ticket(&store).await.id;
    let claim = |who: &'static str| {
        let (store, id) = (store.clone(), id.clone());
        tokio::spawn(async move { store.claim(&id, &staff(who), who, at(300), trail(10)).await })
    };
    let (a, b) = (claim("ann"), claim("bob"));
    let (a, b) = (a.await.unwrap(), b.await.unwrap());
    let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
    let won = won.unwrap().ticket;
    let winner = won.claimed_name.clone().unwrap();
    assert!(matches!(lost, Err(ActError::Taken { by }) if by == winner));
    assert_eq!(store.ticket(&id).await.unwrap().unwrap(), won);
    let owner = store.conversation(&chat()).await.unwrap().unwrap().owner;
    assert_eq!(owner, won.claimed_by);
    assert_eq!(store.verify_audit().await.unwrap(), 2);
}

#[tokio::test]
async fn a_lease_that_ran_out_may_be_taken_and_a_renewed_one_not() {
    let dir = Dir::new();
    let store = dir.open().await;
    let id = with_ticket(&store).await.id;
    let (ann, bob) = (staff("ann"), staff("bob"));
    store.claim(&id, &ann, "Ann", at(100), trail(10)).await.unwrap();
    store.renew(&id, &ann, at(200)).await.unwrap();
    let early = store.claim(&id, &bob, "Bob", at(400), trail(150)).await;
    assert!(matches!(early, Err(ActError::Taken { by }) if by == "Ann"));
    store.claim(&id, &bob, "Bob", at(400), trail(200)).await.unwrap();
    assert!(matches!(store.renew(&id, &ann, at(500)).await, Err(ActError::Taken { .. })));
    let chat = store.conversation(&chat()).await.unwrap().unwrap();
    assert_eq!(chat.owner, Some(bob));
}

#[tokio::test]
async fn a_reply_to_an_old_version_is_not_sent() {
    let dir = Dir::new();
    let store = dir.open().await;
    let id = with_ticket(&store).await.id;
    let ann = staff("ann");
    let seen = store.claim(&id, &ann, "Ann", at(300), trail(10)).await.unwrap().ticket.version;
    hand_over(&store, "c1", "m2", ticket("t2", Priority::P0, 120)).await;
    let mut answer = trail(20);
    answer.messages = vec![NewMessage { staff_name: Some("Ann".into()), ..says(Author::Pharmacist, "hello") }];
    answer.outbox = vec![delivery("d1")];
    let stale = store.reply(&id, &ann, seen, answer.clone()).await;
    let Err(ActError::Stale { now }) = stale else { panic!("{stale:?}") };
    let count = store.history(&chat(), 0).await.unwrap().len();
    assert!(store.due_outbox(at(99), 9).await.unwrap().is_empty());
    let done = store.reply(&id, &ann, now, answer.clone()).await.unwrap();
    assert_eq!(done.ticket.answered_at, Some(at(20)));
    let [said] = done.messages.as_slice() else { panic!("one message") };
    assert_eq!((said.staff_name(), said.author()), (Some("Ann"), Author::Pharmacist));
    assert!(said.audited() && said.turn().is_none());
    assert_eq!(store.history(&chat(), 0).await.unwrap().len(), count + 1);
    assert_eq!(store.due_outbox(at(99), 9).await.unwrap().len(), 1);
    let foreign = store.reply(&id, &staff("bob"), done.ticket.version, answer).await;
    assert!(matches!(foreign, Err(ActError::Taken { .. })));
}

#[tokio::test]
async fn a_resolved_ticket_is_over_and_the_chat_is_free() {
    let dir = Dir::new();
    let store = dir.open().await;
    let (id, ann) = (with_ticket(&store).await.id, staff("ann"));
    let end = Resolution { disposition: "answered".into(), note: Some("called".into()) };
    let early = store.resolve(&id, &ann, 1, end.clone(), trail(5)).await;
    assert!(matches!(early, Err(ActError::NotClaimed)));
    let held = store.claim(&id, &ann, "Ann", at(300), trail(10)).await.unwrap().ticket;
    let done = store.resolve(&id, &ann, held.version, end, trail(20)).await.unwrap().ticket;
    assert_eq!((done.state, done.resolved_at), (TicketState::Resolved, Some(at(20))));
    assert_eq!(store.conversation(&chat()).await.unwrap().unwrap().owner, None);
    let late = store.claim(&id, &ann, "Ann", at(400), trail(30)).await;
    assert!(matches!(late, Err(ActError::Resolved)));
    let fresh = hand_over(&store, "c1", "m2", ticket("t2", Priority::P3, 900)).await;
    assert!(!fresh.ticket.unwrap().merged);
    let unknown = store.claim(&"none".into(), &ann, "Ann", at(400), trail(30)).await;
    assert!(matches!(unknown, Err(ActError::Unknown)));
}

#[tokio::test]
async fn a_released_ticket_waits_again() {
    let dir = Dir::new();
    let store = dir.open().await;
    let (id, ann) = (with_ticket(&store).await.id, staff("ann"));
    store.claim(&id, &ann, "Ann", at(300), trail(10)).await.unwrap();
    let free = store.release(&id, &ann, trail(20)).await.unwrap().ticket;
    assert_eq!((free.state, free.claimed_by, free.lease_until), (TicketState::Open, None, None));
    assert_eq!(store.conversation(&chat()).await.unwrap().unwrap().owner, None);
    store.claim(&id, &staff("bob"), "Bob", at(300), trail(30)).await.unwrap();
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
