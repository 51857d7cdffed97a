//! `states.toml`: the customer's words, next step and clock of each state, and which state may follow which.

use super::{Fault, toml_fault};
use crate::domain::evidence::Fact;
use crate::domain::feed::Move;
use crate::domain::lang::Lang;
use crate::domain::route::Queue;
use crate::domain::states::{Machine, StateCode};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bilingual {
    /// English.
    pub en: String,
    /// Spanish.
    pub es: String,
}

impl Bilingual {
    /// The one that a language reads.
    #[must_use]
    pub fn pick(&self, lang: Lang) -> &str {
        lang.pick(&self.en, &self.es)
    }
}

/// When a person takes over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handover {
    /// Never because of the state alone.
    #[default]
    None,
    /// When the state lasts longer than its clock.
    OverClock,
    /// At once.
    Always,
}

/// What may be said about one state.
#[derive(Clone, Debug)]
pub struct StateEntry {
    /// Short words, for cards.
    pub words: Bilingual,
    /// The same as a sentence.
    pub sentence: Bilingual,
    /// What the customer can do.
    pub next_step: Bilingual,
    /// What holds only while the clock runs; empty where there is none.
    pub meanwhile: Bilingual,
    /// The clock in words; empty where there is none.
    pub clock: Bilingual,
    /// Hours after which a person must look.
    pub clock_hours: Option<u32>,
    /// The hours count business days of 24 hours.
    pub clock_business: bool,
    /// When a person takes over.
    pub handover: Handover,
    /// Conditions that hand over at once: `short_supply`, `critical`, `cold`, `opened`, `second_attempt`, `controlled`, `clinical`, `asks_why`.
    pub also: Vec<String>,
    /// Team that takes over.
    pub queue: Queue,
    /// States that may follow.
    pub to: Vec<StateCode>,
    /// States that may follow while the parcel is cold.
    pub to_cold: Vec<StateCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    code: String,
    #[serde(rename = "name")]
    _name: Option<String>,
    words: Option<String>,
    words_es: Option<String>,
    sentence: Option<String>,
    sentence_es: Option<String>,
    next_step: String,
    next_step_es: String,
    #[serde(default)]
    meanwhile: String,
    #[serde(default)]
    meanwhile_es: String,
    clock: String,
    clock_es: String,
    #[serde(default)]
    clock_hours: u32,
    #[serde(default)]
    clock_business: bool,
    handover: Option<Handover>,
    #[serde(default)]
    also: Vec<String>,
    queue: Option<Queue>,
    #[serde(default)]
    to: Vec<StateCode>,
    #[serde(default)]
    to_cold: Vec<StateCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    state: Vec<Raw>,
}

/// All 48 states.
#[derive(Clone, Debug)]
pub struct States(BTreeMap<StateCode, StateEntry>, StateEntry);

