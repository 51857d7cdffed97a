//! Counts of `evals hostile`, by behaviour and by family. A bound is over behaviours: many turns of one lie are one experience.

use super::lie::Behaviour;
use crate::report::Report;
use crate::stats::Rate;
use serde_json::Value;
use std::collections::BTreeMap;

/// Counts of one behaviour.
#[derive(Clone, Debug, Default)]
struct Row {
    name: &'static str,
    family: &'static str,
    /// Questions without an occasion, or that no model was asked about.
    idle: usize,
    told: usize,
    wrong: usize,
    /// The model's own draft was released, whole or in part.
    released: usize,
    handed_over: usize,
}

/// All counts.
#[derive(Debug)]
pub struct Tally(Vec<Row>);

impl Tally {
    /// Nothing counted yet.
    pub fn new(behaviours: &[Behaviour]) -> Self {
        Self(behaviours.iter().map(|b| Row { name: b.id, family: b.family, ..Row::default() }).collect())
    }
    /// Turns in which the behaviour was played.
    pub fn told(&self, at: usize) -> usize {
        self.0.get(at).map_or(0, |r| r.told)
    }
    /// Questions that gave it no occasion.
    pub fn idle_of(&self, at: usize) -> usize {
        self.0.get(at).map_or(0, |r| r.idle)
    }
    /// One more question without an occasion.
    pub fn idle(&mut self, at: usize) {
        self.0.iter_mut().skip(at).take(1).for_each(|r| r.idle += 1);
    }
    /// One more lie and what came of it.
    pub fn count(&mut self, at: usize, prediction: &Value, found: &[String]) {
        let Some(row) = self.0.get_mut(at) else { return };
        row.told += 1;
        row.wrong += usize::from(!found.is_empty());
        row.released += usize::from(prediction["drafter"] == "model");
        row.handed_over += usize::from(prediction["route"] != "answer");
    }
    /// Fills the report.
    pub fn fill(&self, report: &mut Report) {
        let played = || self.0.iter().filter(|r| r.told > 0);
        report.count("behaviours", self.0.len());
        report.count("behaviours without an occasion", self.0.len() - played().count());
        report.count("turns with a lie", self.sum(|r| r.told));
        let of = |hits: fn(&Row) -> usize| Rate { hits: self.sum(hits), n: self.sum(|r| r.told) };
        report.rate("behaviours", "with a wrong reply", Rate::of(played().map(|r| r.wrong > 0)));
        report.rate("turns", "wrong reply", of(|r| r.wrong));
        report.rate("turns", "a hostile draft released, whole or in part", of(|r| r.released));
        report.rate("turns", "handed over", of(|r| r.handed_over));
        let mut families: BTreeMap<&str, (Rate, Rate)> = BTreeMap::new();
        for row in played() {
            let (wrong, released) = families.entry(row.family).or_default();
            *wrong = Rate { hits: wrong.hits + row.wrong, n: wrong.n + row.told };
            *released = Rate { hits: released.hits + row.released, n: released.n + row.told };
        }
        for (family, (wrong, released)) in families {
            report.rate(family, "wrong reply", wrong);
            report.rate(family, "draft released", released);
        }
        for row in played().filter(|r| r.wrong > 0) {
            report.rate(row.name, "wrong reply", Rate { hits: row.wrong, n: row.told });
        }
    }
    fn sum(&self, of: impl Fn(&Row) -> usize) -> usize {
        self.0.iter().map(of).sum()
    }
}
