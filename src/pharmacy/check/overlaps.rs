//! Sections of different pages in force that say nearly the same: the reader is sent to either, and the two grow apart. Measured by the
//! neighbouring words that both have, as a share of those of the shorter; meaning is not compared.

use super::{Finding, error};
use crate::domain::evidence::Passage;
use crate::domain::words::words;
use crate::pharmacy::{Page, Pharmacy};
use std::collections::BTreeSet;

/// Sections with fewer pairs of words may be alike by chance.
const PAIRS: usize = 12;
/// From this share of shared pairs on, in percent.
const SHARE: usize = 70;

struct Section<'p> {
    page: &'p Page,
    passage: &'p Passage,
    pairs: BTreeSet<(String, String)>,
}

/// Notes over all pages.
pub(super) fn check(pharmacy: &Pharmacy) -> Vec<Finding> {
    let mut seen: Vec<Section> = Vec::new();
    let mut out = Vec::new();
    for section in pharmacy.pages.iter().flat_map(|page| page.passages.iter().map(move |p| measured(page, p))) {
        out.extend(seen.iter().filter(|other| overlap(&section, other)).map(|other| told(&section, other)));
        seen.push(section);
    }
    out
}

fn measured<'p>(page: &'p Page, passage: &'p Passage) -> Section<'p> {
    let all = words(&passage.text());
    let pairs = all.iter().zip(all.iter().skip(1)).map(|(a, b)| (a.clone(), b.clone())).collect();
    Section { page, passage, pairs }
}

/// Variants and versions of one page are alike on purpose.
fn overlap(a: &Section, b: &Section) -> bool {
    let shorter = a.pairs.len().min(b.pairs.len());
    let apart = a.page.meta.id == b.page.meta.id || shorter < PAIRS;
    if apart || !a.page.same_readers(b.page) || !a.page.meets(b.page) {
        return false;
    }
    a.pairs.intersection(&b.pairs).count() * 100 >= shorter * SHARE
}

fn told(a: &Section, b: &Section) -> Finding {
    let problem = format!("says nearly the same as {} “{}”", b.page.file, b.passage.heading);
    error(&a.page.file, &a.passage.heading, problem, "keep one, and name it where the other stood").note()
}
