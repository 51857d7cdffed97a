//! Thin local copy for the HTTP layer, an in-memory toy; replaced at merge.
#![allow(missing_docs, clippy::unused_async)]

use crate::domain::clock::{Clock, SystemClock};
use crate::domain::ids::{ConversationId, MessageId, TicketId};
use crate::domain::lang::Lang;
use crate::guard::output::{Author, Block, BlockKind, Released, Stage};
use crate::identity::{Pharmacist, Verifier, Visitor};
use crate::policy::guards::Level;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Mutex;
use tokio::sync::mpsc;

#[derive(Clone)]
pub struct DemoPerson {
    pub name: String,
    pub patient: String,
    pub level: Level,
    pub caregiver: Option<String>,
}

#[derive(Clone)]
pub struct DemoConfig {
    pub people: Vec<DemoPerson>,
    pub key: crate::identity::Key,
}

pub struct Config {
    pub site: String,
    pub pharmacy: String,
    pub rx_phone: String,
    pub care_phone: String,
    pub site_verifier: Verifier,
    pub console_verifier: Verifier,
    pub frame_ancestors: Vec<String>,
    pub demo: Option<DemoConfig>,
    pub secure_cookies: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("not found")]
    NotFound,
    #[error("blank")]
    Blank,
    #[error("too long")]
    TooLong,
    #[error("overloaded")]
    Overloaded,
    #[error("conflict: {what}")]
    Conflict { what: String },
    #[error("forbidden: {what}")]
    Forbidden { what: String },
    #[error("invalid: {what}")]
    Invalid { what: String },
    #[error("store: {0}")]
    Store(String),
    #[error("ended")]
    Ended,
}

pub struct TurnRequest {
    pub visitor: Visitor,
    pub key: String,
    pub conversation: ConversationId,
    pub message: MessageId,
    pub text: String,
    pub received: Timestamp,
}

pub struct History {
    pub messages: Vec<Released>,
    pub owner: Option<String>,
    pub ended: bool,
}

pub struct QueueFilter {
    pub all: bool,
}

#[derive(Clone, Serialize)]
pub struct TicketView {
    pub id: TicketId,
    pub conversation: ConversationId,
    pub state: String,
    pub priority: String,
    pub queue: String,
    pub reason: String,
    pub fired: Vec<String>,
    pub created: Timestamp,
    pub due: Timestamp,
    pub lang: Lang,
    pub level: String,
    pub claimed_by_name: Option<String>,
    pub lease_until: Option<Timestamp>,
    pub version: i64,
    pub summary: String,
    pub disposition: Option<String>,
}

pub struct TicketDetail {
    pub ticket: TicketView,
    pub card: serde_json::Value,
    pub history: Vec<Released>,
    pub quarantined: Option<serde_json::Value>,
}

#[derive(Default)]
struct Conv {
    key: String,
    messages: Vec<Released>,
    owner: Option<String>,
}

pub struct App {
    pub config: Config,
    convs: Mutex<BTreeMap<String, Conv>>,
    tickets: Mutex<BTreeMap<String, TicketView>>,
    dispositions: Vec<String>,
}

fn block(kind: BlockKind, text: &str) -> Block {
    Block { kind, text: text.into(), cites: vec![], rows: vec![] }
}

