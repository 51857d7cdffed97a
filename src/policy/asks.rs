//! `asks.toml`: what a customer wants to know of a record of theirs (tracking number, refills left, why it waits …). Compiled into the
//! binary, since a wrong pattern must stop the build's tests, not a running server. It says what to tell, never whether it may be told.

use crate::domain::line::Line;
use crate::domain::words::fold;
use regex::RegexSet;
use serde::Deserialize;
use std::sync::LazyLock;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Orders with their parcels.
    Order,
    /// Prescriptions.
    Prescription,
    /// Prices.
    Price,
    /// Stock words.
    Stock,
}

/// One thing to know.
#[derive(Debug)]
pub struct Ask {
    /// Its name in the file.
    pub id: String,
    /// The kinds of records that tell it; the first that has one answers.
    pub records: Vec<Kind>,
    /// What to tell, most direct first.
    pub lines: Vec<Line>,
    /// The states that it is about; none means any.
    pub states: Vec<String>,
    /// Where none of theirs is in such a state, no record answers.
    pub only: bool,
    /// Also about what is delivered or closed.
    pub past: bool,
    /// A page tells it in general, too.
    pub general: bool,
    words: RegexSet,
    not: RegexSet,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: String,
    any: Vec<String>,
    #[serde(default)]
    not: Vec<String>,
    records: Vec<Kind>,
    lines: Vec<Line>,
    #[serde(default)]
    states: Vec<String>,
    #[serde(default)]
    only: bool,
    #[serde(default)]
    past: bool,
    #[serde(default)]
    general: bool,
}

#[derive(Deserialize)]
struct File {
    ask: Vec<Raw>,
}

/// What a message asks for, in the order of the file; empty when it asks for nothing that the file names.
#[must_use]
pub fn asked(text: &str) -> Vec<&'static Ask> {
    let folded = fold(text);
    asks().iter().filter(|a| a.words.is_match(&folded) && !a.not.is_match(&folded)).collect()
}

fn asks() -> &'static [Ask] {
    static ASKS: LazyLock<Vec<Ask>> = LazyLock::new(|| {
        let file = toml::from_str(include_str!("../../guardrails/asks.toml"));
        let asks = file.map_or_else(|_| Vec::new(), |f: File| f.ask);
        asks.into_iter().map(compiled).collect()
    });
    &ASKS
}

fn compiled(raw: Raw) -> Ask {
    let Raw { id, any, not, records, lines, states, only, past, general } = raw;
    let set = |list: &[String]| RegexSet::new(list).unwrap_or_default();
    Ask { id, records, lines, states, only, past, general, words: set(&any), not: set(&not) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::states::StateCode;

    #[test]
    fn every_pattern_compiles_and_every_state_exists() {
        let file: File = toml::from_str(include_str!("../../guardrails/asks.toml")).unwrap();
        for raw in &file.ask {
            assert!(RegexSet::new(raw.any.iter().chain(&raw.not)).is_ok() && !raw.any.is_empty(), "{}", raw.id);
            assert!(!raw.lines.is_empty() && !raw.records.is_empty(), "{}", raw.id);
            assert!(raw.states.iter().all(|s| s.parse::<StateCode>().is_ok()), "{}", raw.id);
            assert!(!raw.only || !raw.states.is_empty(), "{}", raw.id);
        }
        assert_eq!(asks().len(), file.ask.len());
    }

    #[test]
    fn questions_are_told_apart() {
        let ids = |text: &str| asked(text).iter().map(|a| a.id.as_str()).collect::<Vec<_>>();
        assert_eq!(ids("Can I have the tracking number?"), ["tracking"]);
        assert_eq!(ids("¿Cuántos resurtidos me quedan?"), ["refills"]);
        assert_eq!(ids("how many refills are left and when does it expire"), ["refills", "valid"]);
        assert_eq!(ids("hello there"), Vec::<&str>::new());
    }
}
