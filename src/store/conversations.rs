//! Conversations: whose they are, who owns the chat, and the session memory as opaque JSON.

use super::columns::{from_word_opt, json, ms, time, to_json};
use super::notes::{self, NewNote};
use super::{Store, StoreError, conclude, tickets};
use crate::domain::ids::{ConversationId, PatientId, StaffId};
use crate::domain::lang::Lang;
use crate::failpoint::Point;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

/// A conversation to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewConversation {
    /// A fresh id (UUID v7).
    pub id: ConversationId,
    /// The site that embeds the widget.
    pub site: String,
    /// Who may read it: patient id or hash of a capability; opaque here.
    pub visitor: String,
    /// The patient, once verified.
    pub patient: Option<PatientId>,
    /// When it began.
    pub created: Timestamp,
    /// Language, once known.
    pub lang: Option<Lang>,
    /// Session memory at the start.
    pub state: Value,
}

/// A stored conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Key.
    pub id: ConversationId,
    /// The site that embeds the widget.
    pub site: String,
    /// Who may read it.
    pub visitor: String,
    /// The patient, once verified.
    pub patient: Option<PatientId>,
    /// When it began.
    pub created: Timestamp,
    /// Last message or turn.
    pub last_active: Timestamp,
    /// Language, once known.
    pub lang: Option<Lang>,
    /// The member of staff who owns the chat.
    pub owner: Option<StaffId>,
    /// Closed for new messages.
    pub ended: bool,
    /// Session memory.
    pub state: Value,
}

impl Store {
    /// Stores a new conversation.
    ///
    /// # Errors
    /// [`StoreError::Exists`] for a used id; the store failed.
    pub async fn create_conversation(&self, new: &NewConversation) -> Result<(), StoreError> {
        let sql = "INSERT INTO conversations (id, site, visitor, patient, created, last_active, lang, state) \
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let mut tx = self.write().await?;
        sqlx::query(sql)
            .bind(new.id.as_str())
            .bind(&new.site)
            .bind(&new.visitor)
            .bind(new.patient.as_ref().map(PatientId::as_str))
            .bind(ms(new.created))
            .bind(ms(new.created))
            .bind(new.lang.map(|l| l.to_string()))
            .bind(to_json(&new.state)?)
            .execute(&mut *tx)
            .await?;
        conclude(tx, Point::Write).await
    }

    /// The conversation, if there is one; whether the asker may read it is for the caller to check.
    ///
    /// # Errors
    /// The store failed or the row is damaged.
    pub async fn conversation(&self, id: &ConversationId) -> Result<Option<Conversation>, StoreError> {
        let row = sqlx::query("SELECT * FROM conversations WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(conversation_row).transpose()
    }

    /// A visitor's conversations, the last active first.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn conversations_of(&self, visitor: &str) -> Result<Vec<Conversation>, StoreError> {
        let sql = "SELECT * FROM conversations WHERE visitor = ? ORDER BY last_active DESC, id DESC";
        let rows = sqlx::query(sql).bind(visitor).fetch_all(&self.reader).await?;
        rows.iter().map(conversation_row).collect()
    }

    /// Closes a conversation for new messages; whoever has its case reads that the customer left.
    ///
    /// # Errors
    /// The store failed, or there is no such conversation.
    pub async fn end_conversation(&self, id: &ConversationId, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let sql = "UPDATE conversations SET ended = 1, last_active = MAX(last_active, ?) WHERE id = ?";
        let done = sqlx::query(sql).bind(ms(now)).bind(id.as_str()).execute(&mut *tx).await?;
        one(done.rows_affected())?;
        if let Some(ticket) = tickets::unresolved(&mut tx, id).await? {
            let (staff, name, kind) = (StaffId(String::new()), "Customer".to_owned(), "left".to_owned());
            notes::insert(&mut tx, &ticket.id, &NewNote { staff, name, kind, text: String::new() }, now).await?;
        }
        conclude(tx, Point::Write).await
    }
}

/// Inside a turn's transaction: moves `last_active` on and keeps what is `None`.
pub(super) async fn touch(
    conn: &mut SqliteConnection,
    id: &ConversationId,
    now: Timestamp,
    state: Option<&Value>,
    lang: Option<Lang>,
) -> Result<(), StoreError> {
    let sql = "UPDATE conversations SET last_active = MAX(last_active, ?), state = COALESCE(?, state), \
               lang = COALESCE(?, lang) WHERE id = ?";
    let done = sqlx::query(sql)
        .bind(ms(now))
        .bind(state.map(to_json).transpose()?)
        .bind(lang.map(|l| l.to_string()))
        .bind(id.as_str())
        .execute(conn)
        .await?;
    one(done.rows_affected())
}

/// Inside a staff act: who owns the chat now.
pub(super) async fn set_owner(
    conn: &mut SqliteConnection,
    id: &ConversationId,
    owner: Option<&StaffId>,
) -> Result<(), StoreError> {
    let sql = "UPDATE conversations SET owner = ? WHERE id = ?";
    let done = sqlx::query(sql).bind(owner.map(StaffId::as_str)).bind(id.as_str()).execute(conn).await?;
    one(done.rows_affected())
}

fn one(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Unknown("conversation")) }
}

pub(super) fn conversation_row(row: &SqliteRow) -> Result<Conversation, StoreError> {
    Ok(Conversation {
        id: ConversationId(row.try_get("id")?),
        site: row.try_get("site")?,
        visitor: row.try_get("visitor")?,
        patient: row.try_get::<Option<String>, _>("patient")?.map(PatientId),
        created: time(row, "created")?,
        last_active: time(row, "last_active")?,
        lang: from_word_opt(row, "lang")?,
        owner: row.try_get::<Option<String>, _>("owner")?.map(StaffId),
        ended: row.try_get("ended")?,
        state: json(row, "state")?,
    })
}
