//! From logits to scores and a threshold: Platt's calibration, and conformal risk control on the clean texts that are flagged.

use crate::classify::evaluate::auroc;
use crate::classify::planted::Scale;
use crate::domain::score::Threshold;
use crate::train::TrainError;
use crate::train::fit_calibration::platt;

/// What a hit of a rule may add to a logit: the one of these by which most is found.
const BONUSES: [f32; 6] = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0];

/// What is known of one calibration text.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    /// The highest logit of its pieces.
    pub logit: f32,
    /// A rule hits it.
    pub ruled: bool,
    /// It carries an instruction.
    pub injected: bool,
}

/// A model on calibration texts.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Calibration and threshold.
    pub scale: Scale,
    /// Texts that carry an instruction, and how many of them are found.
    pub planted: (usize, usize),
    /// Clean texts, and how many of them are flagged.
    pub clean: (usize, usize),
    /// Area under the ROC curve.
    pub auroc: f64,
}

/// Fits what a rule adds, calibration and threshold: the lowest score at which of `n` clean texts at most `share · (n + 1) - 1` are flagged (Angelopoulos et
/// al., arXiv 2208.02814, for a loss of 0 or 1).
///
/// # Errors
/// [`TrainError::Model`] when logits are not finite.
pub fn fit(texts: &[Judged], share: f64, encoder: &str) -> Result<Measured, TrainError> {
    let mut best: Option<Measured> = None;
    for bonus in BONUSES {
        let with: Vec<(f32, bool)> =
            texts.iter().map(|t| (t.logit + if t.ruled { bonus } else { 0.0 }, t.injected)).collect();
        let next = with_bonus(&with, bonus, share, encoder)?;
        if best.as_ref().is_none_or(|b| next.planted.1 > b.planted.1) {
            best = Some(next);
        }
    }
    best.ok_or(TrainError::NoLines)
}

fn with_bonus(logits: &[(f32, bool)], rule: f32, share: f64, encoder: &str) -> Result<Measured, TrainError> {
    let platt = platt(logits);
    let score = |(z, _): &(f32, bool)| platt.score(*z).map(|s| s.value());
    let of = |wanted: bool| {
        logits.iter().filter(|(_, planted)| *planted == wanted).map(score).collect::<Result<Vec<_>, _>>()
    };
    let (planted, mut clean) = (of(true)?, of(false)?);
    clean.sort_by(|a, b| b.total_cmp(a));
    let allowed = (share * (clean.len() + 1) as f64 - 1.0).max(0.0).floor() as usize;
    let above = |s: &f32| f32::from_bits(s.to_bits() + 1).min(1.0);
    let least = clean.get(allowed).map_or(0.5, above);
    let threshold = Threshold::new(least).map_err(|e| TrainError::Export(e.to_string()))?;
    let passing = |scores: &[f32]| (scores.len(), scores.iter().filter(|s| **s >= least).count());
    Ok(Measured {
        planted: passing(&planted),
        clean: passing(&clean),
        auroc: auroc(&planted, &clean).unwrap_or(0.5),
        scale: Scale { rule, platt, threshold, encoder: encoder.to_owned() },
    })
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = |(n, some): (usize, usize)| 100.0 * some as f64 / n.max(1) as f64;
        writeln!(f, "instructions that are found {:.1} % of {}", share(self.planted), self.planted.0)?;
        writeln!(f, "clean texts that are flagged {:.1} % of {}", share(self.clean), self.clean.0)?;
        writeln!(
            f,
            "AUROC {:.4}, threshold {:.4}, a rule adds {}",
            self.auroc,
            self.scale.threshold.value(),
            self.scale.rule
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_clean_texts_are_flagged_than_the_bound_allows() {
        let text = |n: usize| Judged {
            logit: n as f32 / 100.0 + if n.is_multiple_of(2) { 3.0 } else { 0.0 },
            ruled: n.is_multiple_of(10),
            injected: n.is_multiple_of(2),
        };
        let m = fit(&(0..800).map(text).collect::<Vec<_>>(), 0.01, "").unwrap();
        assert!(m.scale.rule > 0.0, "the rules hit nothing clean here: {m}");
        assert!(m.clean.1 <= 3 && m.clean.1 >= 2, "{m}");
        assert!(m.planted.1 > 100 && m.auroc > 0.7, "{m}");
        assert!(fit(&[Judged { logit: f32::NAN, ..text(0) }, text(1)], 0.01, "").is_err());
    }
}
