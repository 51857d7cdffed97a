//! What a run found: rates and numbers in order, printed as a table and written as JSON with the digests of all that was measured.

use crate::args::Common;
use crate::failure::Failure;
use crate::lines;
use crate::stats::{Rate, percentile, round};
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde_json::{Value, json};
use std::path::PathBuf;

/// One line of the table.
#[derive(Clone, Debug)]
enum Found {
    Rate(Rate),
    Number { value: f64, n: usize },
}

/// The report of one run.
#[derive(Debug)]
pub struct Report {
    name: &'static str,
    provenance: Value,
    counts: Vec<(String, usize)>,
    found: Vec<(String, String, Found)>,
    failed: Vec<String>,
    micros: Vec<u64>,
}

impl Report {
    /// An empty report of a subcommand; `provenance` names the digests of model, policy and index.
    pub fn new(name: &'static str, provenance: Value) -> Self {
        Self { name, provenance, counts: Vec::new(), found: Vec::new(), failed: Vec::new(), micros: Vec::new() }
    }
    /// A plain count: cases, refused, unscored. Never folded into a rate.
    pub fn count(&mut self, what: &str, n: usize) {
        self.counts.push((what.to_owned(), n));
    }
    /// A rate; one that counted nothing is left out.
    pub fn rate(&mut self, slice: &str, what: &str, rate: Rate) {
        if rate.n > 0 {
            self.found.push((slice.to_owned(), what.to_owned(), Found::Rate(rate)));
        }
    }
    /// A number over n cases.
    pub fn number(&mut self, slice: &str, what: &str, value: Option<f64>, n: usize) {
        if let Some(value) = value {
            self.found.push((slice.to_owned(), what.to_owned(), Found::Number { value, n }));
        }
    }
    /// An expectation that did not hold.
    pub fn fail(&mut self, what: String) {
        self.failed.push(what);
    }
    /// Wall time of one case.
    pub fn took(&mut self, micros: u64) {
        self.micros.push(micros);
    }
    /// Takes another report's lines under a slice name.
    pub fn absorb(&mut self, slice: &str, other: Report) {
        let named = |s: &str| if s == "all" { slice.to_owned() } else { format!("{slice}: {s}") };
        self.counts.extend(other.counts.into_iter().map(|(what, n)| (format!("{slice}: {what}"), n)));
        self.found.extend(other.found.into_iter().map(|(s, what, f)| (named(&s), what, f)));
        self.micros.extend(other.micros);
    }

    /// Prints the table, writes the file, and with `--strict` fails on the first expectation that did not hold.
    ///
    /// # Errors
    /// The file cannot be written; with `--strict`, [`Failure::Gate`].
    pub fn finish(self, common: &Common, cases: &[PathBuf]) -> Result<(), Failure> {
        println!("{}", self.table());
        for (what, n) in &self.counts {
            println!("{what}: {n}");
        }
        if !common.no_timing && !self.micros.is_empty() {
            let at = |q| percentile(&self.micros, q) as f64 / 1000.0;
            println!("milliseconds a case: median {:.1}, 95 % {:.1}, 99 % {:.1}", at(0.5), at(0.95), at(0.99));
        }
        for what in self.failed.iter().take(40) {
            println!("not as expected: {what}");
        }
        if self.failed.len() > 40 {
            println!("not as expected: {} more, see the report", self.failed.len() - 40);
        }
        if let Some(file) = &common.report {
            let text = serde_json::to_string_pretty(&self.json(common, cases)?).map_err(Failure::internal)?;
            std::fs::write(file, text + "\n").map_err(|e| Failure::file(file, e))?;
        }
        match self.failed.len() {
            n if n > 0 && common.strict => Err(Failure::Gate(format!("{n} expectations failed"))),
            _ => Ok(()),
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED).set_header([
            "slice",
            "measure",
            "value",
            "95 % interval",
            "events",
            "n",
        ]);
        for (slice, what, found) in &self.found {
            let cells = match found {
                Found::Rate(r) => [r.shown(), r.interval_shown(), r.hits.to_string(), r.n.to_string()],
                Found::Number { value, n } => [format!("{value:.4}"), String::new(), String::new(), n.to_string()],
            };
            table.add_row([slice.clone(), what.clone()].into_iter().chain(cells));
        }
        table
    }

    fn json(&self, common: &Common, cases: &[PathBuf]) -> Result<Value, Failure> {
        let digests: Result<serde_json::Map<String, Value>, Failure> =
            cases.iter().map(|f| Ok((f.display().to_string(), lines::digest(f)?.into()))).collect();
        let found = self.found.iter().map(|(slice, what, found)| match found {
            Found::Rate(r) => {
                let mut line = r.json();
                line["slice"] = slice.as_str().into();
                line["measure"] = what.as_str().into();
                line
            }
            Found::Number { value, n } => json!({ "slice": slice, "measure": what, "value": round(*value), "n": n }),
        });
        let mut provenance = self.provenance.clone();
        provenance["cases"] = digests?.into();
        provenance["seed"] = common.seed.into();
        provenance["commit"] = commit().into();
        let mut out = json!({
            "evals": self.name,
            "provenance": provenance,
            "counts": self.counts.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
            "results": found.collect::<Vec<_>>(),
            "failed": self.failed,
        });
        if !common.no_timing {
            let at = |q| percentile(&self.micros, q);
            out["micros"] = json!({ "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0) });
        }
        Ok(out)
    }
}

/// The commit of the working folder, with `+` when files differ from it; `unknown` outside a repository.
fn commit() -> String {
    let git = |args: &[&str]| {
        let out = std::process::Command::new("git").args(args).output().ok().filter(|o| o.status.success())?;
        Some(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    let Some(head) = git(&["rev-parse", "HEAD"]) else { return "unknown".into() };
    let clean = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|s| s.is_empty());
    if clean { head } else { head + "+" }
}
