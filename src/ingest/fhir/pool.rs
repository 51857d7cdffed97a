//! All resources of a feed by `Type/id`, and the order in which they are mapped.

use super::json::{Reason, instant, reference, text};
use super::{Problem, Read, medications, orders, people, prescriptions, prices, unknown};
use crate::domain::facts::{Medication, Record, Stamp};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The status of a resource that should never have been written.
pub const IN_ERROR: &str = "entered-in-error";

/// One resource and where it came from.
pub struct Entry {
    /// `file: Type/id`.
    pub place: String,
    /// The resource.
    pub json: Value,
    /// The same reading brings a later version of it.
    pub early: bool,
}

/// One resource as a feed sent it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Line, for problems.
    pub place: String,
    /// The resource.
    pub json: Value,
    /// A later version of it is sent, too: its age is its own, whatever its parts are of.
    pub early: bool,
}

/// Every resource of the feed.
#[derive(Default)]
pub struct Pool {
    entries: BTreeMap<String, Entry>,
    /// What was kept out so far.
    pub problems: Vec<Problem>,
}

impl Pool {
    /// Takes up a bundle, a single resource or NDJSON.
    pub fn add(&mut self, file: &str, text: &str) {
        let text = text.trim_start_matches('\u{feff}');
        match serde_json::from_str::<Value>(text) {
            Ok(json) => self.take(file, json),
            Err(whole) => {
                let lines: Vec<&str> = text.lines().collect();
                let many =
                    lines.iter().filter(|l| serde_json::from_str::<Value>(l).is_ok_and(|v| v.is_object())).count();
                if many == 0 {
                    return self.problem(file.to_owned(), format!("is no JSON: {whole}"));
                }
                for (n, line) in lines.into_iter().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
                    match serde_json::from_str(line) {
                        Ok(json) => self.take(file, json),
                        Err(e) => self.problem(format!("{file}:{}", n + 1), format!("is no JSON: {e}")),
                    }
                }
            }
        }
    }

    /// Takes up single resources.
    pub fn add_sent(&mut self, all: &[Sent]) {
        all.iter().for_each(|s| self.keep(&s.place, 0, s.json.clone(), s.early));
    }

    fn take(&mut self, file: &str, json: Value) {
        if text(&json, "/resourceType") == Some("Bundle") {
            let entries = json.get("entry").and_then(Value::as_array).cloned().unwrap_or_default();
            for (n, mut entry) in entries.into_iter().enumerate() {
                match entry.get_mut("resource").map(Value::take) {
                    Some(resource) => self.keep(file, n, resource, false),
                    None => self.problem(format!("{file}: entry {n}"), "has no resource".into()),
                }
            }
        } else {
            self.keep(file, 0, json, false);
        }
    }

    fn keep(&mut self, file: &str, n: usize, json: Value, early: bool) {
        let (Some(kind), Some(id)) = (text(&json, "/resourceType"), text(&json, "/id")) else {
            return self.problem(format!("{file}: entry {n}"), "has no resourceType or no id".into());
        };
        let key = format!("{kind}/{id}");
        let place = format!("{file}: {key}");
        match self.entries.get(&key) {
            Some(first) if first.json != json => {
                let reason = format!("stands already in {} with other content; keep one", first.place);
                self.problem(place, reason);
            }
            _ => drop(self.entries.insert(key, Entry { place, json, early })),
        }
    }

    fn problem(&mut self, place: String, reason: String) {
        self.problems.push(Problem { place, reason });
    }

    /// The resources of a type in order of id; `entered-in-error` ones count as never written.
    pub fn all(&self, kind: &str) -> impl Iterator<Item = &Entry> + use<'_> {
        self.every(kind).filter(|e| text(&e.json, "/status") != Some(IN_ERROR))
    }

    /// The resources of a type in order of id, those in error, too.
    pub fn every(&self, kind: &str) -> impl Iterator<Item = &Entry> + use<'_> {
        let first = format!("{kind}/");
        let of_kind = self.entries.range(first.clone()..).take_while(move |(k, _)| k.starts_with(&first));
        of_kind.map(|(_, e)| e)
    }

    /// The resources of a type by what they refer to at `path`, each list in order of id.
    pub fn by_reference<'a>(&'a self, kind: &str, path: &str) -> Referring<'a> {
        let mut out = Referring::new();
        for entry in self.all(kind) {
            if let Some(to) = reference(&entry.json, path) {
                out.entry(to).or_default().push(entry);
            }
        }
        out
    }

    /// The resource that a reference names.
    pub fn get(&self, reference: &str) -> Option<&Entry> {
        self.entries.get(reference)
    }

    /// Maps everything; medications that are not among the resources may be among the known ones.
    pub fn map(mut self, known: &[Medication]) -> Read {
        let mut problems = std::mem::take(&mut self.problems);
        let (mut medications, mut records) = medications::read(&self, &mut problems);
        for m in known {
            medications.entry(format!("Medication/{}", m.id)).or_insert_with(|| m.clone());
        }
        records.extend(people::read(&self, &mut problems));
        records.extend(medications::shelf(&self, &medications, &mut problems));
        records.extend(prescriptions::read(&self, &medications, &mut problems));
        records.extend(orders::read(&self, &mut problems));
        records.extend(prices::read(&self, &medications, &mut problems));
        Read { records, problems, unknown: unknown::find(&self) }
    }
}

/// Resources by the reference that they hold.
pub type Referring<'a> = HashMap<&'a str, Vec<&'a Entry>>;

/// The formulary by reference.
pub type Medications = BTreeMap<String, Medication>;

/// Keeps the sound records of a type, reports the others.
pub fn collect<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    problems: &mut Vec<Problem>,
    map: impl Fn(&'a Entry) -> Result<Option<Record>, Reason>,
) -> Vec<Record> {
    let mut out = Vec::new();
    for entry in entries {
        match map(entry) {
            Ok(record) => out.extend(record),
            Err(reason) => problems.push(Problem { place: entry.place.clone(), reason }),
        }
    }
    out
}

/// When a resource last changed, by its own words on it.
///
/// # Errors
/// A time that cannot be read.
pub fn changed(v: &Value) -> Result<Option<Timestamp>, Reason> {
    Ok(instant(v, "/lastModified")?.max(instant(v, "/meta/lastUpdated")?))
}

/// The age of a record made of several resources: `as_of` of the first; the version is the latest change of any of them. `versionId`
/// counts each resource for itself and so cannot order a record of several.
pub fn stamp(main: &Value, parts: &[&Value]) -> Result<Stamp, Reason> {
    let own = changed(main)?.ok_or("meta.lastUpdated is missing: it is shown as the fact's age")?;
    let as_of = instant(main, "/lastModified")?.unwrap_or(own);
    let mut latest = own;
    for part in parts {
        latest = latest.max(changed(part)?.unwrap_or(own));
    }
    Ok(Stamp { as_of, version: Stamp::version_at(latest) })
}
