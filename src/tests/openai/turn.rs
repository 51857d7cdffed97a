//! One turn: what is answered, as a whole and as a stream, in an emergency, and while a person has the chat.

use super::{Client, Completion, request, stream};
use crate::console::Desk;
use crate::support::{Options, Site};
use serde_json::{Value, json};

const DELIVERY: &str = "How long does standard delivery take?";
const EMERGENCY: &str = "I can't breathe and my throat is swelling shut";

#[tokio::test]
async fn a_page_answers_with_its_source_and_the_tokens_are_counted() {
    let site = Site::shared().await;
    let said = Client::anonymous(&site).say(&[DELIVERY]).await;
    let body = &said.0;
    assert_eq!((&body["object"], &body["model"]), (&json!("chat.completion"), &json!("apothecary")));
    assert!(body["id"].as_str().unwrap().starts_with("chatcmpl-") && body["created"].is_i64());
    let choice = &body["choices"][0];
    assert_eq!((&choice["finish_reason"], &choice["message"]["role"]), (&json!("stop"), &json!("assistant")));
    let source = &said.of_pharmacy("citations")[0];
    let (id, title) = (source["id"].as_str().unwrap(), source["title"].as_str().unwrap());
    assert!(id.starts_with("DL") && said.text().contains(&format!("Source: {title} ({id}, effective ")), "{body}");
    assert!(source["effective"].as_str().unwrap().starts_with("20"), "{source}");
    assert_eq!((said.of_pharmacy("route"), said.of_pharmacy("escalation_id")), (&json!("answer"), &Value::Null));
    let count = |what: &str| body["usage"][what].as_u64().unwrap();
    assert_eq!(count("prompt_tokens"), 7, "how long does standard delivery take ?");
    assert!(count("completion_tokens") > 20);
    assert_eq!(count("total_tokens"), 7 + count("completion_tokens"));
}

#[tokio::test]
async fn a_customers_order_is_answered_as_in_the_chat_and_kept_like_it() {
    let site = Site::shared().await;
    let said = Client::of(&site, "P0001").say(&["where is order 70-00101"]).await;
    let chat = site.verified("P0001", None).await.say("where is order 70-00101").await.words();
    assert!(said.text().contains("70-00101") && chat.lines().next() == said.text().lines().next(), "{}", said.text());
    assert!(said.of_pharmacy("as_of").as_str().unwrap().starts_with("As of "), "{:?}", said.0);
    assert!(said.of_pharmacy("citations").to_string().contains("order:70-00101"), "{:?}", said.0);
    let id = said.conversation().into();
    let rows = site.app.store().history(&id, 0).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(apothecary::store::messages::MessageRow::audited));
    let audit = site.app.store().audit_for(&id).await.unwrap();
    assert_eq!(
        (&audit[0].body["record"]["act"], &audit[0].body["record"]["patient"]),
        (&json!("turn"), &json!("P0001"))
    );
}

#[tokio::test]
async fn a_stream_has_its_role_first_and_its_words_only_when_they_are_released() {
    let site = Site::shared().await;
    let client = Client::anonymous(&site);
    let mut body = request(&[DELIVERY]);
    body["stream"] = json!(true);
    let plain = client.post(&body).await;
    assert!(plain.headers().contains_key("apothecary-conversation"));
    let (chunks, comments) = stream(plain).await;
    assert_eq!(comments, [": reading your message", ": checking our policies", ": checking the answer"]);
    assert_eq!(chunks[0]["choices"][0]["delta"], json!({"role": "assistant", "content": ""}));
    assert!(chunks.iter().all(|c| c["object"] == "chat.completion.chunk" && c.get("usage").is_none()));
    assert!(chunks.iter().all(|c| c["id"] == chunks[0]["id"]));
    let (last, words) = (chunks.last().unwrap(), text_of(&chunks));
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!(last["pharmacy"]["route"], "answer");
    assert_eq!(words, client.say(&[DELIVERY]).await.text());

    body["stream_options"] = json!({"include_usage": true});
    let (chunks, _) = stream(client.post(&body).await).await;
    let (usage, others) = chunks.split_last().unwrap();
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(usage["usage"]["prompt_tokens"], 7);
    assert!(others.iter().all(|c| c["usage"].is_null() && c.get("usage").is_some()), "{others:?}");
}

fn text_of(chunks: &[Value]) -> String {
    chunks.iter().filter_map(|c| c["choices"][0]["delta"]["content"].as_str()).collect()
}

