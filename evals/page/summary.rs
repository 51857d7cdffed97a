//! The result of a run in a few plain sentences, for every form of the report.

use crate::suite::file::Split;
use crate::suite::folder::Run;
use crate::suite::metric::Verdict;

/// How many gates came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Shown by the whole interval.
    pub met: usize,
    /// Missed by the whole interval.
    pub not_met: usize,
    /// Too few cases to say.
    pub undecided: usize,
    /// Without a figure.
    pub not_measured: usize,
}

impl Counts {
    /// Over all gates of a run.
    pub fn of(run: &Run) -> Self {
        let mut counts = Self::default();
        for (_, row, _, verdict) in run.rows().filter(|(_, row, ..)| row.is_gate()) {
            let place = match verdict {
                Verdict::Met => &mut counts.met,
                Verdict::NotMet => &mut counts.not_met,
                Verdict::Undecided => &mut counts.undecided,
                Verdict::NotMeasured if row.fails(verdict, run.timed) => &mut counts.not_measured,
                Verdict::NotMeasured => continue,
            };
            *place += 1;
        }
        counts
    }
    /// All gates.
    pub fn all(self) -> usize {
        self.met + self.not_met + self.undecided + self.not_measured
    }
    /// The first sentence of the report.
    pub fn sentence(self) -> String {
        let (met, all) = (self.met, self.all());
        let mut rest = Vec::new();
        for (n, words) in [
            (self.not_met, "not met"),
            (self.undecided, "undecided, for lack of cases"),
            (self.not_measured, "not measured"),
        ] {
            if n > 0 {
                rest.push(format!("{n} {} {words}", if n == 1 { "is" } else { "are" }));
            }
        }
        let first = format!("Of {all} requirements, {met} {} shown to be met", if met == 1 { "is" } else { "are" });
        match rest.pop() {
            None => format!("{first}."),
            Some(last) if rest.is_empty() => format!("{first} and {last}."),
            Some(last) => format!("{first}, {} and {last}.", rest.join(", ")),
        }
    }
}

/// A verdict in words, with a sign that does not need colour.
pub fn verdict(verdict: Verdict) -> (&'static str, &'static str, &'static str) {
    match verdict {
        Verdict::Met => ("met", "✓", "met"),
        Verdict::NotMet => ("not-met", "✗", "not met"),
        Verdict::Undecided => ("undecided", "?", "undecided"),
        Verdict::NotMeasured => ("not-measured", "–", "not measured"),
    }
}

/// What figures over such cases are worth.
pub fn split(split: Split) -> &'static str {
    match split {
        Split::HeldOut => "Cases by people who had seen nothing of the product; it was not trained or tuned on them.",
        Split::Tuned => "Budgets were set looking at these cases, so the figures are somewhat too good.",
        Split::Regression => {
            "A regression set: its faults were mended while it was in use. It tells whether something broke, and is no estimate of quality."
        }
        Split::Generated => "Cases that the harness makes itself, from the sample pharmacy.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_counts_and_reads_well() {
        let of = |met, not_met, undecided, not_measured| Counts { met, not_met, undecided, not_measured }.sentence();
        assert_eq!(of(3, 0, 0, 0), "Of 3 requirements, 3 are shown to be met.");
        assert_eq!(of(1, 1, 0, 0), "Of 2 requirements, 1 is shown to be met and 1 is not met.");
        assert_eq!(
            of(5, 2, 3, 1),
            "Of 11 requirements, 5 are shown to be met, 2 are not met, 3 are undecided, for lack of cases and 1 is not measured."
        );
    }
}
