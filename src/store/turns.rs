//! Turns: the customer's message is committed before work on it starts, and a repeat finds what became of it.

use super::columns::{damaged, ms, time};
use super::limits::{self, Limit};
use super::messages::{MessageRow, NewMessage};
use super::{Store, StoreError, Write, conclude, conversations, messages};
use crate::domain::blocks::Author;
use crate::domain::ids::{ConversationId, MessageId, TicketId};
use crate::failpoint::Point;
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// A customer's message that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTurn {
    /// The conversation; it exists.
    pub conversation: ConversationId,
    /// Chosen by the client, the same on every retry.
    pub message_id: MessageId,
    /// The customer's text.
    pub text: String,
    /// When it arrived.
    pub received_at: Timestamp,
}

/// What the store knows of a posted message.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// First time: durable now, work may start.
    New {
        /// Position of the customer's message.
        seq: i64,
    },
    /// Seen before, not finished.
    Pending {
        /// Position of the customer's message.
        seq: i64,
    },
    /// Seen before and finished: send this again.
    Done(StoredReply),
    /// The id was used for another text: a fault of the client, nothing was stored.
    Clash,
    /// A limit of the day is reached: nothing was stored.
    Spent,
}

/// What a finished turn said.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredReply {
    /// Position of the customer's message.
    pub seq: i64,
    /// The replies in order; none when a person owns the chat.
    pub messages: Vec<MessageRow>,
    /// The ticket that the turn made or added to.
    pub ticket: Option<TicketId>,
    /// What `turn` wanted kept beside the messages; opaque here.
    pub summary: Value,
}

/// A turn that was interrupted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingTurn {
    /// The conversation.
    pub conversation: ConversationId,
    /// The client's id.
    pub message_id: MessageId,
    /// Position of the customer's message.
    pub seq: i64,
    /// The customer's text.
    pub text: String,
    /// When it arrived.
    pub received_at: Timestamp,
}

impl Store {
    /// Stores the customer's message, or tells what became of it. When this returns, the message is on disk.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] without the conversation; the store failed.
    pub async fn begin_turn(&self, new: &NewTurn) -> Result<Begun, StoreError> {
        self.begin_turn_within(new, &[], true).await
    }

    /// [`Store::begin_turn`], counted under limits of the day; a repeat counts once. With `forced` it is stored whatever was used.
    ///
    /// # Errors
    /// As [`Store::begin_turn`].
    pub async fn begin_turn_within(&self, new: &NewTurn, limits: &[Limit], forced: bool) -> Result<Begun, StoreError> {
        let mut tx = self.write().await?;
        let sql = "SELECT t.*, m.digest FROM turns t JOIN messages m ON m.conversation = t.conversation AND m.seq = t.seq \
                   WHERE t.conversation = ? AND t.message_id = ?";
        let seen = sqlx::query(sql)
            .bind(new.conversation.as_str())
            .bind(new.message_id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let begun = match seen {
            Some(row) => repeat(&mut tx, new, &row).await?,
            None if !limits::take(&mut tx, limits, forced, new.received_at).await? => return Ok(Begun::Spent),
            None => first(&mut tx, new).await?,
        };
        conclude(tx, Point::TurnBegin).await?;
        Ok(begun)
    }

    /// Turns that were begun and not committed, the oldest first: at start each is finished or escalated.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn pending_turns(&self) -> Result<Vec<PendingTurn>, StoreError> {
        let sql = "SELECT t.*, m.body FROM turns t JOIN messages m ON m.conversation = t.conversation AND m.seq = t.seq \
                   WHERE t.status = 'pending' ORDER BY t.received_at, t.seq";
        let rows = sqlx::query(sql).fetch_all(&self.reader).await?;
        rows.iter().map(pending_row).collect()
    }
}

fn body(text: &str) -> Value {
    json!({ "text": text })
}

async fn first(tx: &mut Write, new: &NewTurn) -> Result<Begun, StoreError> {
    conversations::touch(tx, &new.conversation, new.received_at, None, None).await?;
    let said =
        NewMessage { author: Author::Customer, body: body(&new.text), origin: "customer".into(), staff_name: None };
    let (seq, _) = messages::insert(tx, &new.conversation, Some(&new.message_id), &said, new.received_at).await?;
    sqlx::query(
        "INSERT INTO turns (conversation, message_id, seq, received_at, status) VALUES (?, ?, ?, ?, 'pending')",
    )
    .bind(new.conversation.as_str())
    .bind(new.message_id.as_str())
    .bind(seq)
    .bind(ms(new.received_at))
    .execute(&mut **tx)
    .await?;
    Ok(Begun::New { seq })
}

async fn repeat(tx: &mut Write, new: &NewTurn, row: &SqliteRow) -> Result<Begun, StoreError> {
    let (seq, digest): (i64, String) = (row.try_get("seq")?, row.try_get("digest")?);
    if digest != messages::digest_of(&body(&new.text)) {
        return Ok(Begun::Clash);
    }
    if row.try_get::<String, _>("status")? != "done" {
        return Ok(Begun::Pending { seq });
    }
    let ticket = row.try_get::<Option<String>, _>("ticket")?.map(TicketId);
    let messages = messages::replies(tx, &new.conversation, &new.message_id).await?;
    Ok(Begun::Done(StoredReply { seq, messages, ticket, summary: super::columns::json(row, "summary")? }))
}

fn pending_row(row: &SqliteRow) -> Result<PendingTurn, StoreError> {
    let body: Value = super::columns::json(row, "body")?;
    Ok(PendingTurn {
        conversation: ConversationId(row.try_get("conversation")?),
        message_id: MessageId(row.try_get("message_id")?),
        seq: row.try_get("seq")?,
        text: body.get("text").and_then(Value::as_str).ok_or_else(|| damaged("body"))?.to_owned(),
        received_at: time(row, "received_at")?,
    })
}
