//! Sentences of pages in force that contradict each other. Found are two sentences of six words or more, for the same readers and days,
//! that are the same word for word but for their numbers or for a “not”, “no” or “never”; and, as a note, two versions of one page in
//! force at once, of which only the later is read. A contradiction in other words is not found. A number of the wrong state or day is
//! found in `numbers`.

use super::numbers::numbers;
use super::{Finding, error};
use crate::domain::words::words;
use crate::pharmacy::{Page, Pharmacy};
use std::collections::{BTreeMap, BTreeSet};

/// Shorter sentences say too little to be meant for the same.
const WORDS: usize = 6;
const NEGATIONS: [&str; 4] = ["not", "no", "never", "nunca"];

/// One sentence in its place.
struct Said<'p> {
    page: &'p Page,
    heading: &'p str,
    sentence: &'p str,
    numbers: BTreeSet<String>,
    negations: usize,
}

/// Findings over all pages.
pub(super) fn check(pharmacy: &Pharmacy) -> Vec<Finding> {
    let mut out = versions(&pharmacy.pages);
    let mut alike: BTreeMap<Vec<String>, Vec<Said>> = BTreeMap::new();
    for (frame, said) in pharmacy.pages.iter().flat_map(said) {
        alike.entry(frame).or_default().push(said);
    }
    for group in alike.values() {
        for (n, one) in group.iter().enumerate() {
            out.extend(group.iter().take(n).filter_map(|other| clash(one, other)));
        }
    }
    out
}

/// The sentences of a page with what is left of each without numbers and negations.
fn said(page: &Page) -> impl Iterator<Item = (Vec<String>, Said<'_>)> {
    let all = page.passages.iter().flat_map(|p| p.sentences.iter().map(|s| (p.heading.as_str(), s.as_str())));
    all.filter_map(move |(heading, sentence)| {
        let all =
            words(&sentence.to_lowercase().replace('’', "'").replace("can't ", "cannot ").replace("n't ", " not "));
        let all: Vec<String> = all.into_iter().flat_map(apart).collect();
        let negation = |w: &String| NEGATIONS.contains(&w.as_str());
        let negations = all.iter().filter(|w| negation(w)).count();
        let long = all.len() >= WORDS;
        let number = |w: &String| w.bytes().any(|b| b.is_ascii_digit());
        let frame = all.into_iter().filter(|w| !negation(w)).map(|w| if number(&w) { "#".to_owned() } else { w });
        long.then(|| (frame.collect(), Said { page, heading, sentence, numbers: numbers(sentence), negations }))
    })
}

/// “Cannot” as two words, as “can not” is.
fn apart(word: String) -> Vec<String> {
    if word == "cannot" { vec!["can".into(), "not".into()] } else { vec![word] }
}

fn clash(one: &Said, other: &Said) -> Option<Finding> {
    let versions = one.page.meta.id == other.page.meta.id && one.page.meta.version != other.page.meta.version;
    let same = one.page.same_readers(other.page) && one.page.meets(other.page) && !versions;
    if !same || (one.numbers == other.numbers && one.negations == other.negations) {
        return None;
    }
    let problem =
        format!("“{}” contradicts “{}” in {} “{}”", one.sentence, other.sentence, other.page.file, other.heading);
    Some(error(&one.page.file, one.heading, problem, "let both say the same, or name what differs in words"))
}

/// Two versions of one page for the same readers, in force on the same day.
fn versions(pages: &[Page]) -> Vec<Finding> {
    let mut out = Vec::new();
    for (n, page) in pages.iter().enumerate() {
        let twins = pages.iter().take(n).filter(|p| {
            p.meta.id == page.meta.id && p.meta.version != page.meta.version && p.same_readers(page) && p.meets(page)
        });
        out.extend(twins.map(|twin| {
            let (old, new) = if twin.meta.version < page.meta.version { (twin, page) } else { (page, twin) };
            let problem = format!("is in force together with version {} in {}", new.meta.version, new.file);
            error(&old.file, "effective_to", problem, "only the later is read; write the day before it begins").note()
        }));
    }
    out
}
