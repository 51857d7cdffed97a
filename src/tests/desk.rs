//! The life of a case over HTTP: taken over, handed on, put aside, called back, merged, and what the customer sees of it.

use crate::console::{Desk, ticket_of};
use crate::support::{Chat, Options, Site, code};
use apothecary::domain::clock::{Clock, ScriptedClock};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// A site of its own with a clock that can be set.
async fn with_clock() -> (Site, Arc<ScriptedClock>, Timestamp) {
    let opened = Timestamp::now();
    let clock = Arc::new(ScriptedClock::new(opened));
    let shown: Arc<dyn Clock> = Arc::clone(&clock) as _;
    (Site::new(Options { clock: Some(shown), ..Options::default() }).await, clock, opened)
}

/// A customer who asked for a person, and the case.
async fn asked(site: &Site, desk: &Desk) -> (Chat, String) {
    let chat = site.verified("P0003", None).await;
    chat.ask_human(Uuid::now_v7()).await;
    let id = ticket_of(desk, &chat).await["id"].as_str().unwrap().to_owned();
    (chat, id)
}

async fn version(desk: &Desk, id: &str) -> i64 {
    desk.get(&format!("tickets/{id}")).await["ticket"]["version"].as_i64().unwrap()
}

#[tokio::test]
async fn a_colleague_takes_over_with_a_reason_and_the_draft_is_there() {
    let site = Site::shared().await;
    let (maria, omar) = (Desk::new(&site, "Maria", "pharmacist"), Desk::new(&site, "Omar", "pharmacist"));
    let (chat, id) = asked(&site, &maria).await;
    maria.done(&id, "claim", json!({})).await;
    maria.done(&id, "renew", json!({"draft": "I looked at your order and", "typing": true})).await;
    let history = chat.history().await;
    assert_eq!((&history["owner"]["name"], &history["owner"]["typing"]), (&json!("Maria"), &json!(true)));
    let none = omar.act(&id, "take-over", json!({"reason": "  "})).await;
    assert_eq!(code(none).await.0, 422);
    omar.done(&id, "take-over", json!({"reason": "Maria was called away"})).await;
    let seen = omar.get(&format!("tickets/{id}")).await;
    assert_eq!(
        (&seen["draft"]["name"], &seen["draft"]["text"]),
        (&json!("Maria"), &json!("I looked at your order and"))
    );
    assert_eq!((&seen["notes"][0]["kind"], &seen["notes"][0]["name"]), (&json!("take_over"), &json!("Omar")));
    let late = maria.act(&id, "reply", json!({"version": version(&omar, &id).await, "text": "hello"})).await;
    assert_eq!(code(late).await, (409, "conflict".into()));
    assert_eq!(chat.history().await["owner"]["name"], "Omar");
}

#[tokio::test]
async fn a_case_is_handed_on_by_name_with_a_note() {
    let site = Site::shared().await;
    let (maria, lena) = (Desk::new(&site, "Maria", "pharmacist"), Desk::new(&site, "Lena", "lead"));
    let (_, id) = asked(&site, &maria).await;
    maria.done(&id, "claim", json!({})).await;
    lena.get("tickets").await;
    let colleagues = maria.get("colleagues").await;
    assert!(colleagues["colleagues"].as_array().unwrap().iter().any(|c| c["name"] == "Lena" && c["role"] == "lead"));
    let body = json!({"queue": "clinical", "to": "staff-Lena", "note": "asks about a dose"});
    let handed = maria.done(&id, "transfer", body).await;
    assert_eq!((&handed["ticket"]["state"], &handed["ticket"]["queue"]), (&json!("offered"), &json!("clinical")));
    let hers = lena.get("tickets?mine=true").await;
    let found = hers["tickets"].as_array().unwrap().iter().find(|t| t["id"] == id.as_str()).cloned().unwrap();
    assert_eq!((&found["for_me"], &found["summary"]), (&json!(true), &json!("")), "masked until she claims it");
    lena.done(&id, "claim", json!({})).await;
    assert_eq!(lena.get(&format!("tickets/{id}")).await["notes"][0]["text"], "asks about a dose");
}

