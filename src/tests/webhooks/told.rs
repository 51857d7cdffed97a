//! What is told: one signed thin payload for a ticket, the full form, filters; a receiver that fails is tried again; the ladder.

use super::inbox::{Inbox, SECRET};
use crate::support::{Options, Site};
use apothecary::domain::clock::{Clock, ScriptedClock};
use apothecary::domain::route::Priority;
use apothecary::escalate::webhook::{Endpoint, Form};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use uuid::Uuid;

#[tokio::test]
async fn a_ticket_is_announced_once_signed_and_without_health_words() {
    let inbox = Inbox::new().await;
    let endpoint = inbox.endpoint("pager");
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
    let inbox = Inbox::new().await;
    let endpoint = inbox.endpoint("pager");
    inbox.answers(500, None);
    let site = Site::new(Options { endpoints: vec![endpoint], ..Options::default() }).await;
    site.anonymous().await.say("I can't breathe and my throat is swelling shut").await;
    assert_eq!(site.app.deliver_webhooks().await.unwrap(), 0);
    inbox.answers(204, None);
    let mut delivered = 0;
    for _ in 0..30 {
        delivered += site.app.deliver_webhooks().await.unwrap();
        if delivered > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert!(delivered == 1 && inbox.ids().windows(2).all(|pair| pair[0] == pair[1]), "one id over all attempts");
}

#[tokio::test]
async fn an_emergency_that_nobody_claims_climbs_the_ladder_and_is_overdue_once() {
    let inbox = Inbox::new().await;
    let endpoint = inbox.endpoint("pager");
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
        for body in inbox.bodies() {
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
            // Other tests of this process count, too.
            counted.contains(&format!("apothecary_breaches_total{{priority=\"P0\",step=\"{step}\"}} ")),
            "{step}: {counted}"
        );
    }
}

#[tokio::test]
async fn the_full_form_says_why_and_when_but_never_names_words_or_whom() {
    let (full, none) = (Inbox::new().await, Inbox::new().await);
    let endpoints = vec![
        Endpoint { form: Form::Full, ..full.endpoint("full") },
        Endpoint { priorities: vec![Priority::P4], ..none.endpoint("p4") },
        Endpoint { types: vec!["escalation.resolved".into()], ..none.endpoint("resolved") },
        Endpoint { standby: true, ..none.endpoint("standby") },
    ];
    let site = Site::new(Options { endpoints, ..Options::default() }).await;
    let chat = site.verified("P0001", None).await;
    chat.say("Can I take ibuprofen with my lisinopril?").await;
    assert_eq!((site.app.deliver_webhooks().await.unwrap(), none.count()), (1, 0), "filters hold");
    let body = full.bodies().remove(0);
    let data = &body["data"];
    assert_eq!((&data["reason"], &data["lang"], &data["level"]), (&"R3".into(), &"en".into(), &"L2".into()), "{body}");
    assert!(data["fired"].as_array().is_some_and(|f| f.contains(&"R3".into())), "{body}");
    for moment in ["created", "due"] {
        assert!(data[moment].as_str().unwrap().parse::<Timestamp>().is_ok(), "{body}");
    }
    let text = body.to_string().to_lowercase();
    for word in ["ibuprofen", "lisinopril", "daniel", "whitaker", "p0001", "take"] {
        assert!(!text.contains(word), "`{word}` is in {text}");
    }
    let keys: Vec<&String> = data.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 10, "nothing else is told: {keys:?}");
    assert!(text.len() < 20_000);
}
