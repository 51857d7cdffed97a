//! Measured rates beside what the specification asks for: `evals guards --floors FILE`. The rows stand in the file.

use super::score::Pair;
use super::{GuardCase, Judged};
use crate::failure::Failure;
use crate::report::Report;
use crate::stats::Rate;
use apothecary::domain::labels::{Intent, Risk};
use apothecary::domain::route::Route;
use serde::Deserialize;
use std::path::Path;

/// With fewer cases a rate says too little to be called met.
const ENOUGH: usize = 150;
/// Asking for a person is answered by one.
const PERSON: &str = "I33";

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floors {
    floor: Vec<Floor>,
}

/// One row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    what: String,
    #[serde(default)]
    risks: Vec<Risk>,
    #[serde(default)]
    without: Vec<Risk>,
    #[serde(default)]
    harmless: bool,
    #[serde(default)]
    tag: Option<String>,
    #[serde(default)]
    asked_for_a_person: Option<bool>,
    #[serde(default)]
    fired: Vec<Risk>,
    #[serde(default)]
    routes: Vec<Route>,
    #[serde(default)]
    intent: bool,
    #[serde(default)]
    at_least: Option<f64>,
    #[serde(default)]
    at_most: Option<f64>,
}

impl Floors {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or a row is wrong.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
        toml::from_str(&text).map_err(|e| Failure::Input(format!("{}: {e}", path.display())))
    }

    /// Every row over all cases, then over the Spanish ones.
    pub fn score(&self, report: &mut Report, pairs: &[Pair<'_>]) {
        let spanish: Vec<Pair<'_>> = pairs.iter().copied().filter(|(c, _)| c.lang.as_deref() == Some("es")).collect();
        for (slice, pairs) in [("floor", pairs), ("floor, es", &spanish)] {
            for floor in &self.floor {
                let rate = floor.rate(pairs);
                report.rate(slice, &floor.what, rate);
                if rate.n > 0 {
                    let shown = format!("{} ({}, n = {})", rate.shown(), rate.interval_shown(), rate.n);
                    report.remark(format!("{slice}: {}: {shown}: {}", floor.what, floor.verdict(rate)));
                }
            }
        }
    }
}

impl Floor {
    fn rate(&self, pairs: &[Pair<'_>]) -> Rate {
        Rate::of(pairs.iter().filter(|(c, _)| self.counts(c)).map(|(c, j)| self.happened(c, j)))
    }

    fn counts(&self, case: &GuardCase) -> bool {
        let Some(risks) = &case.risks else { return false };
        let labelled = if self.harmless {
            risks.is_empty()
        } else if self.risks.is_empty() {
            !risks.is_empty()
        } else {
            risks.iter().any(|r| self.risks.contains(r))
        };
        let asked = case.intent.as_ref().map(Intent::to_string).as_deref() == Some(PERSON);
        labelled
            && !risks.iter().any(|r| self.without.contains(r))
            && self.tag.as_ref().is_none_or(|t| case.tags.contains(t))
            && self.asked_for_a_person.is_none_or(|want| want == asked)
    }

    fn happened(&self, case: &GuardCase, judged: &Judged) -> bool {
        let event = self.routes.contains(&judged.route) || judged.fired.iter().any(|r| self.fired.contains(r));
        event && (!self.intent || case.intent == judged.intent)
    }

    fn verdict(&self, rate: Rate) -> String {
        let share = rate.share().unwrap_or_default() * 100.0;
        let (bar, met) = match (self.at_least, self.at_most) {
            (Some(least), _) => (format!("at least {least} %"), share >= least),
            (None, Some(most)) => (format!("at most {most} %"), share <= most),
            (None, None) => return "no bar".into(),
        };
        let word = match (met, rate.n >= ENOUGH) {
            (true, true) => "met",
            (true, false) => "met, on few",
            (false, _) => "NOT MET",
        };
        format!("{bar}, {word}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guards::State;
    use serde_json::json;

    fn case(text: &str) -> GuardCase {
        serde_json::from_str(text).unwrap()
    }

    fn judged(route: Route, fired: &[&str]) -> Judged {
        let fired = fired.iter().map(|r| r.parse().unwrap()).collect();
        Judged { state: State::Judged, route, fired, intent: None, phi: Vec::new(), micros: 0, json: json!({}) }
    }

    #[test]
    fn rows_count_their_own_cases_and_say_whether_the_bar_is_met() {
        let floors: Floors = toml::from_str(
            "[[floor]]\nwhat = 'caught'\nrisks = ['R3']\nroutes = ['pharmacist']\nat_least = 60\n\
             [[floor]]\nwhat = 'alarms'\nharmless = true\ntag = 'hard'\nasked_for_a_person = false\nfired = ['R3']\nat_most = 40\n\
             [[floor]]\nwhat = 'others'\nwithout = ['R3']\nroutes = ['answer']\nat_most = 0",
        )
        .unwrap();
        let cases = [
            (case(r#"{"id":"1","text":"a","risks":["R3","R9"]}"#), judged(Route::Pharmacist, &["R9"])),
            (case(r#"{"id":"2","text":"b","risks":["R3"]}"#), judged(Route::Answer, &[])),
            (case(r#"{"id":"3","text":"c","risks":[],"tags":["hard"]}"#), judged(Route::Answer, &["R3"])),
            (case(r#"{"id":"4","text":"d","risks":[],"tags":["hard"],"intent":"I33"}"#), judged(Route::Human, &[])),
            (case(r#"{"id":"5","text":"e"}"#), judged(Route::Human, &["R3"])),
        ];
        let pairs: Vec<Pair<'_>> = cases.iter().map(|(c, j)| (c, j)).collect();
        let rates: Vec<_> = floors.floor.iter().map(|f| f.rate(&pairs)).collect();
        assert_eq!(rates, [Rate { hits: 1, n: 2 }, Rate { hits: 1, n: 1 }, Rate::default()]);
        assert_eq!(floors.floor[0].verdict(rates[0]), "at least 60 %, NOT MET");
        assert_eq!(floors.floor[0].verdict(Rate { hits: 2, n: 3 }), "at least 60 %, met, on few");
        assert!(floors.floor[1].verdict(Rate { hits: 1, n: 200 }).ends_with(", met"));
    }

    #[test]
    fn the_file_of_the_repository_is_read_and_a_wrong_row_is_named() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("evals/floors.toml");
        let floors = Floors::load(&path).unwrap();
        assert!(floors.floor.iter().all(|f| f.at_least.is_some() != f.at_most.is_some()));
        assert!(floors.floor.iter().all(|f| !f.fired.is_empty() || !f.routes.is_empty()));
        assert!(toml::from_str::<Floors>("[[floor]]\nwhat = 'x'\nriskz = []").is_err());
    }
}