#[tokio::test]
async fn a_customer_books_a_call_and_it_is_made() {
    let site = Site::shared().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let chat = site.verified("P0003", None).await;
    let calls = chat.get("callback").await;
    let (windows, ends) = (calls["windows"].as_array().unwrap(), calls["number_ends"].as_str().unwrap());
    assert!(windows.len() == 4 && ends.len() == 4, "{calls}");
    let wrong = json!({"id": Uuid::now_v7(), "from": "2031-01-01T10:00:00Z"});
    assert_eq!(code(chat.act("callback", wrong).await).await.0, 422, "a window that was not offered");
    let bad = json!({"id": Uuid::now_v7(), "from": windows[0]["from"], "number": "call me maybe"});
    assert_eq!(code(chat.act("callback", bad).await).await.0, 422);
    let booked = chat.act("callback", json!({"id": Uuid::now_v7(), "from": windows[0]["from"]})).await;
    assert_eq!(booked.status(), 200);
    let said: Value = booked.json().await.unwrap();
    let text = said["messages"][0]["blocks"][0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("number on file") && text.contains(windows[0]["words"].as_str().unwrap()), "{text}");
    assert_eq!(chat.history().await["waiting"]["call"], windows[0]["from"]);

    let ticket = ticket_of(&maria, &chat).await;
    let id = ticket["id"].as_str().unwrap();
    assert_eq!((&ticket["state"], &ticket["callback"][0]), (&json!("callback"), &windows[0]["from"]));
    assert!(!maria.get(&format!("tickets/{id}")).await.to_string().contains(ends), "no number before the claim");
    maria.done(id, "claim", json!({})).await;
    let call = maria.get(&format!("tickets/{id}")).await["call"].clone();
    assert!(call["number"].as_str().unwrap().ends_with(ends) && call["leave_message"] == json!(false), "{call}");
    let next = json!([windows[1]["from"], windows[1]["until"]]);
    let again = maria.done(id, "attempt", json!({"reached": "no_answer", "next": next})).await;
    assert_eq!(again["ticket"]["state"], "callback");
    maria.done(id, "claim", json!({})).await;
    maria.done(id, "attempt", json!({"reached": "message", "next": next})).await;
    maria.done(id, "claim", json!({})).await;
    let fourth = maria.act(id, "attempt", json!({"reached": "no_answer", "next": next})).await;
    assert_eq!(code(fourth).await.0, 422, "three calls, then a letter");
    let spoke = maria.done(id, "attempt", json!({"reached": "spoke", "note": "all clear"})).await;
    assert_eq!(spoke["ticket"]["state"], "working");
}

#[tokio::test]
async fn who_is_nobody_known_gives_a_number_for_the_call() {
    let site = Site::shared().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let chat = site.anonymous().await;
    let calls = chat.get("callback").await;
    let from = &calls["windows"][0]["from"];
    assert_eq!(calls["number_ends"], Value::Null);
    let caregiver = site.verified("P0004", Some("P0003")).await;
    assert_eq!(
        caregiver.get("callback").await["number_ends"],
        Value::Null,
        "the patient's number is not theirs to see"
    );
    assert_eq!(code(chat.act("callback", json!({"id": Uuid::now_v7(), "from": from})).await).await.0, 422);
    let booked = json!({"id": Uuid::now_v7(), "from": from, "number": "(512) 555-0199", "leave_message": true});
    assert_eq!(chat.act("callback", booked).await.status(), 200);
    let id = ticket_of(&maria, &chat).await["id"].as_str().unwrap().to_owned();
    maria.done(&id, "claim", json!({})).await;
    let call = maria.get(&format!("tickets/{id}")).await["call"].clone();
    assert_eq!((&call["number"], &call["given"]), (&json!("(512) 555-0199"), &json!(true)));
    let taken = chat.act("callback", json!({"id": Uuid::now_v7(), "from": from, "number": "5125550199"})).await;
    assert_eq!(code(taken).await.0, 409, "somebody is in the chat");
}

#[tokio::test]
async fn an_emergency_is_not_put_aside_and_anything_else_wakes_when_the_customer_needs_somebody() {
    let site = Site::shared().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let until = (Timestamp::now() + SignedDuration::from_hours(3)).to_string();
    let urgent = site.anonymous().await;
    urgent.say("I can't breathe and my throat is swelling shut").await;
    let id = ticket_of(&maria, &urgent).await["id"].as_str().unwrap().to_owned();
    maria.done(&id, "claim", json!({})).await;
    assert_eq!(code(maria.act(&id, "park", json!({"until": until, "note": "x"})).await).await.0, 422);
    maria.done(&id, "release", json!({})).await;
    assert_eq!(urgent.history().await["waiting"]["bookable"], false);
    let from = urgent.get("callback").await["windows"][0]["from"].clone();
    let later = json!({"id": Uuid::now_v7(), "from": from, "number": "512-555-0199"});
    assert_eq!(code(urgent.act("callback", later).await).await.0, 409, "an emergency does not wait for a call");

    let (chat, id) = asked(&site, &maria).await;
    maria.done(&id, "claim", json!({})).await;
    let past = json!({"until": "2020-01-01T00:00:00Z", "note": "x"});
    assert_eq!(code(maria.act(&id, "park", past).await).await.0, 422);
    let parked = maria.done(&id, "park", json!({"until": until, "note": "prescriber was asked"})).await;
    assert_eq!(parked["ticket"]["state"], "waiting_internal");
    assert!(!chat.say("How long does delivery take?").await.0.is_empty(), "the assistant answers meanwhile");
    assert_eq!(ticket_of(&maria, &chat).await["state"], "waiting_internal");
    chat.ask_human(Uuid::now_v7()).await;
    assert_eq!(ticket_of(&maria, &chat).await["state"], "offered");
}

