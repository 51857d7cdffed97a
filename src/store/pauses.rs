//! What people stopped while the server ran. Rows are never deleted: who stopped what, when and why stays.

use super::columns::{from_word, ms, time, word};
use super::{Store, StoreError, Write, audit, conclude};
use crate::domain::modes::{Mode, Scope};
use crate::failpoint::Point;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::Row;

/// One stop in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pause {
    /// What is stopped.
    pub scope: Scope,
    /// How far: `suggest` or `off`.
    pub mode: Mode,
    /// Why, for colleagues.
    pub reason: String,
    /// Whose word it is.
    pub name: String,
    /// Since when.
    pub at: Timestamp,
}

/// All stops in force, and the moment of change that they were read at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// The oldest first.
    pub all: Vec<Pause>,
    /// Rises with each stop and each end of one.
    pub seen: i64,
}

const SEEN: &str = "SELECT COUNT(*) + COUNT(ended_at) FROM pauses";

impl Store {
    /// What is stopped now.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn pauses(&self) -> Result<Pauses, StoreError> {
        let mut tx = self.reader.begin().await?;
        let seen = sqlx::query_scalar(SEEN).fetch_one(&mut *tx).await?;
        let sql = "SELECT * FROM pauses WHERE ended_at IS NULL ORDER BY seq";
        let rows = sqlx::query(sql).fetch_all(&mut *tx).await?;
        let pause = |row| {
            let scope: String = sqlx::Row::try_get(row, "scope")?;
            Ok(Pause {
                scope: scope.parse().map_err(|_| StoreError::Damaged("scope".into()))?,
                mode: from_word(row, "mode")?,
                reason: row.try_get("reason")?,
                name: row.try_get("name")?,
                at: time(row, "at")?,
            })
        };
        Ok(Pauses { all: rows.iter().map(pause).collect::<Result<_, StoreError>>()?, seen })
    }

    /// Stops something; a stop of the same scope is replaced.
    ///
    /// # Errors
    /// The store failed; then nothing was written.
    pub async fn pause(&self, pause: &Pause, record: &Value) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        end(&mut tx, &pause.scope, pause.at).await?;
        sqlx::query("INSERT INTO pauses (scope, mode, reason, name, at) VALUES (?, ?, ?, ?, ?)")
            .bind(pause.scope.to_string())
            .bind(word(&pause.mode)?)
            .bind(&pause.reason)
            .bind(&pause.name)
            .bind(ms(pause.at))
            .execute(&mut *tx)
            .await?;
        audit::append(&mut tx, pause.at, None, &[], record).await?;
        conclude(tx, Point::Write).await
    }

    /// Ends a stop; `false` when there was none.
    ///
    /// # Errors
    /// The store failed; then nothing was written.
    pub async fn resume(&self, scope: &Scope, now: Timestamp, record: &Value) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !end(&mut tx, scope, now).await? {
            return Ok(false);
        }
        audit::append(&mut tx, now, None, &[], record).await?;
        conclude(tx, Point::Write).await?;
        Ok(true)
    }
}

async fn end(tx: &mut Write, scope: &Scope, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE pauses SET ended_at = ? WHERE scope = ? AND ended_at IS NULL";
    let ended = sqlx::query(sql).bind(ms(now)).bind(scope.to_string()).execute(&mut **tx).await?;
    Ok(ended.rows_affected() > 0)
}

/// Fails when anything was stopped or ended since `seen`: an answer that was judged by older rules is not committed.
pub(super) async fn unchanged(tx: &mut Write, seen: i64) -> Result<(), StoreError> {
    let now: i64 = sqlx::query_scalar(SEEN).fetch_one(&mut **tx).await?;
    if now == seen { Ok(()) } else { Err(StoreError::Paused) }
}
