//! What the lines of a batch write, put off and then written at once: a statement a table instead of one a line. Of one record only one
//! line is put off, so that the next one about it is judged by what the first has made of it.

use super::Mark;
use crate::domain::facts::Record;
use crate::domain::feed::Step;
use crate::domain::ids::PatientId;
use crate::store::columns::{ms, number, to_json};
use crate::store::records::link;
use crate::store::{StoreError, Write};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Writes of one transaction that are not written yet.
#[derive(Default)]
pub struct Pending {
    touched: HashSet<(&'static str, String)>,
    /// Kind, id and version up to which versions are forgotten, before anything is added.
    forgotten: Vec<Value>,
    steps: Vec<Value>,
    records: Vec<Value>,
    events: Vec<Value>,
}

impl Pending {
    /// Something about this record is put off.
    pub fn touches(&self, record: &Record) -> bool {
        let (kind, id, ..) = record.key();
        self.touched.contains(&(kind, id))
    }

    /// Forgets the versions of a record up to one.
    pub fn forget(&mut self, record: &Record, version: u64) {
        let (kind, id) = self.touch(record);
        self.forgotten.push(json!([kind, id, number(version)]));
    }

    /// Adds a version, or puts it in the place of the one that has its number.
    pub fn step(&mut self, record: &Record, step: &Step) -> Result<(), StoreError> {
        let (kind, id) = self.touch(record);
        self.steps.push(json!([kind, id, number(step.version), to_json(step)?]));
        Ok(())
    }

    /// Writes a stored record as its versions make it, whichever version that is.
    pub fn save(&mut self, record: &Record, confirmed_at: Timestamp) -> Result<(), StoreError> {
        let (kind, id) = self.touch(record);
        let (.., owner, stamp) = record.key();
        let (owner, version) = (owner.map(PatientId::as_str), number(stamp.version));
        self.records.push(json!([kind, id, owner, link(record), version, to_json(record)?, ms(confirmed_at)]));
        Ok(())
    }

    /// Notes that an event was taken up.
    pub fn event(&mut self, mark: &Mark, now: Timestamp) {
        self.events.push(json!([mark.id, mark.digest, ms(now)]));
    }

    fn touch(&mut self, record: &Record) -> (&'static str, String) {
        let (kind, id, ..) = record.key();
        self.touched.insert((kind, id.clone()));
        (kind, id)
    }

    /// Writes everything that was put off.
    ///
    /// # Errors
    /// The store failed.
    pub async fn write(&mut self, tx: &mut Write) -> Result<(), StoreError> {
        let Self { forgotten, steps, records, events, .. } = std::mem::take(self);
        let forget = "DELETE FROM feed_steps WHERE rowid IN (SELECT s.rowid FROM json_each(?) j JOIN feed_steps s \
                      ON s.kind = j.value ->> 0 AND s.id = j.value ->> 1 AND s.version <= j.value ->> 2)";
        let add = "INSERT OR REPLACE INTO feed_steps (kind, id, version, body) \
                   SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3 FROM json_each(?) j";
        let save = "UPDATE records SET owner = j.value ->> 2, link = j.value ->> 3, version = j.value ->> 4, body = j.value ->> 5, \
                    confirmed_at = j.value ->> 6 FROM json_each(?) j \
                    WHERE records.kind = j.value ->> 0 AND records.id = j.value ->> 1";
        let note = "INSERT INTO feed_events (id, digest, at) \
                    SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM json_each(?) j";
        for (sql, rows) in [(forget, forgotten), (add, steps), (save, records), (note, events)] {
            if !rows.is_empty() {
                sqlx::query(sql).bind(Value::Array(rows).to_string()).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }
}
