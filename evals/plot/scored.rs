//! Predictions of `evals guards` beside the labels of their cases, and the curves over all thresholds that follow from them.

use apothecary::domain::labels::Risk;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One judged case with labels.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Score of each class.
    pub scores: Vec<f64>,
    /// Label of each class.
    pub truth: Vec<bool>,
    /// What the product decided.
    pub fired: Vec<bool>,
    /// It was answered like any other.
    pub answered: bool,
}

/// Counts above a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Above {
    /// Cases of the class.
    pub hits: usize,
    /// Others.
    pub alarms: usize,
}

impl Scored {
    /// Every labelled prediction that has scores.
    pub fn all(cases: &BTreeMap<String, Map<String, Value>>, predictions: &[Map<String, Value>]) -> Vec<Self> {
        predictions.iter().filter_map(|p| Self::of(cases.get(p.get("id")?.as_str()?)?, p)).collect()
    }
    fn of(case: &Map<String, Value>, prediction: &Map<String, Value>) -> Option<Self> {
        let told = prediction.get("risks")?.as_object()?;
        let list =
            |v: &Value| v.as_array().map(|a| a.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>());
        let (labels, fired) = (list(case.get("risks")?)?, list(prediction.get("fired")?)?);
        let names: Vec<String> = Risk::all().map(|r| r.to_string()).collect();
        let scores = names.iter().map(|r| told.get(r).and_then(Value::as_f64)).collect::<Option<Vec<_>>>()?;
        let truth = names.iter().map(|r| labels.contains(r)).collect();
        let fired = names.iter().map(|r| fired.contains(r)).collect();
        let answered = prediction.get("route").and_then(Value::as_str) == Some("answer");
        Some(Self { scores, truth, fired, answered })
    }
    /// No class is labelled.
    pub fn harmless(&self) -> bool {
        !self.truth.contains(&true)
    }
    /// The highest score of any class.
    pub fn highest(&self) -> f64 {
        self.scores.iter().copied().fold(0.0, f64::max)
    }
}

/// What lies at or above each threshold, from the highest on; begins with nothing and ends with everything.
pub fn sweep(scored: impl Iterator<Item = (f64, bool)>) -> Vec<Above> {
    let mut sorted: Vec<(f64, bool)> = scored.collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut at = Above { hits: 0, alarms: 0 };
    let mut out = vec![at];
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let hits = tied.iter().filter(|s| s.1).count();
        at = Above { hits: at.hits + hits, alarms: at.alarms + tied.len() - hits };
        out.push(at);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_goes_from_nothing_to_everything_and_takes_ties_together() {
        let curve = sweep([(0.9, true), (0.5, false), (0.5, true), (0.1, false)].into_iter());
        let counts: Vec<(usize, usize)> = curve.iter().map(|a| (a.hits, a.alarms)).collect();
        assert_eq!(counts, [(0, 0), (1, 0), (2, 1), (2, 2)]);
    }
}