#[tokio::test]
async fn two_chats_of_one_person_become_one_case() {
    let site = Site::shared().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let ((one, a), (other, b)) = (asked(&site, &maria).await, asked(&site, &maria).await);
    for id in [&a, &b] {
        maria.done(id, "claim", json!({})).await;
    }
    let similar = maria.get(&format!("tickets/{a}")).await["similar"].clone();
    assert!(similar.as_array().unwrap().iter().any(|t| t["id"] == b.as_str()), "{similar}");
    let stays = maria.done(&a, "merge", json!({"into": b})).await;
    assert_eq!(stays["ticket"]["id"], b.as_str());
    let told = one.history().await;
    assert!(told["messages"].to_string().contains("other chat"), "{told}");
    assert_eq!((&told["owner"], &other.history().await["owner"]["name"]), (&Value::Null, &json!("Maria")));
    let stranger = site.anonymous().await;
    stranger.ask_human(Uuid::now_v7()).await;
    let c = ticket_of(&maria, &stranger).await["id"].as_str().unwrap().to_owned();
    maria.done(&c, "claim", json!({})).await;
    assert_eq!(code(maria.act(&c, "merge", json!({"into": b})).await).await.0, 409);
}

#[tokio::test]
async fn a_reply_carries_a_page_that_the_customer_can_open() {
    let site = Site::shared().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let (chat, id) = asked(&site, &maria).await;
    maria.done(&id, "claim", json!({})).await;
    let found = site
        .post(
            "/api/v1/console/pages",
            json!({"words": "signature", "lang": "en"}).to_string(),
            &[(maria.proof.0, &maria.proof.1)],
        )
        .await;
    let found: Value = found.json().await.unwrap();
    let passage = found["pages"][0]["passage"].clone();
    assert!(passage["title"].as_str().is_some_and(|t| t.to_lowercase().contains("signature")), "{found}");
    let parts = ["page", "version", "language", "section", "digest"];
    let mut cite: Value = parts.iter().map(|part| ((*part).to_owned(), passage[part].clone())).collect();
    let answer = async |cite: &Value| {
        let version = version(&maria, &id).await;
        maria.act(&id, "reply", json!({"version": version, "text": "As our page says.", "cite": cite})).await
    };
    assert_eq!(answer(&cite).await.status(), 200);
    let history = chat.history().await;
    let last = history["messages"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["author"], &last["blocks"][1]["passage"]["digest"]), (&json!("pharmacist"), &cite["digest"]));
    cite["version"] = json!(999);
    assert_eq!(code(answer(&cite).await).await.0, 422, "a page that does not exist is not promised");
    let anybody = site.post("/api/v1/console/pages", json!({"words": "x", "lang": "en"}).to_string(), &[]).await;
    assert_eq!(code(anybody).await.0, 401);
}

#[tokio::test]
async fn a_technician_sends_prepared_replies_and_is_called_one() {
    let site = Site::shared().await;
    let tina = Desk::new(&site, "Tina", "technician");
    let (chat, id) = asked(&site, &tina).await;
    let claimed = tina.done(&id, "claim", json!({})).await;
    let reply = json!({"version": claimed["ticket"]["version"], "reply": "LOOKING"});
    tina.done(&id, "reply", reply).await;
    let history = chat.history().await;
    let last = history["messages"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["staff"], &last["role"]), (&json!("Tina"), &json!("technician")));
    assert_eq!(history["owner"]["role"], "technician");
    let clinical = site.verified("P0003", None).await;
    clinical.say("Can I take ibuprofen together with my blood pressure pills?").await;
    let id = ticket_of(&tina, &clinical).await["id"].as_str().unwrap().to_owned();
    assert_eq!(code(tina.act(&id, "claim", json!({})).await).await.0, 403, "clinical cases are for pharmacists");
}

