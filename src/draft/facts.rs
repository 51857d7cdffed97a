//! Answers from typed records: picks the lines that the intent asks for, the most direct one first. No model.

use crate::domain::evidence::Fact;
use crate::guard::context::{Vetted, VettedFact};
use crate::guard::output::{Draft, Drafter};
use crate::wording::{Line, Wording};

/// Lines of the leading fact for an intent, most direct first. Others are told by their state only.
fn lines(intent: &str) -> &'static [Line] {
    match intent {
        "I10" => &[Line::Refills, Line::RefillHow, Line::State],
        "I11" => &[Line::Plan, Line::Refills, Line::State],
        "I13" => &[Line::State, Line::Detail, Line::Refills],
        "I15" => &[Line::State, Line::Scan, Line::Where, Line::Tracking],
        "I18" => &[Line::Change, Line::State],
        "I16" => &[Line::Delivered, Line::Window, Line::State, Line::Where],
        "I17" => &[Line::State, Line::Delivered, Line::Scan, Line::Window],
        "I21" | "I25" => &[Line::Refund, Line::State],
        "I28" => &[Line::Plan, Line::State],
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

/// The lines of the vetted facts.
#[must_use]
pub fn draft(vetted: &Vetted, wording: &Wording) -> Draft {
    let frame = vetted.frame();
    let intent = vetted.screened().verdict().intent.to_string();
    let mut sentences = Vec::new();
    for (at, f) in vetted.facts().iter().enumerate() {
        let words = wording.tell(&f.fact, None, frame.lang, &frame.zone);
        let chosen: &[Line] = if at == 0 || is_listed(f) { lines(&intent) } else { &[Line::More] };
        let chosen = if is_listed(f) { &[Line::Price, Line::Stock] } else { chosen };
        for kind in chosen {
            let told = words.lines.iter().filter(|(k, _)| k == kind);
            sentences.extend(told.map(|(_, text)| (text.clone(), vec![f.fact.source()])));
        }
    }
    Draft::new(Drafter::Facts, sentences)
}

/// Prices and stock words are told alike, each in its own sentence.
fn is_listed(f: &VettedFact) -> bool {
    matches!(f.fact, Fact::Price(_) | Fact::Stock(_))
}
