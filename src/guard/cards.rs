//! Judges cards as drafts are judged: each value stands in the lines of the one vetted record that the card is of, the marked step is the
//! one at which that record stands. Mints nothing; a card that fails is not shown, the answer's words stand without it.

use super::context::VettedFact;
use super::rules::{self, Context, Finding, Source};
use crate::domain::blocks::Block;
use crate::domain::card::{Act, Card, Worth};
use crate::domain::evidence::Fact;
use crate::domain::facts::Amount;
use crate::wording::Wording;

/// The output rules that concern values; the others are about sentences, of which a card has none.
const VALUE_RULES: [&str; 11] =
    ["OR-01", "OR-02", "OR-05", "OR-08", "OR-10", "OR-11", "OR-12", "OR-13", "OR-15", "OR-17", "OR-30"];

/// Every value of the card is vetted. What fails is logged by its rules alone.
pub fn may_show(card: &Block, facts: &[VettedFact], wording: &Wording, ctx: &Context<'_>) -> bool {
    let findings = findings(card, facts, wording, ctx);
    if !findings.is_empty() {
        let rules: Vec<&str> = findings.iter().map(|f| f.rule).collect();
        tracing::warn!(?rules, "a card was not released");
    }
    findings.is_empty()
}

/// What is wrong with a card; `ctx` holds the sources of all that was vetted.
#[must_use]
pub fn findings(card: &Block, facts: &[VettedFact], wording: &Wording, ctx: &Context<'_>) -> Vec<Finding> {
    let id = card.cites.first().map_or("", String::as_str);
    let sources: Vec<Source> = ctx.sources.iter().filter(|s| s.id == id && !s.foreign).cloned().collect();
    let own: Vec<&Fact> = facts.iter().map(|f| &f.fact).filter(|f| f.source() == id).collect();
    let (Some(face), [_], false) = (&card.card, card.cites.as_slice(), own.is_empty() || sources.is_empty()) else {
        return vec![finding("OR-10", "a card of a record that was not vetted")];
    };
    let ctx = Context { sources: &sources, ..*ctx };
    let mut found = rules::judge(&as_sentences(card, face), &ctx);
    found.retain(|f| VALUE_RULES.contains(&f.rule));
    let held = |value: &str| sources.iter().any(|s| s.text.contains(value));
    if !verbatim(card, face).into_iter().all(held) {
        found.push(finding("OR-01", "a name or word that the record's lines do not hold"));
    }
    if !stands(face, &own, wording, &ctx) {
        found.push(finding("OR-01", "a step or a worth that the record does not have"));
    }
    found
}

/// The card as the rules read it: each row a sentence.
fn as_sentences(card: &Block, face: &Card) -> String {
    let rows = card.rows.iter().map(|(label, value)| format!("{label}: {value}."));
    let (items, as_of) = match face {
        Card::Order { items, as_of, .. } => {
            let names = items.names.iter().map(|n| format!("{n}."));
            (names.chain([format!("{}.", items.words)]).collect::<Vec<_>>().join(" "), as_of)
        }
        Card::Price { as_of, .. } => (String::new(), as_of),
    };
    let parts = std::iter::once(format!("{}.", card.text)).chain(rows).chain([items, as_of.clone()]);
    parts.filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What no rule reads as a number, date or id, and so must stand in the record's lines word for word; the as-of line whole.
fn verbatim<'a>(card: &'a Block, face: &'a Card) -> Vec<&'a str> {
    let wordy = |v: &&str| !v.contains(|c: char| c.is_ascii_digit());
    let rows = card.rows.iter().map(|(_, value)| value.as_str()).filter(wordy);
    match face {
        Card::Order { items, as_of, .. } => {
            rows.chain(items.names.iter().map(String::as_str)).chain([as_of.as_str()]).collect()
        }
        Card::Price { as_of, .. } => rows.chain([card.text.as_str(), as_of.as_str()]).collect(),
    }
}

/// The marked step, the mark and the count are those of the record; what leads a price is worth what is said.
fn stands(face: &Card, own: &[&Fact], wording: &Wording, ctx: &Context<'_>) -> bool {
    own.iter().any(|fact| match (face, fact) {
        (Card::Order { way, items, .. }, Fact::Order { order, .. }) => {
            let asks_here = |act: &Act| matches!(act, Act::Ask { say, .. } if say.contains(&order.number));
            wording.way(fact, ctx.lang, ctx.now).as_ref() == Some(way) && items.ask.as_ref().is_none_or(asks_here)
        }
        (Card::Price { worth, .. }, Fact::Price(p)) => {
            let worth_of = match p.amount {
                Amount::Exact(_) => Worth::Exact,
                Amount::Estimate(..) => Worth::Estimate,
                Amount::Cash(_) => Worth::Cash,
            };
            worth_of == *worth
        }
        _ => false,
    })
}

fn finding(rule: &'static str, what: &str) -> Finding {
    Finding { rule, span: 0..0, what: what.to_owned() }
}