#[tokio::test]
async fn a_technicians_case_that_becomes_an_emergency_is_taken_back_and_somebody_is_called() {
    let (site, clock, opened) = with_clock().await;
    let tina = Desk::new(&site, "Tina", "technician");
    let (chat, id) = asked(&site, &tina).await;
    tina.done(&id, "claim", json!({})).await;
    clock.set(opened + SignedDuration::from_secs(5));
    assert!(chat.say("I can't breathe and my throat is swelling shut").await.cites_text("TX-EMERG"));
    site.app.raise_alarms().await.unwrap();
    let ticket = ticket_of(&tina, &chat).await;
    assert_eq!((&ticket["state"], &ticket["priority"]), (&json!("offered"), &json!("P0")));
    assert_eq!(chat.history().await["owner"], Value::Null);
    assert_eq!(code(tina.act(&id, "claim", json!({})).await).await.0, 403);
    clock.set(opened + SignedDuration::from_secs(66));
    site.app.raise_alarms().await.unwrap();
    assert_eq!(ticket_of(&tina, &chat).await["called"], "lead");
}

#[tokio::test]
async fn an_auditor_reads_all_changes_nothing_and_is_recorded() {
    let site = Site::new(Options::default()).await;
    let (maria, ada) = (Desk::new(&site, "Maria", "pharmacist"), Desk::new(&site, "Ada", "auditor"));
    let (_, id) = asked(&site, &maria).await;
    let before = site.app.store().verify_audit().await.unwrap();
    for _ in 0..3 {
        let seen = ada.get(&format!("tickets/{id}")).await;
        assert!(!seen["history"].as_array().unwrap().is_empty());
    }
    let rows = site.app.store().audit_rows(i64::try_from(before).unwrap() + 1, 10).await.unwrap();
    assert_eq!(rows.len(), 1, "three looks in a row are one");
    assert_eq!(
        (&rows[0].body["record"]["act"], &rows[0].body["record"]["staff"]),
        (&json!("look"), &json!("staff-Ada"))
    );
    assert_eq!(code(ada.act(&id, "claim", json!({})).await).await.0, 403);
    assert_eq!(ada.get("overview").await["priorities"][0]["waiting"], 1);
    let path = "/api/v1/console/overview";
    assert_eq!(site.get(path, &[(maria.proof.0, &maria.proof.1)]).await.status(), 403);
}

#[tokio::test]
async fn who_waits_is_told_the_truth() {
    let (site, clock, opened) = with_clock().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let (first, _) = asked(&site, &maria).await;
    clock.set(opened + SignedDuration::from_secs(1));
    let second = site.anonymous().await;
    second.ask_human(Uuid::now_v7()).await;
    let waiting = async |chat: &Chat| chat.history().await["waiting"].clone();
    let (a, b) = (waiting(&first).await, waiting(&second).await);
    assert_eq!((&a["position"], &b["position"]), (&json!(1), &json!(2)));
    assert!(b["by"].is_string() && b["late"] == json!(false), "{b}");
    let due: Timestamp = b["by"].as_str().unwrap().parse().unwrap();
    clock.set(due + SignedDuration::from_secs(60));
    let late = waiting(&second).await;
    assert_eq!((&late["by"], &late["late"]), (&Value::Null, &json!(true)));
}

#[tokio::test]
async fn a_lease_that_is_left_alone_gives_the_chat_back_and_a_silent_customers_case_expires() {
    let (site, clock, opened) = with_clock().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let chat = site.anonymous().await;
    chat.ask_human(Uuid::now_v7()).await;
    let id = ticket_of(&maria, &chat).await["id"].as_str().unwrap().to_owned();
    maria.done(&id, "claim", json!({})).await;
    clock.set(opened + SignedDuration::from_secs(301));
    site.app.raise_alarms().await.unwrap();
    assert_eq!(ticket_of(&maria, &chat).await["state"], "offered");
    assert_eq!(chat.history().await["owner"], Value::Null);
    let claimed = maria.done(&id, "claim", json!({})).await;
    let answer = json!({"version": claimed["ticket"]["version"], "text": "Is it solved?"});
    maria.done(&id, "reply", answer).await;
    let read = chat.history().await["owner"]["read"].as_i64();
    assert!(read.is_some_and(|seq| seq >= 1), "the customer sees that it was read");
    clock.set(opened + SignedDuration::from_mins(9));
    site.app.raise_alarms().await.unwrap();
    assert_eq!(ticket_of(&maria, &chat).await["state"], "waiting_customer", "the second lease began at 301 s");
    assert!(chat.say("and another thing").await.0.is_empty(), "she has the chat still");
    let now = json!({"version": version(&maria, &id).await, "text": "Anything else?"});
    maria.done(&id, "reply", now).await;
    clock.set(opened + SignedDuration::from_mins(20));
    site.app.raise_alarms().await.unwrap();
    let store = site.app.store();
    let row = store.ticket(&id.as_str().into()).await.unwrap().unwrap();
    assert_eq!((json!(row.state), row.owner()), (json!("waiting_customer"), None));
    assert!(!chat.say("How long does delivery take?").await.0.is_empty(), "nobody has the chat");
    clock.set(opened + SignedDuration::from_hours(73));
    site.app.raise_alarms().await.unwrap();
    let row = store.ticket(&id.as_str().into()).await.unwrap().unwrap();
    assert_eq!(json!(row.state), json!("expired"));
    assert!(store.verify_audit().await.unwrap() > 0);
}

