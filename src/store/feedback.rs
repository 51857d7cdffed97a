//! Thumbs up or down on a reply. The last word counts.

use super::columns::{from_word, ms, time, word};
use super::{Store, StoreError};
use crate::domain::ids::ConversationId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::Row;

/// The customer's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It helped.
    Up,
    /// It did not.
    Down,
}

/// A verdict on one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub seq: i64,
    /// Up or down.
    pub verdict: Verdict,
    /// The customer's words, if any.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Stores a verdict; a second one on the same message replaces the first.
    ///
    /// # Errors
    /// The store failed, or there is no such message.
    pub async fn put_feedback(&self, new: &Feedback) -> Result<(), StoreError> {
        let sql = "INSERT INTO feedback (conversation, seq, verdict, note, at) VALUES (?, ?, ?, ?, ?) \
                   ON CONFLICT (conversation, seq) DO UPDATE SET verdict = excluded.verdict, note = excluded.note, at = excluded.at";
        let mut tx = self.write().await?;
        sqlx::query(sql)
            .bind(new.conversation.as_str())
            .bind(new.seq)
            .bind(word(&new.verdict)?)
            .bind(&new.note)
            .bind(ms(new.at))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Verdicts given at or after a moment, oldest first.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn feedback_since(&self, from: Timestamp) -> Result<Vec<Feedback>, StoreError> {
        let rows = sqlx::query("SELECT * FROM feedback WHERE at >= ? ORDER BY at")
            .bind(ms(from))
            .fetch_all(&self.reader)
            .await?;
        let read = |row| {
            Ok(Feedback {
                conversation: ConversationId(sqlx::Row::try_get(row, "conversation")?),
                seq: Row::try_get(row, "seq")?,
                verdict: from_word(row, "verdict")?,
                note: Row::try_get(row, "note")?,
                at: time(row, "at")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
