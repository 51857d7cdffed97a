//! Answers from typed records: picks the lines that the intent asks for, the most direct one first. No model.

use crate::domain::evidence::Fact;
use crate::guard::context::{Vetted, VettedFact};
use crate::guard::output::{Draft, Drafter};
use crate::policy::asks::asked;
use crate::wording::{Line, Wording};

/// Words of facts at most; the frame around an answer needs the rest (OR-24: 120 in all).
const WORDS: usize = 80;

/// Lines of the leading fact for an intent, most direct first. Others are told by their state only.
fn lines(intent: &str) -> &'static [Line] {
    match intent {
        "I10" => &[Line::Refills, Line::RefillHow, Line::State],
        "I11" => &[Line::Again, Line::Plan, Line::Refills, Line::State],
        "I13" => &[Line::State, Line::Detail, Line::Refills],
        "I15" => &[Line::State, Line::Scan, Line::Where, Line::Tracking],
        "I18" => &[Line::Change, Line::State],
        "I16" => &[Line::Delivered, Line::Window, Line::State, Line::Where],
        "I17" => &[Line::State, Line::Delivered, Line::Scan, Line::Window],
        "I21" | "I25" => &[Line::Refund, Line::State],
        "I28" => &[Line::Plan, Line::Again, Line::State],
        "I29" => &[Line::State, Line::Plan],
        "I14" => &[
            Line::State,
            Line::Waiting,
            Line::Detail,
            Line::Plan,
            Line::Delivered,
            Line::Window,
            Line::Where,
            Line::Refund,
        ],
        _ => &[Line::State, Line::Detail, Line::Plan, Line::Price, Line::Stock],
    }
}

/// What is asked in words first, most direct first; else what the intent is about.
fn wanted(vetted: &Vetted) -> Vec<Line> {
    let asks = asked(vetted.screened().text().as_str());
    if asks.is_empty() {
        return lines(&vetted.screened().verdict().intent.to_string()).to_vec();
    }
    let mut wanted: Vec<Line> = Vec::new();
    let firsts = asks.iter().filter_map(|a| a.lines.first());
    for line in firsts.chain(asks.iter().flat_map(|a| &a.lines)) {
        if !wanted.contains(line) {
            wanted.push(*line);
        }
    }
    wanted
}

/// The lines of the vetted facts.
#[must_use]
pub fn draft(vetted: &Vetted, wording: &Wording) -> Draft {
    let frame = vetted.frame();
    let wanted = wanted(vetted);
    let mut used = 0;
    let mut sentences: Vec<(String, Vec<String>)> = Vec::new();
    for (at, f) in vetted.facts().iter().enumerate() {
        let words = wording.tell(&f.fact, None, frame.lang, &frame.zone);
        let chosen: &[Line] = match (is_listed(f), at) {
            (true, _) => &[Line::Price, Line::Stock, Line::Expected],
            (false, 0) => &wanted,
            (false, _) if wanted.first() == Some(&Line::Refills) => &[Line::Refills],
            (false, _) => &[Line::More],
        };
        for kind in chosen {
            let told = words.lines.iter().filter(|(k, _)| k == kind);
            let told = told.filter(|(_, text)| !sentences.iter().any(|(said, _)| said.contains(text.as_str())));
            let told: Vec<String> = told.map(|(_, text)| text.clone()).collect();
            for text in told {
                used += text.split_whitespace().count();
                if used <= WORDS || sentences.is_empty() {
                    sentences.push((text, vec![f.fact.source()]));
                }
            }
        }
    }
    Draft::new(Drafter::Facts, sentences)
}

/// Prices and stock words are told alike, each in its own sentence.
fn is_listed(f: &VettedFact) -> bool {
    matches!(f.fact, Fact::Price(_) | Fact::Stock(_))
}