#[tokio::test]
async fn desks_hear_of_a_case_at_once() {
    let site = Site::shared().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let mut events = site.get("/api/v1/console/events", &[(maria.proof.0, &maria.proof.1)]).await;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let heard = async |events: &mut reqwest::Response| loop {
        let chunk = events.chunk().await.unwrap().expect("the stream goes on");
        if String::from_utf8_lossy(&chunk).contains("event: changed") {
            break;
        }
    };
    heard(&mut events).await;
    let chat = site.anonymous().await;
    let asked = chat.ask_human(Uuid::now_v7());
    let limit = std::time::Duration::from_secs(5);
    let (_, told) = tokio::join!(asked, tokio::time::timeout(limit, heard(&mut events)));
    told.expect("an event within five seconds");
    assert_eq!(site.get("/api/v1/console/events", &[]).await.status(), 401);
}

#[tokio::test]
async fn who_waits_behind_many_is_told_the_true_wait_and_no_time_that_cannot_be_kept() {
    let site = Site::new(Options::default()).await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    maria.get("tickets").await;
    let ask = async || {
        let chat = site.anonymous().await;
        let said = chat.say("You sent me the wrong medicine, these are not my pills").await.words();
        (chat, said)
    };
    let (first, said) = ask().await;
    assert!(said.contains("within 10 minutes"), "{said}");
    ask().await;
    let (third, said) = ask().await;
    assert!(!said.contains("within 10 minutes") && said.contains("call a pharmacist"), "{said}");
    let waiting = third.history().await["waiting"].clone();
    assert_eq!((&waiting["minutes"], &waiting["by"]), (&json!(12), &Value::Null), "{waiting}");
    assert_eq!(waiting["bookable"], true, "a call is offered");
    assert_eq!(first.history().await["waiting"]["minutes"], Value::Null);
    Desk::new(&site, "Omar", "pharmacist").get("tickets").await;
    assert_eq!(third.history().await["waiting"]["minutes"], Value::Null, "two people keep the time");
}

#[tokio::test]
async fn a_customer_who_ends_the_chat_leaves_a_mark_on_the_case() {
    let site = Site::shared().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let chat = site.anonymous().await;
    chat.ask_human(Uuid::now_v7()).await;
    let id = ticket_of(&maria, &chat).await["id"].as_str().unwrap().to_owned();
    maria.done(&id, "claim", json!({})).await;
    let left = site.post("/api/v1/logout", "{}", &[(chat.proof.0, &chat.proof.1)]).await;
    assert!(left.status().is_success(), "{}", left.status());
    let note = maria.get(&format!("tickets/{id}")).await["notes"][0].clone();
    assert_eq!((&note["name"], &note["kind"]), (&json!("Customer"), &json!("left")));
}

#[tokio::test]
async fn a_call_is_promised_only_for_when_somebody_of_the_team_is_there() {
    let site = Site::shared().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let (_, id) = asked(&site, &maria).await;
    maria.done(&id, "claim", json!({})).await;
    let zone = jiff::tz::TimeZone::get("America/Chicago").unwrap();
    let night = Timestamp::now().to_zoned(zone).date().checked_add(jiff::Span::new().days(2)).unwrap();
    let from = night.at(3, 0, 0, 0).in_tz("America/Chicago").unwrap().timestamp();
    let window = json!({"from": from, "until": from + SignedDuration::from_hours(1)});
    let (status, _) = code(maria.act(&id, "callback", window).await).await;
    assert_eq!(status, 422, "customer care is not there at three in the morning");
}
