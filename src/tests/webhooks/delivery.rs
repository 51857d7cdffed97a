//! Delivering: slow, gone, busy and redirecting receivers, inside addresses, large bodies, dead letters.

use super::inbox::{Bench, Inbox};
use apothecary::domain::clock::{Clock, SystemClock};
use apothecary::store::outbox::OutboxState;
use secrecy::SecretString;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_does_not_delay_another() {
    let (bench, slow, fast) = (Bench::new().await, Inbox::new().await, Inbox::new().await);
    slow.takes(Duration::from_secs(4));
    let endpoints = [slow.endpoint("slow"), fast.endpoint("fast")];
    for n in 0..20 {
        bench.put(&format!("slow{n}"), "slow").await;
    }
    bench.put("fast1", "fast").await;
    let started = Instant::now();
    // As `serve` does it: each lane a task of its own.
    let tick = async || {
        for lane in bench.lanes.due(&bench.store, &endpoints, SystemClock.now()).await.unwrap() {
            let store = bench.store.clone();
            tokio::spawn(async move { lane.run(&store, &SystemClock).await.unwrap() });
        }
    };
    tick().await;
    while fast.count() < 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bench.put("fast2", "fast").await;
    while fast.count() < 2 {
        tick().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(slow.count() <= 16, "one lane posts sixteen abreast: {}", slow.count());
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_disabled_and_resumes_when_enabled() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    bench.add("pager", &inbox).await;
    inbox.answers(410, None);
    bench.put("m1", "pager").await;
    assert_eq!(bench.deliver_stored().await, 0);
    bench.put("m2", "pager").await;
    bench.at(7_200);
    assert_eq!((bench.deliver_stored().await, inbox.count()), (0, 1), "nothing is sent while it is disabled");
    let view = bench.receivers().one("pager").await.unwrap();
    assert!(view.disabled.as_ref().is_some_and(|why| why.contains("410")), "{view:?}");
    assert_eq!((view.health.waiting, view.health.failed, view.health.dead), (2, 1, 0));
    assert!(view.health.last_error.is_some());
    inbox.answers(204, None);
    bench.receivers().enable("pager").await.unwrap();
    assert_eq!(bench.deliver_stored().await, 2, "what waited arrives at once");
    let view = bench.receivers().one("pager").await.unwrap();
    assert_eq!((view.disabled, view.health.delivered, view.health.waiting), (None, 2, 0));
    let audit = format!("{:?}", bench.store.audit_rows(1, 99).await.unwrap());
    assert!(audit.contains("webhook_disable") && audit.contains("webhook_enable"), "{audit}");
}

#[tokio::test]
async fn an_endpoint_of_the_configuration_that_is_gone_gives_up_the_delivery_only() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    inbox.answers(410, None);
    bench.put("m1", "fixed").await;
    bench.deliver(&[inbox.endpoint("fixed")]).await;
    assert_eq!(bench.store.list_outbox(OutboxState::Dead).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_busy_receiver_is_left_alone_for_as_long_as_it_asks() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    let endpoint = [inbox.endpoint("pager")];
    bench.put("m1", "pager").await;
    inbox.answers(503, Some(("retry-after", "120")));
    bench.deliver(&endpoint).await;
    bench.at(119);
    bench.deliver(&endpoint).await;
    assert_eq!(inbox.count(), 1, "not sooner than asked, though the schedule says one second");
    bench.at(121);
    let date =
        httpdate::fmt_http_date(std::time::SystemTime::from(bench.clock.now() + jiff::SignedDuration::from_secs(300)));
    inbox.answers(429, Some(("retry-after", &date)));
    bench.deliver(&endpoint).await;
    bench.at(420);
    bench.deliver(&endpoint).await;
    assert_eq!(inbox.count(), 2);
    bench.at(422);
    // Only 429 and 503 may put us off.
    inbox.answers(500, Some(("retry-after", "9000")));
    bench.deliver(&endpoint).await;
    inbox.answers(200, None);
    bench.at(433);
    assert_eq!((bench.deliver(&endpoint).await, inbox.count()), (1, 4));
    let ids = inbox.ids();
    assert!(ids.iter().all(|id| id == "m1"), "one id over all attempts: {ids:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (bench, inbox, other) = (Bench::new().await, Inbox::new().await, Inbox::new().await);
    inbox.answers(307, Some(("location", &other.url)));
    bench.put("m1", "pager").await;
    assert_eq!(bench.deliver(&[inbox.endpoint("pager")]).await, 0);
    assert_eq!((inbox.count(), other.count()), (1, 0));
    let waiting = bench.store.list_outbox(OutboxState::Waiting).await.unwrap();
    assert_eq!(waiting[0].last_error.as_deref(), Some("status 307"));
}

#[tokio::test]
async fn a_receiver_that_cannot_be_reached_is_told_of_by_its_cause_and_not_its_url() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    let mut endpoint = inbox.endpoint("pager");
    endpoint.url = "http://127.0.0.1:1/hook/key123".into();
    bench.put("m1", "pager").await;
    bench.deliver(&[endpoint]).await;
    let waiting = bench.store.list_outbox(OutboxState::Waiting).await.unwrap();
    let error = waiting[0].last_error.as_deref().unwrap();
    assert!(error.contains("refused") && !error.contains("key123"), "{error}");
}

#[tokio::test]
async fn inside_addresses_are_refused_when_connecting() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    let mut endpoint = inbox.endpoint("pager");
    endpoint.allow_internal = false;
    for (n, host) in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "169.254.169.254"].into_iter().enumerate() {
        endpoint.url = inbox.url.replace("127.0.0.1", host);
        bench.put(&format!("m{n}"), "pager").await;
        assert_eq!(bench.deliver(std::slice::from_ref(&endpoint)).await, 0);
    }
    assert_eq!(inbox.count(), 0);
    for row in bench.store.list_outbox(OutboxState::Waiting).await.unwrap() {
        assert!(row.last_error.as_ref().is_some_and(|e| e.contains("inside")), "{row:?}");
    }
}

