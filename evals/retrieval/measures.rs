//! What a ranking is worth: nDCG, recall and reciprocal rank over judged documents, and what one ranking is ahead of another by.

use crate::report::Report;
use crate::stats::resample::{bootstrap, mean};
use std::collections::BTreeMap;

/// Of the resampling.
const SEED: u64 = 7;

/// Query id with the gain of each judged document.
pub type Qrels = BTreeMap<String, BTreeMap<String, f64>>;
/// Query id with its documents, best first.
pub type Ranking = Vec<(String, Vec<(String, f32)>)>;
type Judged<'a> = (&'a str, &'a [(String, f32)], &'a BTreeMap<String, f64>);

/// The queries that have at least one relevant document.
fn judged<'a>(ranking: &'a Ranking, qrels: &'a Qrels) -> Vec<Judged<'a>> {
    let known = ranking.iter().filter_map(|(q, hits)| Some((q.as_str(), hits.as_slice(), qrels.get(q)?)));
    known.filter(|(_, _, rel)| rel.values().any(|s| *s > 0.0)).collect()
}

/// Means over the queries that have at least one relevant document; the others are counted.
pub fn score(report: &mut Report, slice: &str, ranking: &Ranking, qrels: &Qrels) {
    let judged = judged(ranking, qrels);
    report.count("queries without a relevant document, unscored", ranking.len() - judged.len());
    type Measure<'a> = dyn Fn(&[(String, f32)], &BTreeMap<String, f64>) -> f64 + 'a;
    let mean = |f: &Measure<'_>| {
        let all: f64 = judged.iter().map(|(_, hits, rel)| f(hits, rel)).sum();
        (!judged.is_empty()).then(|| all / judged.len() as f64)
    };
    for k in [5, 10] {
        report.number(slice, &format!("nDCG@{k}"), mean(&|h, r| ndcg(h, r, k)), judged.len());
        report.number(slice, &format!("recall@{k}"), mean(&|h, r| recall(h, r, k)), judged.len());
    }
    report.number(slice, "MRR@10", mean(&|h, r| reciprocal(h, r, 10)), judged.len());
}

/// What a ranking is ahead of `other` by, in nDCG@10 over the queries that both ranked; the interval by resampling them.
pub fn lead(report: &mut Report, slice: &str, ranking: &Ranking, other: &Ranking, qrels: &Qrels) {
    let of = |ranking: &Ranking| -> BTreeMap<String, f64> {
        judged(ranking, qrels).iter().map(|(q, h, r)| ((*q).to_owned(), ndcg(h, r, 10))).collect()
    };
    let others = of(other);
    let ahead: Vec<f64> = of(ranking).iter().filter_map(|(q, own)| Some(own - others.get(q)?)).collect();
    let all: Vec<usize> = (0..ahead.len()).collect();
    if let Some(value) = mean(&ahead, &all) {
        let interval = bootstrap(ahead.len(), SEED, |drawn| mean(&ahead, drawn));
        report.measured(slice, "nDCG@10", value, ahead.len(), interval);
    }
}

fn gain(rel: &BTreeMap<String, f64>, doc: &str) -> f64 {
    rel.get(doc).copied().unwrap_or(0.0)
}

fn dcg(gains: impl Iterator<Item = f64>) -> f64 {
    gains.enumerate().map(|(at, g)| g / (at as f64 + 2.0).log2()).sum()
}

fn ndcg(hits: &[(String, f32)], rel: &BTreeMap<String, f64>, k: usize) -> f64 {
    let mut best: Vec<f64> = rel.values().copied().filter(|s| *s > 0.0).collect();
    best.sort_by(|a, b| b.total_cmp(a));
    dcg(hits.iter().take(k).map(|(d, _)| gain(rel, d))) / dcg(best.into_iter().take(k))
}

fn recall(hits: &[(String, f32)], rel: &BTreeMap<String, f64>, k: usize) -> f64 {
    let found = hits.iter().take(k).filter(|(d, _)| gain(rel, d) > 0.0).count();
    found as f64 / rel.values().filter(|s| **s > 0.0).count() as f64
}

fn reciprocal(hits: &[(String, f32)], rel: &BTreeMap<String, f64>, k: usize) -> f64 {
    hits.iter().take(k).position(|(d, _)| gain(rel, d) > 0.0).map_or(0.0, |at| 1.0 / (at as f64 + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_agree_with_hand_counts() {
        let hits: Vec<(String, f32)> = ["x", "a", "b"].iter().map(|d| ((*d).to_owned(), 1.0)).collect();
        let rel: BTreeMap<String, f64> = [("a".to_owned(), 1.0), ("c".to_owned(), 1.0)].into();
        assert!((reciprocal(&hits, &rel, 10) - 0.5).abs() < 1e-9);
        assert!((recall(&hits, &rel, 5) - 0.5).abs() < 1e-9);
        let want = (1.0 / 3f64.log2()) / (1.0 + 1.0 / 3f64.log2());
        assert!((ndcg(&hits, &rel, 5) - want).abs() < 1e-9);
    }
}
