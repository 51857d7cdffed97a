//! Who may see what: strangers, anonymous visitors, caregivers; and bad input, refused with its place and mend.

use crate::support::{Site, code, customer};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn nobody_reads_or_writes_another_persons_conversation() {
    let site = Site::shared().await;
    let daniel = site.verified("P0001", None).await;
    let told = daniel.say("where is my order").await.words();
    let others = [
        site.verified("P0002", None).await.proof,
        site.verified("P0001", Some("P0003")).await.proof,
        site.anonymous().await.proof,
    ];
    for proof in &others {
        let headers = [(proof.0, proof.1.as_str())];
        let read = site.get(&daniel.path("messages"), &headers).await;
        let text = {
            assert_eq!(read.status(), 404);
            read.text().await.unwrap()
        };
        assert!(!told.lines().any(|l| l.len() > 20 && text.contains(l)));
        let say = json!({"id": Uuid::now_v7(), "text": "hello"}).to_string();
        assert_eq!(site.post(&daniel.path("messages"), say, &headers).await.status(), 404);
        let ask = json!({"id": Uuid::now_v7()}).to_string();
        assert_eq!(site.post(&daniel.path("human"), ask, &headers).await.status(), 404);
        let rate = json!({"seq": 1, "verdict": "up"}).to_string();
        assert_eq!(site.post(&daniel.path("feedback"), rate, &headers).await.status(), 404);
    }
}

/// Blocks without their place and time.
fn bare(said: &[Value]) -> String {
    said.iter().map(|m| m["blocks"].to_string()).collect()
}

#[tokio::test]
async fn an_anonymous_visitor_learns_nothing_from_a_number() {
    let site = Site::shared().await;
    for template in ["where is order NUMBER", "what is the status of my order NUMBER?", "¿dónde está mi pedido NUMBER?"]
    {
        let mut answers = Vec::new();
        for number in ["70-00101", "70-99999", "70-00108"] {
            let chat = site.anonymous().await;
            answers.push(bare(&chat.say(&template.replace("NUMBER", number)).await.0));
        }
        assert!(answers.iter().all(|a| a == &answers[0] && a.len() > 20), "{answers:?}");
    }
}

#[tokio::test]
async fn a_verified_person_learns_nothing_of_another_persons_number() {
    let site = Site::shared().await;
    let mut answers = Vec::new();
    for number in ["70-00108", "70-99999"] {
        let chat = site.verified("P0001", None).await;
        answers.push(bare(&chat.say(&format!("where is order {number}")).await.0));
    }
    assert_eq!(answers[0], answers[1]);
    let own = site.verified("P0001", None).await.say("where is order 70-00101").await;
    assert!(own.cites().iter().any(|c| c.contains("70-00101")), "{:?}", own.0);
}

#[tokio::test]
async fn a_caregiver_sees_what_was_granted_and_nothing_else() {
    let site = Site::shared().await;
    let ask = async |patient, helper| site.verified(patient, Some(helper)).await.say("where is the order?").await;
    let granted = ask("P0004", "P0003").await;
    assert!(granted.cites().iter().any(|c| c.contains(':')), "{:?}", granted.0);
    let revoked = ask("P0005", "P0006").await;
    assert!(revoked.cites_text("TX-PRIV") && !revoked.words().contains("70-00"), "{:?}", revoked.0);
    let teen = ask("P0007", "P0008").await;
    assert!(teen.cites_text("TX-MINOR") && !teen.words().contains("70-00"), "{:?}", teen.0);
    let stranger = ask("P0001", "P0016").await;
    assert!(stranger.cites_text("TX-PRIV") && !stranger.words().contains("70-00"), "{:?}", stranger.0);
}