#[tokio::test]
async fn an_emergency_is_told_in_full_and_its_case_is_in_the_store() {
    let site = Site::new(Options::default()).await;
    let client = Client::anonymous(&site);
    let mut body = request(&[EMERGENCY]);
    let whole = Completion(client.post(&body).await.json().await.unwrap());
    body["stream"] = json!(true);
    let (chunks, _) = stream(client.post(&body).await).await;
    let streamed = &chunks.last().unwrap()["pharmacy"];
    for (text, told) in [(whole.text().to_owned(), &whole.0["pharmacy"]), (text_of(&chunks), streamed)] {
        assert!(text.contains("911") && told["route"] == "emergency", "{text} {told}");
        let ticket = told["escalation_id"].as_str().unwrap().into();
        let ticket = site.app.store().ticket(&ticket).await.unwrap().expect("the case is in the store");
        assert_eq!(
            (json!(ticket.priority), ticket.conversation.as_str()),
            (json!("P0"), told["conversation"].as_str().unwrap())
        );
    }
}

#[tokio::test]
async fn an_emergency_in_a_conversation_that_is_not_theirs_is_answered_in_a_new_one() {
    let site = Site::shared().await;
    let theirs = Client::of(&site, "P0003").say(&[DELIVERY]).await;
    let client = Client::anonymous(&site).in_conversation(theirs.conversation());
    let said = client.say(&[EMERGENCY]).await;
    assert_ne!(said.conversation(), theirs.conversation());
    assert!(said.text().contains("911") && said.of_pharmacy("escalation_id").is_string(), "{:?}", said.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_an_emergency_is_answered_and_nothing_is_promised() {
    let site = Site::new(Options::default()).await;
    site.app.store().close().await;
    let client = Client::of(&site, "P0001");
    let said = client.say(&[DELIVERY, EMERGENCY]).await;
    assert!(said.text().contains("911") && said.of_pharmacy("route") == "emergency", "{:?}", said.0);
    assert_eq!(said.of_pharmacy("escalation_id"), &Value::Null);
    let spilled = std::fs::read_to_string(site.folder().join("spill.jsonl")).unwrap();
    assert!(spilled.contains(said.conversation()));
}

#[tokio::test]
async fn while_a_person_has_the_chat_it_is_passed_on_and_their_words_come_first_in_the_next_answer() {
    let site = Site::shared().await;
    let client = Client::of(&site, "P0003");
    let words = "Can I take ibuprofen together with my blood pressure pills?";
    let first = client.say(&[words]).await;
    let (id, ticket) = (first.conversation(), first.of_pharmacy("escalation_id").as_str().unwrap());
    let maria = Desk::new(&site, "Maria", "pharmacist");
    maria.done(ticket, "claim", json!({})).await;
    let passed = client.say(&[words, "are you there"]).await;
    assert_eq!((passed.conversation(), passed.of_pharmacy("escalation_id")), (id, &json!(ticket)));
    assert!(passed.text().starts_with("Your message was passed to the person"), "{}", passed.text());
    let open = maria.get(&format!("tickets/{ticket}")).await;
    assert!(open["history"].to_string().contains("are you there"), "the person reads it");
    let version = &open["ticket"]["version"];
    maria.done(ticket, "reply", json!({"version": version, "text": "Please do not take it."})).await;
    let next = client.say(&[words, "are you there", "thank you"]).await;
    assert!(next.text().starts_with("Maria (pharmacist): Please do not take it.\n\nYour message"), "{}", next.text());
    let later = client.say(&[words, "are you there", "thank you", "bye then"]).await;
    assert!(!later.text().contains("Please do not"), "it is told once: {}", later.text());
}

#[tokio::test]
async fn an_emergency_that_never_arrived_is_not_lost_behind_a_hello() {
    let site = Site::shared().await;
    let user = |text: &str| json!({"role": "user", "content": text});
    let lost = user("I can't breathe and my throat is swelling shut");
    let said = |messages: Value| json!({"model": "apothecary", "messages": messages});
    let client = Client::anonymous(&site);
    let answer: Value = client.post(&said(json!([lost, user("hello??")]))).await.json().await.unwrap();
    assert_eq!(answer["pharmacy"]["route"], "emergency", "{answer}");
    let between = json!({"role": "assistant", "content": "Call 911 now."});
    let answer: Value = client.post(&said(json!([lost, between, user("hello")]))).await.json().await.unwrap();
    assert_ne!(answer["pharmacy"]["route"], "emergency", "it has had its answer");
}
