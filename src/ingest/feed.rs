//! One import: a FHIR Bundle, NDJSON of FHIR resources, of compact events, or of both, line by line, in batches of one transaction each.
//! What a line means is read in `fhir` and `event`, whether it may be told is judged by the state table, what it changes is the store's.

use super::event;
use super::fhir::{self, Read, Sent};
use super::report::Report;
use crate::domain::facts::{Medication, Record};
use crate::domain::feed::{Change, Doubt, Move, Outcome, Step};
use crate::domain::ids::TicketId;
use crate::domain::lang::Lang;
use crate::domain::route::{Priority, Queue, Reason};
use crate::domain::states::StateCode;
use crate::escalate::card::Card;
use crate::escalate::ticket::{About, Case, Ticket};
use crate::pharmacy::States;
use crate::policy::GuardPolicy;
use crate::store::feed::{About as Of, Judge, Told};
use crate::store::tickets::NewTicket;
use crate::store::{Store, StoreError};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// Lines of one transaction.
pub const BATCH: usize = 500;

/// Takes up what a feed sends; the server and the command line do the same.
pub struct Importer<'a> {
    /// Where it goes.
    pub store: &'a Store,
    /// Which steps are allowed.
    pub states: &'a States,
    /// When a case is due.
    pub policy: &'a GuardPolicy,
    /// When it arrived.
    pub now: Timestamp,
}

/// Between two batches.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(5);
/// So many versions of one resource are read in one text.
const VERSIONS: usize = 32;

/// A line with its place.
type Placed = (String, Result<Told, (String, &'static str)>);

impl Importer<'_> {
    /// Takes up what was read; `progress` hears of the lines done and of all lines.
    ///
    /// # Errors
    /// The store failed: the batches before it are kept, the one at hand is not, and the same text can be sent again.
    pub async fn take(
        &self,
        Lines(mut lines): Lines,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Report, StoreError> {
        let mut report = Report::default();
        let beats = heartbeats(&mut lines);
        for batch in lines.chunks(BATCH) {
            self.batch(batch, &mut report).await?;
            progress(report.lines, lines.len() + beats.len());
            // Customers write into the same store.
            tokio::time::sleep(PAUSE).await;
        }
        let beats = if report.refused == 0 { beats } else { beats.into_iter().map(unheard).collect() };
        self.batch(&beats, &mut report).await?;
        Ok(report)
    }

    async fn batch(&self, batch: &[Placed], report: &mut Report) -> Result<(), StoreError> {
        if !batch.is_empty() {
            let sound: Vec<Told> = batch.iter().filter_map(|(_, told)| told.as_ref().ok().cloned()).collect();
            let mut outcomes = self.store.take_feed(&sound, self.now, self).await?.into_iter();
            for (place, told) in batch {
                let outcome = match told {
                    Err((reason, mend)) => Outcome::Refused(reason.clone(), mend),
                    Ok(_) => outcomes.next().unwrap_or(Outcome::Repeated),
                };
                report.add(place, &outcome);
            }
        }
        Ok(())
    }
}

/// A heartbeat says that all is told: it comes after everything else.
fn heartbeats(lines: &mut Vec<Placed>) -> Vec<Placed> {
    lines.extract_if(.., |(_, told)| matches!(told, Ok(Told::Alive(_)))).collect()
}

fn unheard((place, _): Placed) -> Placed {
    let reason = "lines beside it were refused, so that not all that is known is the latest".to_owned();
    (place, Err((reason, "mend those lines, then send it again")))
}

/// What was read of a text, line by line.
#[derive(Clone, Debug, Default)]
pub struct Lines(Vec<Placed>);

impl Lines {
    /// Reads a whole text beside the formulary that is known: FHIR first, since its resources belong together, then the events in their
    /// order. Takes a second for some megabytes: for a thread that may block.
    #[must_use]
    pub fn read(text: &str, states: &States, known: &[Medication]) -> Self {
        let (mut fhir, mut events) = (Vec::new(), Vec::new());
        for (place, line) in pieces(text) {
            match serde_json::from_str::<Value>(line) {
                Ok(v) if v.get("resourceType").is_some() => fhir.push((place, v)),
                _ => events.push((place, event::read(line, states))),
            }
        }
        let (layers, mut out) = layers(fhir);
        out.extend(layers.iter().flat_map(|layer| placed(fhir::read_sent(layer, known))));
        once(&mut out);
        out.extend(events);
        Self(out)
    }
}

/// The whole text when it is one JSON value, else its lines with their numbers.
fn pieces(text: &str) -> Vec<(String, &str)> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return vec![("line 1".into(), text)];
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(n, line)| (format!("line {}", n + 1), line)).collect()
}

