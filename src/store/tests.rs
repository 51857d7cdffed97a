//! Contract tests of the store: each promise that the layers above rest on. Another database must pass the same.

mod accounts;
mod alarms;
mod audit;
mod feed;
mod live;
mod outbox;
mod retention;
mod spill;
mod staff;
mod tokens;
mod turns;

use super::commit::{Committed, News, TurnCommit};
use super::conversations::NewConversation;
use super::life::{Act, Actor};
use super::messages::NewMessage;
use super::outbox::{NewOutbox, OutboxRow, OutboxState};
use super::staff::Trail;
use super::tickets::{NewTicket, TicketRow};
use super::turns::NewTurn;
use super::{MIGRATIONS, Store, StoreError};
use crate::domain::blocks::Author;
use crate::domain::ids::{ConversationId, StaffId, TicketId};
use crate::domain::lang::Lang;
use crate::domain::route::{Priority, Queue, Reason};
use jiff::Timestamp;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use std::path::PathBuf;

impl Store {
    /// Deliveries that may be tried now, without taking them.
    async fn due_outbox(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let waiting = self.list_outbox(OutboxState::Waiting).await?;
        Ok(waiting.into_iter().filter(|row| row.next_attempt <= now).take(limit).collect())
    }
}

/// A folder of its own, removed at the end.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("apothecary-store-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
    fn file(&self) -> PathBuf {
        self.0.join("store.sqlite")
    }
    async fn open(&self) -> Store {
        Store::open(&self.file()).await.unwrap()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A store as version 1 left it, with a ticket and a webhook that waits.
async fn version_one(dir: &Dir) {
    let options = SqliteConnectOptions::new().filename(dir.file()).create_if_missing(true);
    let mut old = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(MIGRATIONS[0]).execute(&mut old).await.unwrap();
    let rows = r#"INSERT INTO conversations (id, site, visitor, created, last_active, state) VALUES ('c1', 'main', 'v1', 1, 1, '{}');
        INSERT INTO tickets (id, conversation, message_id, state, priority, queue, reason, fired, created, due, lang, level, cards,
        version, legal_hold) VALUES ('t1', 'c1', 'm1', 'open', 'P1', 'clinical', 'R3', '[]', 1000, 2000, 'en', 'L0', '[]', 1, 0);
        INSERT INTO outbox (id, endpoint, event, payload, created, next_attempt, state) VALUES ('d1', 'desk', 'escalation.breached',
        '{"type":"escalation.breached","data":{"ticket":"t1","priority":"P1","queue":"clinical","step":"lead"}}', 1, 1, 'waiting');"#;
    sqlx::raw_sql(rows).execute(&mut old).await.unwrap();
    old.close().await.unwrap();
}

/// A moment `seconds` after the start of the tests' time.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

fn chat() -> ConversationId {
    "c1".into()
}

async fn start(store: &Store, id: &str) {
    let new = NewConversation {
        id: id.into(),
        site: "main".into(),
        visitor: "v1".into(),
        patient: None,
        created: at(0),
        lang: None,
        state: json!({}),
    };
    store.create_conversation(&new).await.unwrap();
}

fn turn(conversation: &str, message: &str, text: &str) -> NewTurn {
    NewTurn { conversation: conversation.into(), message_id: message.into(), text: text.into(), received_at: at(1) }
}

fn says(author: Author, text: &str) -> NewMessage {
    NewMessage { author, body: json!({"blocks": [{"text": text}]}), origin: "fixed:R1".into(), staff_name: None }
}

fn commit(conversation: &str, message: &str) -> TurnCommit {
    TurnCommit {
        conversation: conversation.into(),
        message_id: message.into(),
        now: at(2),
        replies: vec![says(Author::Assistant, "reply")],
        ticket: None,
        suggestion: None,
        pauses: None,
        audit: json!({"route": "answer"}),
        state: Some(json!({"topic": "DL1"})),
        lang: Some(Lang::Es),
        summary: json!({"outcome": "answered"}),
    }
}

fn ticket(id: &str, priority: Priority, due: i64) -> NewTicket {
    NewTicket {
        id: id.into(),
        priority,
        queue: if priority == Priority::P0 { Queue::Safety } else { Queue::Service },
        reason: if priority == Priority::P0 { Reason::Fault } else { Reason::Asked },
        fired: vec!["asked".into(), id.into()],
        due: at(due),
        lang: Lang::En,
        level: "anonymous".into(),
        patient: None,
        card: json!({"from": id}),
        legal_hold: false,
    }
}

fn delivery(id: &str) -> NewOutbox {
    let (endpoint, event, payload) = ("desk".into(), "escalation.created".into(), json!({"n": 1}));
    NewOutbox { id: id.into(), endpoint, event, payload, ..NewOutbox::default() }
}

/// A whole turn that ends in a hand-over.
async fn hand_over(store: &Store, chat: &str, message: &str, new: NewTicket) -> Committed {
    store.begin_turn(&turn(chat, message, "please call me")).await.unwrap();
    let commit = TurnCommit { ticket: Some(new), ..commit(chat, message) };
    store.commit_turn(commit, |_| Vec::new()).await.unwrap()
}

/// A conversation with one open ticket `t1`.
async fn with_ticket(store: &Store) -> TicketRow {
    start(store, "c1").await;
    let done = hand_over(store, "c1", "m1", ticket("t1", Priority::P2, 600)).await;
    done.ticket.unwrap().row
}

fn trail(now: i64) -> Trail {
    let (messages, notes, labels, outbox) = Default::default();
    Trail { now: at(now), messages, notes, labels, outbox, audit: json!({"act": "staff"}) }
}

fn actor(id: &str) -> Actor {
    Actor { id: staff(id), name: id.into(), role: "pharmacist".into() }
}

/// Claims a ticket at `now` until `until`.
async fn claimed(store: &Store, id: &TicketId, who: &str, until: i64, now: i64) -> TicketRow {
    store.act(id, &actor(who), &Act::Claim { until: at(until) }, trail(now)).await.unwrap().ticket
}

fn staff(id: &str) -> StaffId {
    id.into()
}
