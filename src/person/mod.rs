//! One person's file: all that is held about them, for their own copy (45 CFR 164.524), and who was told of it (164.528). Gathers and
//! words; reads nothing that `store::person` does not give, and decides nothing about who may ask.

mod disclosures;
mod page;

use crate::domain::blocks::{Author, told};
use crate::domain::ids::PatientId;
use crate::store::conversations::Conversation;
use crate::store::messages::MessageRow;
use crate::store::notes::Note;
use crate::store::person::Held;
use crate::store::tickets::TicketRow;
use crate::store::{Store, StoreError};
pub use disclosures::{Disclosure, csv, disclosures};
use jiff::Timestamp;
pub use page::{accounting_page, file_page};
use serde::Serialize;
use serde_json::{Value, json};

/// What is held about one person.
#[derive(Debug, Serialize)]
pub struct PersonFile {
    /// Their id in the feed.
    pub person: PatientId,
    /// When the file was made.
    pub made: Timestamp,
    /// Each conversation about them, the oldest first.
    pub conversations: Vec<Talk>,
    /// The copies of the feed's records by which the assistant answered.
    pub records: Vec<Held>,
}

/// A conversation with all that came of it.
#[derive(Debug, Serialize)]
pub struct Talk {
    /// Its id.
    pub id: String,
    /// The site that it was held on.
    pub site: String,
    /// When it began.
    pub created: Timestamp,
    /// What was said, in order.
    pub messages: Vec<Said>,
    /// What a person was asked for.
    pub cases: Vec<Case>,
    /// What the customer and staff said of the answers: thumbs, dispositions, corrections.
    pub labels: Vec<Value>,
}

/// One message.
#[derive(Debug, Serialize)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Author,
    /// The shown name of the member of staff.
    pub name: Option<String>,
    /// The words as the customer saw them.
    pub words: String,
    /// Where they come from: `fixed:…`, `facts`, `staff`, …
    pub origin: String,
    /// Pages and records that it rests on.
    pub sources: Vec<String>,
    /// sha256 of the message as it was stored, hex, to check this copy by.
    pub digest: String,
}

/// A case for a person.
#[derive(Debug, Serialize)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// When it was opened.
    pub created: Timestamp,
    /// Its way through the desk.
    pub state: Value,
    /// Team, reason and urgency.
    pub why: Value,
    /// Who had it last.
    pub by: Option<String>,
    /// When a person first answered.
    pub answered: Option<Timestamp>,
    /// When and how it ended.
    pub resolved: Option<Timestamp>,
    /// Dispositions.
    pub dispositions: Vec<String>,
    /// The closing note.
    pub note: Option<String>,
    /// What staff wrote for each other.
    pub notes: Vec<Note>,
}

/// Everything that is held about a person. Each message is checked against its digest while it is read.
///
/// # Errors
/// The store failed, or a row is damaged: then no file is made, for it would not be whole.
pub async fn file(store: &Store, person: &PatientId, made: Timestamp) -> Result<PersonFile, StoreError> {
    let labels = store.labels_since(Timestamp::UNIX_EPOCH).await?;
    let mut conversations = Vec::new();
    for talk in store.conversations_about(person).await? {
        let said = labels.iter().filter(|l| l.label.conversation == talk.id);
        let said = said.map(|l| json!({ "at": l.at, "kind": l.label.kind, "by": l.label.role, "body": l.label.body }));
        conversations.push(whole(store, &talk, said.collect()).await?);
    }
    Ok(PersonFile { person: person.clone(), made, conversations, records: store.records_about(person).await? })
}

impl PersonFile {
    /// Nothing at all is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conversations.is_empty() && self.records.is_empty()
    }
    /// How many messages it holds.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.conversations.iter().map(|talk| talk.messages.len()).sum()
    }
    /// How many cases.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.conversations.iter().map(|talk| talk.cases.len()).sum()
    }
}

async fn whole(store: &Store, talk: &Conversation, labels: Vec<Value>) -> Result<Talk, StoreError> {
    let messages = store.history(&talk.id, 0).await?.iter().map(said).collect();
    let mut cases = Vec::new();
    for ticket in store.tickets_in(&talk.id).await? {
        let notes = store.notes(&ticket.id).await?;
        cases.push(case(ticket, notes));
    }
    let (id, site) = (talk.id.0.clone(), talk.site.clone());
    Ok(Talk { id, site, created: talk.created, messages, cases, labels })
}

fn said(row: &MessageRow) -> Said {
    let blocks = row.body().get("blocks").and_then(Value::as_array).into_iter().flatten();
    let cites = blocks.filter_map(|b| b.get("cites")?.as_array()).flatten().filter_map(Value::as_str);
    let mut sources: Vec<String> = cites.map(ToOwned::to_owned).collect();
    sources.sort();
    sources.dedup();
    Said {
        at: row.created_at(),
        by: row.author(),
        name: row.staff_name().map(ToOwned::to_owned),
        words: told(row.body()),
        origin: row.origin().to_owned(),
        sources,
        digest: row.digest().to_owned(),
    }
}

fn case(row: TicketRow, notes: Vec<Note>) -> Case {
    Case {
        id: row.id.0,
        created: row.created,
        state: json!(row.state),
        why: json!({ "queue": row.queue, "priority": row.priority, "reason": row.reason, "fired": row.fired }),
        by: row.claimed_name,
        answered: row.answered_at,
        resolved: row.resolved_at,
        dispositions: row.disposition.into_iter().chain(row.further).collect(),
        note: row.note,
        notes,
    }
}