/// The resources of bundles, each with its place; an entry without one is a fault.
fn opened(lines: Vec<(String, Value)>) -> (Vec<(String, Value)>, Vec<Placed>) {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for (place, mut v) in lines {
        let Some(entries) = bundled(&mut v) else {
            all.push((place, v));
            continue;
        };
        for (n, mut entry) in entries.into_iter().enumerate() {
            match entry.get_mut("resource").map(Value::take).filter(Value::is_object) {
                Some(resource) => all.push((place.clone(), resource)),
                None => {
                    let fault = ("has no resource".to_owned(), "leave the entry out, or send its resource");
                    faults.push((format!("{place}: entry {n}"), Err(fault)));
                }
            }
        }
    }
    (all, faults)
}

/// The entries of a Bundle; an empty one has none.
fn bundled(v: &mut Value) -> Option<Vec<Value>> {
    let is = v.get("resourceType").and_then(Value::as_str) == Some("Bundle");
    is.then(|| match v.get_mut("entry").map(Value::take) {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    })
}

/// One reading holds one version of each resource: the first of all, then the second of those that have one beside the last of the others,
/// and so on. A resource of which a later version follows is of its own age, whatever it is read beside.
fn layers(lines: Vec<(String, Value)>) -> (Vec<Vec<Sent>>, Vec<Placed>) {
    let (lines, mut faults) = opened(lines);
    let mut versions: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
    for (n, (place, v)) in lines.into_iter().enumerate() {
        let part = |name: &str| v.get(name).and_then(Value::as_str);
        let key =
            part("resourceType").zip(part("id")).map_or_else(|| format!("{n}"), |(kind, id)| format!("{kind}/{id}"));
        versions.entry(key).or_default().push((place, v));
    }
    for all in versions.values_mut() {
        all.sort_by_key(|(_, v)| fhir::changed_at(v));
        all.dedup_by(|(_, later), (_, v)| later == v);
        let old = all.len().saturating_sub(VERSIONS);
        let fault =
            || (format!("more than {VERSIONS} versions of one resource"), "send older versions before the later ones");
        faults.extend(all.drain(..old).map(|(place, _)| (place, Err(fault()))));
    }
    let most = versions.values().map(Vec::len).max().unwrap_or_default();
    let sent = |n: usize, all: &[(String, Value)]| {
        let (place, json) = all.get(n).or(all.last())?.clone();
        Some(Sent { place, json, early: n + 1 < all.len() })
    };
    ((0..most).map(|n| versions.values().filter_map(|all| sent(n, all)).collect()).collect(), faults)
}

/// What stands in several layers counts once.
fn once(lines: &mut Vec<Placed>) {
    let mut seen = HashSet::new();
    lines.retain(|(place, told)| {
        seen.insert(match told {
            Ok(told) => format!("{told:?}"),
            Err((reason, _)) => format!("{place}: {reason}"),
        })
    });
}

