//! What is known of the feed as a whole: when it was last heard, what became of its lines, what changed for search, which requests were
//! answered, and which of its tickets no receiver has been told of. Its lines are taken up in `feed`.

use super::columns::{json, ms, time, to_json};
use super::outbox::{self, NewOutbox};
use super::records::row_of;
use super::tickets::{TicketRow, ticket_row};
use super::{Store, StoreError, Write, conclude};
use crate::domain::facts::{Medication, Record};
use crate::domain::feed::Outcome;
use crate::domain::ids::RxId;
use crate::failpoint::Point;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The row of `feed_heard` for anything at all.
const ANYTHING: &str = "feed";
/// Records that are read for search at once.
pub const A_LOOK: i64 = 1_000;
/// Answers to requests are kept for so long.
const ANSWERS: SignedDuration = SignedDuration::from_hours(24 * 7);

/// The state of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// When anything was heard last; `None` when nothing ever was.
    pub heard: Option<Timestamp>,
    /// What became of all lines so far.
    pub totals: Vec<(String, u64)>,
}

/// Records that changed, for search.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// In the order of their changes.
    pub records: Vec<Record>,
    /// The medicines of the prescriptions that orders and parcels among them hold.
    pub items: HashMap<RxId, Medication>,
    /// The number of the last of these changes.
    pub last: i64,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Nothing.
    New,
    /// It was answered.
    Before(Value),
    /// Its id stood on another body.
    Other,
}

impl Store {
    /// When the feed was heard last and what it said.
    ///
    /// # Errors
    /// The store failed.
    pub async fn feed_pulse(&self) -> Result<Pulse, StoreError> {
        let row =
            sqlx::query("SELECT at FROM feed_heard WHERE what = ?").bind(ANYTHING).fetch_optional(&self.reader).await?;
        let heard = row.as_ref().map(|r| time(r, "at")).transpose()?;
        let rows = sqlx::query("SELECT outcome, n FROM feed_totals ORDER BY outcome").fetch_all(&self.reader).await?;
        let total = |r| {
            let n: i64 = Row::try_get(r, "n")?;
            Ok((Row::try_get(r, "outcome")?, u64::try_from(n).unwrap_or_default()))
        };
        Ok(Pulse { heard, totals: rows.iter().map(total).collect::<Result<_, StoreError>>()? })
    }

    /// The next records that changed after a mark, at most [`A_LOOK`].
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn records_after(&self, mark: i64) -> Result<Changes, StoreError> {
        let sql = "SELECT * FROM records WHERE changed > ? ORDER BY changed LIMIT ?";
        let rows = sqlx::query(sql).bind(mark).bind(A_LOOK).fetch_all(&self.reader).await?;
        let last = rows.last().map_or(Ok(mark), |row| row.try_get("changed"))?;
        let records: Vec<Record> = rows.iter().map(|row| row_of(row).map(|c| c.value)).collect::<Result<_, _>>()?;
        let items = self.medicines(&records).await?;
        Ok(Changes { records, items, last })
    }

    /// The medicines of the prescriptions that orders and parcels hold.
    async fn medicines(&self, records: &[Record]) -> Result<HashMap<RxId, Medication>, StoreError> {
        let held = records.iter().flat_map(|r| match r {
            Record::Order(order) => order.items.as_slice(),
            Record::Shipment(parcel) => parcel.details.items.as_slice(),
            _ => &[],
        });
        let held: BTreeSet<&RxId> = held.collect();
        let sql = "SELECT id, json_extract(body, '$.medication') AS medication FROM records \
                   WHERE kind = 'prescription' AND id IN (SELECT value FROM json_each(?))";
        let rows = sqlx::query(sql).bind(to_json(&held)?).fetch_all(&self.reader).await?;
        rows.iter().map(|row| Ok((RxId(row.try_get("id")?), json(row, "medication")?))).collect()
    }

    /// What no other store is called: an index of another one is of no use.
    ///
    /// # Errors
    /// The store failed.
    pub async fn id(&self) -> Result<String, StoreError> {
        Ok(sqlx::query_scalar("SELECT id FROM store").fetch_one(&self.reader).await?)
    }

