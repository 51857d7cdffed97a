//! The pharmacist's side over HTTP: queue, claim, reply, resolve, and what each role may not do.

use crate::support::{Chat, Site, code, staff};
use serde_json::{Value, json};
use uuid::Uuid;

/// Somebody at the console.
pub struct Desk {
    site: Site,
    pub proof: (&'static str, String),
}

impl Desk {
    pub fn new(site: &Site, name: &str, role: &str) -> Self {
        Self { site: site.clone(), proof: staff(name, role) }
    }
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.site.get(&format!("/api/v1/console/{path}"), &[(self.proof.0, &self.proof.1)]).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }
    pub async fn act(&self, ticket: &str, verb: &str, body: Value) -> reqwest::Response {
        let path = format!("/api/v1/console/tickets/{ticket}/{verb}");
        self.site.post(&path, body.to_string(), &[(self.proof.0, &self.proof.1)]).await
    }
    pub async fn done(&self, ticket: &str, verb: &str, body: Value) -> Value {
        let answer = self.act(ticket, verb, body).await;
        let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
        assert_eq!(status, 200, "{verb}: {body}");
        body
    }
}

pub async fn ticket_of(desk: &Desk, chat: &Chat) -> Value {
    let all = desk.get("tickets").await;
    let found = all["tickets"].as_array().unwrap().iter().find(|t| t["conversation"] == chat.id.as_str()).cloned();
    found.unwrap_or_else(|| panic!("no ticket in {all}"))
}

/// The queue as a pharmacist sees it.
pub async fn queue(site: &Site) -> Vec<Value> {
    let answer = Desk::new(site, "Maria", "pharmacist").get("tickets").await;
    answer["tickets"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_case_goes_from_the_queue_to_an_answer_and_back_to_the_assistant() {
    let site = Site::shared().await;
    let chat = site.verified("P0003", None).await;
    let words = "Can I take ibuprofen together with my blood pressure pills?";
    assert!(chat.say(words).await.cites_text("TX-CLIN"));
    let (maria, omar) = (Desk::new(&site, "Maria", "pharmacist"), Desk::new(&site, "Omar", "pharmacist"));
    let ticket = ticket_of(&maria, &chat).await;
    let id = ticket["id"].as_str().unwrap();
    assert_eq!(ticket["summary"], "", "the queue shows no words");
    let masked = maria.get(&format!("tickets/{id}")).await.to_string();
    assert!(!masked.contains("ibuprofen") && !masked.contains("Rosales"), "{masked}");

    maria.done(id, "claim", json!({})).await;
    assert_eq!(code(omar.act(id, "claim", json!({})).await).await, (409, "conflict".into()));
    let open = maria.get(&format!("tickets/{id}")).await;
    assert!(open["card"].to_string().contains("ibuprofen") && open["history"].to_string().contains("ibuprofen"));
    let masked = omar.get(&format!("tickets/{id}")).await.to_string();
    assert!(!masked.contains("ibuprofen"), "who has not claimed it sees nothing: {masked}");

    let version = open["ticket"]["version"].as_i64().unwrap();
    let stale = maria.act(id, "reply", json!({"version": version - 1, "text": "x"})).await;
    assert_eq!(code(stale).await.0, 409);
    assert_eq!(code(omar.act(id, "reply", json!({"version": version, "text": "x"})).await).await.0, 409);
    let replied =
        maria.done(id, "reply", json!({"version": version, "text": "Please call me before you take it."})).await;
    let history = chat.history().await;
    assert_eq!((&history["owner"]["name"], &history["owner"]["role"]), (&json!("Maria"), &json!("pharmacist")));
    let last = history["messages"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["author"], &last["staff"]), (&json!("pharmacist"), &json!("Maria")));
    assert!(last["blocks"].to_string().contains("Please call me"));

    let owned = chat.say("where is my order").await;
    assert!(owned.0.is_empty(), "a person owns the chat, the assistant is silent: {:?}", owned.0);
    let aid = chat.say("I can't breathe and my throat is swelling shut").await;
    assert!(aid.cites_text("TX-EMERG"), "an emergency is answered even then: {:?}", aid.0);

    let now = maria.get(&format!("tickets/{id}")).await["ticket"]["version"].as_i64().unwrap();
    assert!(now >= replied["ticket"]["version"].as_i64().unwrap());
    let bad = maria.act(id, "resolve", json!({"version": now, "disposition": "DONE"})).await;
    assert_eq!(code(bad).await, (422, "invalid".into()));
    maria.done(id, "resolve", json!({"version": now, "disposition": "CLIN-COUNSEL", "note": "called"})).await;
    assert_eq!(chat.history().await["owner"], Value::Null);
    assert!(!chat.say("where is my order").await.0.is_empty(), "the assistant answers again");
    let resolved = maria.get("tickets?all=true").await;
    assert!(
        resolved["tickets"]
            .as_array()
            .unwrap()
            .iter()
            .any(|t| t["id"] == id && t["dispositions"] == json!(["CLIN-COUNSEL"]))
    );
}

#[tokio::test]
async fn a_technicians_own_words_do_not_reach_a_customer() {
    let site = Site::shared().await;
    let chat = site.anonymous().await;
    chat.ask_human(Uuid::now_v7()).await;
    let tina = Desk::new(&site, "Tina", "technician");
    let ticket = ticket_of(&tina, &chat).await;
    let id = ticket["id"].as_str().unwrap();
    let claimed = tina.done(id, "claim", json!({})).await;
    let body = json!({"version": claimed["ticket"]["version"], "text": "Take two a day."});
    assert_eq!(code(tina.act(id, "reply", body).await).await, (403, "forbidden".into()));
    assert!(!chat.history().await.to_string().contains("two a day"));
    tina.done(id, "release", json!({})).await;
    assert_eq!(ticket_of(&tina, &chat).await["state"], "offered");
}

#[tokio::test]
async fn two_people_who_claim_at_once_do_not_both_get_it() {
    let site = Site::shared().await;
    let chat = site.anonymous().await;
    chat.ask_human(Uuid::now_v7()).await;
    let desks: Vec<Desk> = ["A", "B", "C", "D"].iter().map(|n| Desk::new(&site, n, "pharmacist")).collect();
    let id = ticket_of(&desks[0], &chat).await["id"].as_str().unwrap().to_owned();
    let answers = futures_util::future::join_all(desks.iter().map(|d| d.act(&id, "claim", json!({})))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|a| a.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
}

#[tokio::test]
async fn urgent_cases_stand_first_in_the_queue() {
    let site = Site::new(Default::default()).await;
    site.anonymous().await.ask_human(Uuid::now_v7()).await;
    site.anonymous().await.say("I can't breathe and my throat is swelling shut").await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let queue = maria.get("tickets").await;
    let order: Vec<&str> = queue["tickets"].as_array().unwrap().iter().filter_map(|t| t["priority"].as_str()).collect();
    assert_eq!(order, ["P0", "P2"]);
}
