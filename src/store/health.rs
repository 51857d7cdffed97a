//! What came of the attempts at each webhook endpoint: counts an hour, the last success, the last error.

use super::columns::{ms, time_opt};
use super::{Store, StoreError, Write};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;
/// The counts cover the hours that began within this time, so up to one hour more than a day.
const DAY: SignedDuration = SignedDuration::from_hours(25);

/// How an endpoint has been doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Accepted in the last 24 hours.
    pub delivered: u32,
    /// Attempts that failed in the last 24 hours.
    pub failed: u32,
    /// When it last accepted one.
    pub last_success: Option<Timestamp>,
    /// When an attempt last failed.
    pub last_failure: Option<Timestamp>,
    /// Why.
    pub last_error: Option<String>,
    /// Deliveries that wait.
    pub waiting: u32,
    /// Deliveries that were given up.
    pub dead: u32,
}

impl Store {
    /// The health of every endpoint that ever had a delivery.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn endpoint_health(&self, now: Timestamp) -> Result<BTreeMap<String, Health>, StoreError> {
        let since = now.checked_sub(DAY).map_or(0, ms);
        // With MAX, SQLite takes the bare column `last_error` from the row of the maximum.
        let sql = "SELECT endpoint, last_error, MAX(last_failure) AS last_failure, \
                   (SELECT MAX(last_success) FROM endpoint_hours s WHERE s.endpoint = h.endpoint) AS last_success, \
                   (SELECT COALESCE(SUM(delivered), 0) FROM endpoint_hours d WHERE d.endpoint = h.endpoint AND d.hour > ?1) \
                   AS delivered, (SELECT COALESCE(SUM(failed), 0) FROM endpoint_hours f WHERE f.endpoint = h.endpoint \
                   AND f.hour > ?1) AS failed FROM endpoint_hours h GROUP BY endpoint";
        let mut all = BTreeMap::new();
        for row in sqlx::query(sql).bind(since).fetch_all(&self.reader).await? {
            all.insert(row.try_get("endpoint")?, read(&row)?);
        }
        let sql = "SELECT endpoint, state, COUNT(*) FROM outbox WHERE state <> 'delivered' GROUP BY endpoint, state";
        for row in sqlx::query(sql).fetch_all(&self.reader).await? {
            let health: &mut Health = all.entry(row.try_get(0)?).or_default();
            let dead = row.try_get::<String, _>(1)? == "dead";
            *if dead { &mut health.dead } else { &mut health.waiting } = row.try_get(2)?;
        }
        Ok(all)
    }
}

fn read(row: &SqliteRow) -> Result<Health, StoreError> {
    Ok(Health {
        delivered: row.try_get("delivered")?,
        failed: row.try_get("failed")?,
        last_success: time_opt(row, "last_success")?,
        last_failure: time_opt(row, "last_failure")?,
        last_error: row.try_get("last_error")?,
        waiting: 0,
        dead: 0,
    })
}

/// Counts an attempt inside the transaction that marks it.
pub(super) async fn count(
    tx: &mut Write,
    endpoint: &str,
    now: Timestamp,
    error: Option<&str>,
) -> Result<(), StoreError> {
    let (hour, at) = (ms(now) - ms(now).rem_euclid(HOUR_MS), ms(now));
    let sql = match error {
        None => {
            "INSERT INTO endpoint_hours (endpoint, hour, delivered, last_success) VALUES (?1, ?2, 1, ?3) \
             ON CONFLICT DO UPDATE SET delivered = delivered + 1, last_success = ?3"
        }
        Some(_) => {
            "INSERT INTO endpoint_hours (endpoint, hour, failed, last_failure, last_error) VALUES (?1, ?2, 1, ?3, ?4) \
             ON CONFLICT DO UPDATE SET failed = failed + 1, last_failure = ?3, last_error = ?4"
        }
    };
    let query = sqlx::query(sql).bind(endpoint).bind(hour).bind(at);
    match error {
        None => query.execute(&mut **tx).await?,
        Some(error) => query.bind(error).execute(&mut **tx).await?,
    };
    Ok(())
}
