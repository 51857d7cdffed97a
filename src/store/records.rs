//! Records of the feed: the newest version of each, with the time at which the feed last confirmed it.

use super::columns::{json, ms, time, to_json};
use super::{Store, StoreError};
use crate::domain::facts::{
    Grant, Medication, Order, Patient, Prescription, Price, Record, Shipment, Stock,
};
use crate::domain::ids::{MedicationId, PatientId};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

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
    /// When the feed last spoke of it, in whatever version.
    pub confirmed_at: Timestamp,
}

/// A reader: takes its variant out of a record.
type Pick<T> = fn(Record) -> Option<T>;

impl Store {
    /// Stores a batch in one transaction. A version lower than or equal to the stored one changes nothing but
    /// `confirmed_at`, which never falls.
    ///
    /// # Errors
    /// The store failed; nothing of the batch was written.
    pub async fn put_records(
        &self,
        records: &[Record],
        confirmed_at: Timestamp,
    ) -> Result<PutReport, StoreError> {
        let mut report = PutReport::default();
        let mut tx = self.write().await?;
        for record in records {
            if put(&mut tx, record, ms(confirmed_at)).await? {
                report.changed += 1;
            } else {
                report.unchanged += 1;
            }
        }
        tx.commit().await?;
        Ok(report)
    }

    /// A person.
    ///
    /// # Errors
    /// The store failed or a row is damaged; so for all readers below.
    pub async fn patient(&self, id: &PatientId) -> Result<Option<Patient>, StoreError> {
        let pick: Pick<Patient> = |r| {
            if let Record::Patient { patient, .. } = r {
                Some(patient)
            } else {
                None
            }
        };
        Ok(self
            .owned("patient", id, pick)
            .await?
            .pop()
            .map(|c| c.value))
    }

    /// A person's prescriptions.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn prescriptions_of(
        &self,
        id: &PatientId,
    ) -> Result<Vec<Confirmed<Prescription>>, StoreError> {
        self.owned("prescription", id, |r| {
            if let Record::Prescription(p) = r {
                Some(p)
            } else {
                None
            }
        })
        .await
    }

    /// A person's orders.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn orders_of(&self, id: &PatientId) -> Result<Vec<Confirmed<Order>>, StoreError> {
        self.owned("order", id, |r| {
            if let Record::Order(o) = r {
                Some(o)
            } else {
                None
            }
        })
        .await
    }

    /// A person's parcels.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn shipments_of(
        &self,
        id: &PatientId,
    ) -> Result<Vec<Confirmed<Shipment>>, StoreError> {
        self.owned("shipment", id, |r| {
            if let Record::Shipment(s) = r {
                Some(s)
            } else {
                None
            }
        })
        .await
    }

    /// A person's own prices; cash prices are not among them.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn prices_of(&self, id: &PatientId) -> Result<Vec<Confirmed<Price>>, StoreError> {
        self.owned("price", id, price).await
    }

    /// The price without insurance, the same for everybody.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn cash_price(
        &self,
        id: &MedicationId,
    ) -> Result<Option<Confirmed<Price>>, StoreError> {
        let sql =
            "SELECT * FROM records WHERE kind = 'price' AND owner IS NULL AND link = ? ORDER BY id";
        let rows = sqlx::query(sql)
            .bind(id.as_str())
            .fetch_all(&self.reader)
            .await?;
        Ok(read(&rows, price)?.into_iter().next())
    }

    /// The stock word of a medication.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn stock(&self, id: &MedicationId) -> Result<Option<Confirmed<Stock>>, StoreError> {
        let rows = sqlx::query("SELECT * FROM records WHERE kind = 'stock' AND id = ?")
            .bind(id.as_str())
            .fetch_all(&self.reader)
            .await?;
        Ok(read(&rows, |r| {
            if let Record::Stock(s) = r {
                Some(s)
            } else {
                None
            }
        })?
        .pop())
    }

    /// The formulary.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn medications(&self) -> Result<Vec<Medication>, StoreError> {
        let rows = sqlx::query("SELECT * FROM records WHERE kind = 'medication' ORDER BY id")
            .fetch_all(&self.reader)
            .await?;
        let all = read(&rows, |r| {
            if let Record::Medication { medication, .. } = r {
                Some(medication)
            } else {
                None
            }
        })?;
        Ok(all.into_iter().map(|c| c.value).collect())
    }

    /// Whom this person helps; revoked grants are among them (`active` false).
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn grants_for_helper(
        &self,
        helper: &PatientId,
    ) -> Result<Vec<Confirmed<Grant>>, StoreError> {
        let sql = "SELECT * FROM records WHERE kind = 'grant' AND link = ? ORDER BY id";
        let rows = sqlx::query(sql)
            .bind(helper.as_str())
            .fetch_all(&self.reader)
            .await?;
        read(&rows, grant_of)
    }

    /// What `helper` may see of `patient`; a revoked grant is returned too (`active` false).
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn grant(
        &self,
        patient: &PatientId,
        helper: &PatientId,
    ) -> Result<Option<Confirmed<Grant>>, StoreError> {
        let sql = "SELECT * FROM records WHERE kind = 'grant' AND owner = ? AND link = ?";
        let rows = sqlx::query(sql)
            .bind(patient.as_str())
            .bind(helper.as_str())
            .fetch_all(&self.reader)
            .await?;
        Ok(read(&rows, grant_of)?.pop())
    }

    /// Every record, for building the search index.
    ///
    /// # Errors
    /// See [`Store::patient`].
    pub async fn all_records(&self) -> Result<Vec<Confirmed<Record>>, StoreError> {
        let rows = sqlx::query("SELECT * FROM records ORDER BY kind, id")
            .fetch_all(&self.reader)
            .await?;
        read(&rows, Some)
    }

    async fn owned<T>(
        &self,
        kind: &'static str,
        owner: &PatientId,
        pick: Pick<T>,
    ) -> Result<Vec<Confirmed<T>>, StoreError> {
        let sql = "SELECT * FROM records WHERE owner = ? AND kind = ? ORDER BY id";
        let rows = sqlx::query(sql)
            .bind(owner.as_str())
            .bind(kind)
            .fetch_all(&self.reader)
            .await?;
        read(&rows, pick)
    }
}

