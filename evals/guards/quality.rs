//! How good the scores of `evals guards` are, whatever the thresholds: areas under the ROC curves and the error of calibration.

use super::score::Pair;
use crate::report::Report;
use crate::stats::auroc;
use crate::stats::resample::bootstrap;
use apothecary::domain::labels::Risk;
use serde_json::Value;

/// Bins of equal width from 0 to 1.
pub const BINS: usize = 10;
/// Of the draws for intervals: the same numbers in every run over the same predictions.
const SEED: u64 = 20;

/// The scores of one case with their truth, class by class.
type Scored = Vec<(f32, bool)>;

/// Fills the report from labelled cases.
pub fn score(report: &mut Report, labelled: &[Pair<'_>]) {
    let cases: Vec<Scored> = labelled.iter().filter_map(|pair| scores(*pair)).collect();
    for (at, risk) in Risk::all().enumerate() {
        let of_class: Scored = cases.iter().filter_map(|c| c.get(at).copied()).collect();
        let area = |drawn: &[usize]| auroc(&drawn.iter().filter_map(|i| of_class.get(*i).copied()).collect::<Vec<_>>());
        if let Some(value) = auroc(&of_class) {
            let interval = bootstrap(of_class.len(), SEED, area);
            report.measured(&risk.to_string(), "area under the ROC curve", value, of_class.len(), interval);
        }
    }
    if let Some(value) = calibration_error(cases.iter().flatten().copied()) {
        let of = |drawn: &[usize]| calibration_error(drawn.iter().filter_map(|i| cases.get(*i)).flatten().copied());
        report.measured("all", "calibration error", value, cases.len(), bootstrap(cases.len(), SEED, of));
    }
}

fn scores((case, judged): Pair<'_>) -> Option<Scored> {
    let (truth, told) = (case.risks.as_ref()?, judged.json.get("risks")?.as_object()?);
    let of = |r: Risk| Some((told.get(&r.to_string()).and_then(Value::as_f64)? as f32, truth.contains(&r)));
    Risk::all().map(of).collect()
}

/// Mean distance between what scores promise and how often it came true, over bins of scores, weighted by how many lie in each.
pub fn calibration_error(scored: impl Iterator<Item = (f32, bool)>) -> Option<f64> {
    let mut bins = [(0.0, 0.0); BINS];
    let mut n = 0.0;
    for (score, truth) in scored {
        n += 1.0;
        if let Some(bin) = bins.get_mut(((score * BINS as f32) as usize).min(BINS - 1)) {
            bin.0 += f64::from(score);
            bin.1 += f64::from(u8::from(truth));
        }
    }
    (n > 0.0).then(|| bins.iter().map(|(promised, came)| f64::abs(promised - came)).sum::<f64>() / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_come_true_as_often_as_they_say_have_no_error() {
        let honest = (0..10).map(|i| (0.3, i < 3));
        assert!(calibration_error(honest).unwrap() < 1e-6);
        let boastful = (0..10).map(|i| (0.9, i < 3));
        assert!((calibration_error(boastful).unwrap() - 0.6).abs() < 1e-6);
        assert_eq!(calibration_error(std::iter::empty()), None);
    }
}
