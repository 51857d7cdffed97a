//! Drafts that only staff may send: what the assistant would have answered to a message that a person answers.

use super::columns::{json, ms, time, to_json};
use super::{Store, StoreError, Write};
use crate::domain::ids::{ConversationId, MessageId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// More than these nobody reads.
const SHOWN: u32 = 3;

/// A stored suggestion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// The customer's message that it would answer.
    pub message: MessageId,
    /// When it was drafted.
    pub at: Timestamp,
    /// Text, sources and cites; see `guard::suggestion`.
    pub body: Value,
}

impl Store {
    /// What is suggested for the messages to which no person has written since, in their order; of many the latest few.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn suggestions(&self, conversation: &ConversationId) -> Result<Vec<Suggestion>, StoreError> {
        let sql = "SELECT s.* FROM suggestions s JOIN turns t ON t.conversation = s.conversation AND t.message_id = s.message_id \
                   WHERE s.conversation = ? AND NOT s.used ORDER BY t.seq DESC LIMIT ?";
        let rows = sqlx::query(sql).bind(conversation.as_str()).bind(SHOWN).fetch_all(&self.reader).await?;
        rows.iter().rev().map(suggestion).collect()
    }

    /// The suggestion for one message, used or not.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn suggestion_for(
        &self,
        conversation: &ConversationId,
        message: &MessageId,
    ) -> Result<Option<Suggestion>, StoreError> {
        let sql = "SELECT * FROM suggestions WHERE conversation = ? AND message_id = ?";
        let row =
            sqlx::query(sql).bind(conversation.as_str()).bind(message.as_str()).fetch_optional(&self.reader).await?;
        row.as_ref().map(suggestion).transpose()
    }
}

pub(super) async fn insert(
    tx: &mut Write,
    conversation: &ConversationId,
    message: &MessageId,
    body: &Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO suggestions (conversation, message_id, at, body) VALUES (?, ?, ?, ?)")
        .bind(conversation.as_str())
        .bind(message.as_str())
        .bind(ms(now))
        .bind(to_json(body)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A person has written: what was suggested before is history.
pub(super) async fn spend(tx: &mut Write, conversation: &ConversationId) -> Result<(), StoreError> {
    let sql = "UPDATE suggestions SET used = 1 WHERE conversation = ? AND NOT used";
    sqlx::query(sql).bind(conversation.as_str()).execute(&mut **tx).await?;
    Ok(())
}

fn suggestion(row: &SqliteRow) -> Result<Suggestion, StoreError> {
    Ok(Suggestion { message: MessageId(row.try_get("message_id")?), at: time(row, "at")?, body: json(row, "body")? })
}