fn placed(read: Read) -> Vec<Placed> {
    let unknown = |place: &str| read.unknown.iter().any(|u| u.place == place);
    let mend = "mend the resource and send it again with what it refers to";
    let faults = read.problems.iter().filter(|p| !unknown(&p.place));
    let mut out: Vec<Placed> = faults.map(|p| (p.place.clone(), Err((p.reason.clone(), mend)))).collect();
    out.extend(read.unknown.iter().map(|u| {
        let step = Step { version: u.stamp.version, at: u.stamp.as_of, change: Change::Unknown(u.word.clone()) };
        (u.place.clone(), Ok(Told::Step(None, Of::Id(u.kind, u.id.clone()), step)))
    }));
    out.extend(read.records.into_iter().map(|record| {
        let (kind, id, _, stamp) = record.key();
        let (place, at, version) = (format!("{kind} {id}"), stamp.as_of, stamp.version);
        let told = match record.state() {
            None => Told::Record(record),
            Some(_) => {
                let step = Step { version, at, change: Change::Whole(record) };
                Told::Step(None, Of::Id(kind, id), step)
            }
        };
        (place, Ok(told))
    }));
    out
}

impl Judge for Importer<'_> {
    fn going(&self, from: StateCode, to: StateCode, cold: bool) -> Option<Move> {
        self.states.going(from, to, cold)
    }

    fn ticket(&self, record: &Record, doubt: &Doubt, now: Timestamp) -> NewTicket {
        let (kind, id, owner, _) = record.key();
        let words = format!(
            "The feed's version {} of {kind} {id} is not told to customers: it stood at {}, and {}. Check it at the source; the next sound \
             version ends this. Until then questions about it come to a person.",
            doubt.version, doubt.from, doubt.why
        );
        let case = Case::plain(Reason::State, Priority::P3, Queue::Service);
        let card = Card::new("feed", None, &case.reason.to_string(), &[], &words);
        let about = About { lang: Lang::En, level: "feed".into(), patient: owner.cloned() };
        let new = TicketId(uuid::Uuid::now_v7().to_string());
        Ticket::open(new, &case, &about, card, self.policy, now).into_row().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn versions_of_one_resource_are_read_one_after_the_other() {
        let line = |n: usize, id: &str, day: u32| {
            let at = format!("2026-11-{day:02}T00:00:00Z");
            (format!("line {n}"), json!({"resourceType": "Task", "id": id, "lastModified": at}))
        };
        let lines = vec![line(1, "a", 2), line(2, "b", 1), line(3, "a", 1), line(4, "a", 1), line(5, "a", 3)];
        let (all, faults) = layers(lines);
        let places: Vec<Vec<(&str, bool)>> =
            all.iter().map(|l| l.iter().map(|s| (s.place.as_str(), s.early)).collect()).collect();
        let b = ("line 2", false);
        assert_eq!(places, [[("line 3", true), b], [("line 1", true), b], [("line 5", false), b]], "by their time");
        assert!(faults.is_empty());
        let (all, faults) = layers(
            (0..40)
                .map(|n| line(n, "a", 30))
                .chain((1..=35).map(|n| (n.to_string(), json!({"resourceType": "Task", "id": "c", "n": n}))))
                .collect(),
        );
        assert_eq!((all.len(), faults.len()), (32, 3), "the oldest of too many are refused");
    }

    #[test]
    fn bundles_are_opened() {
        let task = |n: u32| json!({"resourceType": "Task", "id": "a", "n": n});
        let bundle = |n: u32| json!({"resourceType": "Bundle", "entry": [{"resource": task(n)}, {"fullUrl": "x"}]});
        let (all, faults) = layers(vec![("line 1".into(), bundle(1)), ("line 2".into(), bundle(2))]);
        let json: Vec<&Value> = all.iter().flatten().map(|s| &s.json).collect();
        assert_eq!(json, [&task(1), &task(2)]);
        let places: Vec<&str> = faults.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["line 1: entry 1", "line 2: entry 1"]);
    }

    #[test]
    fn a_text_is_one_value_or_lines_with_their_numbers() {
        assert_eq!(pieces("{\n\"a\": 1\n}").len(), 1);
        let lines = pieces("\u{feff}{\"a\": 1}\n\n{\"b\"");
        assert_eq!(lines, [("line 1".to_owned(), "{\"a\": 1}"), ("line 3".to_owned(), "{\"b\"")]);
    }
}
