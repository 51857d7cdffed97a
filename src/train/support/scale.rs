//! From logits to scores and a threshold: Platt's calibration, and conformal risk control on the wrong claims that pass.

use super::claims::Claim;
use super::fit::auroc_of;
use crate::classify::ModelError;
use crate::classify::support::Scale;
use crate::domain::score::Threshold;
use crate::train::TrainError;
use std::collections::BTreeMap;

/// One in so many supported claims may speak in words too far from its context.
const STRAY: usize = 100;
/// Newton steps of the calibration; it converges in a few.
const STEPS: usize = 30;

/// A model on calibration claims.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Calibration and threshold.
    pub scale: Scale,
    /// Supported claims, and how many of them pass.
    pub good: (usize, usize),
    /// Other claims, and how many of them pass.
    pub wrong: (usize, usize),
    /// Wrong claims by their kind, and how many of each pass.
    pub kinds: BTreeMap<String, (usize, usize)>,
    /// Area under the ROC curve.
    pub auroc: f64,
}

fn threshold(value: f32) -> Result<Threshold, TrainError> {
    Threshold::new(value).map_err(|e| TrainError::Export(e.to_string()))
}

/// Fits calibration and threshold: the lowest score at which of `n` wrong claims at most `share · (n + 1) - 1` pass (Angelopoulos et
/// al., arXiv 2208.02814, for a loss of 0 or 1).
///
/// # Errors
/// [`TrainError::Model`] when logits are not finite.
pub fn fit(logits: &[f32], claims: &[Claim], share: f64, encoder: &str) -> Result<Measured, TrainError> {
    if logits.iter().any(|z| !z.is_finite()) {
        return Err(ModelError::NotFinite.into());
    }
    let (slope, shift) = platt(logits, claims);
    let mut scale =
        Scale { slope, shift, threshold: threshold(0.5)?, likeness: nearest(claims)?, encoder: encoder.to_owned() };
    let mut wrong: Vec<f32> = logits.iter().zip(claims).filter(|(_, c)| !c.ok).map(|(z, _)| scale.score(*z)).collect();
    wrong.sort_by(|a, b| b.total_cmp(a));
    let allowed = (share * (wrong.len() + 1) as f64 - 1.0).max(0.0).floor() as usize;
    let above = |s: &f32| f32::from_bits(s.to_bits() + 1).min(1.0);
    scale.threshold = threshold(wrong.get(allowed).map_or(0.5, above))?;
    let passing = scale.threshold.value();
    let mut m = Measured { scale, good: (0, 0), wrong: (0, 0), kinds: BTreeMap::new(), auroc: 0.0 };
    for (z, claim) in logits.iter().zip(claims) {
        let passes = usize::from(m.scale.score(*z) >= passing);
        let side = if claim.ok { &mut m.good } else { &mut m.wrong };
        (side.0, side.1) = (side.0 + 1, side.1 + passes);
        if !claim.ok {
            let kind = m.kinds.entry(claim.why.clone()).or_default();
            (kind.0, kind.1) = (kind.0 + 1, kind.1 + passes);
        }
    }
    m.auroc = auroc_of(logits, claims);
    Ok(m)
}

/// The likeness that all but one in a hundred supported claims have.
fn nearest(claims: &[Claim]) -> Result<Threshold, TrainError> {
    let mut all: Vec<f32> = claims.iter().filter(|c| c.ok).map(|c| c.premise(&c.context).1.clamp(0.0, 1.0)).collect();
    all.sort_by(f32::total_cmp);
    threshold(all.get(all.len() / STRAY).copied().unwrap_or(0.0))
}

/// Slope and shift of least cross-entropy, by Newton's method with a little ridge (Platt 1999).
fn platt(logits: &[f32], claims: &[Claim]) -> (f32, f32) {
    let (mut a, mut b) = (1.0f64, 0.0f64);
    for _ in 0..STEPS {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (1e-3 * (a - 1.0), 1e-3 * b, 1e-3, 0.0, 1e-3);
        for (z, claim) in logits.iter().zip(claims) {
            let z = f64::from(*z);
            let p = 1.0 / (1.0 + (-(a * z + b)).exp());
            let (d, w) = (p - f64::from(u8::from(claim.ok)), p * (1.0 - p));
            (ga, gb) = (ga + d * z, gb + d);
            (haa, hab, hbb) = (haa + w * z * z, hab + w * z, hbb + w);
        }
        let det = haa * hbb - hab * hab;
        if det.abs() < 1e-12 {
            break;
        }
        a -= (hbb * ga - hab * gb) / det;
        b -= (haa * gb - hab * ga) / det;
    }
    if a.is_finite() && b.is_finite() && a > 0.0 { (a as f32, b as f32) } else { (1.0, 0.0) }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = |(n, passed): (usize, usize)| 100.0 * passed as f64 / n.max(1) as f64;
        writeln!(f, "supported claims that pass {:.1} % of {}", share(self.good), self.good.0)?;
        writeln!(f, "other claims that pass     {:.1} % of {}", share(self.wrong), self.wrong.0)?;
        writeln!(
            f,
            "AUROC {:.4}, threshold {:.4}, likeness {:.3}",
            self.auroc,
            self.scale.threshold.value(),
            self.scale.likeness.value()
        )?;
        self.kinds.iter().try_for_each(|(kind, n)| writeln!(f, "  {kind:<12} {:>5.1} % of {}", share(*n), n.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(ok: bool) -> Claim {
        Claim::bare(ok, if ok { "" } else { "number" })
    }

    #[test]
    fn no_more_wrong_claims_pass_than_the_bound_allows() {
        let logits: Vec<f32> =
            (0..400).map(|n| if n % 2 == 0 { n as f32 / 100.0 } else { n as f32 / 100.0 - 2.0 }).collect();
        let claims: Vec<Claim> = (0..400).map(|n| claim(n % 2 == 0)).collect();
        let m = fit(&logits, &claims, 0.05, "").unwrap();
        assert!(m.wrong.1 <= 9 && m.wrong.1 >= 8, "{m}");
        assert!(m.good.1 > m.wrong.1 * 5 && m.auroc > 0.8 && m.kinds["number"].0 == 200, "{m}");
        assert!(fit(&[f32::NAN], &[claim(true)], 0.05, "").is_err());
    }

    #[test]
    fn calibrated_scores_are_frequencies() {
        let claims: Vec<Claim> = (0..1000).map(|n| claim(n % 10 < 7)).collect();
        let m = fit(&vec![0.3; 1000], &claims, 0.05, "").unwrap();
        assert!((m.scale.score(0.3) - 0.7).abs() < 0.01, "{:?}", m.scale);
    }
}
