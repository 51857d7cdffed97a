//! Resources whose status or state nobody knows, or that should never have been written: which record they are about. What they mean is
//! never guessed, but that record can no longer be told of.

use super::json::{code, need, ref_id, reference, text};
use super::orders::{DELIVERY, TASK};
use super::pool::{Entry, IN_ERROR, Pool, Referring, stamp};
use super::prescriptions::REQUEST;
use crate::domain::facts::Stamp;
use crate::domain::states::StateCode;
use serde_json::Value;

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
    let mut tasks = Referring::new();
    for task in pool.every("Task") {
        if let Some(focus) = reference(&task.json, "/focus") {
            tasks.entry(focus).or_default().push(task);
        }
    }
    let own = pool.every("Task").filter_map(|task| of_task(pool, task));
    let requests = pool.every("MedicationRequest").filter_map(|request| of_request(&tasks, request));
    let parcels = pool.every("SupplyDelivery").flat_map(|delivery| of_delivery(&tasks, delivery));
    own.chain(requests).chain(parcels).collect()
}

/// The status when it is none of the known ones, or says that the resource is an error.
fn strange<'a>(v: &'a Value, known: &[&str]) -> Option<&'a str> {
    text(v, "/status").filter(|s| *s == IN_ERROR || !known.contains(s))
}

fn of_task(pool: &Pool, entry: &Entry) -> Option<Unknown> {
    let v = &entry.json;
    let state = code(v, "/businessStatus", "workflow").filter(|c| c.parse::<StateCode>().is_err());
    let word = state.or(strange(v, &TASK))?;
    let focus = reference(v, "/focus");
    let (kind, id) = match focus {
        None => ("order", need(v, "/id").ok()?),
        Some(f) if f.starts_with("SupplyDelivery/") => ("shipment", need(v, "/id").ok()?),
        Some(_) => ("prescription", ref_id(v, "/focus", "MedicationRequest")?),
    };
    let part = focus.filter(|_| !entry.early).and_then(|f| pool.get(f)).map(|e| &e.json);
    Some(unknown(&entry.place, (kind, id), stamp(v, part.as_slice()).ok()?, word))
}

fn of_request(tasks: &Referring, entry: &Entry) -> Option<Unknown> {
    let (v, word) = (&entry.json, strange(&entry.json, &REQUEST)?);
    let id = need(v, "/id").ok()?;
    let fills = tasks.get(format!("MedicationRequest/{id}").as_str()).into_iter().flatten();
    let parts: Vec<&Value> = fills.map(|t| &t.json).filter(|_| !entry.early).collect();
    Some(unknown(&entry.place, ("prescription", id), stamp(v, &parts).ok()?, word))
}

fn of_delivery(tasks: &Referring, entry: &Entry) -> Vec<Unknown> {
    let (v, Some(word)) = (&entry.json, strange(&entry.json, &DELIVERY)) else { return Vec::new() };
    let Ok(id) = need(v, "/id") else { return Vec::new() };
    let parcels = tasks.get(format!("SupplyDelivery/{id}").as_str()).into_iter().flatten();
    let one = |task: &&Entry| {
        let stamp = stamp(&task.json, Some(v).filter(|_| !task.early).as_slice()).ok()?;
        Some(unknown(&task.place, ("shipment", need(&task.json, "/id").ok()?), stamp, word))
    };
    parcels.filter_map(one).collect()
}

fn unknown(place: &str, (kind, id): (&'static str, &str), stamp: Stamp, word: &str) -> Unknown {
    let word = word.chars().filter(|c| !c.is_control()).take(40).collect();
    Unknown { place: place.to_owned(), kind, id: id.to_owned(), stamp, word }
}