impl States {
    /// Parses the text of the file called `file`.
    ///
    /// # Errors
    /// The faults: syntax, unknown code, a code twice or missing, neither words nor sentence.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Fault>> {
        let raw = toml::from_str::<File>(text).map_err(|e| vec![toml_fault(file, text, 0, &e)])?.state;
        let (mut map, mut faults) = (BTreeMap::new(), Vec::new());
        for r in raw {
            let name = r.code.clone();
            match r.entry() {
                Ok((code, entry)) => {
                    if map.insert(code, entry).is_some() {
                        faults.push(Fault::new(file, name, "stands twice", "keep one"));
                    }
                }
                Err((problem, mend)) => faults.push(Fault::new(file, name, problem, mend)),
            }
        }
        for code in StateCode::all().filter(|c| !map.contains_key(c)) {
            let said = faults.iter().any(|f| f.place == code.to_string());
            if !said {
                faults.push(Fault::new(
                    file,
                    code.to_string(),
                    "is missing",
                    "add a [[state]] for it; all 48 are needed",
                ));
            }
        }
        match map.values().next().cloned() {
            Some(first) if faults.is_empty() => Ok(Self(map, first)),
            _ => Err(faults),
        }
    }

    /// What may be said about a state. All 48 codes are held from parsing on.
    #[must_use]
    pub fn get(&self, code: StateCode) -> &StateEntry {
        self.0.get(&code).unwrap_or(&self.1)
    }

    /// All states in order of code.
    pub fn iter(&self) -> impl Iterator<Item = (StateCode, &StateEntry)> {
        self.0.iter().map(|(c, e)| (*c, e))
    }

    /// The record has been longer in its state than the clock allows: by the end that the feed tells, or for a refund that the bank
    /// should have shown by now by the state's hours from the day on which it was sent (midnight UTC).
    #[must_use]
    pub fn overdue(&self, fact: &Fact, now: Timestamp) -> bool {
        let due = match fact {
            Fact::Order { order, .. } => order.refund.and_then(|(_, sent)| self.refund_due(order.state, sent?)),
            _ => None,
        };
        due.or_else(|| fact.due()).is_some_and(|due| due < now)
    }

    fn refund_due(&self, state: StateCode, sent: Date) -> Option<Timestamp> {
        let hours = self.get(state).clock_hours?;
        let start = sent.to_zoned(TimeZone::UTC).ok()?.timestamp();
        start.checked_add(SignedDuration::from_hours(hours.into())).ok()
    }

    /// How a record may go from one state to the other: listed, the same again, or a forward jump within T01…T08
    /// (a scan was skipped). Anything else is a data error and goes to a person. `cold`: the parcel is refrigerated.
    #[must_use]
    pub fn going(&self, from: StateCode, to: StateCode, cold: bool) -> Option<Move> {
        let entry = self.get(from);
        let listed = entry.to.contains(&to) || (cold && entry.to_cold.contains(&to));
        let place = |code: StateCode| {
            let mut parcels = StateCode::all().filter(|c| c.machine() == Machine::Shipment).take(8);
            parcels.position(|c| c == code)
        };
        let jump = place(from).zip(place(to)).is_some_and(|(a, b)| a < b);
        if from == to || listed {
            return Some(Move::Next);
        }
        jump.then_some(Move::Skips)
    }

    /// When a person must look at a record that has been in the state since then; business days leave out Saturdays and Sundays (UTC).
    #[must_use]
    pub fn clock_end(&self, code: StateCode, since: Timestamp) -> Option<Timestamp> {
        let entry = self.get(code);
        let rest = |t: Timestamp| matches!(t.to_zoned(TimeZone::UTC).weekday(), Weekday::Saturday | Weekday::Sunday);
        let (mut at, mut left) = (since, entry.clock_hours?);
        while left > 0 {
            at = at.checked_add(SignedDuration::from_hours(1)).ok()?;
            left -= u32::from(!(entry.clock_business && rest(at)));
        }
        Some(at)
    }
}

impl Raw {
    fn entry(self) -> Result<(StateCode, StateEntry), (String, &'static str)> {
        let code = self.code.parse().map_err(|e| (format!("{e}"), "use one of the 48 codes"))?;
        let either = |a: &Option<String>, b: &Option<String>| a.clone().or(b.clone());
        let both = |en: Option<String>, es: Option<String>, what: &str| match en.zip(es) {
            Some((en, es)) => Ok(Bilingual { en, es }),
            None => {
                Err((format!("has no {what} in both languages"), "add words and words_es, or sentence and sentence_es"))
            }
        };
        let words = both(either(&self.words, &self.sentence), either(&self.words_es, &self.sentence_es), "words")?;
        let sentence =
            both(either(&self.sentence, &self.words), either(&self.sentence_es, &self.words_es), "sentence")?;
        let clocked = self.clock_hours > 0;
        let entry = StateEntry {
            words,
            sentence,
            next_step: Bilingual { en: self.next_step, es: self.next_step_es },
            meanwhile: Bilingual { en: self.meanwhile, es: self.meanwhile_es },
            clock: Bilingual { en: self.clock, es: self.clock_es },
            clock_hours: clocked.then_some(self.clock_hours),
            clock_business: self.clock_business,
            handover: self.handover.unwrap_or(if clocked { Handover::OverClock } else { Handover::None }),
            also: self.also,
            queue: self.queue.unwrap_or(Queue::Service),
            to: self.to,
            to_cold: self.to_cold,
        };
        Ok((code, entry))
    }
}
