//! What a console finds: cases by their words, only for who may read them, each search on record without its words; and what has
//! changed since the last look.

use crate::console::{Desk, ticket_of};
use crate::support::{Chat, Options, Site, code};
use serde_json::{Value, json};

const WORDS: &str = "Can I take ibuprofen together with my blood pressure pills?";

async fn search(site: &Site, desk: &Desk, words: &str, all: bool) -> reqwest::Response {
    let body = json!({"words": words, "all": all}).to_string();
    site.post("/api/v1/console/search", body, &[(desk.proof.0, &desk.proof.1)]).await
}

/// Ids of what is found.
async fn found(site: &Site, desk: &Desk, words: &str, all: bool) -> Vec<String> {
    let answer = search(site, desk, words, all).await;
    let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
    assert_eq!(status, 200, "{words}: {body}");
    let tickets = body["tickets"].as_array().unwrap();
    tickets.iter().map(|t| t["id"].as_str().unwrap().to_owned()).collect()
}

/// A clinical case of a person with orders.
async fn clinical(site: &Site, desk: &Desk) -> (Chat, String) {
    let chat = site.verified("P0003", None).await;
    chat.say(WORDS).await;
    let id = ticket_of(desk, &chat).await["id"].as_str().unwrap().to_owned();
    (chat, id)
}

async fn version(desk: &Desk, id: &str) -> Value {
    desk.get(&format!("tickets/{id}")).await["ticket"]["version"].clone()
}

#[tokio::test]
async fn the_words_of_a_case_find_it_for_those_who_may_read_it_and_for_nobody_else() {
    let site = Site::new(Options::default()).await;
    let desk = |name, role| Desk::new(&site, name, role);
    let (maria, omar) = (desk("Maria", "pharmacist"), desk("Omar", "pharmacist"));
    let (tina, ada) = (desk("Tina", "technician"), desk("Ada", "auditor"));
    let (_, id) = clinical(&site, &maria).await;
    for colleague in [&maria, &omar, &tina] {
        assert!(found(&site, colleague, "ibuprofen", true).await.is_empty(), "nobody has claimed it");
    }
    assert_eq!(found(&site, &ada, "ibuprofen", false).await, [id.as_str()], "an auditor reads all");

    maria.done(&id, "claim", json!({})).await;
    maria.done(&id, "note", json!({"text": "prescriber was reached at Brookside"})).await;
    let open = maria.get(&format!("tickets/{id}")).await;
    let reply = json!({"version": open["ticket"]["version"], "text": "Please avoid grapefruit until we have talked."});
    maria.done(&id, "reply", reply).await;
    let facts = open["card"]["facts"].to_string();
    let order = facts
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .find(|w| w.len() > 4 && w.ends_with(|c: char| c.is_ascii_digit()));
    let order = order.unwrap_or_else(|| panic!("no order number in {facts}"));
    for words in ["ibuprofen", "IBUPROF", "pressure grapefruit", "Brookside", "maria brookside", order] {
        assert_eq!(found(&site, &maria, words, false).await, [id.as_str()], "{words}");
        assert!(found(&site, &omar, words, true).await.is_empty(), "not his to read: {words}");
        assert!(found(&site, &tina, words, true).await.is_empty(), "clinical, and not hers: {words}");
    }
    assert!(found(&site, &maria, "ibuprofen warfarin", false).await.is_empty(), "each of the words");
    for line in [id.as_str(), "Maria", "maria clinical"] {
        assert_eq!(found(&site, &omar, line, false).await, [id.as_str()], "what the queue shows: {line}");
    }
    maria.done(&id, "release", json!({})).await;
    assert!(found(&site, &maria, "ibuprofen", true).await.is_empty(), "put back, it is not hers to read either");
}

