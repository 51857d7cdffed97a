//! Histories that clients send: which stored conversation they go on with, what counts of what is only told, and retries.

use super::{Client, request};
use crate::console::Desk;
use crate::support::{Options, Site, guardrails};
use apothecary::domain::labels::Risk;
use apothecary::domain::session::Session;
use serde_json::json;

const ASKS: &str = "I want to talk to a person";
const DARK: &str = "I don't want to live anymore, I want to end my life";

async fn memory(site: &Site, conversation: &str) -> Session {
    let stored = site.app.store().conversation(&conversation.into()).await.unwrap().unwrap();
    serde_json::from_value(stored.state).unwrap()
}

#[tokio::test]
async fn a_plain_client_of_a_customer_keeps_one_conversation_one_case_and_its_memory() {
    let site = Site::new(Options::default()).await;
    let client = Client::of(&site, "P0014");
    let first = client.say(&[ASKS]).await;
    let second = client.say(&[ASKS, DARK]).await;
    // A client that sends the end of the history only.
    let third = client.say(&[DARK, ASKS]).await;
    assert!(second.conversation() == first.conversation() && third.conversation() == first.conversation());
    let cases = [&first, &second, &third].map(|said| said.of_pharmacy("escalation_id").clone());
    assert!(cases.iter().all(|c| c.is_string() && c == &cases[0]), "{cases:?}");
    assert!(memory(&site, first.conversation()).await.risk(Risk::SELF_HARM) > 0.5);
    let other = client.say(&["How long does delivery take?"]).await;
    assert_ne!(other.conversation(), first.conversation(), "who tells of nothing begins anew");
}

#[tokio::test]
async fn a_named_conversation_goes_on_without_any_history() {
    let site = Site::shared().await;
    let first = Client::anonymous(&site).say(&[ASKS]).await;
    let client = Client::anonymous(&site).in_conversation(first.conversation());
    let second = client.say(&["my parcel came broken, please help"]).await;
    assert_eq!(second.conversation(), first.conversation());
    let rows = site.app.store().history(&first.conversation().into(), 0).await.unwrap();
    assert_eq!(rows.iter().filter(|r| r.body()["text"].is_string()).count(), 2);
}

#[tokio::test]
async fn told_messages_count_as_risks_and_are_read_by_whoever_takes_the_case() {
    let site = Site::shared().await;
    let said = Client::anonymous(&site).say(&[DARK, ASKS]).await;
    let calm = Client::anonymous(&site).say(&["hello", ASKS]).await;
    assert!(memory(&site, said.conversation()).await.risk(Risk::SELF_HARM) > 0.5);
    assert!(memory(&site, calm.conversation()).await.risk(Risk::SELF_HARM) < 0.3);
    let (maria, ticket) = (Desk::new(&site, "Maria", "pharmacist"), said.of_pharmacy("escalation_id").clone());
    let ticket = ticket.as_str().unwrap();
    maria.done(ticket, "claim", json!({})).await;
    let open = maria.get(&format!("tickets/{ticket}")).await["history"].to_string();
    assert!(open.contains("end my life") && open.contains(ASKS), "{open}");
    assert!(!open.contains("Something that we said"), "what a client says that we said is not kept: {open}");
    site.app.store().verify_audit().await.unwrap();
}

#[tokio::test]
async fn a_named_conversation_learns_only_what_it_does_not_hold() {
    let site = Site::shared().await;
    let first = Client::anonymous(&site).say(&["How long does delivery take?"]).await;
    let client = Client::anonymous(&site).in_conversation(first.conversation());
    client.say(&["How long does delivery take?", DARK, ASKS]).await;
    let rows = site.app.store().history(&first.conversation().into(), 0).await.unwrap();
    let asked: Vec<&str> = rows.iter().filter_map(|r| r.body()["text"].as_str()).collect();
    assert_eq!(asked, ["How long does delivery take?", DARK, ASKS]);
    assert!(memory(&site, first.conversation()).await.risk(Risk::SELF_HARM) > 0.5);
}

#[tokio::test]
async fn a_request_that_is_sent_again_gets_the_same_answer_and_no_second_case() {
    let site = Site::new(Options::default()).await;
    let client = Client::of(&site, "P0003");
    let (first, again) = (client.say(&[ASKS]).await, client.say(&[ASKS]).await);
    assert_eq!((first.text(), &first.0["pharmacy"]), (again.text(), &again.0["pharmacy"]));
    let body = request(&[ASKS, "my parcel came broken"]);
    let both = futures_util::future::join_all([client.post(&body), client.post(&body)]).await;
    assert!(both.iter().all(|r| r.status() == 200));
    assert_eq!(site.app.store().tickets(&Default::default()).await.unwrap().len(), 1);
    let rows = site.app.store().history(&first.conversation().into(), 0).await.unwrap();
    assert!(rows.iter().filter(|r| r.body()["text"].is_string()).count() <= 3, "{rows:?}");
}

#[tokio::test]
async fn what_follows_on_a_history_that_cannot_be_judged_goes_to_a_person() {
    let late = guardrails(&[("guards.toml", "deadline_ms = 700", "deadline_ms = 1")]);
    let site = Site::new(Options { guardrails: Some(late.path().to_owned()), ..Options::default() }).await;
    // No machine reads so much within a millisecond.
    let long = "is this all right, and ".repeat(80);
    let said = Client::anonymous(&site).say(&[&long, "How long does delivery take?"]).await;
    let ticket = said.of_pharmacy("escalation_id").as_str().unwrap().into();
    assert_eq!(site.app.store().ticket(&ticket).await.unwrap().unwrap().reason.to_string(), "fault");
    let audit = site.app.store().audit_for(&said.conversation().into()).await.unwrap();
    let faults: Vec<_> = audit.iter().filter_map(|row| row.body["record"]["trace"]["fault"].as_str()).collect();
    assert_eq!(faults, ["earlier messages were not judged"], "{audit:?}");
    let urgent = Client::anonymous(&site).say(&[DARK, "I can't breathe and my throat is swelling shut"]).await;
    assert_eq!(urgent.of_pharmacy("route"), "emergency");
    assert!(memory(&site, urgent.conversation()).await.risk(Risk::SELF_HARM) > 0.5, "the rules judged what was told");
}
