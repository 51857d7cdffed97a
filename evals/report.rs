//! What a run found: rates and numbers in order, printed as a table and written as JSON with the digests of all that was measured.

use crate::args::Common;
use crate::failure::Failure;
use crate::lines;
use crate::stats::exact::quantile_interval;
use crate::stats::{Rate, percentile, round};
use comfy_table::Table;
use comfy_table::presets::{ASCII_MARKDOWN, UTF8_FULL_CONDENSED};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Times that are told of a run, with their share.
const TIMES: [(&str, f64); 3] = [("median ms", 0.5), ("95 % ms", 0.95), ("99 % ms", 0.99)];

/// One line of the table.
#[derive(Clone, Debug)]
enum Found {
    Rate(Rate),
    Number { value: f64, n: usize, interval: Option<(f64, f64)> },
}

/// Which cases a rate counted.
#[derive(Clone, Debug)]
struct Event {
    slice: String,
    measure: String,
    cases: Vec<(String, bool)>,
}

/// The report of one run.
#[derive(Debug)]
pub struct Report {
    name: &'static str,
    provenance: Value,
    counts: Vec<(String, usize)>,
    found: Vec<(String, String, Found)>,
    events: Vec<Event>,
    remarks: Vec<String>,
    failed: Vec<(String, String)>,
    micros: Vec<u64>,
    stages: BTreeMap<String, Vec<u64>>,
    brief: bool,
}

