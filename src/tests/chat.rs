//! A customer's conversation over HTTP: stages and answers, repeats, history, a person, emergencies, feedback.

use crate::support::{Site, code, repo, watch};
use serde_json::{Value, json};
use uuid::Uuid;

/// One conversation and the proof that opens it.
#[derive(Clone)]
pub struct Chat {
    pub site: Site,
    pub id: String,
    pub proof: (&'static str, String),
}

impl Chat {
    pub fn path(&self, tail: &str) -> String {
        format!("/api/v1/conversations/{}/{tail}", self.id)
    }
    pub async fn send(&self, message: Uuid, text: &str) -> reqwest::Response {
        let body = json!({"id": message, "text": text}).to_string();
        self.site.post(&self.path("messages"), body, &[(self.proof.0, &self.proof.1)]).await
    }
    /// Says something; what is answered.
    pub async fn say(&self, text: &str) -> Said {
        let answer = self.send(Uuid::now_v7(), text).await;
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(status, 200, "{body}");
        Said(body["messages"].as_array().unwrap().clone())
    }
    pub async fn ask_human(&self, request: Uuid) -> Said {
        let body = json!({"id": request}).to_string();
        let answer = self.site.post(&self.path("human"), body, &[(self.proof.0, &self.proof.1)]).await;
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap();
        Said(body["messages"].as_array().unwrap().clone())
    }
    pub async fn act(&self, verb: &str, body: Value) -> reqwest::Response {
        self.site.post(&self.path(verb), body.to_string(), &[(self.proof.0, &self.proof.1)]).await
    }
    pub async fn get(&self, tail: &str) -> Value {
        let answer = self.site.get(&self.path(tail), &[(self.proof.0, &self.proof.1)]).await;
        assert_eq!(answer.status(), 200, "{tail}");
        answer.json().await.unwrap()
    }
    pub async fn history(&self) -> Value {
        let answer = self.site.get(&self.path("messages?after=0"), &[(self.proof.0, &self.proof.1)]).await;
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }
}

/// Messages of an answer.
pub struct Said(pub Vec<Value>);

impl Said {
    fn blocks(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().filter_map(|m| m["blocks"].as_array()).flatten()
    }
    /// All words.
    pub fn words(&self) -> String {
        let text = |b: &Value| {
            let rows = b["rows"].as_array().into_iter().flatten().map(|r| format!("{} {}", r[0], r[1]));
            std::iter::once(b["text"].as_str().unwrap_or_default().to_owned())
                .chain(rows)
                .collect::<Vec<_>>()
                .join("\n")
        };
        self.blocks().map(text).collect::<Vec<_>>().join("\n")
    }
    /// Ids of fixed texts, pages and records in it.
    pub fn cites(&self) -> Vec<String> {
        let ids = self.blocks().filter_map(|b| b["cites"].as_array()).flatten();
        ids.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    }
    pub fn cites_text(&self, id: &str) -> bool {
        self.cites().iter().any(|c| c == id)
    }
    pub fn has_kind(&self, kind: &str) -> bool {
        self.blocks().any(|b| b["kind"] == kind)
    }
}

#[tokio::test]
async fn a_question_about_an_order_is_answered_from_the_record_with_its_age() {
    let chat = Site::shared().await.verified("P0001", None).await;
    let said = chat.say("where is my order").await;
    assert!(said.cites().iter().any(|c| c.contains(':')), "no record is cited: {:?}", said.0);
    assert!(said.has_kind("as_of"), "{:?}", said.0);
}

#[tokio::test]
async fn a_general_question_is_answered_from_a_page_for_anybody() {
    let chat = Site::shared().await.anonymous().await;
    let said = chat.say("How long does standard delivery take?").await;
    assert!(said.cites().iter().any(|c| c.starts_with("DL")), "{:?}", said.0);
    assert!(said.has_kind("source"), "{:?}", said.0);
}

#[tokio::test]
async fn stages_come_before_the_message_and_done_comes_last() {
    let chat = Site::shared().await.verified("P0001", None).await;
    let body = json!({"id": Uuid::now_v7(), "text": "where is my order"}).to_string();
    let headers = [(chat.proof.0, chat.proof.1.as_str()), ("accept", "text/event-stream")];
    let text = chat.site.post(&chat.path("messages"), body, &headers).await.text().await.unwrap();
    let events: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("event: ")).collect();
    let at = |e| events.iter().position(|x| *x == e);
    assert!(at("stage") < at("message") && at("message") < at("done") && events.last() == Some(&"done"), "{text}");
    assert!(text.contains(r#""stage":"reading""#), "{text}");
}

#[tokio::test]
async fn a_repeated_message_gives_the_same_answer_and_no_second_ticket() {
    let site = Site::new(Default::default()).await;
    let chat = site.anonymous().await;
    let (id, text) = (Uuid::now_v7(), "I can't breathe and my throat is closing up");
    let bodies = futures_util::future::join_all((0..4).map(|_| chat.send(id, text))).await;
    let mut seen: Vec<Value> = Vec::new();
    for answer in bodies {
        assert_eq!(answer.status(), 200);
        seen.push(answer.json().await.unwrap());
    }
    seen.push(chat.send(id, text).await.json().await.unwrap());
    assert!(seen.iter().all(|s| s == &seen[4]), "{seen:?}");
    assert_eq!(site.app.store().tickets(&Default::default()).await.unwrap().len(), 1);
    assert_eq!(chat.history().await["messages"].as_array().unwrap().len(), 2);
    assert_eq!(code(chat.send(id, "something else").await).await, (409, "conflict".into()));
}

#[tokio::test]
async fn history_is_read_again_in_order_and_from_a_number_on() {
    let chat = Site::shared().await.anonymous().await;
    chat.say("Do you ship to Alaska?").await;
    let said = chat.say("How long does delivery take?").await;
    let all = chat.history().await;
    let messages = all["messages"].as_array().unwrap();
    let seqs: Vec<i64> = messages.iter().map(|m| m["seq"].as_i64().unwrap()).collect();
    assert!(seqs.windows(2).all(|w| w[0] < w[1]) && seqs.len() == 4, "{all}");
    assert_eq!(
        (messages[0]["author"].as_str(), messages[0]["blocks"][0]["text"].as_str()),
        (Some("customer"), Some("Do you ship to Alaska?"))
    );
    assert_eq!(messages.last(), said.0.last());
    let path = chat.path(&format!("messages?after={}", seqs[2]));
    let rest: Value = chat.site.get(&path, &[(chat.proof.0, &chat.proof.1)]).await.json().await.unwrap();
    assert_eq!(rest["messages"].as_array().unwrap().len(), 1);
    let whole = chat.site.get(&chat.path("messages"), &[(chat.proof.0, &chat.proof.1)]).await;
    let whole: Value = whole.json().await.unwrap();
    let first = &whole["messages"][0];
    assert_eq!((&first["author"], whole["messages"].as_array().unwrap().len()), (&"assistant".into(), 5), "{whole}");
    assert!(first["blocks"][0]["text"].as_str().unwrap().contains("automated AI assistant"), "{first}");
}

#[tokio::test]
async fn whoever_asks_for_a_person_gets_one_ticket_whatever_the_way() {
    let site = Site::new(Default::default()).await;
    let chat = site.anonymous().await;
    let request = Uuid::now_v7();
    let said = chat.ask_human(request).await;
    assert!(said.cites_text("TX-HUMAN"), "{:?}", said.0);
    assert_eq!(chat.ask_human(request).await.0, said.0);
    let typed = site.anonymous().await;
    assert!(typed.say("I want to talk to a person").await.cites_text("TX-HUMAN"));
    let tickets = site.app.store().tickets(&Default::default()).await.unwrap();
    assert_eq!(tickets.len(), 2);
    assert!(tickets.iter().all(|t| t.reason.to_string() == "asked"), "{tickets:?}");
}

#[tokio::test]
async fn an_emergency_gets_its_fixed_text_and_the_highest_ticket() {
    let site = Site::new(Default::default()).await;
    for text in [
        "I can't breathe and my throat is swelling shut",
        "my son swallowed the whole bottle of pills",
        "tengo un dolor fuerte en el pecho y no puedo respirar",
    ] {
        let chat = site.anonymous().await;
        let said = chat.say(text).await;
        assert!(said.cites_text("TX-EMERG") && said.has_kind("emergency"), "{text}: {:?}", said.0);
        let conversation = chat.id.as_str().into();
        let ticket = site.app.store().open_ticket_of(&conversation).await.unwrap().expect("a ticket");
        assert_eq!(json!(ticket.priority), json!("P0"), "{text}");
    }
}

#[tokio::test]
async fn feedback_is_taken_for_a_message_that_exists() {
    let chat = Site::shared().await.anonymous().await;
    let said = chat.say("How long does delivery take?").await;
    let rate = async |seq: i64, verdict: &str| {
        let body = json!({"seq": seq, "verdict": verdict, "note": "clear"}).to_string();
        chat.site.post(&chat.path("feedback"), body, &[(chat.proof.0, &chat.proof.1)]).await.status().as_u16()
    };
    let seq = said.0[0]["seq"].as_i64().unwrap();
    assert_eq!((rate(seq, "up").await, rate(999, "up").await, rate(seq, "maybe").await), (204, 404, 400));
}

#[tokio::test]
async fn logs_metrics_and_audit_hold_no_words_of_a_message() {
    let site = Site::new(Default::default()).await;
    let canary = "zanzibarquokka";
    let chat = site.verified("P0001", None).await;
    for text in
        ["where is my order", "can I take ibuprofen with this", "I can't breathe", "hello", "my neighbour's order"]
    {
        chat.say(&format!("{text} {canary}")).await;
    }
    let body = format!("{{\"id\": \"{canary}\", \"text\": \"{canary}\"}}");
    chat.site.post(&chat.path("messages"), body, &[(chat.proof.0, &chat.proof.1)]).await;
    let metrics = watch().metrics.render();
    assert!(metrics.contains("apothecary_turns_total"), "{metrics}");
    assert!(!metrics.contains(canary) && !metrics.contains(&chat.id));
    assert!(!watch().logs().contains(canary), "{}", watch().logs());
    let rows = site.app.store().audit_rows(1, 1_000).await.unwrap();
    assert!(rows.len() >= 5);
    assert!(rows.iter().all(|r| !r.body.to_string().contains(canary)));
    assert_eq!(site.app.store().verify_audit().await.unwrap(), rows.len() as u64);
}

/// What no page answers surely, though some come near.
const UNSURE: [&str; 3] =
    ["would a jigsaw of my pills come sorted by the hour", "a carousel of papers for the box", "it did not work"];

#[tokio::test]
async fn what_is_not_understood_is_asked_back_once_with_questions_that_are_answered_and_then_goes_to_a_person() {
    let site = Site::shared().await;
    let mut asked = Vec::new();
    for text in UNSURE {
        let chat = site.anonymous().await;
        let said = chat.say(text).await;
        let choices = said.blocks().find(|b| b["kind"] == "choices").cloned();
        asked.extend(choices.map(|choices| (text, chat, choices, said)));
    }
    let (text, chat, choices, said) = asked.pop().expect("none of these was asked back");
    assert!(said.words().contains("Is it one of these questions?"), "{:?}", said.0);
    let (lines, pages) = (choices["text"].as_str().unwrap(), choices["cites"].as_array().unwrap());
    assert!((1..=3).contains(&pages.len()) && lines.lines().count() == pages.len(), "{choices}");
    let person = said.blocks().find(|b| b["kind"] == "person").unwrap();
    assert_eq!(person["acts"][0]["act"], "person", "a person is one tap away");
    // The first choice is answered from its page.
    let answer = chat.say(lines.lines().next().unwrap()).await;
    assert!(answer.cites().contains(&pages[0].as_str().unwrap().to_owned()), "{:?}", answer.0);
    // Asked back is no case; the second time in a row is one.
    let again = site.anonymous().await;
    again.say(text).await;
    assert!(!crate::console::queue(&site).await.iter().any(|t| t["conversation"] == again.id.as_str()));
    assert!(again.say(text).await.cites_text("TX-UNSURE"));
    assert!(crate::console::queue(&site).await.iter().any(|t| t["conversation"] == again.id.as_str()));
}

/// Questions of published pages about nothing that may hurt somebody, word for word.
fn published() -> Vec<String> {
    let files = std::fs::read_dir(repo("index/policies")).unwrap().map(|e| e.unwrap().path());
    let pages = files.map(|f| std::fs::read_to_string(f).unwrap());
    let plain = pages.filter(|p| {
        let risky = p.contains("risk_class = \"clinical\"") || p.contains("risk_class = \"safety\"");
        !risky && p.contains("audience = \"customer\"") && p.contains("effective_to = \"\"")
    });
    let mut all: Vec<String> = plain
        .flat_map(|p| p.lines().filter_map(|l| l.strip_prefix("## ").map(str::to_owned)).collect::<Vec<_>>())
        .collect();
    all.sort();
    all
}

/// What the assistant offers to choose from must not be refused, sent to the sign-in or asked back when it is chosen.
#[tokio::test]
async fn a_published_question_is_not_taken_for_something_else() {
    let (site, all) = (Site::shared().await, published());
    assert!(all.len() > 1000, "the pages were not found");
    let (mut asked, mut answered) = (0, 0);
    for text in all.iter().step_by(11) {
        let said = site.anonymous().await.say(text).await;
        for id in ["TX-SCOPE", "TX-SIGNIN", "TX-CLARIFY"] {
            assert!(!said.cites_text(id), "`{text}` got {id}");
        }
        asked += 1;
        answered += usize::from(said.has_kind("source"));
    }
    assert!(answered * 10 > asked * 9, "{answered} of {asked} were answered from a page");
}
