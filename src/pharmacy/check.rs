//! `apothecary check-data`: what is wrong in a pharmacy folder, by file and place, with what mends it.

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

/// Checks a folder; what it lacks is taken from `fallback`. Sorted by file; empty when all is well.
#[must_use]
pub fn check(dir: &Path, fallback: Option<&Path>) -> Vec<Finding> {
    let (_, faults) = Pharmacy::gather(dir, fallback);
    faults.into_iter().map(Finding::from).collect()
}

impl From<Fault> for Finding {
    fn from(f: Fault) -> Self {
        Self {
            file: f.file,
            place: f.place,
            problem: f.problem,
            mend: f.mend,
            weight: Weight::Error,
        }
    }
}
