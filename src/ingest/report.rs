//! What became of an import: counts, and each line that was not simply taken up, with its place, the reason and the mend. It goes to who
//! sent the lines, never to a log.

use crate::domain::feed::Outcome;
use serde::Serialize;
use std::fmt;

/// A report lists so many lines; the counts know all.
const LISTED: usize = 1_000;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Lines, or resources of a bundle and records made of them.
    pub lines: usize,
    /// Told from now on; `skipped` are among them.
    pub applied: usize,
    /// Of these, states before which scans were left out.
    pub skipped: usize,
    /// Told before.
    pub repeated: usize,
    /// Older than what is known.
    pub late: usize,
    /// Heartbeats.
    pub confirmed: usize,
    /// A person must look.
    pub person: usize,
    /// Left out.
    pub refused: usize,
    /// What to look at, the first thousand.
    pub listed: Vec<Entry>,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Line, and resource or record where it has one.
    pub place: String,
    /// `refused`, `person`, `late` or `skipped`.
    pub outcome: &'static str,
    /// Why.
    pub reason: String,
    /// What to do.
    pub mend: &'static str,
}

impl Report {
    /// Counts a line.
    pub fn add(&mut self, place: &str, outcome: &Outcome) {
        self.lines += 1;
        let count = match outcome {
            Outcome::Applied => &mut self.applied,
            Outcome::Skipped => {
                self.applied += 1;
                &mut self.skipped
            }
            Outcome::Confirmed => &mut self.confirmed,
            Outcome::Repeated => &mut self.repeated,
            Outcome::Late => &mut self.late,
            Outcome::Person(_) => &mut self.person,
            Outcome::Refused(..) => &mut self.refused,
        };
        *count += 1;
        let (reason, mend) = match outcome {
            Outcome::Refused(reason, mend) => (reason.clone(), *mend),
            Outcome::Person(why) => {
                (why.clone(), "a case is open; customers are told nothing of it until a sound version comes")
            }
            Outcome::Skipped => ("states in between were not sent".to_owned(), "nothing to do"),
            Outcome::Late => (
                "a later change of this record is known".to_owned(),
                "nothing to do; if it should count, its time at the source is wrong",
            ),
            Outcome::Applied | Outcome::Confirmed | Outcome::Repeated => return,
        };
        if self.listed.len() < LISTED {
            self.listed.push(Entry { place: place.to_owned(), outcome: outcome.code(), reason, mend });
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for e in &self.listed {
            writeln!(f, "{}: {}: {}; {}", e.place, e.outcome, e.reason, e.mend)?;
        }
        write!(
            f,
            "{} lines: {} applied ({} with skipped scans), {} repeated, {} late, {} heartbeats, {} to a person, {} refused",
            self.lines, self.applied, self.skipped, self.repeated, self.late, self.confirmed, self.person, self.refused
        )
    }
}
