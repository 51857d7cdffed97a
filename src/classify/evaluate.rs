//! Measures a model over labelled lines: recall, false alarms and AUROC per class, accuracy of the intent.

use super::Inference;
use super::thresholds::Thresholds;
use crate::domain::labels::{Intent, RISKS, Risk};
use serde::Serialize;

/// The classes whose alarms land at a pharmacist (DOMAIN.md 4.4).
pub const PHARMACIST_BOUND: [Risk; 9] = [
    Risk::EMERGENCY,
    Risk::SELF_HARM,
    Risk::CLINICAL,
    Risk::DIVERSION,
    Risk::ADVERSE_EVENT,
    Risk::WRONG_MEDICINE,
    Risk::MINOR,
    Risk::PREGNANCY,
    Risk::SUPPLY_GAP,
];

/// What a careful reader says about one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    /// True where the line carries the risk, R1 to R15.
    pub risks: [bool; RISKS],
    /// The service question, if there is one.
    pub intent: Option<Intent>,
}

impl Labels {
    /// True when the line carries a risk.
    #[must_use]
    pub fn has(&self, risk: Risk) -> bool {
        self.risks.get(risk.index()).copied().unwrap_or(false)
    }
}

/// How one class did at its `fire` threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassResult {
    /// The class.
    pub class: Risk,
    /// Lines that carry it.
    pub positives: usize,
    /// Share of those that fired; 0 when there are none.
    pub recall: f64,
    /// Share of those at or above `unsure`.
    pub recall_unsure: f64,
    /// Lines that do not carry it.
    pub negatives: usize,
    /// Share of those that fired.
    pub false_alarms: f64,
    /// Area under the ROC curve; none when one side has no lines.
    pub auroc: Option<f64>,
}

/// Results over all lines.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// One entry a class, R1 to R15.
    pub classes: Vec<ClassResult>,
    /// Lines with an intent.
    pub intent_lines: usize,
    /// Share of those whose most probable intent is right.
    pub intent_accuracy: f64,
    /// Lines without any risk.
    pub plain_lines: usize,
    /// Share of those on which some pharmacist-bound class fired.
    pub pharmacist_alarms: f64,
}

/// Compares inferences with labels, pairwise, at the given thresholds.
#[must_use]
pub fn evaluate(inferences: &[Inference], labels: &[Labels], thresholds: &Thresholds) -> Evaluation {
    let pairs: Vec<(&Inference, &Labels)> = inferences.iter().zip(labels).collect();
    let fires = |i: &Inference, r: Risk| thresholds.get(r).is_some_and(|t| i.risk(r).exceeds(t.fire));
    let asked: Vec<bool> =
        pairs.iter().filter_map(|(i, l)| l.intent.map(|intent| i.top_intent().0 == intent)).collect();
    let plain: Vec<bool> = pairs
        .iter()
        .filter(|(_, l)| !l.risks.contains(&true))
        .map(|(i, _)| PHARMACIST_BOUND.iter().any(|&r| fires(i, r)))
        .collect();
    Evaluation {
        classes: Risk::all().map(|r| class_result(&pairs, r, thresholds)).collect(),
        intent_lines: asked.len(),
        intent_accuracy: share(asked.iter().filter(|&&right| right).count(), asked.len()),
        plain_lines: plain.len(),
        pharmacist_alarms: share(plain.iter().filter(|&&alarm| alarm).count(), plain.len()),
    }
}

fn class_result(pairs: &[(&Inference, &Labels)], class: Risk, thresholds: &Thresholds) -> ClassResult {
    let side = |wanted: bool| -> Vec<f32> {
        pairs.iter().filter(|(_, l)| l.has(class) == wanted).map(|(i, _)| i.risk(class).value()).collect()
    };
    let (positives, negatives) = (side(true), side(false));
    let (fire, unsure) = thresholds.get(class).map_or((2.0, 2.0), |t| (t.fire.value(), t.unsure.value()));
    ClassResult {
        class,
        positives: positives.len(),
        recall: share_above(&positives, fire),
        recall_unsure: share_above(&positives, unsure),
        negatives: negatives.len(),
        false_alarms: share_above(&negatives, fire),
        auroc: auroc(&positives, &negatives),
    }
}

/// Share of values at or above a limit; 0 of none.
#[must_use]
pub fn share_above(values: &[f32], limit: f32) -> f64 {
    share(values.iter().filter(|&&v| v >= limit).count(), values.len())
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Probability that a positive scores above a negative, ties counting half (Mann-Whitney); none when a side is empty.
#[must_use]
pub fn auroc(positives: &[f32], negatives: &[f32]) -> Option<f64> {
    if positives.is_empty() || negatives.is_empty() {
        return None;
    }
    let mut sorted = negatives.to_vec();
    sorted.sort_by(f32::total_cmp);
    let wins = |p: &f32| {
        let below = sorted.partition_point(|n| n < p);
        let up_to = sorted.partition_point(|n| n <= p);
        (below + up_to) as f64 / 2.0
    };
    let won: f64 = positives.iter().map(wins).sum();
    Some(won / (positives.len() * negatives.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auroc_of_known_orders() {
        assert_eq!(auroc(&[0.9, 0.8], &[0.1, 0.2]), Some(1.0));
        assert_eq!(auroc(&[0.1], &[0.9]), Some(0.0));
        assert_eq!(auroc(&[0.5], &[0.5, 0.5]), Some(0.5));
        assert_eq!(auroc(&[], &[0.5]), None);
        assert!((share_above(&[0.1, 0.5, 0.9], 0.5) - 2.0 / 3.0).abs() < 1e-9);
    }
}
