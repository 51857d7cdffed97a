//! A run folder: one folder a finished entry, and `run.json` over all of them. What a machine says of itself stays out of every digest.

use super::file::{Entry, Row, matches};
use super::metric::{Metric, Verdict};
use super::trained::Seen;
use crate::failure::Failure;
use crate::lines;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The form of `run.json`.
const FORMAT: u32 = 1;
/// Fields of a prediction that differ between two runs that decide the same.
const PASSING: [&str; 3] = ["micros", "stages", "trace"];

/// `run.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// [`FORMAT`].
    pub format: u32,
    /// What was run: name and purpose.
    pub suites: Vec<(String, String)>,
    /// Seed of all samples.
    pub seed: u64,
    /// Times were taken.
    pub timed: bool,
    /// Commit of the working folder, with `+` when files differed from it.
    pub commit: String,
    /// Digests of model, guard policy, rules and index.
    pub product: BTreeMap<String, Value>,
    /// Where and when it ran; absent without timing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// Results.
    pub entries: Vec<Part>,
}

/// Where and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// Operating system and architecture.
    pub system: String,
    /// Cores that the run could use.
    pub cores: usize,
    /// When it ended, UTC.
    pub finished: String,
}

/// One finished entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// What was run.
    #[serde(flatten)]
    pub entry: Entry,
    /// Digest of the entry, the product, the cases and the seed: what its results depend on.
    pub key: String,
    /// Digests of the case files.
    pub digests: BTreeMap<String, String>,
    /// Digest of the predictions without times.
    pub decisions: Option<String>,
    /// Seconds that it took; absent without timing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Held-out cases that training lines hold; absent where that says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// All figures.
    #[serde(rename = "figures")]
    pub metrics: Vec<Metric>,
    /// Cases that were not as expected, and how.
    pub failed: Vec<Failed>,
}

/// A case that was not as expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// Its id.
    pub id: String,
    /// What did not hold.
    pub what: String,
}

impl Run {
    /// A run without results yet.
    pub fn new(suites: Vec<(String, String)>, seed: u64, timed: bool, product: BTreeMap<String, Value>) -> Self {
        let (commit, entries) = (crate::report::commit(), Vec::new());
        Self { format: FORMAT, suites, seed, timed, commit, product, machine: None, entries }
    }

    /// Reads a finished run.
    ///
    /// # Errors
    /// There is none in the folder, or it has another form.
    pub fn load(dir: &Path) -> Result<Self, Failure> {
        let file = dir.join("run.json");
        if !file.is_file() {
            let advice = "no finished run: `evals run SUITE.toml --out` with this folder begins or continues one";
            return Err(Failure::file(dir, advice));
        }
        let run: Self = read(&file)?;
        if run.format == FORMAT {
            Ok(run)
        } else {
            Err(Failure::file(&file, format!("format {} instead of {FORMAT}", run.format)))
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self, dir: &Path) -> Result<(), Failure> {
        write(&dir.join("run.json"), self)
    }

    /// Every row of every entry with its figure and verdict.
    pub fn rows(&self) -> impl Iterator<Item = (&Part, &Row, Option<&Metric>, Verdict)> {
        self.entries.iter().flat_map(|part| {
            part.entry.row.iter().map(move |row| {
                let metric = part.metric(&row.metric);
                (part, row, metric, row.judge(metric))
            })
        })
    }

    /// The gates that fail.
    pub fn failing(&self) -> impl Iterator<Item = (&Part, &Row, Option<&Metric>, Verdict)> {
        self.rows().filter(|(_, row, _, verdict)| row.is_gate() && row.fails(*verdict, self.timed))
    }
}

impl Part {
    /// A figure by its id.
    pub fn metric(&self, id: &str) -> Option<&Metric> {
        self.metrics.iter().find(|m| m.id == id)
    }
    /// What the suite wants shown.
    pub fn shown(&self) -> impl Iterator<Item = &Metric> {
        let any = |patterns: &[String], text: &str| patterns.is_empty() || patterns.iter().any(|p| matches(p, text));
        self.metrics.iter().filter(move |m| any(&self.entry.slices, m.slice()) && any(&self.entry.metrics, m.measure()))
    }
    /// The entry's files.
    pub fn file(dir: &Path, name: &str, what: &str) -> PathBuf {
        dir.join(name).join(what)
    }
    /// Lines of one of its files; none when it has no such file.
    ///
    /// # Errors
    /// A line that cannot be read.
    pub fn lines(&self, dir: &Path, what: &str) -> Result<Vec<serde_json::Map<String, Value>>, Failure> {
        let file = Self::file(dir, &self.entry.name, what);
        if !file.is_file() {
            return Ok(Vec::new());
        }
        Ok(lines::raw(std::slice::from_ref(&file), None)?.into_iter().map(|l| l.value).collect())
    }
    /// Its predictions.
    ///
    /// # Errors
    /// As [`Part::lines`].
    pub fn predictions(&self, dir: &Path) -> Result<Vec<serde_json::Map<String, Value>>, Failure> {
        self.lines(dir, "predictions.jsonl")
    }
}

/// SHA-256 of predictions without what passes: times and random names. None without a file.
///
/// # Errors
/// A line that cannot be read.
pub fn decisions(file: &Path) -> Result<Option<String>, Failure> {
    if !file.is_file() {
        return Ok(None);
    }
    let mut hash = Sha256::new();
    for mut line in lines::raw(&[file.to_owned()], None)? {
        line.value.retain(|field, _| !PASSING.contains(&field.as_str()));
        hash.update(Value::Object(line.value).to_string());
        hash.update("\n");
    }
    Ok(Some(hex::encode(hash.finalize())))
}

/// Reads a JSON file.
///
/// # Errors
/// It cannot be read or has another form.
pub fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let text = std::fs::read_to_string(file).map_err(|e| Failure::file(file, e))?;
    serde_json::from_str(&text).map_err(|e| Failure::file(file, e))
}

/// Writes a JSON file.
///
/// # Errors
/// When it cannot be written.
pub fn write(file: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::internal)?;
    std::fs::write(file, text + "\n").map_err(|e| Failure::file(file, e))
}
