//! Two workers on one outbox: nothing is posted twice at the same time, and a late worker's report does not count.

use super::inbox::{Bench, Inbox};
use apothecary::escalate::delivery::Lanes;
use apothecary::store::Store;
use apothecary::store::outbox::{Next, OutboxState};
use jiff::SignedDuration;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_do_not_post_the_same_delivery_at_once() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    inbox.takes(Duration::from_millis(300));
    let endpoint = [inbox.endpoint("pager")];
    for n in 0..4 {
        bench.put(&format!("m{n}"), "pager").await;
    }
    let now = apothecary::domain::clock::Clock::now(&*bench.clock);
    let other = Store::open(&bench.folder.path().join("apothecary.db")).await.unwrap();
    let theirs = Lanes::default().due(&other, &endpoint, now).await.unwrap().pop().unwrap();
    let (ours, theirs) = tokio::join!(bench.deliver(&endpoint), theirs.run(&other, &*bench.clock));
    assert_eq!((ours + theirs.unwrap(), inbox.count()), (4, 4));
}

#[tokio::test]
async fn a_late_worker_cannot_mark_over_a_newer_attempt() {
    let bench = Bench::new().await;
    bench.put("m1", "pager").await;
    let now = apothecary::domain::clock::Clock::now(&*bench.clock);
    let later = |s| now + SignedDuration::from_secs(s);
    let take = async |at| bench.store.take_outbox("pager", later(at), later(at + 20), 9).await.unwrap();
    let [late] = take(0).await.try_into().unwrap();
    assert!(take(19).await.is_empty(), "the first worker has it");
    assert!(bench.store.due_endpoints(later(19)).await.unwrap().is_empty());
    let [newer] = take(20).await.try_into().unwrap();
    assert!(newer.fence > late.fence);
    assert!(!bench.store.mark_failed(&late, Next::Dead, "late", later(21)).await.unwrap());
    assert_eq!(bench.store.mark_delivered(&[&late], later(21)).await.unwrap(), 0);
    assert!(bench.store.mark_failed(&newer, Next::At(later(30)), "status 500", later(22)).await.unwrap());
    let [row] = bench.store.list_outbox(OutboxState::Waiting).await.unwrap().try_into().unwrap();
    assert_eq!((row.attempts, row.last_error.as_deref(), row.taken_until), (1, Some("status 500"), None));
    let [last] = take(30).await.try_into().unwrap();
    assert_eq!(bench.store.mark_delivered(&[&late, &last], later(31)).await.unwrap(), 1);
    assert_eq!(bench.store.mark_delivered(&[&last], later(31)).await.unwrap(), 0, "once");
}
