//! Held-out cases that stand in the training lines are no estimate: they are looked for before anything is measured, whatever a suite says of
//! its split. A few short ones ("thanks") are counted and told; many are refused.

use super::file::{Entry, Split};
use crate::dedupe;
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Lines that the model or its thresholds are made from, below the guard folder.
const TRAINED: [&str; 3] = ["train", "calibrate", "retrieved"];
/// From this Jaccard index on a case nearly repeats a line.
const NEAR: f64 = 0.6;
/// And from this on it is the line.
const SAME: f64 = 0.95;
/// So large a share of an entry's cases may be lines; greetings and thanks have few wordings.
const TOLERATED: f64 = 0.05;
/// Commands whose cases are the training lines by intent.
const ABOUT_LINES: [&str; 2] = ["agreement", "dedupe"];

/// What of an entry's cases the training lines hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Cases.
    pub n: usize,
    /// That are a training line.
    pub same: usize,
    /// That nearly repeat one, those included.
    pub near: usize,
}

/// All held-out cases of a suite against all training lines.
pub struct Lines(Vec<(PathBuf, String, f64)>);

impl Lines {
    /// Compares them, once for all entries.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(entries: &[&Entry], guardrails: &Path) -> Result<Self, Failure> {
        let files: BTreeSet<PathBuf> = entries.iter().filter(|e| counts(e)).flat_map(|e| e.cases.clone()).collect();
        let lines: Vec<PathBuf> = TRAINED.iter().map(|t| guardrails.join(t)).filter(|p| p.exists()).collect();
        if files.is_empty() || lines.is_empty() {
            return Ok(Self(Vec::new()));
        }
        dedupe::near(&files.into_iter().collect::<Vec<_>>(), &lines, NEAR).map(Self)
    }

    /// What of an entry's cases was seen; none where that says nothing.
    ///
    /// # Errors
    /// [`Failure::Input`] when so many were that its figures are no estimate.
    pub fn seen(&self, entry: &Entry) -> Result<Option<Seen>, Failure> {
        if !counts(entry) {
            return Ok(None);
        }
        let own = || self.0.iter().filter(|(file, ..)| entry.cases.contains(file));
        let same: Vec<&str> = own().filter(|(.., index)| *index >= SAME).map(|(_, id, _)| id.as_str()).collect();
        let n = crate::lines::raw(&entry.cases, None)?.len();
        if same.len() as f64 > n as f64 * TOLERATED {
            let some = same.iter().take(3).copied().collect::<Vec<_>>().join(", ");
            return Err(Failure::Input(format!(
                "entry `{}`: {} of its {n} cases are training lines ({some} …), so its figures would be no estimate; take them out, or say split = \"regression\"",
                entry.name,
                same.len()
            )));
        }
        Ok(Some(Seen { n, same: same.len(), near: own().count() }))
    }
}

fn counts(entry: &Entry) -> bool {
    entry.split == Split::HeldOut && !entry.cases.is_empty() && !ABOUT_LINES.contains(&entry.command.as_str())
}
