//! Who of the staff may do what, cell by cell over HTTP; that what is denied is recorded; and what an engineer sees of the console.

use crate::console::{Desk, ticket_of};
use crate::support::{Options, Site};
use serde_json::{Value, json};
use uuid::Uuid;

const ROLES: [&str; 6] = ["technician", "pharmacist", "lead", "privacy", "auditor", "engineer"];

/// Written from the duties of each role, not from the product's table.
const EXPECTED: [(&str, [bool; 6]); 9] = [
    ("queue", [true, true, true, true, true, false]),
    ("read_all", [false, false, false, true, true, false]),
    ("work", [true, true, true, false, false, false]),
    ("clinical", [false, true, true, false, false, false]),
    ("own_words", [false, true, true, false, false, false]),
    ("stop", [false, true, true, true, false, true]),
    ("loosen", [false, false, true, false, false, false]),
    ("overview", [false, false, true, false, true, true]),
    ("receivers", [false, false, true, false, false, false]),
];

struct Bench {
    site: Site,
    service: String,
    clinical: String,
}

impl Bench {
    /// A server with a case for everybody and one for pharmacists.
    async fn new() -> Self {
        let site = Site::new(Options::default()).await;
        let lead = Desk::new(&site, "Lena", "lead");
        let chat = site.anonymous().await;
        chat.ask_human(Uuid::now_v7()).await;
        let service = ticket_of(&lead, &chat).await["id"].as_str().unwrap().to_owned();
        let chat = site.anonymous().await;
        chat.say("Can I take ibuprofen together with my blood pressure pills?").await;
        let clinical = ticket_of(&lead, &chat).await["id"].as_str().unwrap().to_owned();
        Self { site, service, clinical }
    }

    async fn status(&self, desk: &Desk, path: &str) -> u16 {
        self.site.get(path, &[(desk.proof.0, &desk.proof.1)]).await.status().as_u16()
    }

    async fn set(&self, desk: &Desk, verb: &str, body: Value) -> u16 {
        let path = format!("/api/v1/console/{verb}");
        self.site.post(&path, body.to_string(), &[(desk.proof.0, &desk.proof.1)]).await.status().as_u16()
    }

    /// Takes a case and puts it back.
    async fn takes(&self, desk: &Desk, id: &str) -> u16 {
        let status = desk.act(id, "claim", json!({})).await.status().as_u16();
        if status == 200 {
            desk.done(id, "release", json!({})).await;
        }
        status
    }

    /// Writes to a customer, as the holder where the role may be one.
    async fn writes(&self, desk: &Desk) -> u16 {
        let held = desk.act(&self.service, "claim", json!({})).await.status() == 200;
        let lead = Desk::new(&self.site, "Lena", "lead");
        let version = lead.get(&format!("tickets/{}", self.service)).await["ticket"]["version"].clone();
        let body = json!({"version": version, "text": "We are looking into it."});
        let status = desk.act(&self.service, "reply", body).await.status().as_u16();
        if held {
            desk.done(&self.service, "release", json!({})).await;
        }
        status
    }

    async fn tried(&self, desk: &Desk, right: &str) -> u16 {
        let scope = "topic:DL5";
        match right {
            "queue" => self.status(desk, "/api/v1/console/tickets").await,
            "read_all" => {
                let path = format!("/api/v1/console/tickets/{}", self.clinical);
                let answer = self.site.get(&path, &[(desk.proof.0, &desk.proof.1)]).await;
                let read = answer.status() == 200 && answer.text().await.unwrap().contains("ibuprofen");
                if read { 200 } else { 403 }
            }
            "work" => self.takes(desk, &self.service).await,
            "clinical" => self.takes(desk, &self.clinical).await,
            "own_words" => self.writes(desk).await,
            "stop" => {
                let status = self.set(desk, "pause", json!({"scope": scope, "mode": "off", "reason": "a test"})).await;
                self.set(&Desk::new(&self.site, "Lena", "lead"), "resume", json!({"scope": scope})).await;
                status
            }
            "loosen" => {
                let lead = Desk::new(&self.site, "Lena", "lead");
                self.set(&lead, "pause", json!({"scope": scope, "mode": "off", "reason": "a test"})).await;
                self.set(desk, "resume", json!({"scope": scope})).await
            }
            "overview" => self.status(desk, "/api/v1/console/overview").await,
            _ => self.status(desk, "/api/v1/webhooks").await,
        }
    }
}

#[tokio::test]
async fn every_cell_of_the_table_is_as_the_duties_say_and_what_is_denied_is_recorded() {
    let bench = Bench::new().await;
    for (column, role) in ROLES.into_iter().enumerate() {
        let desk = Desk::new(&bench.site, "Sam", role);
        let may = desk.get("me").await["may"].clone();
        for (right, cells) in EXPECTED {
            let allowed = cells[column];
            assert_eq!(may.as_array().unwrap().contains(&json!(right)), allowed, "{role}, {right}");
            let before = bench.site.app.store().audit_head().await.unwrap().0;
            let status = bench.tried(&desk, right).await;
            assert_eq!(status, if allowed { 200 } else { 403 }, "{role}, {right}");
            let rows = bench.site.app.store().audit_rows(before + 1, 100).await.unwrap();
            let denied = |row: &Value| row["act"] == "denied" && row["role"] == role && row["staff"] == "staff-Sam";
            let recorded = rows.iter().any(|row| denied(&row.body["record"]));
            // To read a case masked is no denial, and words of one's own are refused by the guard.
            let silent = right == "read_all" && role != "engineer" || right == "own_words" && role == "technician";
            assert_eq!(recorded, !allowed && !silent, "{role}, {right}: {rows:?}");
        }
    }
}

#[tokio::test]
async fn a_role_that_nobody_knows_opens_nothing() {
    let site = Site::new(Options::default()).await;
    let desk = Desk::new(&site, "Sam", "owner");
    for path in ["me", "tickets", "overview"] {
        let path = format!("/api/v1/console/{path}");
        assert_eq!(site.get(&path, &[(desk.proof.0, &desk.proof.1)]).await.status(), 401, "{path}");
    }
}
