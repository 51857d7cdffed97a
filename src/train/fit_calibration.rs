//! Fits what turns logits into probabilities, on the calibration author's lines only.

use super::data::Line;
use crate::classify::Raw;
use crate::classify::calibration::{Calibration, Platt, mean_energy, softmax};
use crate::classify::evaluate::Labels;
use crate::domain::labels::{INTENTS, Intent, Risk};

/// Pull of the slope towards 1, in units of one line's loss.
const PULL: f64 = 1.0;
const FLATTEST: f64 = 0.05;

/// All three parts of a calibration.
#[must_use]
pub fn fit(raw: &[Raw], lines: &[Line]) -> Calibration {
    let pairs: Vec<(&Raw, &Labels)> = raw.iter().zip(lines.iter().map(|l| &l.labels)).collect();
    let class = |r: Risk| {
        let logit = |raw: &Raw| raw.risks.get(r.index()).copied().unwrap_or(0.0);
        let points: Vec<(f32, bool)> = pairs.iter().map(|(raw, l)| (logit(raw), l.has(r))).collect();
        (r, platt(&points))
    };
    Calibration { risks: Risk::all().map(class).collect(), temperature: temperature(&pairs), ood: ood(&pairs) }
}

/// Off-topic lines stand for what is out of distribution, lines with a service intent for what is not.
fn ood(pairs: &[(&Raw, &Labels)]) -> Platt {
    let strange = |l: &Labels| l.has(Risk::OFF_TOPIC) && l.intent.is_none();
    let usual = |l: &Labels| l.intent.is_some_and(|i| i != Intent::UNCLEAR);
    let side = |(raw, l): &(&Raw, &Labels)| (strange(l) || usual(l)).then(|| (mean_energy(&raw.intents), strange(l)));
    platt(&pairs.iter().filter_map(side).collect::<Vec<_>>())
}

/// Logistic scaling by Newton's method with Platt's smoothed targets (Lin et al. 2007) and a pull of the slope to 1.
/// The identity when one side has no lines.
#[must_use]
pub fn platt(points: &[(f32, bool)]) -> Platt {
    let positives = points.iter().filter(|p| p.1).count() as f64;
    let negatives = points.len() as f64 - positives;
    if positives < 1.0 || negatives < 1.0 {
        return Platt::IDENTITY;
    }
    let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
    let points: Vec<(f64, f64)> = points.iter().map(|&(x, y)| (f64::from(x), if y { high } else { low })).collect();
    let (mut slope, mut offset) = (1.0, 0.0);
    for _ in 0..100 {
        let (ds, d0) = newton(&points, slope, offset);
        let before = objective(&points, slope, offset);
        let mut reach = 1.0;
        while reach > 1e-6 && objective(&points, slope - reach * ds, offset - reach * d0) > before {
            reach *= 0.5;
        }
        (slope, offset) = (slope - reach * ds, offset - reach * d0);
        if (ds.abs() + d0.abs()) * reach < 1e-9 {
            break;
        }
    }
    Platt { slope: slope.max(FLATTEST) as f32, offset: offset as f32 }
}

fn objective(points: &[(f64, f64)], slope: f64, offset: f64) -> f64 {
    let softplus = |z: f64| z.max(0.0) + (-z.abs()).exp().ln_1p();
    let fit: f64 = points.iter().map(|(x, y)| softplus(slope * x + offset) - y * (slope * x + offset)).sum();
    fit + 0.5 * PULL * (slope - 1.0).powi(2) + 0.5e-3 * offset * offset
}

/// The step `H⁻¹·g` of the objective.
fn newton(points: &[(f64, f64)], slope: f64, offset: f64) -> (f64, f64) {
    let (mut g, mut h) = ([PULL * (slope - 1.0), 1e-3 * offset], [PULL, 0.0, 1e-3]);
    for (x, y) in points {
        let p = 1.0 / (1.0 + (-(slope * x + offset)).exp());
        let w = p * (1.0 - p);
        g = [g[0] + (p - y) * x, g[1] + p - y];
        h = [h[0] + w * x * x, h[1] + w * x, h[2] + w];
    }
    let det = (h[0] * h[2] - h[1] * h[1]).max(1e-12);
    ((h[2] * g[0] - h[1] * g[1]) / det, (h[0] * g[1] - h[1] * g[0]) / det)
}

/// The temperature with the smallest intent loss, from 0.3 to 4 in steps of 2.5 %.
fn temperature(pairs: &[(&Raw, &Labels)]) -> f32 {
    let known: Vec<(&[f32; INTENTS], Intent)> =
        pairs.iter().filter_map(|(raw, l)| Some((raw.intents.first()?, l.intent?))).collect();
    if known.is_empty() {
        return 1.0;
    }
    let loss = |t: f32| -> f64 {
        let one = |(logits, intent): &(&[f32; INTENTS], Intent)| {
            let p = softmax(logits, t).get(intent.index()).copied().unwrap_or(0.0);
            -f64::from(p.max(1e-9)).ln()
        };
        known.iter().map(one).sum()
    };
    let tried = (0..106).map(|n| 0.3 * 1.025f32.powi(n)).map(|t| (loss(t), t));
    tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(1.0, |(_, t)| t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_scaling_that_made_the_labels() {
        // Labels drawn from p = sigmoid(0.5·x - 1), by exact shares.
        let mut points = Vec::new();
        for i in -20..=20 {
            let x = i as f32 * 0.4;
            let p = 1.0 / (1.0 + (-(0.5 * x - 1.0)).exp());
            points.extend((0..200).map(|k| (x, (k as f32) < p * 200.0)));
        }
        let found = platt(&points);
        assert!((found.slope - 0.5).abs() < 0.05 && (found.offset + 1.0).abs() < 0.1, "{found:?}");
        assert_eq!(platt(&[(1.0, true)]), Platt::IDENTITY);
        assert!(platt(&[(1.0, false), (-1.0, true), (2.0, false)]).slope > 0.0);
    }
}
