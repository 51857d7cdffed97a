//! Who is at work on a delivery. A worker takes it for a while and gets a fencing token with it: what it reports counts only
//! as long as no other worker has taken the delivery since. Rows and lists are in `outbox`, nothing is sent here.

use super::columns::{ms, word};
use super::outbox::{Next, OutboxRow, OutboxState, outbox_row};
use super::{Store, StoreError, Write, conclude, health};
use crate::failpoint::Point;
use jiff::Timestamp;

impl Store {
    /// Endpoints for which a delivery may be tried now.
    ///
    /// # Errors
    /// The store failed.
    pub async fn due_endpoints(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT endpoint FROM outbox WHERE state = 'waiting' AND next_attempt <= ?1 \
                   AND (taken_until IS NULL OR taken_until <= ?1)";
        Ok(sqlx::query_scalar(sql).bind(ms(now)).fetch_all(&self.reader).await?)
    }

    /// Takes deliveries of an endpoint that may be tried now, the longest waiting first, until `until`: no other worker
    /// gets them before. Each carries a new fencing token.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn take_outbox(
        &self,
        endpoint: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = "UPDATE outbox SET fence = fence + 1, taken_until = ?2 WHERE id IN (SELECT id FROM outbox \
                   WHERE endpoint = ?3 AND state = 'waiting' AND next_attempt <= ?1 \
                   AND (taken_until IS NULL OR taken_until <= ?1) ORDER BY next_attempt, id LIMIT ?4) RETURNING *";
        let mut tx = self.write().await?;
        let query = sqlx::query(sql).bind(ms(now)).bind(ms(until)).bind(endpoint).bind(limit);
        let rows = query.fetch_all(&mut *tx).await?;
        conclude(tx, Point::OutboxTake).await?;
        rows.iter().map(outbox_row).collect()
    }

    /// The endpoint accepted them: one transaction, and how many of them it is true of. Not of one that another worker has
    /// taken since, or that no longer waits: there nothing changes.
    ///
    /// # Errors
    /// The store failed; none is marked.
    pub async fn mark_delivered(&self, rows: &[&OutboxRow], now: Timestamp) -> Result<usize, StoreError> {
        let sql = "UPDATE outbox SET state = 'delivered', attempts = attempts + 1, last_error = NULL, \
                   taken_until = NULL WHERE id = ? AND fence = ? AND state = 'waiting'";
        let (mut tx, mut marked) = (self.write().await?, 0);
        for row in rows {
            let query = sqlx::query(sql).bind(&row.id).bind(row.fence);
            if query.execute(&mut *tx).await?.rows_affected() == 1 {
                health::count(&mut tx, &row.endpoint, now, None).await?;
                marked += 1;
            }
        }
        conclude(tx, Point::OutboxMark).await?;
        Ok(marked)
    }

    /// An attempt failed; `error` must not hold the payload. False where [`Store::mark_delivered`] would not count it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn mark_failed(
        &self,
        row: &OutboxRow,
        next: Next,
        error: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = fail(&mut tx, row, next, error, now).await?;
        conclude(tx, Point::OutboxMark).await?;
        Ok(done)
    }

    /// Gives up what waits for an endpoint that is not there any more; how many.
    ///
    /// # Errors
    /// The store failed.
    pub async fn bury(&self, endpoint: &str, error: &str) -> Result<u64, StoreError> {
        let sql = "UPDATE outbox SET state = 'dead', last_error = ?, taken_until = NULL \
                   WHERE endpoint = ? AND state = 'waiting'";
        let mut tx = self.write().await?;
        let rows = sqlx::query(sql).bind(error).bind(endpoint).execute(&mut *tx).await?.rows_affected();
        conclude(tx, Point::Write).await?;
        Ok(rows)
    }
}

/// Writes a failed attempt inside a transaction.
pub(super) async fn fail(
    tx: &mut Write,
    row: &OutboxRow,
    next: Next,
    error: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (state, at) = match next {
        Next::At(at) => (OutboxState::Waiting, Some(ms(at))),
        Next::Dead => (OutboxState::Dead, None),
    };
    let sql = "UPDATE outbox SET state = ?, next_attempt = COALESCE(?, next_attempt), attempts = attempts + 1, \
               last_error = ?, taken_until = NULL WHERE id = ? AND fence = ? AND state = 'waiting'";
    let query = sqlx::query(sql).bind(word(&state)?).bind(at).bind(error).bind(&row.id).bind(row.fence);
    let done = query.execute(&mut **tx).await?.rows_affected() == 1;
    if done {
        health::count(tx, &row.endpoint, now, Some(error)).await?;
    }
    Ok(done)
}
