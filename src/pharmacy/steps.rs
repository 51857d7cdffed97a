//! `steps.toml`: the steps of an order's way, at which of them each state stands, what a held-up state is marked with, and which
//! question a state's next step offers. How a state is told is `states`'.

use super::states::Bilingual;
use super::{Fault, toml_fault};
use crate::domain::card::{Place, Step};
use crate::domain::lang::Lang;
use crate::domain::states::{Machine, StateCode};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    name: String,
    name_es: String,
    states: Vec<StateCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMark {
    words: String,
    words_es: String,
    states: Vec<StateCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOffer {
    ask: String,
    ask_es: String,
    states: Vec<StateCode>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoWay {
    states: Vec<StateCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    step: Vec<RawStep>,
    #[serde(default)]
    no_way: NoWay,
    #[serde(default)]
    mark: Vec<RawMark>,
    #[serde(default)]
    offer: Vec<RawOffer>,
}

/// Words for some states.
type Said = (Bilingual, Vec<StateCode>);

/// The way of an order, and what its states offer; empty where no folder has the file.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    steps: Vec<Said>,
    marks: Vec<Said>,
    offers: Vec<Said>,
}

impl Steps {
    /// Every entry: steps, marks, offers.
    pub(crate) fn list(&self) -> impl Iterator<Item = &impl std::fmt::Debug> {
        self.steps.iter().chain(&self.marks).chain(&self.offers)
    }

    /// Parses the text of the file called `file`.
    ///
    /// # Errors
    /// The faults: syntax, unknown code, an order's or parcel's state that stands nowhere or twice, a mark or step of another record's.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Fault>> {
        let raw = toml::from_str::<File>(text).map_err(|e| vec![toml_fault(file, text, 0, &e)])?;
        let faults = faults(&raw, file);
        if !faults.is_empty() {
            return Err(faults);
        }
        let said = |en, es, states| (Bilingual { en, es }, states);
        Ok(Self {
            steps: raw.step.into_iter().map(|r| said(r.name, r.name_es, r.states)).collect(),
            marks: raw.mark.into_iter().map(|r| said(r.words, r.words_es, r.states)).collect(),
            offers: raw.offer.into_iter().map(|r| said(r.ask, r.ask_es, r.states)).collect(),
        })
    }

    /// The steps as they lie around a state; empty for one without a way.
    #[must_use]
    pub fn around(&self, state: StateCode, lang: Lang) -> Vec<Step> {
        let Some(here) = self.steps.iter().position(|(_, states)| states.contains(&state)) else { return Vec::new() };
        let place = |at: usize| match at.cmp(&here) {
            std::cmp::Ordering::Less => Place::Done,
            std::cmp::Ordering::Equal => Place::Current,
            std::cmp::Ordering::Greater => Place::Ahead,
        };
        let step = |(at, (name, _)): (usize, &Said)| Step { name: name.pick(lang).to_owned(), place: place(at) };
        self.steps.iter().enumerate().map(step).collect()
    }

    /// The word that marks a state which is held up at its step.
    #[must_use]
    pub fn mark(&self, state: StateCode, lang: Lang) -> Option<&str> {
        of(&self.marks, state, lang)
    }

    /// The question that a state's next step offers, with its slots.
    #[must_use]
    pub fn offer(&self, state: StateCode, lang: Lang) -> Option<&str> {
        of(&self.offers, state, lang)
    }
}

fn of(list: &[Said], state: StateCode, lang: Lang) -> Option<&str> {
    list.iter().find(|(_, states)| states.contains(&state)).map(|(words, _)| words.pick(lang))
}

fn faults(raw: &File, file: &str) -> Vec<Fault> {
    let placed: Vec<StateCode> = raw.step.iter().flat_map(|s| &s.states).chain(&raw.no_way.states).copied().collect();
    let marked: Vec<StateCode> = raw.mark.iter().flat_map(|m| &m.states).copied().collect();
    let offered: Vec<StateCode> = raw.offer.iter().flat_map(|o| &o.states).copied().collect();
    let mut out = Vec::new();
    let mut fault = |code: StateCode, problem, mend| out.push(Fault::new(file, code.to_string(), problem, mend));
    for code in StateCode::all() {
        let times = |list: &[StateCode]| list.iter().filter(|c| **c == code).count();
        match (code.machine(), times(&placed)) {
            (Machine::Prescription, 0) | (Machine::Order | Machine::Shipment, 1) => {}
            (Machine::Prescription, _) => {
                fault(code, "stands on an order's way", "take it off: a prescription has none")
            }
            (_, 0) => fault(code, "stands at no step", "add it to the `states` of a [[step]] or of [no_way]"),
            (_, _) => fault(code, "stands at two steps", "keep one"),
        }
        if times(&marked) > 1 || times(&offered) > 1 {
            fault(code, "has two marks or two offers", "keep one");
        }
        if times(&marked) > 0 && raw.step.iter().all(|s| !s.states.contains(&code)) {
            fault(code, "has a mark but no step", "add it to the `states` of a [[step]]");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../index/steps.toml");

    fn broken(from: &str, to: &str) -> String {
        assert!(FILE.contains(from), "`{from}` stands elsewhere now");
        let faults = Steps::parse(&FILE.replacen(from, to, 1), "steps.toml").unwrap_err();
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_state_has_its_place_on_the_way() {
        let steps = Steps::parse(FILE, "steps.toml").unwrap();
        let here = |code: &str, lang| {
            let around = steps.around(code.parse().unwrap(), lang);
            let current: Vec<String> =
                around.iter().filter(|s| s.place == Place::Current).map(|s| s.name.clone()).collect();
            (around.len(), current.join("+"))
        };
        assert_eq!(here("O02", Lang::En), (6, "Ordered".into()));
        assert_eq!(here("T03", Lang::Es), (6, "Con el transportista".into()));
        assert_eq!(here("O11", Lang::En), (0, String::new()), "a cancelled order has no way");
        let order = steps.around("O05".parse().unwrap(), Lang::En);
        let places: Vec<Place> = order.iter().map(|s| s.place).collect();
        assert_eq!(places, [[Place::Done; 2].as_slice(), &[Place::Current], &[Place::Ahead; 3]].concat());
        assert_eq!(steps.mark("T13".parse().unwrap(), Lang::En), Some("On hold"));
        assert_eq!(steps.mark("T03".parse().unwrap(), Lang::En), None);
    }

    #[test]
    fn a_state_that_is_missing_or_stands_twice_is_named_with_its_mend() {
        assert!(broken("\"O05\", ", "").contains("steps.toml: O05: stands at no step; add it"));
        assert!(broken("[\"O04\"]", "[\"O04\", \"O05\"]").contains("O05: stands at two steps; keep one"));
        assert!(broken("[\"O04\"]", "[\"O04\", \"P01\"]").contains("P01: stands on an order's way"));
        assert!(broken("[\"T10\"]\n\n#", "[\"O10\"]\n\n#").contains("O10: has a mark but no step"));
        assert!(broken("\"O05\"", "\"O95\"").contains("unknown state"));
    }
}
