//! Records as a snapshot brings them: the newest version of each, with the time at which it was last confirmed. A live feed, whose steps
//! are judged, is in `feed`; the typed readers are in `facts`.

use super::columns::{json, ms, number, time, to_json};
use super::{Store, StoreError, conclude};
use crate::domain::facts::Record;
use crate::domain::feed::IN_DOUBT;
use crate::domain::ids::PatientId;
use crate::failpoint::Point;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, SqliteConnection};

/// What a batch of records did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PutReport {
    /// New or newer versions.
    pub changed: usize,
    /// Late or repeated ones.
    pub unchanged: usize,
}

/// A fact with the time at which the feed last confirmed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed<T> {
    /// The fact.
    pub value: T,
    /// When the feed last spoke of it, in whatever version, or of all of its kind; [`IN_DOUBT`] while its latest version cannot be told.
    pub confirmed_at: Timestamp,
}

impl<T> Confirmed<T> {
    /// Nothing of it may be told.
    #[must_use]
    pub fn in_doubt(&self) -> bool {
        self.confirmed_at == IN_DOUBT
    }
}

/// A reader: takes its variant out of a record.
pub(super) type Pick<T> = fn(Record) -> Option<T>;

impl Store {
    /// Stores a batch in one transaction. The stored version again changes nothing but `confirmed_at`, which never falls; a lower one
    /// changes nothing at all.
    ///
    /// # Errors
    /// The store failed; nothing of the batch was written.
    pub async fn put_records(&self, records: &[Record], confirmed_at: Timestamp) -> Result<PutReport, StoreError> {
        let mut report = PutReport::default();
        let mut tx = self.write().await?;
        for some in records.chunks(AT_ONCE) {
            let changed = put_all(&mut tx, some, ms(confirmed_at)).await?;
            report.changed += changed;
            report.unchanged += some.len() - changed;
            super::feed::overtaken(&mut tx, some, confirmed_at).await?;
        }
        conclude(tx, Point::Write).await?;
        Ok(report)
    }
}

/// Records of one statement.
const AT_ONCE: usize = 500;
/// A record takes the place of an older version only; the same one again is confirmed. An older version that comes late does not confirm
/// that the stored one is still the latest.
const NEWER: &str = "ON CONFLICT (kind, id) DO UPDATE SET owner = excluded.owner, link = excluded.link, \
                     version = excluded.version, body = excluded.body, \
                     confirmed_at = MAX(records.confirmed_at, excluded.confirmed_at) WHERE excluded.version > records.version";

/// Stores those of which no later version is there; how many were new or newer.
async fn put_all(conn: &mut SqliteConnection, records: &[Record], confirmed_at: i64) -> Result<usize, StoreError> {
    let row = |record: &Record| -> Result<Value, StoreError> {
        let (kind, id, owner, stamp) = record.key();
        let (owner, version) = (owner.map(PatientId::as_str), number(stamp.version));
        Ok(serde_json::json!([kind, id, version, owner, link(record), to_json(record)?]))
    };
    let rows = Value::Array(records.iter().map(row).collect::<Result<_, _>>()?).to_string();
    let sql = format!(
        "INSERT INTO records (kind, id, version, owner, link, body, confirmed_at) SELECT j.value ->> 0, j.value ->> 1, \
         j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, ?2 FROM json_each(?1) j WHERE true {NEWER}"
    );
    let done = sqlx::query(AssertSqlSafe(sql)).bind(&rows).bind(confirmed_at).execute(&mut *conn).await?;
    let changed = usize::try_from(done.rows_affected()).unwrap_or(usize::MAX).min(records.len());
    if changed < records.len() {
        let sql = "UPDATE records SET confirmed_at = MAX(records.confirmed_at, ?2) FROM json_each(?1) j \
                   WHERE records.kind = j.value ->> 0 AND records.id = j.value ->> 1 AND records.version = j.value ->> 2";
        sqlx::query(sql).bind(&rows).bind(confirmed_at).execute(conn).await?;
    }
    Ok(changed)
}

/// What one record did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PutKind {
    /// It is new or newer.
    Changed,
    /// It is the version that is stored.
    Repeated,
    /// It is older.
    Late,
}

/// Stores a record unless the same or a later version is there.
pub(super) async fn put(
    conn: &mut SqliteConnection,
    record: &Record,
    confirmed_at: i64,
) -> Result<PutKind, StoreError> {
    let (kind, id, owner, stamp) = record.key();
    let version = number(stamp.version);
    let sql = format!(
        "INSERT INTO records (kind, id, owner, link, version, body, confirmed_at) VALUES (?, ?, ?, ?, ?, ?, ?) {NEWER}"
    );
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(kind)
        .bind(&id)
        .bind(owner.map(PatientId::as_str))
        .bind(link(record))
        .bind(version)
        .bind(to_json(record)?)
        .bind(confirmed_at)
        .execute(&mut *conn)
        .await?;
    if done.rows_affected() == 1 {
        return Ok(PutKind::Changed);
    }
    let sql = "UPDATE records SET confirmed_at = MAX(confirmed_at, ?) WHERE kind = ? AND id = ? AND version = ?";
    let same = sqlx::query(sql).bind(confirmed_at).bind(kind).bind(&id).bind(version).execute(conn).await?;
    Ok(if same.rows_affected() == 1 { PutKind::Repeated } else { PutKind::Late })
}

/// The second thing that a record is looked up by.
pub(super) fn link(record: &Record) -> Option<&str> {
    match record {
        Record::Price(p) => Some(p.medication.as_str()),
        Record::Grant(g) => Some(g.helper.as_str()),
        Record::Shipment(s) => Some(s.order.as_str()),
        Record::Patient { .. }
        | Record::Medication { .. }
        | Record::Prescription(_)
        | Record::Order(_)
        | Record::Stock(_) => None,
    }
}

/// A row of any kind.
pub(super) fn row_of(row: &SqliteRow) -> Result<Confirmed<Record>, StoreError> {
    Ok(Confirmed { value: json(row, "body")?, confirmed_at: time(row, "confirmed_at")? })
}

/// Rows of one kind as values.
pub(super) fn read<T>(rows: &[SqliteRow], pick: Pick<T>) -> Result<Vec<Confirmed<T>>, StoreError> {
    let one = |row: &SqliteRow| {
        let value = pick(json(row, "body")?).ok_or_else(|| super::columns::damaged("kind"))?;
        Ok(Confirmed { value, confirmed_at: time(row, "confirmed_at")? })
    };
    rows.iter().map(one).collect()
}
