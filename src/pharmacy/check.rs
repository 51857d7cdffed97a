//! `apothecary check-data` and `apothecary policy lint`: what is wrong in a pharmacy folder, by file and place, with what mends it.

mod bundles;
mod contradictions;
mod links;
mod numbers;
mod overlaps;
mod questions;
mod readability;
mod structure;

use super::{Fault, Pharmacy};
use std::path::Path;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Must be mended.
    Error,
    /// Worth a look.
    Note,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// File, relative to the folder.
    pub file: String,
    /// Line, field, heading or resource.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What mends it.
    pub mend: String,
    /// Error or note.
    pub weight: Weight,
}

impl Finding {
    fn note(self) -> Self {
        Self { weight: Weight::Note, ..self }
    }
}

impl From<Fault> for Finding {
    fn from(f: Fault) -> Self {
        Self { file: f.file, place: f.place, problem: f.problem, mend: f.mend, weight: Weight::Error }
    }
}

/// One error from its four texts.
fn error(file: &str, place: impl Into<String>, problem: impl Into<String>, mend: &str) -> Finding {
    Fault::new(file, place, problem, mend).into()
}

/// Checks a folder, texts and people; what it lacks is taken from `fallback`. Sorted by file; empty when all is well.
#[must_use]
pub fn check(dir: &Path, fallback: Option<&Path>) -> Vec<Finding> {
    let mut out = texts(dir, fallback);
    out.extend(bundles::check(dir, fallback));
    sorted(out)
}

/// Checks what a folder says, not the people in it: what must be sound to be published.
#[must_use]
pub fn texts(dir: &Path, fallback: Option<&Path>) -> Vec<Finding> {
    let (pharmacy, faults) = Pharmacy::gather(dir, fallback);
    let mut out: Vec<Finding> = faults.into_iter().map(Finding::from).collect();
    if let Some(pharmacy) = &pharmacy {
        out.extend(structure::check(pharmacy));
        out.extend(questions::check(pharmacy));
        for page in &pharmacy.pages {
            out.extend(numbers::check(page, &pharmacy.constants));
            out.extend(numbers::translated(page, &pharmacy.pages));
            out.extend(readability::check(page));
        }
        out.extend(links::check(pharmacy));
        out.extend(contradictions::check(pharmacy));
        out.extend(overlaps::check(pharmacy));
    }
    sorted(out)
}

fn sorted(mut out: Vec<Finding>) -> Vec<Finding> {
    out.sort_by(|a, b| (a.weight, &a.file, &a.place).cmp(&(b.weight, &b.file, &b.place)));
    out
}

#[cfg(test)]
mod tests;
