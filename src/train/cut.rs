//! Chooses the two decision thresholds of each class on the calibration author's lines.

use crate::classify::Inference;
use crate::classify::evaluate::{Labels, share_above};
use crate::classify::thresholds::{ClassThreshold, Thresholds};
use crate::domain::labels::Risk;
use crate::domain::score::{NotAProbability, Threshold};

/// Recall floor and tolerated false-alarm rate of a class, as shares (DOMAIN.md 4.4).
#[must_use]
pub fn target(class: Risk) -> (f64, f64) {
    match class {
        Risk::EMERGENCY => (0.995, 0.01),
        Risk::SELF_HARM => (0.995, 0.005),
        Risk::WRONG_MEDICINE | Risk::SUPPLY_GAP => (0.99, 0.01),
        Risk::CLINICAL => (0.985, 0.025),
        Risk::PREGNANCY | Risk::MINOR => (0.985, 0.005),
        Risk::OTHERS_PHI | Risk::TAKEOVER => (0.99, 0.02),
        Risk::DIVERSION => (0.97, 0.005),
        Risk::ADVERSE_EVENT | Risk::INJECTION => (0.98, 0.01),
        Risk::COMPLAINT => (0.95, 0.005),
        Risk::ABUSE => (0.90, 0.005),
        _ => (0.90, 0.01),
    }
}

/// How far above the tolerated false-alarm rate `fire` may go to keep the recall floor: for what can kill, three times; an
/// insulted or needlessly delayed patient is the price elsewhere, so there the tolerated rate is the limit.
fn stretch(class: Risk) -> f64 {
    match class {
        Risk::EMERGENCY | Risk::SELF_HARM => 3.0,
        Risk::WRONG_MEDICINE | Risk::SUPPLY_GAP => 2.0,
        _ => 1.0,
    }
}

/// Further false alarms that `unsure` may add, as a share of the lines without the class. Fifteen classes add up: together they
/// must stay within what pharmacists can take.
fn further(class: Risk) -> f64 {
    match class {
        Risk::EMERGENCY | Risk::SELF_HARM | Risk::WRONG_MEDICINE | Risk::SUPPLY_GAP | Risk::CLINICAL => 0.005,
        _ => 0.001,
    }
}

/// Thresholds of all classes.
///
/// # Errors
/// Never for probabilities.
pub fn thresholds(inferences: &[Inference], labels: &[Labels]) -> Result<Thresholds, NotAProbability> {
    let class = |class: Risk| {
        let (positives, negatives) = sides(inferences, labels, class);
        choose(class, positives, negatives)
    };
    Ok(Thresholds { classes: Risk::all().map(class).collect::<Result<_, _>>()? })
}

/// Mean over the classes that have lines of the recall at the tolerated false-alarm rate: what epochs are compared by.
#[must_use]
pub fn recall_at_tolerated(inferences: &[Inference], labels: &[Labels]) -> f64 {
    let recall = |class: Risk| {
        let (positives, mut negatives) = sides(inferences, labels, class);
        negatives.sort_by(|a, b| b.total_cmp(a));
        let limit = above(&negatives, target(class).1);
        (!positives.is_empty()).then(|| share_above(&positives, limit))
    };
    let recalls: Vec<f64> = Risk::all().filter_map(recall).collect();
    recalls.iter().sum::<f64>() / recalls.len().max(1) as f64
}

/// The class's probabilities on lines with it and on lines without it.
fn sides(inferences: &[Inference], labels: &[Labels], class: Risk) -> (Vec<f32>, Vec<f32>) {
    let of = |wanted: bool| -> Vec<f32> {
        let pairs = inferences.iter().zip(labels).filter(|(_, l)| l.has(class) == wanted);
        pairs.map(|(i, _)| i.risk(class).value()).collect()
    };
    (of(true), of(false))
}

/// `fire`: the highest threshold that keeps the recall floor, unless that costs more false alarms than the class may cost
/// (see [`stretch`]), then the threshold at that cost. `unsure`: below it, as low as [`further`] false alarms allow, but no lower than a tenth of `fire` where the floor is kept already.
fn choose(class: Risk, mut positives: Vec<f32>, mut negatives: Vec<f32>) -> Result<ClassThreshold, NotAProbability> {
    positives.sort_by(f32::total_cmp);
    negatives.sort_by(|a, b| b.total_cmp(a));
    let (floor, tolerated) = target(class);
    let missed = ((1.0 - floor) * positives.len() as f64).floor() as usize;
    // A hair below the line that must fire, so that rounding in another batch cannot lose it.
    let at_floor = positives.get(missed).map_or(0.5, |p| p * 0.999);
    let fire = at_floor.max(above(&negatives, stretch(class) * tolerated));
    let budget = share_above(&negatives, fire) + further(class);
    let lowest = if fire > at_floor { at_floor } else { fire * 0.1 };
    let unsure = above(&negatives, budget).max(lowest).min(fire);
    Ok(ClassThreshold {
        class,
        fire: Threshold::new(fire)?,
        unsure: Threshold::new(unsure)?,
        positives: positives.len(),
        recall: share_above(&positives, fire),
        recall_unsure: share_above(&positives, unsure),
        negatives: negatives.len(),
        false_alarms: share_above(&negatives, fire),
        false_alarms_unsure: share_above(&negatives, unsure),
    })
}

/// The lowest threshold at which at most `share` of `negatives` (highest first) raise an alarm.
fn above(negatives: &[f32], share: f64) -> f32 {
    let allowed = (share * negatives.len() as f64 + 1e-9).floor() as usize;
    let next = |n: &f32| if *n > 0.0 { f32::from_bits(n.to_bits() + 1) } else { f32::MIN_POSITIVE };
    negatives.get(allowed).map_or(0.0, next).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separable_scores_keep_the_floor_without_alarms() {
        let t = choose(Risk::EMERGENCY, vec![0.9; 50], vec![0.1; 500]).unwrap();
        assert!(t.recall == 1.0 && t.false_alarms == 0.0 && t.fire.value() > 0.89);
        assert!(t.unsure < t.fire && t.false_alarms_unsure == 0.0);
    }

    #[test]
    fn an_outlier_does_not_buy_a_flood_of_alarms() {
        let mut positives = vec![0.9; 50];
        positives[0] = 0.05;
        let negatives: Vec<f32> = (0..1000).map(|i| i as f32 / 2000.0).collect();
        let t = choose(Risk::EMERGENCY, positives, negatives).unwrap();
        assert!((t.recall - 0.98).abs() < 1e-9 && (t.false_alarms - 0.03).abs() < 1e-9, "{t:?}");
        assert!(t.unsure < t.fire && (t.false_alarms_unsure - 0.035).abs() < 1e-9, "{t:?}");
    }

    #[test]
    fn a_class_without_lines_gets_a_middle_threshold() {
        let t = choose(Risk::ABUSE, vec![], vec![0.01; 10]).unwrap();
        assert!((t.fire.value() - 0.5).abs() < 1e-6 && t.positives == 0);
    }
}
