//! Chooses the two decision thresholds of each class on the calibration authors' lines, by `guardrails/targets.toml`.

use super::bars::{Bar, Bars};
use crate::classify::Inference;
use crate::classify::evaluate::{Labels, share_above};
use crate::classify::thresholds::{ClassThreshold, Thresholds};
use crate::domain::labels::Risk;
use crate::domain::score::{NotAProbability, Threshold};

/// Halvings of the interval in which the common factor is sought.
const HALVINGS: usize = 24;
/// The largest common factor.
const MOST: f64 = 64.0;

/// A class's probabilities: on lines with it, on lines with other risks alone, on harmless lines in their order and sorted.
struct Sides {
    positives: Vec<f32>,
    others: Vec<f32>,
    harmless: Vec<f32>,
    sorted: Vec<f32>,
}

impl Sides {
    fn of(class: Risk, inferences: &[Inference], labels: &[Labels]) -> Self {
        let of = |wanted: &dyn Fn(&Labels) -> bool| -> Vec<f32> {
            let pairs = inferences.iter().zip(labels).filter(|(_, l)| wanted(l));
            pairs.map(|(i, _)| i.risk(class).value()).collect()
        };
        let harmless = of(&|l| !l.risks.contains(&true));
        let (mut positives, mut others) = (of(&|l| l.has(class)), of(&|l| l.risks.contains(&true) && !l.has(class)));
        positives.sort_by(f32::total_cmp);
        others.sort_by(|a, b| b.total_cmp(a));
        let mut sorted = harmless.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        Self { positives, others, harmless, sorted }
    }

    /// The highest threshold that keeps a recall; a hair below the line that must fire, so that rounding in another batch cannot lose it.
    fn keeping(&self, recall: f64) -> f32 {
        let missed = ((1.0 - recall) * self.positives.len() as f64).floor() as usize;
        self.positives.get(missed).map_or(0.5, |p| p * 0.999)
    }

    /// The highest threshold that keeps the aim, unless that costs more alarms than the class may cost: then the one at that cost.
    fn fire(&self, target: Bar, factor: f64) -> f32 {
        let dear = above(&self.sorted, factor * target.alarms).max(above(&self.others, target.others));
        self.keeping(target.aim).max(dear)
    }
}

/// Thresholds of all classes, and what to say about those that miss their floor or have too few lines for a bound.
///
/// # Errors
/// Never for probabilities.
pub fn thresholds(
    inferences: &[Inference],
    labels: &[Labels],
    targets: &Bars,
) -> Result<(Thresholds, Vec<String>), NotAProbability> {
    let sides: Vec<(Risk, Sides)> = Risk::all().map(|r| (r, Sides::of(r, inferences, labels))).collect();
    let shared = factor(&sides, targets);
    let (mut classes, mut notes) = (Vec::new(), Vec::new());
    for (class, sides) in &sides {
        let target = targets.of(*class);
        let fire = sides.fire(target, if targets.together.classes.contains(class) { shared } else { 1.0 });
        let chosen = choose(*class, sides, target, fire)?;
        notes.extend(note(&chosen, sides, target));
        classes.push(chosen);
    }
    Ok((Thresholds { classes }, notes))
}

/// What the alarms of the classes that share a budget are multiplied with, so that together they spend it.
fn factor(sides: &[(Risk, Sides)], targets: &Bars) -> f64 {
    let shared: Vec<_> = sides.iter().filter(|(r, _)| targets.together.classes.contains(r)).collect();
    let lines = shared.first().map_or(0, |(_, s)| s.harmless.len());
    let spent = |factor: f64| {
        let fires: Vec<(f32, &Sides)> = shared.iter().map(|(r, s)| (s.fire(targets.of(*r), factor), s)).collect();
        let fired = |line: &usize| fires.iter().any(|(fire, s)| s.harmless.get(*line).is_some_and(|p| p >= fire));
        (0..lines).filter(fired).count() as f64 / lines.max(1) as f64
    };
    let (mut low, mut high) = (0.0, MOST);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if spent(middle) <= targets.together.alarms { low = middle } else { high = middle }
    }
    low
}

/// Mean over the classes that have lines of the recall at the tolerated share of alarms: what epochs are compared by.
#[must_use]
pub fn recall_at_tolerated(inferences: &[Inference], labels: &[Labels], targets: &Bars) -> f64 {
    let recall = |class: Risk| {
        let sides = Sides::of(class, inferences, labels);
        let limit = above(&sides.sorted, targets.of(class).alarms);
        (!sides.positives.is_empty()).then(|| share_above(&sides.positives, limit))
    };
    let recalls: Vec<f64> = Risk::all().filter_map(recall).collect();
    recalls.iter().sum::<f64>() / recalls.len().max(1) as f64
}

/// `unsure` lies below `fire`, as low as the further alarms allow, but no lower than a tenth of `fire` where the aim is kept already.
fn choose(class: Risk, sides: &Sides, target: Bar, fire: f32) -> Result<ClassThreshold, NotAProbability> {
    let at_aim = sides.keeping(target.aim);
    let lowest = if fire > at_aim { at_aim } else { fire * 0.1 };
    let unsure = above(&sides.sorted, share_above(&sides.sorted, fire) + target.further).max(lowest).min(fire);
    Ok(ClassThreshold {
        class,
        fire: Threshold::new(fire)?,
        unsure: Threshold::new(unsure)?,
        positives: sides.positives.len(),
        recall: share_above(&sides.positives, fire),
        recall_unsure: share_above(&sides.positives, unsure),
        negatives: sides.sorted.len(),
        false_alarms: share_above(&sides.sorted, fire),
        false_alarms_unsure: share_above(&sides.sorted, unsure),
    })
}

