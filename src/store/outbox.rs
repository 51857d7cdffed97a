//! Webhooks waiting to be sent: written with their cause, delivered at least once by `escalate`. Nothing is sent here.

use super::columns::{from_word, json, ms, time, to_json, word};
use super::{Store, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// To be sent at `next_attempt`.
    Waiting,
    /// The endpoint accepted it.
    Delivered,
    /// Given up; only a replay sends it again.
    Dead,
}

/// A delivery to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOutbox {
    /// The `webhook-id`, unique.
    pub id: String,
    /// Name of the endpoint in the configuration.
    pub endpoint: String,
    /// Event type, such as `ticket.created`.
    pub event: String,
    /// The JSON to post.
    pub payload: Value,
}

/// A stored delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRow {
    /// The `webhook-id`.
    pub id: String,
    /// Name of the endpoint.
    pub endpoint: String,
    /// Event type.
    pub event: String,
    /// The JSON to post.
    pub payload: Value,
    /// When its cause was committed.
    pub created: Timestamp,
    /// Attempts made so far.
    pub attempts: u32,
    /// Not before this moment.
    pub next_attempt: Timestamp,
    /// Where it stands.
    pub state: OutboxState,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again then.
    At(Timestamp),
    /// Give up.
    Dead,
}

impl Store {
    /// Waiting deliveries that may be tried now, the longest waiting first.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn due_outbox(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let sql =
            "SELECT * FROM outbox WHERE state = 'waiting' AND next_attempt <= ? ORDER BY next_attempt, id LIMIT ?";
        let rows = sqlx::query(sql).bind(ms(now)).bind(limit).fetch_all(&self.reader).await?;
        rows.iter().map(outbox_row).collect()
    }

    /// The endpoint accepted it.
    ///
    /// # Errors
    /// The store failed, or there is no such delivery.
    pub async fn mark_delivered(&self, id: &str) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'delivered', attempts = attempts + 1, last_error = NULL WHERE id = ?";
        self.changed(sqlx::query(sql).bind(id)).await
    }

    /// An attempt failed; `error` must not hold the payload.
    ///
    /// # Errors
    /// The store failed, or no such delivery is waiting.
    pub async fn mark_failed(&self, id: &str, next: Next, error: &str) -> Result<(), StoreError> {
        let (state, at) = match next {
            Next::At(at) => (OutboxState::Waiting, Some(ms(at))),
            Next::Dead => (OutboxState::Dead, None),
        };
        let sql = "UPDATE outbox SET state = ?, next_attempt = COALESCE(?, next_attempt), attempts = attempts + 1, \
                   last_error = ? WHERE id = ? AND state = 'waiting'";
        self.changed(sqlx::query(sql).bind(word(&state)?).bind(at).bind(error).bind(id)).await
    }

    /// How many deliveries wait, and how many were given up.
    ///
    /// # Errors
    /// The store failed.
    pub async fn undelivered(&self) -> Result<(usize, usize), StoreError> {
        let sql = "SELECT COALESCE(SUM(state = 'waiting'), 0), COALESCE(SUM(state = 'dead'), 0) FROM outbox WHERE state <> 'delivered'";
        let (waiting, dead): (i64, i64) = sqlx::query_as(sql).fetch_one(&self.reader).await?;
        Ok((usize::try_from(waiting).unwrap_or(0), usize::try_from(dead).unwrap_or(0)))
    }

    /// All deliveries of a state, oldest first.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn list_outbox(&self, state: OutboxState) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = "SELECT * FROM outbox WHERE state = ? ORDER BY created, id";
        let rows = sqlx::query(sql).bind(word(&state)?).fetch_all(&self.reader).await?;
        rows.iter().map(outbox_row).collect()
    }

    /// Sends a delivery again from the first attempt on, with the same `webhook-id`.
    ///
    /// # Errors
    /// The store failed, or there is no such delivery.
    pub async fn replay(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'waiting', attempts = 0, next_attempt = ?, last_error = NULL WHERE id = ?";
        self.changed(sqlx::query(sql).bind(ms(now)).bind(id)).await
    }

    async fn changed(
        &self,
        query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let rows = query.execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
        if rows == 1 { Ok(()) } else { Err(StoreError::Unknown("delivery in that state")) }
    }
}

/// Writes deliveries inside the transaction of their cause; they are due at once.
pub(super) async fn insert(conn: &mut SqliteConnection, all: &[NewOutbox], now: Timestamp) -> Result<(), StoreError> {
    for new in all {
        let sql = "INSERT INTO outbox (id, endpoint, event, payload, created, next_attempt, state) \
                   VALUES (?, ?, ?, ?, ?, ?, 'waiting')";
        sqlx::query(sql)
            .bind(&new.id)
            .bind(&new.endpoint)
            .bind(&new.event)
            .bind(to_json(&new.payload)?)
            .bind(ms(now))
            .bind(ms(now))
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

fn outbox_row(row: &SqliteRow) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: row.try_get("id")?,
        endpoint: row.try_get("endpoint")?,
        event: row.try_get("event")?,
        payload: json(row, "payload")?,
        created: time(row, "created")?,
        attempts: row.try_get("attempts")?,
        next_attempt: time(row, "next_attempt")?,
        state: from_word(row, "state")?,
        last_error: row.try_get("last_error")?,
    })
}
