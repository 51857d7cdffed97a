//! The words and numbers by which a record is found, and those of a message that may name one. It reads no index.

use super::super::analyze::{bilingual, plain, terms};
use crate::domain::facts::{Medication, Record};
use crate::domain::ids::RxId;
use std::collections::HashMap;

/// Medicines of prescriptions, by whose names the orders and parcels that hold them are found.
pub type Items = HashMap<RxId, Medication>;

/// Words of strength and form, which stand in every name and find nothing.
const COMMON: [&str; 22] = [
    "mg",
    "mcg",
    "ml",
    "units",
    "unit",
    "tablet",
    "tablets",
    "capsule",
    "capsules",
    "pen",
    "vial",
    "gel",
    "patch",
    "spray",
    "extended",
    "release",
    "delayed",
    "chewable",
    "oral",
    "and",
    "day",
    "actuation",
];

fn words(m: &Medication) -> String {
    let all = std::iter::once(m.name.as_str()).chain(m.generic.as_deref()).chain(m.aliases.iter().map(String::as_str));
    name_words(&all.collect::<Vec<_>>().join(" ")).join(" ")
}

/// The words of a text that may name a medicine, spelt as both languages do.
#[must_use]
pub fn name_words(text: &str) -> Vec<String> {
    let terms = terms(&mut plain(), text).into_iter().filter(|t| !COMMON.contains(&t.as_str()));
    let mut names: Vec<String> = Vec::new();
    for name in terms.map(|t| bilingual(&t)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The numbers and names by which a record is asked for; `None` for those that are never searched.
pub(super) fn searchable(record: &Record, held: &Items) -> Option<(Vec<String>, String)> {
    let items = |list: &[RxId]| list.iter().filter_map(|id| held.get(id)).map(words).collect::<Vec<_>>().join(" ");
    Some(match record {
        Record::Patient { .. } | Record::Grant(_) => return None,
        Record::Medication { medication, .. } => (Vec::new(), words(medication)),
        Record::Prescription(r) => {
            let product = r.dispensed.as_deref().unwrap_or_default();
            (vec![r.number.clone()], format!("{} {}", words(&r.medication), name_words(product).join(" ")))
        }
        Record::Order(r) => (vec![r.number.clone()], items(&r.items)),
        Record::Shipment(r) => (r.tracking.iter().cloned().collect(), items(&r.details.items)),
        Record::Price(r) => (Vec::new(), name_words(&r.name).join(" ")),
        Record::Stock(r) => (Vec::new(), name_words(&r.name).join(" ")),
    })
}

/// Letters and digits in lower case, and the digits alone: `RX-4000123` → `rx4000123`, `4000123`.
pub(super) fn number_forms(number: &str) -> Vec<String> {
    let whole: String = number.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let mut out = vec![whole];
    if digits.len() >= 5 && !out.contains(&digits) {
        out.push(digits);
    }
    out
}

/// What may be a number in a text: words with five digits or more, also when a space cuts them (`70 00123`, `RX 4000123`).
pub(super) fn typed_numbers(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().take(400).collect();
    let joined = words.windows(2).map(|w| w.concat());
    let all = words.iter().map(|w| (*w).to_owned()).chain(joined);
    let has_digits = |w: &String| w.bytes().filter(u8::is_ascii_digit).count() >= 5;
    let mut out: Vec<String> = all.filter(has_digits).flat_map(|w| number_forms(&w)).collect();
    out.sort();
    out.dedup();
    out.truncate(32);
    out
}
