//! A translation says the numbers of its original, section by section. Every number of a page is part of a constant that the page lists, of several entries of it of the one that holds for the page's readers
//! and days; and every listed constant exists.

use super::structure::twin;
use super::{Finding, error};
use crate::domain::evidence::Passage;
use crate::domain::lang::Lang;
use crate::pharmacy::{Constant, Constants, Page};
use std::collections::BTreeSet;

/// Numbers that are names, not policy: emergency and crisis lines.
const NAMES: [&str; 2] = ["911", "988"];

/// Findings of one page.
pub fn check(page: &Page, constants: &Constants) -> Vec<Finding> {
    let mut out = Vec::new();
    for id in page.meta.constants.iter().filter(|id| constants.list().iter().all(|c| c.id != **id)) {
        out.push(error(
            &page.file,
            "constants",
            format!("{id} does not exist"),
            "add it to constants.toml or take it off the list",
        ));
    }
    let listed: Vec<&Constant> = constants.list().iter().filter(|c| page.meta.constants.contains(&c.id)).collect();
    let (hold, rest): (Vec<&Constant>, Vec<&Constant>) =
        listed.into_iter().partition(|c| c.holds_for(&page.meta, constants));
    // Where no entry of an id holds, the page tells of others by name; where one does, another value contradicts it.
    let (rivals, told): (Vec<&Constant>, Vec<&Constant>) =
        rest.into_iter().partition(|c| hold.iter().any(|h| h.id == c.id));
    let known: BTreeSet<String> = hold.into_iter().chain(told).flat_map(of_constant).collect();
    for passage in &page.passages {
        for number in numbers(&format!("{} {}", passage.heading, passage.text())) {
            if !known.contains(&number) && !NAMES.contains(&number.as_str()) {
                out.push(unheld(page, &passage.heading, &number, &rivals));
            }
        }
    }
    out
}

/// Numbers of a translation that its original does not say, or the other way round.
pub fn translated(page: &Page, all: &[Page]) -> Vec<Finding> {
    let original = twin(page, all).filter(|_| page.meta.language == Lang::Es);
    let Some(original) = original else { return Vec::new() };
    let pairs = page.passages.iter().zip(&original.passages);
    pairs.filter_map(|(own, first)| apart(page, own, original, first)).collect()
}

fn apart(page: &Page, own: &Passage, original: &Page, first: &Passage) -> Option<Finding> {
    let (here, there) = (said(own), said(first));
    let listed = |all: &BTreeSet<String>, without: &BTreeSet<String>| {
        let only: Vec<&str> = all.difference(without).map(String::as_str).collect();
        if only.is_empty() { "none other".to_owned() } else { only.join(", ") }
    };
    (here != there).then(|| {
        let (here, there) = (listed(&here, &there), listed(&there, &here));
        let problem = format!("says the numbers {here} where {} says {there}", original.file);
        error(&page.file, &own.heading, problem, "bring the section and its translation to the same numbers")
    })
}

/// The numbers of a section but for telephones, which one language may spell with letters.
fn said(passage: &Passage) -> BTreeSet<String> {
    let all = numbers(&format!("{} {}", passage.heading, passage.text()));
    all.into_iter().filter(|n| !n.starts_with("1-")).collect()
}

/// The number is nobody's, or the value of a constant for other readers or days than the page's.
fn unheld(page: &Page, heading: &str, number: &str, rivals: &[&Constant]) -> Finding {
    match rivals.iter().find(|c| of_constant(c).iter().any(|n| n == number)) {
        Some(c) => {
            let problem = format!("the number {number} is that of {}, and for this page another holds", c.named());
            let found =
                error(&page.file, heading, problem, "state the value that holds for its states, payers and days");
            if c.narrower_than(&page.meta) { found.note() } else { found }
        }
        None => {
            let problem = format!("the number {number} is in no constant that the page lists");
            error(&page.file, heading, problem, "list the constant that holds it, or add one")
        }
    }
}

fn of_constant(c: &Constant) -> Vec<String> {
    let machine = [c.low, c.high, c.number].into_iter().flatten().map(|n| n.to_string());
    [Lang::En, Lang::Es].into_iter().flat_map(|l| numbers(c.words(l))).chain(machine).collect()
}

/// The numbers of a text, phone numbers as one: `1-800-555-0142`, `24`, `12.50`. Addresses on the web and names such as `DL2` or `B12`
/// are left out.
pub(super) fn numbers(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for word in text.split_whitespace().filter(|w| !w.contains("://")) {
        let mut before = None;
        for piece in word.split_inclusive(|c: char| !part(c)) {
            let run = piece.trim_end_matches(|c: char| !part(c));
            let name = before.is_some_and(|c: char| c.is_ascii_uppercase());
            before = piece.chars().next_back();
            if name {
                continue;
            }
            let run = run.trim_matches(['-', '.', ',']).replace(',', "");
            if run.bytes().any(|b| b.is_ascii_digit()) {
                out.insert(run);
            }
        }
    }
    out
}

fn part(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '-' | '.' | ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_text() {
        let got: Vec<String> =
            numbers("Call 1-800-555-0142. A 30-day supply, $1,500.50, of B12 (see DL2) at https://x.example/12.")
                .into_iter()
                .collect();
        assert_eq!(got, ["1-800-555-0142", "1500.50", "30"]);
    }
}
