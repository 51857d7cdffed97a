//! The second receiver: told once, under an id of its own, when an urgent webhook has not arrived within a minute.

use super::inbox::Inbox;
use crate::support::{Options, Site};
use apothecary::domain::clock::{Clock, ScriptedClock};
use apothecary::escalate::webhook::Endpoint;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

struct Pair {
    first: Inbox,
    second: Inbox,
    site: Site,
    clock: Arc<ScriptedClock>,
    opened: Timestamp,
}

impl Pair {
    /// A first receiver that fails, and its secondary.
    async fn new(standby: bool) -> Self {
        let (first, second) = (Inbox::new().await, Inbox::new().await);
        first.answers(500, None);
        let endpoints = vec![
            Endpoint { secondary: Some("second".into()), ..first.endpoint("first") },
            Endpoint { standby, ..second.endpoint("second") },
        ];
        let opened = Timestamp::now();
        let clock = Arc::new(ScriptedClock::new(opened));
        let shown: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let site = Site::new(Options { endpoints, clock: Some(shown), ..Options::default() }).await;
        Self { first, second, site, clock, opened }
    }
    async fn deliver_at(&self, seconds: i64) {
        self.clock.set(self.opened + SignedDuration::from_secs(seconds));
        self.site.app.deliver_webhooks().await.unwrap();
    }
}

#[tokio::test]
async fn an_urgent_webhook_that_did_not_arrive_within_a_minute_goes_to_the_secondary_once() {
    let pair = Pair::new(true).await;
    pair.site.anonymous().await.say("I can't breathe and my throat is swelling shut").await;
    for seconds in [0, 1, 5, 16, 50, 59] {
        pair.deliver_at(seconds).await;
    }
    assert_eq!(pair.second.count(), 0, "the first has a minute");
    for seconds in [61, 62, 200, 5_000] {
        pair.deliver_at(seconds).await;
    }
    let (one, two) = (pair.first.ids(), pair.second.ids());
    assert!(one.len() > 5, "the first is tried on: {one:?}");
    assert!(two.len() == 1 && !one.contains(&two[0]), "once, under an id of its own: {two:?}");
    assert!(pair.second.verifies(super::inbox::SECRET));
    let (mut first, mut second) = (pair.first.bodies(), pair.second.bodies());
    assert_eq!(first.remove(0), second.remove(0), "the same event at the same moment");
}

#[tokio::test]
async fn a_secondary_that_was_told_anyway_is_not_told_twice_and_a_plain_case_does_not_go_there() {
    let pair = Pair::new(false).await;
    pair.site.anonymous().await.say("I can't breathe and my throat is swelling shut").await;
    pair.site.anonymous().await.ask_human(uuid::Uuid::now_v7()).await;
    for seconds in [0, 61, 200] {
        pair.deliver_at(seconds).await;
    }
    let mut ids = pair.second.ids();
    ids.dedup();
    assert_eq!((pair.second.count(), ids.len()), (2, 2));
}

#[tokio::test]
async fn a_plain_case_does_not_go_to_a_secondary_on_standby_nor_what_arrived() {
    let pair = Pair::new(true).await;
    pair.site.anonymous().await.ask_human(uuid::Uuid::now_v7()).await;
    pair.deliver_at(0).await;
    pair.first.answers(204, None);
    pair.site.anonymous().await.say("I can't breathe and my throat is swelling shut").await;
    for seconds in [1, 61, 200] {
        pair.deliver_at(seconds).await;
    }
    assert_eq!(pair.second.count(), 0);
}
