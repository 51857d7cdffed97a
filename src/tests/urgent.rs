//! What urgent cases are owed: who is called when a case becomes urgent, which clocks start anew, what cannot be put off, and what
//! whoever takes it reads first.

use crate::console::{Desk, ticket_of};
use crate::support::{Chat, Options, Site, code};
use crate::webhooks::inbox::Inbox;
use apothecary::domain::clock::{Clock, ScriptedClock};
use apothecary::domain::route::Priority;
use apothecary::escalate::webhook::Endpoint;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const EMERGENCY: &str = "I can't breathe and my throat is swelling shut";
const CLINICAL: &str = "Can I take ibuprofen together with my blood pressure pills?";

/// A site with a clock that can be set, and a receiver that is told of P0 and P1 only.
struct Ward {
    site: Site,
    clock: Arc<ScriptedClock>,
    opened: Timestamp,
    pager: Inbox,
}

impl Ward {
    async fn new() -> Self {
        let (opened, pager) = (Timestamp::now(), Inbox::new().await);
        let clock = Arc::new(ScriptedClock::new(opened));
        let urgent = vec![Priority::P0, Priority::P1];
        let endpoints = vec![Endpoint { priorities: urgent, ..pager.endpoint("pager") }];
        let shown: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let site = Site::new(Options { endpoints, clock: Some(shown), ..Options::default() }).await;
        Self { site, clock, opened, pager }
    }

    fn desk(&self, name: &str, role: &str) -> Desk {
        Desk::new(&self.site, name, role)
    }

    /// What the receiver hears by this second: type and step.
    async fn told_at(&self, second: i64) -> Vec<String> {
        self.clock.set(self.opened + SignedDuration::from_secs(second));
        self.site.app.raise_alarms().await.unwrap();
        while self.site.app.deliver_webhooks().await.unwrap() > 0 {}
        let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        self.pager.bodies().iter().map(|b| format!("{} {}", word(&b["type"]), word(&b["data"]["step"]))).collect()
    }

    async fn case_of(&self, chat: &Chat, desk: &Desk) -> String {
        ticket_of(desk, chat).await["id"].as_str().unwrap().to_owned()
    }
}

async fn write(desk: &Desk, id: &str) {
    let version = desk.get(&format!("tickets/{id}")).await["ticket"]["version"].clone();
    desk.done(id, "reply", json!({"version": version, "text": "I am here."})).await;
}

#[tokio::test]
async fn a_service_case_that_becomes_an_emergency_calls_people_at_once() {
    let ward = Ward::new().await;
    let chat = ward.site.anonymous().await;
    chat.ask_human(Uuid::now_v7()).await;
    assert!(ward.told_at(1).await.is_empty(), "a plain request rings no pager");
    chat.say(EMERGENCY).await;
    assert_eq!(ward.told_at(2).await, ["escalation.created raised"]);
    chat.say("what about my order").await;
    chat.say("still can't breathe, my throat is swelling shut").await;
    assert!(ward.told_at(3).await.is_empty(), "once");
    assert_eq!(ward.told_at(65).await, ["escalation.breached lead"]);
}

#[tokio::test]
async fn an_emergency_in_a_chat_that_was_answered_has_a_clock_of_its_own() {
    let ward = Ward::new().await;
    let (maria, chat) = (ward.desk("Maria", "pharmacist"), ward.site.anonymous().await);
    chat.say(EMERGENCY).await;
    let id = ward.case_of(&chat, &maria).await;
    maria.done(&id, "claim", json!({})).await;
    write(&maria, &id).await;
    assert_eq!(ward.told_at(5).await, ["escalation.created ", "escalation.claimed ", "escalation.replied "]);
    ward.told_at(200).await;
    maria.done(&id, "renew", json!({})).await;
    chat.say("now my throat is swelling shut again and I can't breathe").await;
    assert_eq!(ticket_of(&maria, &chat).await["answered"], Value::Null, "what was written before is no answer to it");
    assert!(ward.told_at(310).await.is_empty());
    assert_eq!(ward.told_at(325).await, ["escalation.breached overdue"]);
}

#[tokio::test]
async fn what_is_urgent_cannot_be_put_off() {
    let ward = Ward::new().await;
    let (maria, chat) = (ward.desk("Maria", "pharmacist"), ward.site.verified("P0003", None).await);
    chat.say(CLINICAL).await;
    let id = ward.case_of(&chat, &maria).await;
    maria.done(&id, "claim", json!({})).await;
    let until = |days: i64| (ward.opened + SignedDuration::from_hours(24 * days)).to_string();
    let aside = |days| json!({"until": until(days), "note": "prescriber was asked"});
    assert_eq!(code(maria.act(&id, "park", aside(1)).await).await.0, 422, "nobody has answered it");
    let leave = async || ward.site.post("/api/v1/console/logout", "{}", &[(maria.proof.0, &maria.proof.1)]).await;
    assert_eq!(code(leave().await).await, (409, "conflict".into()), "nobody leaves with it in hand");
    write(&maria, &id).await;
    assert_eq!(code(maria.act(&id, "park", aside(30)).await).await.0, 422, "it would be forgotten");
    maria.done(&id, "park", aside(1)).await;
    assert_eq!(leave().await.status(), 204);
}

