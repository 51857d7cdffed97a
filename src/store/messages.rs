//! What was said, in order. [`MessageRow`] comes only from a SELECT in this file: the seal of a reloaded reply rests
//! on that, so this file has no child module and no constructor.

use super::columns::{damaged, from_word, json, ms, time, to_json, word};
use super::{Store, StoreError};
use crate::domain::blocks::Author;
use crate::domain::ids::{ConversationId, MessageId};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

/// A message to be stored; its digest is computed here.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMessage {
    /// Who speaks.
    pub author: Author,
    /// The blocks as JSON; the store does not look inside.
    pub body: Value,
    /// Where it comes from (`fixed:R1`, `extractive`, `staff`, …), opaque here.
    pub origin: String,
    /// Shown name of the member of staff.
    pub staff_name: Option<String>,
}

/// A message as it was read from the database. Nothing else can make one.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageRow {
    conversation: ConversationId,
    seq: i64,
    turn: Option<MessageId>,
    author: Author,
    body: Value,
    digest: String,
    origin: String,
    created_at: Timestamp,
    staff_name: Option<String>,
    audited: bool,
}

impl MessageRow {
    /// The conversation.
    #[must_use]
    pub fn conversation(&self) -> &ConversationId {
        &self.conversation
    }
    /// Position in the conversation, from 1, without gaps.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }
    /// The customer's message that this one is or answers; absent for staff acts.
    #[must_use]
    pub fn turn(&self) -> Option<&MessageId> {
        self.turn.as_ref()
    }
    /// Who speaks.
    #[must_use]
    pub fn author(&self) -> Author {
        self.author
    }
    /// The stored JSON; of a customer `{"text": …}`.
    #[must_use]
    pub fn body(&self) -> &Value {
        &self.body
    }
    /// sha256 of the stored body text, hex; it was checked at reading.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
    /// Where it comes from.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
    /// When it was said.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }
    /// Shown name of the member of staff.
    #[must_use]
    pub fn staff_name(&self) -> Option<&str> {
        self.staff_name.as_deref()
    }
    /// True when the audit row of the act that said it holds this digest; false for a turn not committed yet.
    #[must_use]
    pub fn audited(&self) -> bool {
        self.audited
    }
}

/// The digest that a body will get: sha256 of its compact JSON text, hex.
#[must_use]
pub fn digest_of(body: &Value) -> String {
    digest_text(&body.to_string())
}

fn digest_text(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT m.*, COALESCE(instr(a.body, m.digest) > 0, 0) AS audited ",
            "FROM messages m LEFT JOIN audit a ON a.seq = m.audit_seq AND a.conversation = m.conversation ",
            $rest
        )
    };
}

impl Store {
    /// The messages after `after_seq` (0 for all), in order.
    ///
    /// # Errors
    /// The store failed, or a body does not have its digest.
    pub async fn history(&self, conversation: &ConversationId, after_seq: i64) -> Result<Vec<MessageRow>, StoreError> {
        let sql = select!("WHERE m.conversation = ? AND m.seq > ? ORDER BY m.seq");
        let rows = sqlx::query(sql).bind(conversation.as_str()).bind(after_seq).fetch_all(&self.reader).await?;
        rows.iter().map(message_row).collect()
    }
}

/// The replies of one turn, in order.
pub(super) async fn replies(
    conn: &mut SqliteConnection,
    conversation: &ConversationId,
    turn: &MessageId,
) -> Result<Vec<MessageRow>, StoreError> {
    let sql = select!("WHERE m.conversation = ? AND m.turn = ? AND m.author <> 'customer' ORDER BY m.seq");
    let rows = sqlx::query(sql).bind(conversation.as_str()).bind(turn.as_str()).fetch_all(conn).await?;
    rows.iter().map(message_row).collect()
}

/// The messages that an audit row stands for, in order.
pub(super) async fn of_audit(conn: &mut SqliteConnection, audit_seq: i64) -> Result<Vec<MessageRow>, StoreError> {
    let rows = sqlx::query(select!("WHERE m.audit_seq = ? ORDER BY m.seq")).bind(audit_seq).fetch_all(conn).await?;
    rows.iter().map(message_row).collect()
}

/// Writes one message at the end of the conversation and returns its `(seq, digest)`.
pub(super) async fn insert(
    conn: &mut SqliteConnection,
    conversation: &ConversationId,
    turn: Option<&MessageId>,
    message: &NewMessage,
    at: Timestamp,
) -> Result<(i64, String), StoreError> {
    let next = "SELECT COALESCE(MAX(seq), 0) + 1 FROM messages WHERE conversation = ?";
    let seq: i64 = sqlx::query(next).bind(conversation.as_str()).fetch_one(&mut *conn).await?.try_get(0)?;
    let body = to_json(&message.body)?;
    let digest = digest_text(&body);
    let sql = "INSERT INTO messages (conversation, seq, turn, author, body, digest, origin, created_at, staff_name) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(conversation.as_str())
        .bind(seq)
        .bind(turn.map(MessageId::as_str))
        .bind(word(&message.author)?)
        .bind(body)
        .bind(&digest)
        .bind(&message.origin)
        .bind(ms(at))
        .bind(&message.staff_name)
        .execute(conn)
        .await?;
    Ok((seq, digest))
}

/// Notes which audit row holds the digests of these messages.
pub(super) async fn seal(
    conn: &mut SqliteConnection,
    conversation: &ConversationId,
    said: &[(i64, String)],
    audit_seq: i64,
) -> Result<(), StoreError> {
    for (seq, _) in said {
        sqlx::query("UPDATE messages SET audit_seq = ? WHERE conversation = ? AND seq = ?")
            .bind(audit_seq)
            .bind(conversation.as_str())
            .bind(seq)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

fn message_row(row: &SqliteRow) -> Result<MessageRow, StoreError> {
    let digest: String = row.try_get("digest")?;
    if digest_text(&row.try_get::<String, _>("body")?) != digest {
        return Err(damaged("digest"));
    }
    Ok(MessageRow {
        conversation: ConversationId(row.try_get("conversation")?),
        seq: row.try_get("seq")?,
        turn: row.try_get::<Option<String>, _>("turn")?.map(MessageId),
        author: from_word(row, "author")?,
        body: json(row, "body")?,
        digest,
        origin: row.try_get("origin")?,
        created_at: time(row, "created_at")?,
        staff_name: row.try_get("staff_name")?,
        audited: row.try_get("audited")?,
    })
}
