//! Baselines: the figures of a run that are kept in the repository, with digests of everything that they depend on. One is stale for an
//! entry when a digest of product or cases differs, not when the commit does.

use super::file::{Row, Split};
use super::folder::{self, Part, Run};
use super::metric::{Metric, Verdict};
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Baseline {
    /// Names of the suites.
    pub suites: Vec<String>,
    /// Seed of all samples.
    pub seed: u64,
    /// Digests of what was measured.
    pub product: BTreeMap<String, Value>,
    /// Entry by entry.
    pub entries: Vec<Kept>,
}

/// What is kept of an entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// The command that measures it.
    pub command: String,
    /// Where its cases come from.
    pub split: Split,
    /// Digests of its files.
    pub digests: BTreeMap<String, String>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// The figures that its suite shows or gates; times are a machine's own and stay out.
    pub metrics: Vec<Metric>,
}

impl Baseline {
    /// What is kept of a run.
    pub fn of(run: &Run) -> Self {
        let suites = run.suites.iter().map(|(name, _)| name.clone()).collect();
        let entries = run.entries.iter().map(Kept::of).collect();
        Self { suites, seed: run.seed, product: run.product.clone(), entries }
    }
    /// Reads one.
    ///
    /// # Errors
    /// When it is none.
    pub fn load(file: &Path) -> Result<Self, Failure> {
        folder::read(file)
    }
    /// What has changed for an entry since it was measured: names of digests; empty when nothing has. `files` gives today's digest.
    pub fn stale(
        &self,
        kept: &Kept,
        product: &BTreeMap<String, Value>,
        files: impl Fn(&str) -> Option<String>,
    ) -> Vec<String> {
        let depends = self.product.keys().filter(|_| kept.depends_on_product());
        let product = depends.filter(|k| product.get(*k) != self.product.get(*k)).cloned();
        let files = kept.digests.iter().filter(|(name, digest)| files(name).as_ref() != Some(*digest));
        product.chain(files.map(|(name, _)| name.clone())).collect()
    }
    /// A Markdown table: what, value with interval and n, what is wanted and whether it is met, command. A row that is stale says so, and one
    /// whose cases are no estimate of quality.
    pub fn table(&self, product: &BTreeMap<String, Value>) -> String {
        let mut out = String::from("| what | measured | wanted | command |\n|---|---|---|---|\n");
        for kept in &self.entries {
            let stale = !self.stale(kept, product, |f| super::digest(Path::new(f)).ok()).is_empty();
            let mut command = format!("`{}`", kept.command);
            for row in &kept.rows {
                let Some(metric) = kept.metrics.iter().find(|m| m.id == row.metric) else { continue };
                let note = if stale { "; measured on an earlier version" } else { "" };
                let cells = [
                    format!("{}{}", row.says, worth(kept.split)),
                    format!("{}{note}", value(metric)),
                    wanted(row, metric),
                    std::mem::replace(&mut command, "same".into()),
                ];
                out += &format!("| {} |\n", cells.map(|c| c.replace('|', "\\|")).join(" | "));
            }
        }
        out
    }
}

/// What such cases are worth, where they are no estimate.
fn worth(split: Split) -> &'static str {
    match split {
        Split::HeldOut | Split::Generated => "",
        Split::Tuned => " (budgets were set on these)",
        Split::Regression => " (regression set)",
    }
}

/// `at least 97 %: met`; empty for a row that is no gate.
fn wanted(row: &Row, metric: &Metric) -> String {
    let limit = row.limit_shown(Some(metric));
    let verdict = match row.judge(Some(metric)) {
        _ if limit.is_empty() => return limit,
        Verdict::Met => "met",
        Verdict::NotMet => "**not met**",
        Verdict::Undecided | Verdict::NotMeasured => "undecided",
    };
    format!("{limit}: {verdict}")
}

/// `92.7 % (89.1 to 95.1), n = 300`; `0 of 2,112 (at most 0.14 %)` where there was no event.
pub fn value(metric: &Metric) -> String {
    if let (Some(0), Some(high)) = (metric.hits, metric.high) {
        return format!("0 of {} (at most {:.2} %)", metric.n, high * 100.0);
    }
    let interval = Some(metric.interval_shown()).filter(|i| !i.is_empty()).map(|i| format!(" ({i})"));
    let n = Some(metric.n).filter(|n| *n > 0).map(|n| format!(", n = {n}"));
    format!("{}{}{}", metric.shown(), interval.unwrap_or_default(), n.unwrap_or_default())
}

impl Kept {
    fn of(part: &Part) -> Self {
        let wanted = |m: &&Metric| {
            let shown = part.shown().any(|s| s.id == m.id) || part.entry.row.iter().any(|r| r.metric == m.id);
            shown && !m.is_time()
        };
        Self {
            name: part.entry.name.clone(),
            command: part.entry.command_line().join(" "),
            split: part.entry.split,
            digests: part.digests.clone(),
            rows: part.entry.row.clone(),
            metrics: part.metrics.iter().filter(wanted).cloned().collect(),
        }
    }
    /// Readers' labels and likenesses of texts have nothing to do with the product.
    fn depends_on_product(&self) -> bool {
        !["evals agreement", "evals dedupe"].iter().any(|c| self.command.starts_with(c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn baseline() -> Baseline {
        serde_json::from_value(
            json!({"suites": ["s"], "seed": 1, "product": {"model": "m1", "index": "i1"}, "entries": [
            {"name": "a", "command": "evals guards", "split": "tuned", "digests": {"no/such.jsonl": "d1"},
             "rows": [{"says": "caught | all", "metric": "R1/recall", "floor": 0.99}, {"says": "leaks", "metric": "x/leaked"}],
             "metrics": [{"id": "R1/recall", "value": 0.9, "hits": 9, "n": 10, "low": 0.596, "high": 0.982},
                         {"id": "x/leaked", "value": 0.0, "hits": 0, "n": 300, "low": 0.0, "high": 0.00994}]}]}),
        )
        .unwrap()
    }

    #[test]
    fn another_model_or_case_file_makes_it_stale_and_the_same_does_not() {
        let (baseline, product) = (baseline(), |model: &str| {
            [("model", model), ("index", "i1")]
                .map(|(k, v)| (k.to_owned(), json!(v)))
                .into_iter()
                .collect::<BTreeMap<_, _>>()
        });
        let stale = |model, file: Option<&str>| {
            baseline.stale(&baseline.entries[0], &product(model), |_| file.map(str::to_owned))
        };
        assert!(stale("m1", Some("d1")).is_empty());
        assert_eq!(stale("m2", Some("d1")), ["model"]);
        assert_eq!(stale("m1", Some("d2")), ["no/such.jsonl"]);
        assert_eq!(stale("m1", None), ["no/such.jsonl"]);
    }

    #[test]
    fn a_row_of_the_table_says_when_it_is_old() {
        let table = baseline().table(&BTreeMap::new());
        for line in [
            "| caught \\| all (budgets were set on these) | 90.0 % (59.6 to 98.2), n = 10; measured on an earlier version \
             | at least 99 %: **not met** | `evals guards` |",
            "| leaks (budgets were set on these) | 0 of 300 (at most 0.99 %); measured on an earlier version |  | same |",
        ] {
            assert!(table.contains(line), "{line}\n{table}");
        }
    }
}
