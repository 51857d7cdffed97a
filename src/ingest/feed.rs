//! One import: a FHIR Bundle, NDJSON of FHIR resources, of compact events, or of both, line by line, in batches of one transaction each.
//! What a line means is read in `fhir` and `event`, whether it may be told is judged by the state table, what it changes is the store's.

use super::event;
use super::fhir::{self, Read};
use super::report::Report;
use crate::domain::facts::Record;
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

/// A line with its place.
type Placed = (String, Result<Told, (String, &'static str)>);

impl Importer<'_> {
    /// Takes up a whole text; `progress` hears of the lines done and of all lines.
    ///
    /// # Errors
    /// The store failed: the batches before it are kept, the one at hand is not, and the same text can be sent again.
    pub async fn take(&self, text: &str, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Report, StoreError> {
        let lines = self.read(text).await?;
        let mut report = Report::default();
        for batch in lines.chunks(BATCH) {
            let sound: Vec<Told> = batch.iter().filter_map(|(_, told)| told.as_ref().ok().cloned()).collect();
            let mut outcomes = self.store.take_feed(&sound, self.now, self).await?.into_iter();
            for (place, told) in batch {
                let outcome = match told {
                    Err((reason, mend)) => Outcome::Refused(reason.clone(), mend),
                    Ok(_) => outcomes.next().unwrap_or(Outcome::Repeated),
                };
                report.add(place, &outcome);
            }
            progress(report.lines, lines.len());
        }
        Ok(report)
    }

    /// FHIR first, since its resources belong together, then the events in their order.
    async fn read(&self, text: &str) -> Result<Vec<Placed>, StoreError> {
        let (mut fhir, mut events) = (Vec::new(), Vec::new());
        for (place, line) in pieces(text) {
            match serde_json::from_str::<Value>(line) {
                Ok(v) if v.get("resourceType").is_some() => fhir.push((place, v)),
                _ => events.push((place, event::read(line, self.states))),
            }
        }
        let mut out = Vec::new();
        if !fhir.is_empty() {
            let known = self.store.medications().await?;
            out = layers(fhir).iter().flat_map(|layer| placed(fhir::read_with(layer, &known))).collect();
            once(&mut out);
        }
        out.extend(events);
        Ok(out)
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

/// One reading holds one version of each resource: the first of all, then the second of those that have one beside the last of the others,
/// and so on.
fn layers(lines: Vec<(String, Value)>) -> Vec<Vec<(String, String)>> {
    let mut versions: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (place, v) in lines {
        let part = |name: &str| v.get(name).and_then(Value::as_str);
        let key =
            part("resourceType").zip(part("id")).map_or_else(|| place.clone(), |(kind, id)| format!("{kind}/{id}"));
        let (all, text) = (versions.entry(key).or_default(), v.to_string());
        if all.last().is_none_or(|(_, last)| *last != text) {
            all.push((place, text));
        }
    }
    let most = versions.values().map(Vec::len).max().unwrap_or_default();
    let layer = |n: usize| versions.values().filter_map(|all| all.get(n).or(all.last()).cloned()).collect();
    (0..most).map(layer).collect()
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
        (u.place.clone(), Ok(Told::Step(None, Of::Named(u.kind, u.id.clone()), step)))
    }));
    out.extend(read.records.into_iter().map(|record| {
        let (kind, id, _, stamp) = record.key();
        let (place, at, version) = (format!("{kind} {id}"), stamp.as_of, stamp.version);
        let told = match record.state() {
            None => Told::Record(record),
            Some(_) => {
                let step = Step { version, at, change: Change::Whole(record) };
                Told::Step(None, Of::Named(kind, id), step)
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
        let line =
            |n: usize, id: &str, v: u32| (format!("line {n}"), json!({"resourceType": "Task", "id": id, "v": v}));
        let all = layers(vec![line(1, "a", 1), line(2, "b", 1), line(3, "a", 2), line(4, "a", 2), line(5, "a", 3)]);
        let places: Vec<Vec<&str>> = all.iter().map(|l| l.iter().map(|(place, _)| place.as_str()).collect()).collect();
        assert_eq!(places, [["line 1", "line 2"], ["line 3", "line 2"], ["line 5", "line 2"]]);
    }

    #[test]
    fn a_text_is_one_value_or_lines_with_their_numbers() {
        assert_eq!(pieces("{\n\"a\": 1\n}").len(), 1);
        let lines = pieces("\u{feff}{\"a\": 1}\n\n{\"b\"");
        assert_eq!(lines, [("line 1".to_owned(), "{\"a\": 1}"), ("line 3".to_owned(), "{\"b\"")]);
    }
}