#[tokio::test]
async fn a_large_body_and_a_broken_secret_are_never_sent() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    bench.put_payload("m1", "pager", json!({ "x": "y".repeat(20_000) })).await;
    bench.deliver(&[inbox.endpoint("pager")]).await;
    let dead = bench.store.list_outbox(OutboxState::Dead).await.unwrap();
    assert!(dead[0].last_error.as_ref().is_some_and(|e| e.contains("20008 bytes")), "{dead:?}");
    let mut broken = inbox.endpoint("pager");
    broken.secrets = vec![SecretString::from("whsec_%%%")];
    bench.put("m2", "pager").await;
    bench.deliver(&[broken]).await;
    assert_eq!(inbox.count(), 0);
}

#[tokio::test]
async fn what_never_arrives_becomes_a_dead_letter_and_is_replayed_under_its_id() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    bench.add("pager", &inbox).await;
    inbox.answers(500, None);
    bench.put("m1", "pager").await;
    let mut seconds = 0;
    while bench.receivers().deliveries(OutboxState::Dead).await.unwrap().is_empty() {
        bench.deliver_stored().await;
        seconds += 40_000;
        bench.at(seconds);
    }
    assert_eq!(inbox.count(), 12, "six attempts within the minute and six of the tail");
    inbox.answers(204, None);
    bench.receivers().replay("m1").await.unwrap();
    assert!(bench.receivers().replay("no such").await.is_err());
    assert_eq!(bench.deliver_stored().await, 1);
    assert!(inbox.ids().iter().all(|id| id == "m1"));
    let audit = format!("{:?}", bench.store.audit_rows(1, 99).await.unwrap());
    assert!(audit.contains("webhook_replay") && audit.contains("m1"), "{audit}");
}

#[tokio::test]
async fn what_waits_for_an_endpoint_that_was_removed_is_given_up() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    bench.add("pager", &inbox).await;
    bench.put("m1", "pager").await;
    bench.receivers().remove("pager").await.unwrap();
    assert_eq!((bench.deliver_stored().await, inbox.count()), (0, 0));
    assert_eq!(bench.store.list_outbox(OutboxState::Dead).await.unwrap().len(), 1);
}