/// True when the record was new or newer.
async fn put(
    conn: &mut SqliteConnection,
    record: &Record,
    confirmed_at: i64,
) -> Result<bool, StoreError> {
    let (kind, id, owner, stamp) = record.key();
    let version = i64::try_from(stamp.version).unwrap_or(i64::MAX);
    let sql = "INSERT INTO records (kind, id, owner, link, version, body, confirmed_at) VALUES (?, ?, ?, ?, ?, ?, ?) \
               ON CONFLICT (kind, id) DO UPDATE SET owner = excluded.owner, link = excluded.link, \
               version = excluded.version, body = excluded.body, \
               confirmed_at = MAX(records.confirmed_at, excluded.confirmed_at) WHERE excluded.version > records.version";
    let done = sqlx::query(sql)
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
        return Ok(true);
    }
    let sql = "UPDATE records SET confirmed_at = MAX(confirmed_at, ?) WHERE kind = ? AND id = ?";
    sqlx::query(sql)
        .bind(confirmed_at)
        .bind(kind)
        .bind(&id)
        .execute(conn)
        .await?;
    Ok(false)
}

/// The second thing that a record is looked up by.
fn link(record: &Record) -> Option<&str> {
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

fn price(record: Record) -> Option<Price> {
    if let Record::Price(p) = record {
        Some(p)
    } else {
        None
    }
}

fn grant_of(record: Record) -> Option<Grant> {
    if let Record::Grant(g) = record {
        Some(g)
    } else {
        None
    }
}

fn read<T>(rows: &[SqliteRow], pick: Pick<T>) -> Result<Vec<Confirmed<T>>, StoreError> {
    let one = |row: &SqliteRow| {
        let value = pick(json(row, "body")?).ok_or_else(|| super::columns::damaged("kind"))?;
        Ok(Confirmed {
            value,
            confirmed_at: time(row, "confirmed_at")?,
        })
    };
    rows.iter().map(one).collect()
}
