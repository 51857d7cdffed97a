//! Webhooks: one signed thin payload for a ticket, checked by the reference verifier; a receiver that fails is tried again.

use crate::support::{Options, Site};
use apothecary::domain::clock::{Clock, ScriptedClock};
use apothecary::escalate::webhook::Endpoint;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[derive(Clone, Default)]
struct Inbox {
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    broken: Arc<Mutex<bool>>,
}

async fn take(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if *inbox.broken.lock().unwrap() {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    inbox.got.lock().unwrap().push((headers, body));
    StatusCode::NO_CONTENT
}

async fn receiver() -> (Inbox, Endpoint) {
    let inbox = Inbox::default();
    let router = axum::Router::new().route("/hook", post(take)).with_state(inbox.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let secrets = vec![SecretString::from(SECRET)];
    (inbox, Endpoint { name: "pager".into(), url, secrets, allow_internal: true })
}

#[tokio::test]
async fn a_ticket_is_announced_once_signed_and_without_health_words() {
    let (inbox, endpoint) = receiver().await;
    let site = Site::new(Options { endpoints: vec![endpoint], ..Options::default() }).await;
    let chat = site.verified("P0001", None).await;
    let id = Uuid::now_v7();
    for _ in 0..2 {
        assert_eq!(chat.send(id, "Can I take ibuprofen with my lisinopril?").await.status(), 200);
    }
    assert_eq!(site.app.deliver_webhooks().await.unwrap(), 1);
    assert_eq!(site.app.deliver_webhooks().await.unwrap(), 0, "delivered once");
    let got = inbox.got.lock().unwrap().clone();
    let [(headers, body)] = got.as_slice() else { panic!("{} webhooks", got.len()) };
    let reference = standardwebhooks::Webhook::new(SECRET).unwrap();
    reference.verify(body, headers).expect("the reference verifier accepts the signature");
    let mut changed = body.to_vec();
    changed[10] ^= 1;
    assert!(reference.verify(&changed, headers).is_err());
    let text = String::from_utf8_lossy(body).to_lowercase();
    assert!(text.contains("escalation.created"), "{text}");
    for word in ["ibuprofen", "lisinopril", "daniel", "whitaker", "p0001", "\"r3\"", "take"] {
        assert!(!text.contains(word), "`{word}` is in {text}");
    }
}

#[tokio::test]
async fn a_receiver_that_fails_loses_nothing() {
    let (inbox, endpoint) = receiver().await;
    *inbox.broken.lock().unwrap() = true;
    let site = Site::new(Options { endpoints: vec![endpoint], ..Options::default() }).await;
    site.anonymous().await.say("I can't breathe and my throat is swelling shut").await;
    assert_eq!(site.app.deliver_webhooks().await.unwrap(), 0);
    *inbox.broken.lock().unwrap() = false;
    let mut delivered = 0;
    for _ in 0..30 {
        delivered += site.app.deliver_webhooks().await.unwrap();
        if delivered > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!((delivered, inbox.got.lock().unwrap().len()), (1, 1));
}

#[tokio::test]
async fn an_emergency_that_nobody_claims_climbs_the_ladder_and_is_overdue_once() {
    let (inbox, endpoint) = receiver().await;
    let opened = Timestamp::now();
    let clock = Arc::new(ScriptedClock::new(opened));
    let shown: Arc<dyn Clock> = Arc::clone(&clock) as _;
    let options = Options { endpoints: vec![endpoint], clock: Some(shown), ..Options::default() };
    let site = Site::new(options).await;
    site.anonymous().await.say("I can't breathe and my throat is swelling shut").await;
    let mut told = Vec::new();
    for seconds in [0, 59, 61, 62, 121, 125, 301, 600] {
        clock.set(opened + SignedDuration::from_secs(seconds));
        site.app.raise_alarms().await.unwrap();
        while site.app.deliver_webhooks().await.unwrap() > 0 {}
        for (_, body) in inbox.got.lock().unwrap().drain(..) {
            let body: Value = serde_json::from_slice(&body).unwrap();
            let step = body["data"]["step"].as_str().unwrap_or_default();
            told.push(format!("{seconds} {} {step}", body["type"].as_str().unwrap()));
        }
    }
    let expected = [
        "0 escalation.created ",
        "61 escalation.breached lead",
        "121 escalation.breached on_call",
        "121 escalation.breached overdue",
        "301 escalation.breached in_charge",
    ];
    assert_eq!(told, expected);
    let queue = crate::console::queue(&site).await;
    assert_eq!((&queue[0]["called"], &queue[0]["overdue"]), (&"in_charge".into(), &true.into()), "{queue:?}");
    assert!(site.app.store().verify_audit().await.unwrap() >= 4);
    let counted = crate::support::watch().metrics.render();
    for step in ["lead", "on_call", "in_charge", "overdue"] {
        assert!(
            counted.contains(&format!("apothecary_breaches_total{{priority=\"P0\",step=\"{step}\"}} 1")),
            "{step}: {counted}"
        );
    }
}