    /// How many records there are.
    ///
    /// # Errors
    /// The store failed.
    pub async fn count_records(&self) -> Result<u64, StoreError> {
        let n: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM records").fetch_one(&self.reader).await?;
        Ok(u64::try_from(n).unwrap_or_default())
    }

    /// The number of the last change of a record.
    ///
    /// # Errors
    /// The store failed.
    pub async fn records_mark(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("SELECT COALESCE(MAX(changed), 0) FROM records").fetch_one(&self.reader).await?)
    }

    /// What was answered to a request with this id.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn feed_request(&self, id: &str, body: &str) -> Result<Asked, StoreError> {
        let sql = "SELECT digest, answer FROM feed_requests WHERE id = ?";
        let Some(row) = sqlx::query(sql).bind(id).fetch_optional(&self.reader).await? else { return Ok(Asked::New) };
        let same = row.try_get::<String, _>("digest")? == digest(body);
        Ok(if same { Asked::Before(json(&row, "answer")?) } else { Asked::Other })
    }

    /// Keeps the answer to a request; an earlier one stays.
    ///
    /// # Errors
    /// The store failed; nothing was written.
    pub async fn keep_feed_request(
        &self,
        id: &str,
        body: &str,
        answer: &Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let old = now.checked_sub(ANSWERS).unwrap_or(now);
        sqlx::query("DELETE FROM feed_requests WHERE at < ?").bind(ms(old)).execute(&mut *tx).await?;
        let sql = "INSERT INTO feed_requests (id, digest, answer, at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";
        sqlx::query(sql).bind(id).bind(digest(body)).bind(answer.to_string()).bind(ms(now)).execute(&mut *tx).await?;
        conclude(tx, Point::Write).await
    }

    /// A feed opened tickets that no receiver has been told of.
    ///
    /// # Errors
    /// The store failed.
    pub async fn has_untold_doubts(&self) -> Result<bool, StoreError> {
        let waiting = sqlx::query("SELECT 1 FROM feed_untold LIMIT 1").fetch_optional(&self.reader).await?;
        Ok(waiting.is_some())
    }

    /// Puts webhooks in the outbox for the tickets that a feed opened, each once. Returns how many tickets those were.
    ///
    /// # Errors
    /// The store failed; nothing was written.
    pub async fn tell_of_doubts<F>(&self, now: Timestamp, mut rows: F) -> Result<usize, StoreError>
    where
        F: FnMut(&TicketRow) -> Vec<NewOutbox> + Send,
    {
        let mut tx = self.write().await?;
        let sql = "SELECT t.* FROM tickets t JOIN feed_untold u ON u.ticket = t.id ORDER BY t.created, t.id";
        let found = sqlx::query(sql).fetch_all(&mut *tx).await?;
        for row in &found {
            outbox::insert(&mut tx, &rows(&ticket_row(row)?), now).await?;
        }
        sqlx::query("DELETE FROM feed_untold").execute(&mut *tx).await?;
        conclude(tx, Point::Write).await?;
        Ok(found.len())
    }
}

fn digest(body: &str) -> String {
    hex::encode(Sha256::digest(body))
}

/// Notes that something was heard.
pub(super) async fn heard(tx: &mut Write, what: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO feed_heard (what, at) VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET at = MAX(at, excluded.at)";
    sqlx::query(sql).bind(what).bind(ms(now)).execute(&mut **tx).await?;
    Ok(())
}

/// Counts what became of a batch; lines that were all refused are no sign of life.
pub(super) async fn count(tx: &mut Write, outcomes: &[Outcome], now: Timestamp) -> Result<(), StoreError> {
    let mut totals: BTreeMap<&str, i64> = BTreeMap::new();
    for outcome in outcomes {
        *totals.entry(outcome.code()).or_default() += 1;
    }
    for (outcome, n) in &totals {
        let sql =
            "INSERT INTO feed_totals (outcome, n) VALUES (?, ?) ON CONFLICT (outcome) DO UPDATE SET n = n + excluded.n";
        sqlx::query(sql).bind(*outcome).bind(*n).execute(&mut **tx).await?;
    }
    if outcomes.iter().any(|o| !matches!(o, Outcome::Refused(..))) {
        heard(tx, ANYTHING, now).await?;
    }
    Ok(())
}
