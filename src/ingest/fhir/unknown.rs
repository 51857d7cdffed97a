//! Resources whose status or state nobody knows: which record they are about. What they mean is never guessed, but that record can no
//! longer be told of.

use super::json::{code, need, ref_id, reference, text};
use super::orders::TASK;
use super::pool::{Entry, Pool, stamp};
use crate::domain::facts::Stamp;
use crate::domain::states::StateCode;

/// A resource whose word on its record is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// As in [`super::Problem::place`].
    pub place: String,
    /// The record's kind.
    pub kind: &'static str,
    /// The record's id.
    pub id: String,
    /// Age and version of the word.
    pub stamp: Stamp,
    /// The word.
    pub word: String,
}

/// All of them; resources with another fault as well are left to the reports.
pub fn find(pool: &Pool) -> Vec<Unknown> {
    pool.all("Task").filter_map(|entry| unknown(pool, entry)).collect()
}

fn unknown(pool: &Pool, entry: &Entry) -> Option<Unknown> {
    let v = &entry.json;
    let status = text(v, "/status").filter(|s| !TASK.contains(s));
    let state = code(v, "/businessStatus", "workflow").filter(|c| c.parse::<StateCode>().is_err());
    let word = state.or(status)?;
    let focus = reference(v, "/focus");
    let (kind, id) = match focus {
        None => ("order", need(v, "/id").ok()?),
        Some(f) if f.starts_with("SupplyDelivery/") => ("shipment", need(v, "/id").ok()?),
        Some(_) => ("prescription", ref_id(v, "/focus", "MedicationRequest")?),
    };
    let part = focus.and_then(|f| pool.get(f)).map(|e| &e.json);
    let stamp = stamp(v, part.as_slice()).ok()?;
    let word = word.chars().filter(|c| !c.is_control()).take(40).collect();
    Some(Unknown { place: entry.place.clone(), kind, id: id.to_owned(), stamp, word })
}
