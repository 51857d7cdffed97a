//! What staff write for each other about a ticket, and the reply that somebody was writing: it outlives a lost lease. No customer
//! ever sees either.

use super::columns::{ms, time};
use super::{Store, StoreError, Write};
use crate::domain::ids::{StaffId, TicketId};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row;

/// A note to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNote {
    /// Who wrote it.
    pub staff: StaffId,
    /// Shown name.
    pub name: String,
    /// The act that it belongs to: `note`, `take_over`, `transfer`, …
    pub kind: String,
    /// The words.
    pub text: String,
}

/// A stored note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// Shown name.
    pub name: String,
    /// See [`NewNote::kind`].
    pub kind: String,
    /// The words.
    pub text: String,
}

/// A reply that was not sent yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplyDraft {
    /// Who was writing.
    pub name: String,
    /// The words.
    pub text: String,
    /// When it was kept.
    pub at: Timestamp,
}

impl Store {
    /// The notes on a ticket, oldest first.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn notes(&self, ticket: &TicketId) -> Result<Vec<Note>, StoreError> {
        let rows = sqlx::query("SELECT * FROM notes WHERE ticket = ? ORDER BY at, rowid")
            .bind(ticket.as_str())
            .fetch_all(&self.reader)
            .await?;
        let read = |row| {
            Ok(Note {
                at: time(row, "at")?,
                name: Row::try_get(row, "name")?,
                kind: Row::try_get(row, "kind")?,
                text: Row::try_get(row, "text")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The reply that was being written on a ticket.
    ///
    /// # Errors
    /// The store failed or the row is damaged.
    pub async fn reply_draft(&self, ticket: &TicketId) -> Result<Option<ReplyDraft>, StoreError> {
        let row = sqlx::query("SELECT * FROM reply_drafts WHERE ticket = ?")
            .bind(ticket.as_str())
            .fetch_optional(&self.reader)
            .await?;
        let read = |row| {
            Ok(ReplyDraft {
                name: Row::try_get(&row, "name")?,
                text: Row::try_get(&row, "text")?,
                at: time(&row, "at")?,
            })
        };
        row.map(read).transpose()
    }
}

/// Writes a note inside the transaction of its act.
pub(super) async fn insert(
    tx: &mut Write,
    ticket: &TicketId,
    note: &NewNote,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO notes (ticket, at, staff, name, kind, text) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(ticket.as_str())
        .bind(ms(now))
        .bind(note.staff.as_str())
        .bind(&note.name)
        .bind(&note.kind)
        .bind(&note.text)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Keeps the reply that its holder is writing; an empty one is forgotten.
pub(super) async fn keep_draft(
    tx: &mut Write,
    ticket: &TicketId,
    staff: &StaffId,
    name: &str,
    text: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    if text.trim().is_empty() {
        return drop_draft(tx, ticket).await;
    }
    let sql = "INSERT INTO reply_drafts (ticket, staff, name, text, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (ticket) DO \
               UPDATE SET staff = excluded.staff, name = excluded.name, text = excluded.text, at = excluded.at";
    sqlx::query(sql)
        .bind(ticket.as_str())
        .bind(staff.as_str())
        .bind(name)
        .bind(text)
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets the reply that was being written: it was sent, or the case ended.
pub(super) async fn drop_draft(tx: &mut Write, ticket: &TicketId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM reply_drafts WHERE ticket = ?").bind(ticket.as_str()).execute(&mut **tx).await?;
    Ok(())
}
