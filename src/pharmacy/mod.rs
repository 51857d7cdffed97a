//! A pharmacy folder without its people: constants, states, policy pages. Read once at start; a missing file is taken
//! from the product's own folder. People and orders are `ingest`'s, ranking is `retrieval`'s.

pub mod check;
pub mod constants;
pub mod diff;
pub mod drugs;
pub mod pages;
pub mod questions;
pub mod sentences;
pub mod states;
pub mod steps;
pub mod versions;

pub use constants::{Constant, Constants};
pub use drugs::Drugs;
pub use pages::Page;
pub use questions::Question;
pub use states::{Bilingual, Handover, StateEntry, States};
pub use steps::Steps;

use crate::domain::evidence::Passage;
use jiff::ToSpan;
use jiff::civil::Date;
use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// File, relative to the folder.
    pub file: String,
    /// Line, field or heading.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What mends it.
    pub mend: String,
}

impl Fault {
    /// A fault from its four texts.
    pub fn new(
        file: impl Into<String>,
        place: impl Into<String>,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { file: file.into(), place: place.into(), problem: problem.into(), mend: mend.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}; {}", self.file, self.place, self.problem, self.mend)
    }
}

/// Why a folder does not load: every fault, not only the first.
#[derive(Debug, thiserror::Error)]
#[error("the pharmacy folder {dir} has {} fault(s):\n{}", faults.len(), lines(faults))]
pub struct PharmacyError {
    /// The folder.
    pub dir: PathBuf,
    /// All faults, by file.
    pub faults: Vec<Fault>,
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(|f| format!("  {f}")).collect::<Vec<_>>().join("\n")
}

/// What the pharmacy says.
#[derive(Clone, Debug)]
pub struct Pharmacy {
    /// Every number once.
    pub constants: Constants,
    /// Words, next steps and clocks of the 48 states.
    pub states: States,
    /// The way of an order on its card; empty where neither folder has it.
    pub steps: Steps,
    /// Facts and everyday names of medicines; empty where neither folder has them.
    pub drugs: Drugs,
    /// Questions in customers' words, with the section that answers each.
    pub questions: Vec<Question>,
    /// All pages, old versions included, in order of file name.
    pub pages: Vec<Page>,
}

impl Pharmacy {
    /// Reads `constants.toml`, `states.toml` and `policies/*.md` of `dir`; what is missing there comes from `fallback`.
    ///
    /// # Errors
    /// [`PharmacyError`] with every fault found.
    pub fn load(dir: &Path, fallback: Option<&Path>) -> Result<Self, PharmacyError> {
        let (found, faults) = Self::gather(dir, fallback);
        match found {
            Some(pharmacy) if faults.is_empty() => Ok(pharmacy),
            _ => Err(PharmacyError { dir: dir.to_owned(), faults }),
        }
    }

    /// As [`Pharmacy::load`], but keeps the sound pages beside the faults of the others.
    pub(crate) fn gather(dir: &Path, fallback: Option<&Path>) -> (Option<Self>, Vec<Fault>) {
        let mut faults = Vec::new();
        let constants = parsed(dir, fallback, "constants.toml", &mut faults, Constants::parse);
        let states = parsed(dir, fallback, "states.toml", &mut faults, States::parse);
        let steps = if_there(dir, fallback, "steps.toml", &mut faults, Steps::parse);
        let drugs = if_there(dir, fallback, "drugs.toml", &mut faults, Drugs::parse);
        let questions = if_there(dir, fallback, "questions.jsonl", &mut faults, questions::parse);
        let mut pages = pages::read_all(dir, fallback, &mut faults);
        questions::attach(&questions, &mut pages.iter_mut().flat_map(|p| &mut p.passages));
        (
            constants.zip(states).map(|(constants, states)| Self { constants, states, steps, drugs, questions, pages }),
            faults,
        )
    }

    /// Every section of every page.
    pub fn passages(&self) -> impl Iterator<Item = &Passage> {
        self.pages.iter().flat_map(|p| &p.passages)
    }

    /// Whether a page of that id is in force, was or will be.
    #[must_use]
    pub fn has_page(&self, id: &str) -> bool {
        self.pages.iter().any(|p| p.meta.id.0 == id)
    }

    /// Moves pages and constants by whole weeks, for the demo; dates that a law sets (`fixed`) stay.
    pub fn shift(&mut self, weeks: i64) {
        self.constants.shift(weeks);
        self.pages.iter_mut().for_each(|p| p.shift(weeks));
    }
}

/// As [`parsed`], but a file that neither folder has is an empty one.
fn if_there<T: Default>(
    dir: &Path,
    fallback: Option<&Path>,
    name: &str,
    faults: &mut Vec<Fault>,
    parse: impl Fn(&str, &str) -> Result<T, Vec<Fault>>,
) -> T {
    let there = [Some(dir), fallback].into_iter().flatten().any(|d| d.join(name).exists());
    there.then(|| parsed(dir, fallback, name, faults, parse)).flatten().unwrap_or_default()
}

fn parsed<T>(
    dir: &Path,
    fallback: Option<&Path>,
    name: &str,
    faults: &mut Vec<Fault>,
    parse: impl Fn(&str, &str) -> Result<T, Vec<Fault>>,
) -> Option<T> {
    let path = [Some(dir), fallback].into_iter().flatten().map(|d| d.join(name)).find(|p| p.exists());
    let Some(path) = path else {
        faults.push(Fault::new(name, "file", "is missing", "copy it from the product's index folder"));
        return None;
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) => {
            faults.push(Fault::new(name, "file", format!("cannot be read: {e}"), "make it a readable UTF-8 file"));
            return None;
        }
    };
    parse(&text, name).map_err(|found| faults.extend(found)).ok()
}

/// The line of a TOML error in a file whose TOML begins after `before` lines.
fn toml_fault(file: &str, text: &str, before: usize, e: &toml::de::Error) -> Fault {
    let start = e.span().map_or(0, |s| s.start);
    let line = before + 1 + text.bytes().take(start).filter(|b| *b == b'\n').count();
    let problem = e.message().split_whitespace().collect::<Vec<_>>().join(" ");
    Fault::new(file, format!("line {line}"), problem, "correct the field; the README of the folder lists the fields")
}

/// An ISO date so many weeks later; anything else (`""`) unchanged.
fn shifted(date: &str, weeks: i64) -> String {
    let weeks = weeks.clamp(-5_000, 5_000);
    let moved = date.parse::<Date>().ok().and_then(|d| d.checked_add(weeks.weeks()).ok());
    moved.map_or_else(|| date.to_owned(), |d| d.to_string())
}

#[cfg(test)]
mod tests;
