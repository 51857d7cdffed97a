//! Answers from typed records: picks the lines that the intent asks for, the most direct one first, and the records that get a card.
//! No model.

use crate::domain::blocks::Block;
use crate::domain::evidence::Fact;
use crate::domain::facts::Price;
use crate::guard::context::{Vetted, VettedFact};
use crate::guard::output::{Draft, Drafter};
use crate::wording::{FactWords, Line, Wording};

/// Words of facts at most; the frame around an answer needs the rest (OR-24: 120 in all).
const WORDS: usize = 72;

/// Lines of the leading fact for an intent, most direct first. Others are told by their state only.
fn lines(intent: &str) -> &'static [Line] {
    match intent {
        "I10" => &[Line::RefillHow, Line::Refills, Line::State],
        "I11" => &[Line::Again, Line::Plan, Line::Refills, Line::State],
        "I13" => &[Line::State, Line::Detail, Line::Refills],
        "I15" => &[Line::State, Line::Scan, Line::Where, Line::Tracking],
        "I18" => &[Line::Change, Line::State],
        "I16" => &[Line::Delivered, Line::Window, Line::State, Line::Where],
        "I17" => &[Line::State, Line::Delivered, Line::Where, Line::Scan, Line::Window],
        "I21" | "I25" => &[Line::Refund, Line::State],
        "I28" => &[Line::Plan, Line::Again, Line::State],
        "I29" => &[Line::State, Line::Plan],
        "I14" => &[
            Line::State,
            Line::Waiting,
            Line::Detail,
            Line::Plan,
            Line::Where,
            Line::Window,
            Line::Delivered,
            Line::Refund,
        ],
        _ => &[Line::State, Line::Detail, Line::Plan, Line::Price, Line::Stock],
    }
}

/// What is told behind what was asked, as far as there is room: where things stand, and why.
const REST: [Line; 9] = [
    Line::State,
    Line::Waiting,
    Line::Contacted,
    Line::Plan,
    Line::Detail,
    Line::Where,
    Line::Refund,
    Line::Window,
    Line::Scan,
];

/// What is asked in words first, most direct first; else what the intent is about.
fn wanted(vetted: &Vetted) -> Vec<Line> {
    let verdict = vetted.screened().verdict();
    let asks = &verdict.signals.asks;
    let asked: Vec<Line> = match asks.is_empty() {
        // A record that was named while nothing else is clear: how it stands.
        true => lines(&if verdict.clear { verdict.intent.to_string() } else { "I14".into() }).to_vec(),
        false => {
            let firsts = asks.iter().filter_map(|a| a.lines.first());
            firsts.chain(asks.iter().flat_map(|a| &a.lines)).copied().collect()
        }
    };
    let mut wanted: Vec<Line> = Vec::new();
    for line in asked.into_iter().chain(REST) {
        if !wanted.contains(&line) {
            wanted.push(line);
        }
    }
    wanted
}

/// The lines of the vetted facts: the first of each fact, and of the others as many as fit.
#[must_use]
pub fn draft(vetted: &Vetted, wording: &Wording) -> Draft {
    let frame = vetted.frame();
    let wanted = wanted(vetted);
    let mut all: Vec<(bool, String, String)> = Vec::new();
    // A cash price is not what somebody with a plan will pay: that the plan has told no price yet stands beside it.
    let insured = frame.patient.is_some() && frame.payer.is_some();
    for (at, f) in vetted.facts().iter().enumerate() {
        let words = wording.tell(&f.fact, None, frame.lang, (frame.now, &frame.zone));
        let chosen: &[Line] = match (is_listed(f), at) {
            (true, 0) if insured && words.line(Line::CashOnly).is_some() => &[Line::CashOnly],
            (true, _) => &[Line::Price, Line::Stock],
            (false, 0) if words.troubled && STALE.iter().any(|l| wanted.first() == Some(l)) => &state_first(&wanted),
            (false, 0) => &wanted,
            (false, _) if wanted.first() == Some(&Line::Refills) => &[Line::Refills],
            (false, _) => &[Line::More],
        };
        // What is asked may be told by another fact: this one is told by its state.
        let none = at == 0 && !chosen.iter().any(|kind| words.line(*kind).is_some());
        let chosen = if none { &[Line::State] } else { chosen };
        let told = chosen.iter().flat_map(|kind| words.lines.iter().filter(move |(k, _)| k == kind));
        for (n, (_, text)) in told.enumerate() {
            // A listed fact is whole or nothing: a stock word without its date says half.
            let first = n == 0 || is_listed(f);
            if !all.iter().any(|(_, said, _)| said.contains(text.as_str())) {
                all.push((first, text.clone(), f.fact.source()));
            }
        }
    }
    let count = |text: &str| text.split_whitespace().count();
    let mut used: usize = all.iter().filter(|(first, ..)| *first).map(|(_, text, _)| count(text)).sum();
    let fitting = all.into_iter().filter(|(first, text, _)| {
        let more = if *first { 0 } else { count(text) };
        let fits = *first || used + more <= WORDS;
        used += if fits { more } else { 0 };
        fits
    });
    Draft::new(Drafter::Facts, fitting.map(|(_, text, source)| (text, vec![source])).collect())
}

/// Cards of prices at most.
const PRICES: usize = 2;

/// The leading record at a glance: the order, or the prices of the first medicines, each with its cash price where that was vetted.
#[must_use]
pub fn cards(vetted: &Vetted, wording: &Wording) -> Vec<Block> {
    let frame = vetted.frame();
    let at = (frame.now, &frame.zone);
    let tell = |f: &VettedFact| wording.tell(&f.fact, f.old.then_some(f.confirmed_at), frame.lang, at);
    match vetted.facts().first() {
        Some(first) if matches!(first.fact, Fact::Order { .. }) => {
            let asks = &vetted.screened().verdict().signals.asks;
            let asked = asks.first().is_some_and(|a| a.lines.contains(&Line::Items));
            wording.order_card(&first.fact, &tell(first), !asked, frame.lang, at).into_iter().collect()
        }
        Some(first) if matches!(first.fact, Fact::Price(_)) => {
            let told: Vec<(&Price, FactWords)> =
                vetted.facts().iter().filter_map(|f| Some((price(f)?, tell(f)))).collect();
            let mut drugs: Vec<&str> = Vec::new();
            for drug in told.iter().map(|(p, _)| p.medication.as_str()) {
                if !drugs.contains(&drug) {
                    drugs.push(drug);
                }
            }
            let of = |drug: &str| -> Vec<(&Price, &FactWords)> {
                told.iter().filter(|(p, _)| p.medication.as_str() == drug).map(|(p, w)| (*p, w)).collect()
            };
            drugs.into_iter().take(PRICES).filter_map(|drug| wording.price_card(&of(drug), frame.lang)).collect()
        }
        _ => Vec::new(),
    }
}

fn price(f: &VettedFact) -> Option<&Price> {
    match &f.fact {
        Fact::Price(p) => Some(p),
        _ => None,
    }
}

/// What an estimate or a scan says is out of date where something went wrong since: that stands first then.
const STALE: [Line; 4] = [Line::Window, Line::Scan, Line::Where, Line::Delivered];

fn state_first(wanted: &[Line]) -> Vec<Line> {
    std::iter::once(Line::State).chain(wanted.iter().copied().filter(|l| *l != Line::State)).collect()
}

/// Prices and stock words are told alike, each in its own sentence.
fn is_listed(f: &VettedFact) -> bool {
    matches!(f.fact, Fact::Price(_) | Fact::Stock(_))
}
