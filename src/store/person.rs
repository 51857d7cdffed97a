//! All that the store holds about one person, for their own copy and for the list of who saw it. Reads only; what is told of it, and in which
//! words, is `person`'s.

use super::audit::{self, AuditRow};
use super::columns::{json, ms, time};
use super::conversations::{Conversation, conversation_row};
use super::tickets::{TicketRow, ticket_row};
use super::{Store, StoreError};
use crate::domain::ids::{ConversationId, PatientId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::Row;

/// A record of the feed as it is held.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// `order`, `prescription`, …
    pub kind: String,
    /// Its id in the feed.
    pub id: String,
    /// Its content.
    pub body: Value,
    /// When the feed last confirmed it.
    pub confirmed_at: Timestamp,
}

/// A webhook that told a receiver of a case of theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Name of the receiver.
    pub endpoint: String,
    /// Event type.
    pub event: String,
    /// When its cause was committed.
    pub at: Timestamp,
    /// The receiver took it; else it was given up or waits.
    pub delivered: bool,
}

/// What makes an audit row one about a person: it belongs to a conversation of theirs (also one that was forgotten since, which a turn's row
/// still names), tells of a search that found a case of theirs, or names them.
const ABOUT: &str = "a.conversation IN (SELECT id FROM conversations WHERE patient = ?1 \
        UNION SELECT conversation FROM audit WHERE json_extract(body, '$.record.patient') = ?1) \
    OR json_extract(a.body, '$.record.patient') = ?1 \
    OR EXISTS (SELECT 1 FROM json_each(a.body, '$.record.found') f JOIN tickets t ON t.id = f.value WHERE t.patient = ?1)";

impl Store {
    /// The conversations about a person, the oldest first, whoever led them.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn conversations_about(&self, person: &PatientId) -> Result<Vec<Conversation>, StoreError> {
        let sql = "SELECT * FROM conversations WHERE patient = ? ORDER BY created, id";
        let rows = sqlx::query(sql).bind(person.as_str()).fetch_all(&self.reader).await?;
        rows.iter().map(conversation_row).collect()
    }

    /// All cases of a conversation, ended or not, the oldest first.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn tickets_in(&self, conversation: &ConversationId) -> Result<Vec<TicketRow>, StoreError> {
        let sql = "SELECT * FROM tickets WHERE conversation = ? ORDER BY created, id";
        let rows = sqlx::query(sql).bind(conversation.as_str()).fetch_all(&self.reader).await?;
        rows.iter().map(ticket_row).collect()
    }

    /// The copies of the feed's records that are a person's, themselves included.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn records_about(&self, person: &PatientId) -> Result<Vec<Held>, StoreError> {
        let sql = "SELECT kind, id, body, confirmed_at FROM records WHERE owner = ?1 OR (kind = 'patient' AND id = ?1) \
                   ORDER BY kind, id";
        let rows = sqlx::query(sql).bind(person.as_str()).fetch_all(&self.reader).await?;
        let held = |row| {
            Ok(Held {
                kind: Row::try_get(row, "kind")?,
                id: Row::try_get(row, "id")?,
                body: json(row, "body")?,
                confirmed_at: time(row, "confirmed_at")?,
            })
        };
        rows.iter().map(held).collect()
    }

    /// The audit rows about a person from a moment on, the oldest first. The whole chain is read: minutes where it holds many millions.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn audit_about(&self, person: &PatientId, since: Timestamp) -> Result<Vec<AuditRow>, StoreError> {
        let sql = format!("SELECT * FROM audit a WHERE a.at >= ?2 AND ({ABOUT}) ORDER BY a.seq");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(person.as_str()).bind(ms(since));
        query.fetch_all(&self.reader).await?.iter().map(audit::audit_row).collect()
    }

    /// What receivers were told of a person's cases from a moment on, as far back as deliveries are kept.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn told_about(&self, person: &PatientId, since: Timestamp) -> Result<Vec<Told>, StoreError> {
        let sql = "SELECT o.endpoint, o.event, o.created, o.state = 'delivered' AS delivered FROM outbox o \
                   JOIN tickets t ON t.id = o.ticket WHERE t.patient = ? AND o.created >= ? ORDER BY o.created, o.id";
        let rows = sqlx::query(sql).bind(person.as_str()).bind(ms(since)).fetch_all(&self.reader).await?;
        let told = |row| {
            Ok(Told {
                endpoint: Row::try_get(row, "endpoint")?,
                event: Row::try_get(row, "event")?,
                at: time(row, "created")?,
                delivered: Row::try_get(row, "delivered")?,
            })
        };
        rows.iter().map(told).collect()
    }
}
