//! Figures over all cases for those who lead: load, waits, breaches, what came of the hand-overs, and contained chats beside those that
//! came back. Counts only: no case and no person can be read from them.

use super::columns::{from_word, ms};
use super::{Store, StoreError};
use crate::domain::route::Priority;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::Row;
use std::collections::BTreeMap;

/// A chat that nobody took over is contained only if the same visitor did not come back within this time (DOMAIN.md 8.10).
const REPEAT: SignedDuration = SignedDuration::from_hours(72);

/// One priority.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct PriorityFigures {
    /// Which.
    pub priority: Priority,
    /// Not ended, and nobody has it.
    pub waiting: u32,
    /// Somebody has it.
    pub held: u32,
    /// Put aside: a call is promised, or somebody else's answer awaited.
    pub aside: u32,
    /// Opened in the period.
    pub opened: u32,
    /// Of these, how many breached the promised time.
    pub breached: u32,
    /// Seconds to the first human message of those opened in the period, in order.
    pub waits: Vec<i64>,
}

/// Chats of the period.
#[derive(Clone, Copy, Debug, Default, Serialize, PartialEq, Eq)]
pub struct ChatFigures {
    /// With at least one message of the customer, and old enough to judge (72 hours).
    pub judged: u32,
    /// Of these without a case.
    pub without_case: u32,
    /// Of those without a case: the visitor did not open another chat within 72 hours.
    pub contained: u32,
    /// All of the period, judged or not.
    pub all: u32,
    /// Of all, without a case so far.
    pub all_without_case: u32,
}

impl Store {
    /// Figures by priority of cases that are open now or were opened since a moment.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn priorities_since(&self, from: Timestamp) -> Result<Vec<PriorityFigures>, StoreError> {
        let sql = "SELECT priority, \
            SUM(NOT closed AND claimed_by IS NULL AND state IN ('new', 'offered', 'reopened')) AS waiting, \
            SUM(NOT closed AND claimed_by IS NOT NULL) AS held, \
            SUM(state IN ('callback', 'waiting_internal')) AS aside, \
            SUM(created >= ?1) AS opened, SUM(created >= ?1 AND breached_at IS NOT NULL) AS breached, \
            json_group_array((answered_at - created) / 1000) FILTER (WHERE created >= ?1 AND answered_at IS NOT NULL) AS waits \
            FROM tickets WHERE NOT closed OR created >= ?1 GROUP BY priority ORDER BY priority";
        let rows = sqlx::query(sql).bind(ms(from)).fetch_all(&self.reader).await?;
        let read = |row| -> Result<PriorityFigures, StoreError> {
            let mut waits: Vec<i64> = super::columns::json(row, "waits")?;
            waits.sort_unstable();
            Ok(PriorityFigures {
                priority: from_word(row, "priority")?,
                waiting: row.try_get("waiting")?,
                held: row.try_get("held")?,
                aside: row.try_get("aside")?,
                opened: row.try_get("opened")?,
                breached: row.try_get("breached")?,
                waits,
            })
        };
        rows.iter().map(read).collect()
    }

    /// How the cases ended that ended since a moment: each code with its count, further codes too; and how many cases that were.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn ends_since(&self, from: Timestamp) -> Result<(BTreeMap<String, u32>, u32), StoreError> {
        let sql =
            "SELECT disposition, further FROM tickets WHERE closed AND resolved_at >= ? AND disposition IS NOT NULL";
        let rows = sqlx::query(sql).bind(ms(from)).fetch_all(&self.reader).await?;
        let mut counts = BTreeMap::new();
        for row in &rows {
            let first: String = row.try_get("disposition")?;
            let further: Vec<String> = super::columns::json(row, "further")?;
            for code in further.into_iter().chain([first]) {
                *counts.entry(code).or_insert(0) += 1;
            }
        }
        Ok((counts, u32::try_from(rows.len()).unwrap_or(u32::MAX)))
    }

    /// How many open cases each member of staff has, by shown name.
    ///
    /// # Errors
    /// The store failed.
    pub async fn load(&self) -> Result<Vec<(String, u32)>, StoreError> {
        let sql = "SELECT claimed_name, COUNT(*) FROM tickets WHERE NOT closed AND claimed_by IS NOT NULL \
                   GROUP BY claimed_by ORDER BY 2 DESC, 1";
        Ok(sqlx::query_as(sql).fetch_all(&self.reader).await?)
    }

    /// Chats that were opened since a moment.
    ///
    /// # Errors
    /// The store failed.
    pub async fn chats_since(&self, from: Timestamp, now: Timestamp) -> Result<ChatFigures, StoreError> {
        let sql = "WITH c AS (SELECT id, visitor, created, \
            EXISTS (SELECT 1 FROM tickets t WHERE t.conversation = v.id) AS person, \
            EXISTS (SELECT 1 FROM conversations w WHERE w.visitor = v.visitor AND w.id <> v.id \
                    AND w.created > v.created AND w.created <= v.created + ?2) AS again \
            FROM conversations v WHERE created >= ?1 AND EXISTS (SELECT 1 FROM turns u WHERE u.conversation = v.id)) \
            SELECT COALESCE(SUM(created + ?2 <= ?3), 0), COALESCE(SUM(created + ?2 <= ?3 AND NOT person), 0), \
            COALESCE(SUM(created + ?2 <= ?3 AND NOT person AND NOT again), 0), COUNT(*), COALESCE(SUM(NOT person), 0) FROM c";
        let repeat = i64::try_from(REPEAT.as_millis()).unwrap_or(i64::MAX);
        let row = sqlx::query(sql).bind(ms(from)).bind(repeat).bind(ms(now)).fetch_one(&self.reader).await?;
        Ok(ChatFigures {
            judged: row.try_get(0)?,
            without_case: row.try_get(1)?,
            contained: row.try_get(2)?,
            all: row.try_get(3)?,
            all_without_case: row.try_get(4)?,
        })
    }
}
