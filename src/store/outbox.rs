//! Webhooks waiting to be sent: written with their cause, delivered at least once by `escalate`. Nothing is sent here.
//! Who is at work on a delivery, and what came of it, is in `leases`.

use super::columns::{from_word, from_word_opt, json, ms, time, time_opt, to_json, word};
use super::{Store, StoreError, audit, conclude};
use crate::domain::ids::TicketId;
use crate::domain::route::Priority;
use crate::failpoint::Point;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

/// A list shows so many at most.
const LISTED: u32 = 500;

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewOutbox {
    /// The `webhook-id`, unique.
    pub id: String,
    /// Name of the endpoint.
    pub endpoint: String,
    /// Event type, such as `escalation.created`.
    pub event: String,
    /// The JSON to post.
    pub payload: Value,
    /// The ticket that it tells of; none for a test.
    pub ticket: Option<TicketId>,
    /// How urgent that was.
    pub priority: Option<Priority>,
    /// The step of an `escalation.breached`.
    pub step: Option<String>,
    /// The delivery in whose place it goes to a secondary endpoint; at most one for each.
    pub stands_for: Option<String>,
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
    /// The ticket that it tells of.
    pub ticket: Option<TicketId>,
    /// How urgent that was.
    pub priority: Option<Priority>,
    /// The step of an `escalation.breached`.
    pub step: Option<String>,
    /// See [`NewOutbox::stands_for`].
    pub stands_for: Option<String>,
    /// When its cause was committed.
    pub created: Timestamp,
    /// Attempts made so far.
    pub attempts: u32,
    /// Not before this moment.
    pub next_attempt: Timestamp,
    /// A worker is at it until then.
    pub taken_until: Option<Timestamp>,
    /// The token of the worker that took it last.
    pub fence: i64,
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
    /// How many deliveries wait, and how many were given up.
    ///
    /// # Errors
    /// The store failed.
    pub async fn undelivered(&self) -> Result<(usize, usize), StoreError> {
        let sql = "SELECT COALESCE(SUM(state = 'waiting'), 0), COALESCE(SUM(state = 'dead'), 0) FROM outbox WHERE state <> 'delivered'";
        let (waiting, dead): (i64, i64) = sqlx::query_as(sql).fetch_one(&self.reader).await?;
        Ok((usize::try_from(waiting).unwrap_or(0), usize::try_from(dead).unwrap_or(0)))
    }

    /// Deliveries of a state, oldest first, at most 500.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn list_outbox(&self, state: OutboxState) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = "SELECT * FROM outbox WHERE state = ? ORDER BY created, id LIMIT ?";
        let rows = sqlx::query(sql).bind(word(&state)?).bind(LISTED).fetch_all(&self.reader).await?;
        rows.iter().map(outbox_row).collect()
    }

    /// Urgent deliveries (P0, P1) to `endpoint` made by `before` that did not arrive, and of which `secondary` knows nothing:
    /// those that wait, and those given up that were made since `since`.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn unreached(
        &self,
        endpoint: &str,
        secondary: &str,
        before: Timestamp,
        since: Timestamp,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = "SELECT * FROM outbox o WHERE endpoint = ?1 AND state <> 'delivered' AND priority IN ('P0', 'P1') \
                   AND stands_for IS NULL AND created <= ?3 AND (state = 'waiting' OR created >= ?4) \
                   AND NOT EXISTS (SELECT 1 FROM outbox s WHERE s.stands_for = o.id) \
                   AND NOT EXISTS (SELECT 1 FROM outbox s WHERE s.ticket = o.ticket AND s.endpoint = ?2 \
                   AND s.event = o.event AND s.step IS o.step AND s.created = o.created AND s.stands_for IS NULL) \
                   ORDER BY created, id LIMIT ?5";
        let query = sqlx::query(sql).bind(endpoint).bind(secondary).bind(ms(before)).bind(ms(since)).bind(LISTED);
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter().map(outbox_row).collect()
    }

    /// Writes deliveries that have no other cause than a staff act or another delivery, with their audit record if there
    /// is one. A second delivery that stands for the same one is left out.
    ///
    /// # Errors
    /// The store failed; nothing was written.
    pub async fn put_outbox(
        &self,
        all: &[NewOutbox],
        now: Timestamp,
        record: Option<&Value>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        insert(&mut tx, all, now).await?;
        if let Some(record) = record {
            audit::append(&mut tx, now, None, &[], record).await?;
        }
        conclude(tx, Point::Write).await?;
        Ok(())
    }

    /// Sends a delivery again from the first attempt on, with the same `webhook-id`, and keeps a record of who wanted it.
    ///
    /// # Errors
    /// The store failed, or there is no such delivery.
    pub async fn replay(&self, id: &str, now: Timestamp, record: &Value) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'waiting', attempts = 0, next_attempt = ?, last_error = NULL WHERE id = ?";
        let mut tx = self.write().await?;
        if sqlx::query(sql).bind(ms(now)).bind(id).execute(&mut *tx).await?.rows_affected() == 0 {
            return Err(StoreError::Unknown("delivery"));
        }
        audit::append(&mut tx, now, None, &[], record).await?;
        conclude(tx, Point::Write).await?;
        Ok(())
    }
}

/// Writes deliveries inside the transaction of their cause; they are due at once.
pub(super) async fn insert(conn: &mut SqliteConnection, all: &[NewOutbox], now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO outbox (id, endpoint, event, payload, created, next_attempt, state, ticket, priority, step, \
               stands_for) VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?) \
               ON CONFLICT (stands_for) WHERE stands_for IS NOT NULL DO NOTHING";
    for new in all {
        sqlx::query(sql)
            .bind(&new.id)
            .bind(&new.endpoint)
            .bind(&new.event)
            .bind(to_json(&new.payload)?)
            .bind(ms(now))
            .bind(ms(now))
            .bind(new.ticket.as_ref().map(TicketId::as_str))
            .bind(new.priority.as_ref().map(word).transpose()?)
            .bind(&new.step)
            .bind(&new.stands_for)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

pub(super) fn outbox_row(row: &SqliteRow) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: row.try_get("id")?,
        endpoint: row.try_get("endpoint")?,
        event: row.try_get("event")?,
        payload: json(row, "payload")?,
        ticket: row.try_get::<Option<String>, _>("ticket")?.map(TicketId),
        priority: from_word_opt(row, "priority")?,
        step: row.try_get("step")?,
        stands_for: row.try_get("stands_for")?,
        created: time(row, "created")?,
        attempts: row.try_get("attempts")?,
        next_attempt: time(row, "next_attempt")?,
        taken_until: time_opt(row, "taken_until")?,
        fence: row.try_get("fence")?,
        state: from_word(row, "state")?,
        last_error: row.try_get("last_error")?,
    })
}
