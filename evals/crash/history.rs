//! What came of it, read from the store and from what the receiver handled: the proof, or what breaks it.

use super::desk::{self, Handled};
use super::receivers::{MOODY, Receivers};
use crate::failure::Failure;
use apothecary::domain::ids::ConversationId;
use apothecary::store::Store;
use apothecary::store::tickets::{TicketFilter, TicketRow};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// What each case must have been told, each once: that it exists, who was called because nobody came, and that it is late.
const TOLD: [&str; 5] = ["escalation.created", "lead", "on_call", "overdue", "in_charge"];

/// The checked history.
#[derive(Debug, Default)]
pub struct History {
    promised: usize,
    tickets: usize,
    heard: usize,
    repeated: usize,
    /// Promised, but there is no case.
    lost: Vec<String>,
    /// Two cases of one conversation.
    twice: Vec<String>,
    /// Told under two ids, so that a receiver that honours the id acts twice.
    doubled: Vec<String>,
    /// Never told.
    untold: Vec<String>,
    /// Cases that a pharmacist ended.
    handled: usize,
    /// Not answered exactly once, or an act on them never came about.
    unhandled: Vec<String>,
    audit: Option<String>,
}

/// Whether every case has been called about to the end and nothing waits for the receiver that can be reached.
///
/// # Errors
/// The store cannot be read.
pub async fn settled(folder: &Path) -> Result<bool, Failure> {
    let store = open(folder).await?;
    let called = tickets(&store).await?.iter().all(|t| t.calls >= 3 && t.breached_at.is_some());
    let health = store.endpoint_health(jiff::Timestamp::now()).await.map_err(Failure::internal)?;
    Ok(called && health.get(MOODY).is_none_or(|h| h.waiting == 0))
}

async fn open(folder: &Path) -> Result<Store, Failure> {
    Store::open(&folder.join("apothecary.db")).await.map_err(Failure::internal)
}

/// All open cases; more than a page of the queue holds.
async fn tickets(store: &Store) -> Result<Vec<TicketRow>, Failure> {
    let whole = TicketFilter { whole: true, ..TicketFilter::default() };
    store.tickets(&whole).await.map_err(Failure::internal)
}

impl History {
    /// Reads and checks it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn read(
        folder: &Path,
        promised: &[String],
        handled: &Handled,
        receivers: &Receivers,
    ) -> Result<Self, Failure> {
        let store = open(folder).await?;
        let tickets = tickets(&store).await?;
        let mut of: HashMap<&str, usize> = HashMap::new();
        for t in &tickets {
            *of.entry(t.conversation.as_str()).or_default() += 1;
        }
        let heard = receivers.heard();
        let mut told: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for (id, (said, _)) in &heard {
            let part = |pointer| said.pointer(pointer).and_then(Value::as_str);
            let what = part("/data/step").or(part("/type")).unwrap_or_default();
            told.entry((part("/data/ticket").unwrap_or_default(), what)).or_default().insert(id);
        }
        let mut unhandled = handled.stuck.clone();
        for (chat, words) in &handled.cases {
            let answers = desk::answers(&store, &ConversationId(chat.clone()), words).await?;
            if answers != 1 {
                unhandled.push(format!("{chat} answered {answers} times"));
            }
        }
        let untold = tickets.iter().flat_map(|t| TOLD.iter().map(move |what| (t.id.as_str(), *what)));
        let name = |(ticket, what): (&str, &str)| format!("{ticket} {what}");
        Ok(Self {
            promised: promised.len(),
            tickets: tickets.len(),
            heard: heard.len(),
            repeated: heard.values().filter(|(_, n)| *n > 1).count(),
            lost: promised.iter().filter(|c| !of.contains_key(c.as_str())).cloned().collect(),
            twice: of.iter().filter(|(_, n)| **n > 1).map(|(c, _)| (*c).to_owned()).collect(),
            doubled: told.iter().filter(|(_, ids)| ids.len() > 1).map(|(key, _)| name(*key)).collect(),
            untold: untold.filter(|key| !told.contains_key(key)).map(name).collect(),
            handled: handled.cases.len(),
            unhandled,
            audit: store.verify_audit().await.err().map(|e| e.to_string()),
        })
    }

    /// Nothing lost, nothing doubled, everything alarmed, the audit whole.
    pub fn sound(&self) -> bool {
        let empty =
            [&self.lost, &self.twice, &self.doubled, &self.untold, &self.unhandled].iter().all(|list| list.is_empty());
        empty && self.audit.is_none() && self.promised > 0 && self.handled > 0
    }
}

impl std::fmt::Display for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{} open cases, {} answered and resolved meanwhile; {} webhooks handled, {} of them came more than once",
            self.tickets, self.handled, self.heard, self.repeated
        )?;
        let lines = [
            ("promised and lost", &self.lost),
            ("two cases for one message", &self.twice),
            ("told under two ids", &self.doubled),
            ("not told or not alarmed", &self.untold),
            ("not answered once, or an act that never came about", &self.unhandled),
        ];
        for (name, list) in lines {
            let some = list.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
            writeln!(f, "{:>6}  {name}{}{some}", list.len(), if some.is_empty() { "" } else { ": " })?;
        }
        match &self.audit {
            Some(broken) => write!(f, "audit: {broken}"),
            None => write!(f, "audit: the chain holds"),
        }
    }
}