#[tokio::test]
async fn a_note_on_an_earlier_case_of_a_chat_stays_with_who_had_that_case() {
    let site = Site::new(Options::default()).await;
    let (maria, omar) = (Desk::new(&site, "Maria", "pharmacist"), Desk::new(&site, "Omar", "pharmacist"));
    let (chat, first) = clinical(&site, &maria).await;
    maria.done(&first, "claim", json!({})).await;
    let end = json!({"version": version(&maria, &first).await, "disposition": "CLIN-COUNSEL", "note": "Brookside"});
    maria.done(&first, "resolve", end).await;
    chat.say("And can I take amoxicillin with them?").await;
    let second = ticket_of(&omar, &chat).await["id"].as_str().unwrap().to_owned();
    omar.done(&second, "claim", json!({})).await;
    assert_eq!(found(&site, &maria, "brookside", true).await, [first.as_str()]);
    assert!(found(&site, &maria, "brookside", false).await.is_empty(), "it has ended");
    assert!(found(&site, &omar, "brookside", true).await.is_empty());
    assert_eq!(
        found(&site, &omar, "ibuprofen", true).await,
        [second.as_str()],
        "he reads the whole chat in his own case"
    );
}

#[tokio::test]
async fn a_search_is_recorded_once_and_without_its_words() {
    let site = Site::new(Options::default()).await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let (_, id) = clinical(&site, &maria).await;
    maria.done(&id, "claim", json!({})).await;
    let before = i64::try_from(site.app.store().verify_audit().await.unwrap()).unwrap();
    found(&site, &maria, "ibuprofen pills", false).await;
    found(&site, &maria, "warfarin", false).await;
    let rows = site.app.store().audit_rows(before + 1, 10).await.unwrap();
    let records: Vec<&Value> = rows.iter().map(|row| &row.body["record"]).collect();
    let looked = |words: usize, found: &[&str]| json!({"act": "search", "staff": "staff-Maria", "role": "pharmacist", "words": words, "found": found});
    assert_eq!(records, [&looked(2, &[&id]), &looked(1, &[])]);
    assert!(site.app.store().verify_audit().await.is_ok());
}

#[tokio::test]
async fn nothing_in_a_search_is_read_as_an_operator() {
    let site = Site::shared().await;
    let omar = Desk::new(&site, "Omar", "pharmacist");
    for words in
        ["\"", "x\" OR text:*", "NEAR(a b)", "text : ibuprofen", "^a", "a' OR '1'='1", "%", "{a} + b", "ño\u{0301}"]
    {
        let status = search(&site, &omar, words, true).await.status().as_u16();
        assert!(matches!(status, 200 | 422), "{words}: {status}");
    }
    for nothing in ["-- *", "%"] {
        assert_eq!(code(search(&site, &omar, nothing, false).await).await.0, 422);
    }
    let body = json!({"words": "x"}).to_string();
    assert_eq!(site.post("/api/v1/console/search", body, &[]).await.status(), 401);
}

#[tokio::test]
async fn a_console_that_has_looked_hears_only_of_what_changed() {
    let site = Site::new(Options::default()).await;
    let (maria, omar) = (Desk::new(&site, "Maria", "pharmacist"), Desk::new(&site, "Omar", "pharmacist"));
    let ((_, one), (_, other)) = (clinical(&site, &maria).await, clinical(&site, &maria).await);
    let all = maria.get("tickets").await;
    assert_eq!(all["tickets"].as_array().unwrap().len(), 2);
    let since = async |at: &Value| {
        let page = maria.get(&format!("tickets?after={at}")).await;
        let line = |t: &Value| (t["id"].as_str().unwrap().to_owned(), t["state"].as_str().unwrap().to_owned());
        let lines: Vec<_> = page["tickets"].as_array().unwrap().iter().map(line).collect();
        (lines, page["at"].clone())
    };
    assert_eq!(since(&all["at"]).await, (Vec::new(), all["at"].clone()), "nothing has happened");
    omar.done(&other, "claim", json!({})).await;
    maria.done(&one, "claim", json!({})).await;
    let (lines, at) = since(&all["at"]).await;
    assert_eq!(
        lines,
        [(other.clone(), "claimed".into()), (one.clone(), "claimed".into())],
        "in the order of what happened"
    );
    let end = json!({"version": version(&maria, &one).await, "disposition": "CLIN-COUNSEL"});
    maria.done(&one, "resolve", end).await;
    let (lines, at) = since(&at).await;
    assert_eq!(lines, [(one, "resolved".into())], "what has ended is told too");
    omar.done(&other, "renew", json!({})).await;
    assert_eq!(since(&at).await.0.len(), 1, "a longer lease is a change that a line shows");
    assert_eq!(since(&json!(1_000_000)).await.0.len(), 1, "who knows more than the store reads the whole queue");
}