#[tokio::test]
async fn a_token_of_another_key_audience_or_time_opens_nothing() {
    let site = Site::shared().await;
    let good = customer("P0001", None);
    let (message, _) = good.rsplit_once('.').unwrap();
    let staff = crate::support::staff("Maria", "pharmacist").1;
    for token in [format!("Bearer {message}.AAAA"), format!("Bearer {message}"), "Bearer".into(), staff] {
        let refused = site.post("/api/v1/conversations", "{}", &[("authorization", &token)]).await;
        assert_eq!(code(refused).await, (401, "unauthorized".into()), "{token}");
    }
}

#[tokio::test]
async fn bad_input_is_refused_with_place_and_mend() {
    let site = Site::shared().await;
    let chat = site.anonymous().await;
    let proof = [(chat.proof.0, chat.proof.1.as_str())];
    let path = chat.path("messages");
    let say = |text: &str| json!({"id": Uuid::now_v7(), "text": text}).to_string();
    let cases = [
        ("{\"id\": ".to_owned(), 400, "line 1"),
        (json!({"id": Uuid::now_v7()}).to_string(), 400, "missing field `text`"),
        (json!({"id": Uuid::now_v7(), "text": "hi", "admin": true}).to_string(), 400, "unknown field `admin`"),
        (json!({"id": 7, "text": "hi"}).to_string(), 400, "expected a string"),
        (json!({"id": "seven", "text": "hi"}).to_string(), 422, "id: choose a UUID"),
        (say(" \n\t "), 422, "blank"),
        (say(&"x".repeat(8_001)), 422, "8000"),
        (say(&"x".repeat(70_000)), 413, "64 KiB"),
        ("\u{0}".to_owned(), 400, "line 1"),
    ];
    for (body, status, mend) in cases {
        let answer = site.post(&path, body, &proof).await;
        let code = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        assert_eq!(code, status, "{text}");
        assert!(text.to_lowercase().contains(&mend.to_lowercase()), "`{mend}` is not said in {text}");
    }
    assert_eq!(chat.history().await["messages"], json!([]), "nothing of it was stored");
    assert_eq!(code(site.get("/api/v1/conversations/none/messages", &proof).await).await.0, 404);
    assert_eq!(code(site.get(&chat.path("messages?after=x"), &proof).await).await, (422, "invalid".into()));
    let locale = site.post("/api/v1/conversations", r#"{"locale":"english"}"#, &[]).await;
    assert_eq!(code(locale).await, (422, "invalid".into()));
    assert_eq!(chat.say(&"order ".repeat(1_300)).await.0.len(), 1, "a long message within the limit is answered");
}

#[tokio::test]
async fn a_sensitive_prescription_does_not_exist_for_a_caregiver_to_whom_it_is_denied() {
    let site = Site::shared().await;
    let told = |text: &str| text.contains("RX-4000113") || text.to_lowercase().contains("sertraline");
    let (mut own, mut others) = (false, Vec::new());
    for question in [
        "is my sertraline prescription on file",
        "what is the status of prescription RX-4000113",
        "how much is my sertraline",
    ] {
        own |= told(&site.verified("P0004", None).await.say(question).await.words());
        others.push(site.verified("P0004", Some("P0003")).await.say(question).await.words());
    }
    assert!(own, "Rosa herself is told");
    assert!(!others.iter().any(|o| o.contains("RX-4000113") || o.contains("Your exact price")), "{others:?}");
}

#[tokio::test]
async fn a_helper_learns_of_no_prescription_by_naming_its_medicine() {
    let site = Site::shared().await;
    let (mut own, mut others) = (false, Vec::new());
    // Helen granted James her orders only; Rosa keeps her sertraline from Maria. Neither is in an open order.
    for (person, helper, drug) in [("P0016", "P0013", "lamotrigine"), ("P0004", "P0003", "sertraline")] {
        for question in [format!("has the {drug} shipped yet"), format!("what is the status of the {drug}")] {
            own |= site.verified(person, None).await.say(&question).await.words().contains("RX-");
            others.push(site.verified(person, Some(helper)).await.say(&question).await.words());
        }
    }
    assert!(own, "they themselves are told");
    assert!(!others.iter().any(|o| o.contains("RX-") || o.contains("refills left")), "{others:?}");
}