impl App {
    pub fn thin(config: Config) -> Self {
        let dispositions = ["CLIN-COUNSEL", "CLIN-DOSE", "EMERG-911", "SVC-STATUS", "BOT-WRONG", "KB-GAP"];
        Self { config, convs: Mutex::default(), tickets: Mutex::default(), dispositions: dispositions.map(String::from).to_vec() }
    }
    pub fn clock(&self) -> &dyn Clock {
        &SystemClock
    }
    fn push(&self, conv: &str, author: Author, staff: Option<&str>, blocks: Vec<Block>) -> Option<Released> {
        let mut all = self.convs.lock().ok()?;
        let c = all.get_mut(conv)?;
        let r = Released::thin(author, staff, c.messages.len() as i64 + 1, self.clock().now(), blocks);
        c.messages.push(r.again());
        Some(r)
    }
    fn mine(&self, key: &str, conv: &ConversationId) -> bool {
        self.convs.lock().is_ok_and(|c| c.get(conv.as_str()).is_some_and(|c| c.key == key))
    }
    pub async fn open(&self, _v: &Visitor, key: &str, _site: &str, _l: Option<Lang>) -> Result<ConversationId, AppError> {
        let id = uuid::Uuid::now_v7().to_string();
        let conv = Conv { key: key.into(), ..Conv::default() };
        self.convs.lock().map_err(|_| AppError::Overloaded)?.insert(id.clone(), conv);
        let ai = "You're chatting with an automated AI assistant, not a person and not a pharmacist. You can ask for a pharmacist at any time, free, day or night.";
        self.push(&id, Author::System, None, vec![block(BlockKind::Fixed, ai)]);
        Ok(ConversationId(id))
    }
    pub async fn turn(&self, req: TurnRequest, stages: mpsc::Sender<Stage>) -> Vec<Released> {
        if !self.mine(&req.key, &req.conversation) {
            return vec![];
        }
        let id = req.conversation.as_str();
        let _ = stages.send(Stage::Reading).await;
        self.push(id, Author::Customer, None, vec![block(BlockKind::Answer, &req.text)]);
        for s in [Stage::Searching, Stage::Checking] {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let _ = stages.send(s).await;
        }
        let blocks = if req.text.contains("chest") {
            self.ticket_for(id, "P0", &req.text);
            vec![block(BlockKind::Emergency, "This may be an emergency. **Call 911 now.** Don't wait for an answer here. I'm also alerting a pharmacist.")]
        } else if req.text.contains("dose") {
            self.ticket_for(id, "P2", &req.text);
            vec![block(BlockKind::Person, "That's a question for a pharmacist, and I don't want to guess. I'm sending it to one now. You should hear back by 3:22 pm CT. Or call 1-800-555-0100.")]
        } else {
            let rows = vec![("Order".into(), "70-00123".into()), ("Carrier".into(), "UPS".into()), ("Arrives".into(), "Tue, Nov 24".into())];
            let mut source = block(BlockKind::Source, "Source: Delivery times, version 1");
            source.cites = vec!["DL1".into()];
            vec![
                block(BlockKind::Answer, "Your order of 2 items was shipped and should arrive on **Tuesday, November 24**."),
                Block { kind: BlockKind::Card, text: "Order 70-00123".into(), cites: vec!["order:70-00123".into()], rows },
                block(BlockKind::AsOf, "As of today, 9:14 am CT"),
                block(BlockKind::NextStep, "Nothing to do. You get a message when it's out for delivery."),
                source,
                block(BlockKind::Choices, "Track the parcel\nAsk about another order"),
            ]
        };
        self.push(id, Author::Assistant, None, blocks).into_iter().collect()
    }
    fn ticket_for(&self, conv: &str, priority: &str, text: &str) {
        let now = self.clock().now();
        let wait = jiff::SignedDuration::from_mins(if priority == "P0" { 2 } else { 60 });
        let id = TicketId(uuid::Uuid::now_v7().to_string());
        let view = TicketView {
            id: id.clone(),
            conversation: conv.into(),
            state: "new".into(),
            priority: priority.into(),
            queue: "clinical".into(),
            reason: if priority == "P0" { "R1" } else { "R3" }.into(),
            fired: vec!["R1".into()],
            created: now,
            due: now + wait,
            lang: Lang::En,
            level: "L2".into(),
            claimed_by_name: None,
            lease_until: None,
            version: 1,
            summary: text.into(),
            disposition: None,
        };
        if let Ok(mut t) = self.tickets.lock() {
            t.insert(id.0, view);
        }
    }
    pub async fn ask_human(&self, _v: &Visitor, key: &str, c: &ConversationId, _id: &str) -> Result<Vec<Released>, AppError> {
        if !self.mine(key, c) {
            return Err(AppError::NotFound);
        }
        self.ticket_for(c.as_str(), "P2", "asked for a person");
        let b = block(BlockKind::Person, "Of course. A person will take over this chat. You should hear back by 3:22 pm CT.");
        Ok(self.push(c.as_str(), Author::Assistant, None, vec![b]).into_iter().collect())
    }
    pub async fn history(&self, _v: &Visitor, key: &str, c: &ConversationId, after: i64) -> Result<History, AppError> {
        if !self.mine(key, c) {
            return Err(AppError::NotFound);
        }
        let all = self.convs.lock().map_err(|_| AppError::Overloaded)?;
        let conv = all.get(c.as_str()).ok_or(AppError::NotFound)?;
        let messages = conv.messages.iter().filter(|m| m.seq() > after).map(Released::again).collect();
        Ok(History { messages, owner: conv.owner.clone(), ended: false })
    }
    pub async fn feedback(&self, key: &str, c: &ConversationId, _seq: i64, _up: bool, _n: Option<String>) -> Result<(), AppError> {
        if self.mine(key, c) { Ok(()) } else { Err(AppError::NotFound) }
    }
    pub async fn logout(&self, key: &str) -> Result<(), AppError> {
        self.convs.lock().map_err(|_| AppError::Overloaded)?.retain(|_, c| c.key != key);
        Ok(())
    }
    pub async fn queue(&self, _s: &Pharmacist, f: QueueFilter) -> Result<Vec<TicketView>, AppError> {
        let t = self.tickets.lock().map_err(|_| AppError::Overloaded)?;
        let mut v: Vec<_> = t.values().filter(|t| f.all || t.state != "resolved").cloned().collect();
        v.sort_by_key(|t| (t.priority != "P0", t.due));
        Ok(v)
    }
    fn edit(&self, id: &TicketId, f: impl FnOnce(&mut TicketView)) -> Result<TicketView, AppError> {
        let mut t = self.tickets.lock().map_err(|_| AppError::Overloaded)?;
        let v = t.get_mut(id.as_str()).ok_or(AppError::NotFound)?;
        f(v);
        v.version += 1;
        Ok(v.clone())
    }
    fn own(&self, conv: &ConversationId, who: Option<&str>) {
        if let Ok(mut all) = self.convs.lock() {
            all.entry(conv.0.clone()).or_default().owner = who.map(str::to_owned);
        }
    }
    pub async fn ticket(&self, _s: &Pharmacist, id: &TicketId) -> Result<TicketDetail, AppError> {
        let ticket = self.tickets.lock().ok().and_then(|t| t.get(id.as_str()).cloned()).ok_or(AppError::NotFound)?;
        let all = self.convs.lock().map_err(|_| AppError::Overloaded)?;
        let history = all.get(ticket.conversation.as_str()).map(|c| c.messages.iter().map(Released::again).collect()).unwrap_or_default();
        let card = serde_json::json!({
            "who": {"level": "L2", "name": if ticket.claimed_by_name.is_some() { "Ana Flores" } else { "A•• F•••••" }},
            "why": {"reason": ticket.reason, "fired": ticket.fired, "sentence": ticket.summary},
            "wants": format!("Hello. {} Thank you.", ticket.summary),
            "facts": [{"label": "Order 70-00123", "value": "shipped, as of 9:14 am CT"}, {"label": "Last fill", "value": "Oct 22"}],
            "said": ["That's a question for a pharmacist, and I don't want to guess."],
            "clock": {"due": ticket.due, "priority": ticket.priority},
            "suggested": "Your parcel is on its way; tracking shows delivery on Tuesday. [DL1]",
        });
        Ok(TicketDetail { ticket, card, history, quarantined: None })
    }
    pub async fn claim(&self, s: &Pharmacist, id: &TicketId) -> Result<TicketView, AppError> {
        let taken = self.tickets.lock().ok().and_then(|t| t.get(id.as_str()).and_then(|t| t.claimed_by_name.clone()));
        if let Some(other) = taken.filter(|n| n != s.name()) {
            return Err(AppError::Conflict { what: format!("{other} owns this ticket") });
        }
        let until = self.clock().now() + jiff::SignedDuration::from_mins(5);
        let t = self.edit(id, |t| {
            t.state = "claimed".into();
            t.claimed_by_name = Some(s.name().into());
            t.lease_until = Some(until);
        })?;
        self.own(&t.conversation, Some(s.name()));
        Ok(t)
    }
    pub async fn renew(&self, _s: &Pharmacist, id: &TicketId) -> Result<TicketView, AppError> {
        let until = self.clock().now() + jiff::SignedDuration::from_mins(5);
        self.edit(id, |t| t.lease_until = Some(until))
    }
    pub async fn release(&self, _s: &Pharmacist, id: &TicketId) -> Result<TicketView, AppError> {
        let t = self.edit(id, |t| {
            t.state = "new".into();
            t.claimed_by_name = None;
        })?;
        self.own(&t.conversation, None);
        Ok(t)
    }
    pub async fn reply(&self, s: &Pharmacist, id: &TicketId, version: i64, text: &str) -> Result<TicketDetail, AppError> {
        let t = self.edit(id, |_| ())?;
        if t.version != version + 1 {
            return Err(AppError::Conflict { what: "the ticket changed; look again".into() });
        }
        self.push(t.conversation.as_str(), Author::Pharmacist, Some(s.name()), vec![block(BlockKind::Staff, text)]);
        self.ticket(s, id).await
    }
    pub async fn resolve(&self, _s: &Pharmacist, id: &TicketId, _v: i64, d: &str, _n: Option<&str>) -> Result<TicketView, AppError> {
        let t = self.edit(id, |t| {
            t.state = "resolved".into();
            t.disposition = Some(d.into());
        })?;
        self.own(&t.conversation, None);
        Ok(t)
    }
    pub fn dispositions(&self) -> &[String] {
        &self.dispositions
    }
    pub async fn ready(&self) -> Result<(), String> {
        Ok(())
    }
}
