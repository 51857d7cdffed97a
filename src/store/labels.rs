//! What people said about what the assistant did: dispositions, edits of suggested replies, corrected classes, thumbs. One row each,
//! the one store that learning and the harness read. The scores and evidence of the turn stand in its audit record, which
//! no label can change.

use super::columns::{from_word, json, ms, time, to_json, word};
use super::{Store, StoreError, Write, conclude};
use crate::domain::ids::{ConversationId, MessageId, TicketId};
use crate::failpoint::Point;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// What kind of word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// How a case ended.
    Disposition,
    /// What was suggested, and what a person sent instead.
    Edit,
    /// The right classes, as a person sees them.
    Relabel,
    /// A customer's thumb.
    Thumb,
}

/// A label to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLabel {
    /// What kind.
    pub kind: LabelKind,
    /// Where it was said.
    pub conversation: ConversationId,
    /// The customer's message that it is about.
    pub message: Option<MessageId>,
    /// The case.
    pub ticket: Option<TicketId>,
    /// Whose word it is: `pharmacist`, `technician`, `customer`, …
    pub role: String,
    /// Digests of policy and model that were in force.
    pub release: String,
    /// The word itself.
    pub body: Value,
}

/// A stored label with the record of the turn that it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelRow {
    /// Position from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The label.
    pub label: NewLabel,
    /// The turn's trace, out of the audit: scores, rules, evidence ids, drafter.
    pub trace: Option<Value>,
}

impl Store {
    /// Stores a customer's thumb on one message; `label.message` is found by the number.
    ///
    /// # Errors
    /// The store failed, or there is no such message.
    pub async fn put_thumb(&self, mut label: NewLabel, seq: i64, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let turn =
            sqlx::query_scalar::<_, Option<String>>("SELECT turn FROM messages WHERE conversation = ? AND seq = ?")
                .bind(label.conversation.as_str())
                .bind(seq)
                .fetch_optional(&mut *tx)
                .await?;
        label.message = turn.ok_or(StoreError::Unknown("message"))?.map(MessageId);
        insert(&mut tx, &label, now).await?;
        conclude(tx, Point::Write).await
    }

    /// All labels given at or after a moment, oldest first, each with the trace of its turn.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn labels_since(&self, from: Timestamp) -> Result<Vec<LabelRow>, StoreError> {
        // The audit row of a turn is the one that sealed the customer's message.
        let sql = "SELECT l.*, json_extract(a.body, '$.record.trace') AS trace FROM labels l \
                   LEFT JOIN turns t ON t.conversation = l.conversation AND t.message_id = l.message_id \
                   LEFT JOIN messages m ON m.conversation = t.conversation AND m.seq = t.seq \
                   LEFT JOIN audit a ON a.seq = m.audit_seq WHERE l.at >= ? ORDER BY l.seq";
        let rows = sqlx::query(sql).bind(ms(from)).fetch_all(&self.reader).await?;
        rows.iter().map(label_row).collect()
    }
}

/// Writes a label inside the transaction of its act.
pub(super) async fn insert(tx: &mut Write, label: &NewLabel, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO labels (at, kind, conversation, message_id, ticket, role, release, body) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(ms(now))
        .bind(word(&label.kind)?)
        .bind(label.conversation.as_str())
        .bind(label.message.as_ref().map(MessageId::as_str))
        .bind(label.ticket.as_ref().map(TicketId::as_str))
        .bind(&label.role)
        .bind(&label.release)
        .bind(to_json(&label.body)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn label_row(row: &SqliteRow) -> Result<LabelRow, StoreError> {
    let trace: Option<String> = row.try_get("trace")?;
    Ok(LabelRow {
        seq: row.try_get("seq")?,
        at: time(row, "at")?,
        label: NewLabel {
            kind: from_word(row, "kind")?,
            conversation: ConversationId(row.try_get("conversation")?),
            message: row.try_get::<Option<String>, _>("message_id")?.map(MessageId),
            ticket: row.try_get::<Option<String>, _>("ticket")?.map(TicketId),
            role: row.try_get("role")?,
            release: row.try_get("release")?,
            body: json(row, "body")?,
        },
        trace: trace.and_then(|t| serde_json::from_str(&t).ok()),
    })
}