impl Report {
    /// An empty report of a subcommand; `provenance` names the digests of model, policy and index.
    pub fn new(name: &'static str, provenance: Value) -> Self {
        Self {
            name,
            provenance,
            counts: Vec::new(),
            found: Vec::new(),
            events: Vec::new(),
            remarks: Vec::new(),
            failed: Vec::new(),
            micros: Vec::new(),
            stages: BTreeMap::new(),
            brief: false,
        }
    }
    /// Prints a Markdown table without the single routes and the counts of zero; the file holds everything.
    pub fn brief(mut self) -> Self {
        self.brief = true;
        self
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
    /// A rate over single cases, by which two runs can be paired.
    pub fn counted(&mut self, slice: &str, what: &str, cases: impl IntoIterator<Item = (String, bool)>) {
        let cases: Vec<(String, bool)> = cases.into_iter().collect();
        self.rate(slice, what, Rate::of(cases.iter().map(|(_, hit)| *hit)));
        if !cases.is_empty() {
            self.events.push(Event { slice: slice.to_owned(), measure: what.to_owned(), cases });
        }
    }
    /// A number over n cases.
    pub fn number(&mut self, slice: &str, what: &str, value: Option<f64>, n: usize) {
        if let Some(value) = value {
            self.found.push((slice.to_owned(), what.to_owned(), Found::Number { value, n, interval: None }));
        }
    }
    /// A number with its 95 % interval.
    pub fn measured(&mut self, slice: &str, what: &str, value: f64, n: usize, interval: Option<(f64, f64)>) {
        self.found.push((slice.to_owned(), what.to_owned(), Found::Number { value, n, interval }));
    }
    /// A sentence about what was measured, printed below the table.
    pub fn remark(&mut self, words: String) {
        self.remarks.push(words);
    }
    /// An expectation of a case that did not hold.
    pub fn fail(&mut self, id: &str, what: String) {
        self.failed.push((id.to_owned(), what));
    }
    /// Wall time of one case.
    pub fn took(&mut self, micros: u64) {
        self.micros.push(micros);
    }
    /// Microseconds from the start of a case to the end of one of its stages.
    pub fn stage(&mut self, name: &str, micros: u64) {
        self.stages.entry(name.to_owned()).or_default().push(micros);
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
    pub fn finish(mut self, common: &Common, cases: &[PathBuf]) -> Result<(), Failure> {
        if !common.quiet {
            self.print(common);
        }
        if !common.no_timing {
            self.time();
        }
        if let Some(file) = &common.report {
            let text = serde_json::to_string_pretty(&self.json(common, cases)?).map_err(Failure::internal)?;
            std::fs::write(file, text + "\n").map_err(|e| Failure::file(file, e))?;
        }
        lines::write(common.events.as_deref(), &self.events.iter().map(Event::json).collect::<Vec<_>>())?;
        match self.failed.len() {
            n if n > 0 && common.strict => Err(Failure::Gate(format!("{n} expectations failed"))),
            _ => Ok(()),
        }
    }

    fn print(&self, common: &Common) {
        println!("{}", self.table());
        for (what, n) in self.counts.iter().filter(|(_, n)| !self.brief || *n > 0) {
            println!("{what}: {n}");
        }
        if !common.no_timing && !self.micros.is_empty() {
            let at = |q| percentile(&self.micros, q) as f64 / 1000.0;
            println!("milliseconds a case: median {:.1}, 95 % {:.1}, 99 % {:.1}", at(0.5), at(0.95), at(0.99));
        }
        self.remarks.iter().for_each(|words| println!("{words}"));
        for (id, what) in self.failed.iter().take(40) {
            println!("not as expected: {id}: {what}");
        }
        if self.failed.len() > 40 {
            println!("not as expected: {} more, see the report", self.failed.len() - 40);
        }
    }

    /// Adds the times of cases and stages, with their intervals, for the file.
    fn time(&mut self) {
        let ms = |micros: u64| micros as f64 / 1000.0;
        let of = |all: &[u64], q| quantile_interval(all, q).map(|(low, high)| (ms(low), ms(high)));
        let micros = std::mem::take(&mut self.micros);
        for (what, q) in TIMES.into_iter().filter(|_| !micros.is_empty()) {
            self.measured("latency", what, ms(percentile(&micros, q)), micros.len(), of(&micros, q));
        }
        for (name, all) in std::mem::take(&mut self.stages) {
            let median = ms(percentile(&all, 0.5));
            self.measured(&format!("until {name}"), "median ms", median, all.len(), of(&all, 0.5));
        }
        self.micros = micros;
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        let preset = if self.brief { ASCII_MARKDOWN } else { UTF8_FULL_CONDENSED };
        let shown = |what: &str| !self.brief || !(what.starts_with("went to ") || what == "unsure decided");
        table.load_preset(preset).set_header(["slice", "measure", "value", "95 % interval", "events", "n"]);
        for (slice, what, found) in self.found.iter().filter(|(_, what, _)| shown(what)) {
            let cells = match found {
                Found::Rate(r) => [r.shown(), r.interval_shown(), r.hits.to_string(), r.n.to_string()],
                Found::Number { value, n, interval } => {
                    let between = interval.map(|(low, high)| format!("{low:.4} to {high:.4}"));
                    [format!("{value:.4}"), between.unwrap_or_default(), String::new(), n.to_string()]
                }
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
            Found::Number { value, n, interval } => {
                let (low, high) = interval.map(|(low, high)| (round(low), round(high))).unzip();
                json!({ "slice": slice, "measure": what, "value": round(*value), "n": n, "low": low, "high": high })
            }
        });
        let mut provenance = self.provenance.clone();
        provenance["cases"] = digests?.into();
        provenance["seed"] = common.seed.into();
        provenance["commit"] = commit().into();
        let mut out = json!({
            "evals": self.name,
            "provenance": provenance,
            "counts": self.counts.iter().cloned().collect::<BTreeMap<_, _>>(),
            "results": found.collect::<Vec<_>>(),
            "failed": self.failed.iter().map(|(id, what)| json!({ "id": id, "what": what })).collect::<Vec<_>>(),
        });
        if !common.no_timing {
            let at = |q| percentile(&self.micros, q);
            out["micros"] = json!({ "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0) });
        }
        Ok(out)
    }
}

impl Event {
    fn json(&self) -> Value {
        let ids = |want: bool| self.cases.iter().filter(|c| c.1 == want).map(|c| c.0.as_str()).collect::<Vec<_>>();
        json!({ "slice": self.slice, "measure": self.measure, "hit": ids(true), "miss": ids(false) })
    }
}

/// The commit of the working folder, with `+` when files differ from it; `unknown` outside a repository.
pub fn commit() -> String {
    let git = |args: &[&str]| {
        let out = std::process::Command::new("git").args(args).output().ok().filter(|o| o.status.success())?;
        Some(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    let Some(head) = git(&["rev-parse", "HEAD"]) else { return "unknown".into() };
    let clean = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|s| s.is_empty());
    if clean { head } else { head + "+" }
}
