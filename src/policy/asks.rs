//! What a customer wants to know of a record of theirs (tracking number, refills left, why it waits …): `asks.toml` says what each ask
//! tells, and which one a message makes is learned from the labelled messages of `asks.jsonl`. Both are compiled into the binary, since
//! a wrong line must stop the build's tests, not a running server. It says what to tell, never whether it may be told.

use crate::domain::bayes::{ALPHA, NaiveBayes, TEMPERATURE, probabilities};
use crate::domain::labels::{INTENTS, Intent};
use crate::domain::lang::Lang;
use crate::domain::line::Line;
use serde::Deserialize;
use std::sync::LazyLock;

const QUESTIONS: &str = include_str!("../../guardrails/asks.toml");
const MESSAGES: &str = include_str!("../../guardrails/asks.jsonl");
/// The files that are compiled in, by name.
pub const BUILT_IN: [(&str, &str); 2] = [("asks.toml", QUESTIONS), ("asks.jsonl", MESSAGES)];

/// The label of messages that a page answers, not a record.
const PAGE: &str = "page";
/// How probable it must be that a message asks for a record at all, and where it names one of the writer's own.
const OF_RECORD: f32 = 0.5;
const OF_NAMED: f32 = 0.2;
/// How probable the first thing must be: below, the message says too little to tell (`and the other medicine?`).
const TOLD: f32 = 0.4;
/// How probable a further thing must be to be told beside the first.
const BESIDE: f32 = 0.15;
/// What an ask keeps of its probability when the message has none of its intents.
const STRANGE: f32 = 0.1;
/// Things that a message asks for at most.
const MOST: usize = 3;

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
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Its name in the file.
    pub id: String,
    /// The intents that such messages mostly have.
    pub intents: Vec<Intent>,
    /// The kinds of records that tell it; the first that has one answers.
    pub records: Vec<Kind>,
    /// What to tell, most direct first.
    pub lines: Vec<Line>,
    /// The states that it is about; none means any.
    #[serde(default)]
    pub states: Vec<String>,
    /// Where none of theirs is in such a state, no record answers.
    #[serde(default)]
    pub only: bool,
    /// Also about what is delivered or closed.
    #[serde(default)]
    pub past: bool,
    /// A page tells it in general, too.
    #[serde(default)]
    pub general: bool,
}

#[derive(Deserialize)]
struct File {
    ask: Vec<Ask>,
}

/// A message with the ask that it makes first.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    text: String,
    ask: String,
    #[allow(dead_code, reason = "for whoever reads the file and for its checks")]
    lang: Lang,
    #[allow(dead_code, reason = "a hand's lines may not test what was learned from them")]
    author: String,
}

/// The asks, whether a message makes one, and which.
struct Known {
    asks: Vec<Ask>,
    of_record: NaiveBayes,
    which: NaiveBayes,
}

/// What a message asks to know of a record, most probable first; empty when no record tells it or when it says too little. `named`: it
/// names a record or a medicine of the writer's own; `intents`: how probable each intent of the message is.
#[must_use]
pub fn asked(text: &str, named: bool, intents: &[f32; INTENTS]) -> Vec<&'static Ask> {
    let known = known();
    let of_record = probabilities(&known.of_record.scores(text), TEMPERATURE).get(1).copied().unwrap_or(0.0);
    if of_record < if named { OF_NAMED } else { OF_RECORD } {
        return Vec::new();
    }
    let worded = known.asks.iter().zip(probabilities(&known.which.scores(text), TEMPERATURE));
    let meant = |ask: &Ask| ask.intents.iter().filter_map(|i| intents.get(i.index())).sum::<f32>();
    let mut ranked: Vec<(&Ask, f32)> = worded.map(|(ask, p)| (ask, p * (STRANGE + meant(ask)))).collect();
    let sum = ranked.iter().map(|(_, p)| p).sum::<f32>().max(f32::MIN_POSITIVE);
    ranked.iter_mut().for_each(|(_, p)| *p /= sum);
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    if ranked.first().is_none_or(|(_, p)| *p < TOLD) {
        return Vec::new();
    }
    ranked.into_iter().filter(|(_, p)| *p >= BESIDE).map(|(ask, _)| ask).take(MOST).collect()
}

/// Learns the asks beside whatever else is being done, so that the first message need not wait for it.
pub fn learn() {
    drop(std::thread::spawn(known));
}

fn known() -> &'static Known {
    static KNOWN: LazyLock<Known> = LazyLock::new(|| {
        let asks = toml::from_str(QUESTIONS).map_or_else(|_| Vec::new(), |f: File| f.ask);
        let lines: Vec<Labelled> = MESSAGES.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let number = |l: &Labelled| asks.iter().position(|a| a.id == l.ask);
        let which: Vec<_> = lines.iter().filter_map(|l| Some((number(l)?, l.text.clone()))).collect();
        let of_record: Vec<_> = lines.iter().map(|l| (usize::from(l.ask != PAGE), l.text.clone())).collect();
        Known {
            which: NaiveBayes::learn(&which, asks.len(), ALPHA),
            of_record: NaiveBayes::learn(&of_record, 2, ALPHA),
            asks,
        }
    });
    &KNOWN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::states::StateCode;

    #[test]
    fn every_ask_is_told_by_something_and_every_line_has_an_ask() {
        let file: File = toml::from_str(QUESTIONS).unwrap();
        for ask in &file.ask {
            assert!(!ask.lines.is_empty() && !ask.records.is_empty(), "{}", ask.id);
            assert!(ask.states.iter().all(|s| s.parse::<StateCode>().is_ok()), "{}", ask.id);
            assert!(!ask.only || !ask.states.is_empty(), "{}", ask.id);
        }
        for (n, line) in MESSAGES.lines().enumerate() {
            let line: Labelled = serde_json::from_str(line).unwrap_or_else(|e| panic!("asks.jsonl:{}: {e}", n + 1));
            assert!(
                line.ask == PAGE || file.ask.iter().any(|a| a.id == line.ask),
                "asks.jsonl:{}: {}",
                n + 1,
                line.ask
            );
        }
        assert_eq!(known().asks.len(), file.ask.len());
    }

    #[test]
    fn questions_are_told_apart() {
        let first = |text: &str| asked(text, false, &[0.0; INTENTS]).first().map(|a| a.id.as_str());
        assert_eq!(first("Can I have the tracking number?"), Some("tracking"));
        assert_eq!(first("¿Cuántos resurtidos me quedan?"), Some("refills"));
        assert_eq!(first("whens my stuff gona get here"), Some("eta"));
        assert_eq!(first("how do I move a prescription to you in general"), None);
        let both = asked("how many refills are left and when does the prescription expire", false, &[0.0; INTENTS]);
        let lines: Vec<Line> = both.iter().flat_map(|a| a.lines.clone()).collect();
        assert!(lines.contains(&Line::Refills) && lines.contains(&Line::Valid), "{both:?}");
        // Of two readings the one that the intent speaks for.
        let mut intents = [0.0; INTENTS];
        intents["I22".parse::<Intent>().unwrap().index()] = 0.9;
        assert_eq!(asked("what do I pay for it today", false, &intents).first().map(|a| a.id.as_str()), Some("price"));
    }
}