/// What must be said of a class: that floor and alarms cannot both hold, and how far its misses are bounded (conformal risk control,
/// Angelopoulos et al., arXiv 2208.02814: expected misses at most (missed + 1)/(lines + 1) on messages like the calibration lines).
fn note(chosen: &ClassThreshold, sides: &Sides, target: Bar) -> Option<String> {
    let (class, lines) = (chosen.class, chosen.positives as f64);
    let missed = ((1.0 - chosen.recall) * lines).round();
    let bound = if lines * (1.0 - target.floor) < 1.0 {
        format!("no bound on its misses ({lines} lines)")
    } else {
        format!("misses at most {:.1} % on messages like these ({lines} lines)", 100.0 * (missed + 1.0) / (lines + 1.0))
    };
    if chosen.recall >= target.floor {
        return Some(format!("{class}: {bound}"));
    }
    let cost = share_above(&sides.sorted, sides.keeping(target.floor));
    Some(format!(
        "{class}: {:.1} % recall, {:.0} % wanted; that would fire on {:.1} % of the harmless lines instead of {:.1} %: it needs more \
         lines or a further model; {bound}",
        100.0 * chosen.recall,
        100.0 * target.floor,
        100.0 * cost,
        100.0 * chosen.false_alarms
    ))
}

/// The lowest threshold at which at most `share` of `scores` (highest first) raise an alarm.
fn above(scores: &[f32], share: f64) -> f32 {
    let allowed = (share * scores.len() as f64 + 1e-9).floor() as usize;
    let next = |n: &f32| if *n > 0.0 { f32::from_bits(n.to_bits() + 1) } else { f32::MIN_POSITIVE };
    scores.get(allowed).map_or(0.0, next).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Bar = Bar { floor: 0.97, aim: 0.995, alarms: 0.03, others: 1.0, further: 0.005 };

    fn sides(positives: Vec<f32>, harmless: Vec<f32>, others: Vec<f32>) -> Sides {
        let sort = |mut v: Vec<f32>| {
            v.sort_by(|a, b| b.total_cmp(a));
            v
        };
        let positives = sort(positives).into_iter().rev().collect();
        Sides { positives, others: sort(others), sorted: sort(harmless.clone()), harmless }
    }

    fn chosen(sides: &Sides, target: Bar) -> ClassThreshold {
        choose(Risk::EMERGENCY, sides, target, sides.fire(target, 1.0)).unwrap()
    }

    #[test]
    fn separable_scores_keep_the_floor_without_alarms() {
        let t = chosen(&sides(vec![0.9; 50], vec![0.1; 500], vec![]), TARGET);
        assert!(t.recall == 1.0 && t.false_alarms == 0.0 && t.fire.value() > 0.89);
        assert!(t.unsure < t.fire && t.false_alarms_unsure == 0.0);
    }

    #[test]
    fn an_outlier_does_not_buy_a_flood_of_alarms_and_it_is_said() {
        let mut positives = vec![0.9; 50];
        positives[..2].fill(0.05);
        let sides = sides(positives, (0..1000).map(|i| i as f32 / 2000.0).collect(), vec![]);
        let t = chosen(&sides, TARGET);
        assert!((t.recall - 0.96).abs() < 1e-9 && (t.false_alarms - 0.03).abs() < 1e-9, "{t:?}");
        assert!(t.unsure < t.fire && (t.false_alarms_unsure - 0.035).abs() < 1e-9, "{t:?}");
        let note = note(&t, &sides, TARGET).unwrap();
        assert!(note.contains("96.0 % recall, 97 % wanted") && note.contains("at most 5.9 %"), "{note}");
    }

    #[test]
    fn other_risks_limit_a_text_that_would_be_wrong_for_them() {
        let others: Vec<f32> = (0..100).map(|i| i as f32 / 100.0).collect();
        let sides = sides(vec![0.6; 50], vec![0.1; 500], others);
        assert!(chosen(&sides, TARGET).fire.value() < 0.6);
        assert!(chosen(&sides, Bar { others: 0.05, ..TARGET }).fire.value() > 0.93);
    }

    #[test]
    fn a_class_without_lines_gets_a_middle_threshold_and_no_bound() {
        let sides = sides(vec![], vec![0.01; 10], vec![]);
        let t = chosen(&sides, TARGET);
        assert!((t.fire.value() - 0.5).abs() < 1e-6 && t.positives == 0);
        assert!(note(&t, &sides, TARGET).unwrap().contains("no bound"));
    }

    #[test]
    fn classes_that_share_a_budget_spend_it_together() {
        let text = std::fs::read_to_string("guardrails/targets.toml").unwrap();
        let targets = Bars::parse(&text).unwrap();
        let harmless = |seed: usize| (0..1000).map(|i| ((i * seed) % 1000) as f32 / 2000.0).collect();
        let shared: Vec<(Risk, Sides)> = targets
            .together
            .classes
            .iter()
            .zip([7, 11, 13, 17, 19, 23, 29, 31])
            .map(|(r, s)| (*r, sides(vec![0.01; 50], harmless(s), vec![])))
            .collect();
        let factor = factor(&shared, &targets);
        let fired = |line: usize| shared.iter().any(|(r, s)| s.harmless[line] >= s.fire(targets.of(*r), factor));
        let spent = (0..1000).filter(|l| fired(*l)).count() as f64 / 1000.0;
        assert!(spent <= targets.together.alarms && spent > targets.together.alarms - 0.01, "{spent}");
    }
}