#[tokio::test]
async fn who_is_not_reached_in_three_calls_is_the_pharmacist_in_charges_to_decide() {
    let ward = Ward::new().await;
    let (maria, chat) = (ward.desk("Maria", "pharmacist"), ward.site.verified("P0003", None).await);
    chat.say(CLINICAL).await;
    let id = ward.case_of(&chat, &maria).await;
    maria.done(&id, "claim", json!({})).await;
    let windows = chat.get("callback").await["windows"].clone();
    let window = json!([windows[0]["from"], windows[0]["until"]]);
    let plan = json!({"from": windows[0]["from"], "until": windows[0]["until"]});
    let unreached = async || {
        let version = maria.get(&format!("tickets/{id}")).await["ticket"]["version"].clone();
        let body = json!({"version": version, "disposition": "NOANSWER-3X"});
        code(maria.act(&id, "resolve", body).await).await.0
    };
    assert_eq!(unreached().await, 422, "nobody called");
    maria.done(&id, "callback", plan).await;
    for _ in 0..2 {
        maria.done(&id, "claim", json!({})).await;
        maria.done(&id, "attempt", json!({"reached": "no_answer", "next": window})).await;
    }
    maria.done(&id, "claim", json!({})).await;
    assert_eq!(unreached().await, 422, "two calls are not three");
    ward.told_at(1).await;
    maria.done(&id, "attempt", json!({"reached": "no_answer"})).await;
    assert_eq!(ward.told_at(2).await, ["escalation.breached in_charge"]);
    assert_eq!(unreached().await, 200);
}

#[tokio::test]
async fn the_card_shows_the_sentence_that_counts_and_what_else_came_in() {
    let ward = Ward::new().await;
    let (maria, chat) = (ward.desk("Maria", "pharmacist"), ward.site.verified("P0003", None).await);
    chat.ask_human(Uuid::now_v7()).await;
    let asked = "Hello, thank you for the parcel from last week. Can I take ibuprofen together with my blood pressure pills? \
                 Also please tell me whether my address is up to date.";
    chat.say(asked).await;
    let id = ward.case_of(&chat, &maria).await;
    let masked = maria.get(&format!("tickets/{id}")).await["card"].clone();
    assert_eq!((&masked["wants"], &masked["also"]), (&Value::Null, &Value::Null));
    maria.done(&id, "claim", json!({})).await;
    let card = maria.get(&format!("tickets/{id}")).await["card"].clone();
    assert_eq!(card["why"]["sentence"], CLINICAL, "{card}");
    assert!(card["ask"].as_array().is_some_and(|list| list.len() > 1), "{card}");
    assert!(card["signals"]["scores"]["R3"].as_f64().is_some_and(|p| p > 0.3), "{card}");
    assert_eq!(card["also"][0]["reason"], "asked", "{card}");
    let told = card["facts"].to_string();
    assert!(told.contains("70-") && told.contains("RX-"), "orders and prescriptions: {told}");
}

#[tokio::test]
async fn what_was_answered_stands_behind_what_was_not() {
    let ward = Ward::new().await;
    let maria = ward.desk("Maria", "pharmacist");
    let (first, second) = (ward.site.anonymous().await, ward.site.anonymous().await);
    for chat in [&first, &second] {
        chat.say(EMERGENCY).await;
    }
    let id = ward.case_of(&first, &maria).await;
    maria.done(&id, "claim", json!({})).await;
    write(&maria, &id).await;
    let queue = crate::console::queue(&ward.site).await;
    assert_eq!(queue[0]["conversation"], second.id.as_str());
    assert!(queue[0]["answered"].is_null() && queue[1]["answered"].is_string());
    assert_eq!(
        ward.desk("Ada", "auditor").get("tickets").await["tickets"][0]["summary"],
        "",
        "a list is no recorded look"
    );
}

#[tokio::test]
async fn receivers_hear_that_a_merged_case_ended() {
    let ward = Ward::new().await;
    let maria = ward.desk("Maria", "pharmacist");
    let (one, other) = (ward.site.verified("P0003", None).await, ward.site.verified("P0003", None).await);
    for chat in [&one, &other] {
        chat.say(CLINICAL).await;
    }
    let ids = [ward.case_of(&one, &maria).await, ward.case_of(&other, &maria).await];
    for id in &ids {
        maria.done(id, "claim", json!({})).await;
    }
    ward.told_at(1).await;
    maria.done(&ids[0], "merge", json!({"into": ids[1]})).await;
    assert_eq!(ward.told_at(2).await, ["escalation.resolved "]);
}
