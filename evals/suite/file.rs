//! A suite: `evals/suites/*.toml`. Which subcommand runs over which cases, what of its results is shown, and what must be reached.

use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Subcommands that measure the product and write a report.
const MEASURES: [&str; 16] = [
    "guards",
    "passages",
    "drafts",
    "support",
    "retrieval",
    "pages",
    "chat",
    "isolation",
    "patients",
    "traffic",
    "hostile",
    "mutate",
    "attack",
    "bound",
    "agreement",
    "dedupe",
];
/// Options that the run sets itself.
const OURS: [&str; 11] = [
    "cases",
    "predictions",
    "report",
    "events",
    "quiet",
    "seed",
    "no-timing",
    "data",
    "guardrails",
    "encoder",
    "strict",
];

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Name, for the report.
    pub name: String,
    /// What it is for, in a sentence that a board reads.
    pub about: String,
    /// In the order in which they run.
    pub entry: Vec<Entry>,
}

/// One subcommand over its cases.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Folder of its results; lower case, digits and hyphens.
    pub name: String,
    /// What is measured, for people who do not know the product.
    pub about: String,
    /// The subcommand.
    pub command: String,
    /// Where the cases come from.
    pub split: Split,
    /// Case files, from the working folder.
    #[serde(default)]
    pub cases: Vec<PathBuf>,
    /// Its options without the hyphens: a text, a number, true, or a list of those.
    #[serde(default)]
    pub options: toml::Table,
    /// Slices that are shown, `*` for any characters; all without it.
    #[serde(default)]
    pub slices: Vec<String>,
    /// Measures that are shown; all without it.
    #[serde(default)]
    pub metrics: Vec<String>,
    /// What the summary says of it; a row with a limit is a gate.
    #[serde(default)]
    pub row: Vec<Row>,
}

/// Whether figures are an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// By hands that saw nothing of the product; nothing was trained or tuned on them.
    HeldOut,
    /// Thresholds or budgets were set looking at them.
    Tuned,
    /// Their faults were mended: they tell whether something broke, not how well it works.
    Regression,
    /// Made by the harness itself.
    Generated,
}

/// One line of the summary.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// In plain words.
    pub says: String,
    /// `slice/measure` of the subcommand's results, or `count/WHAT`.
    pub metric: String,
    /// At least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// At most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<f64>,
    /// Not a single event.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub none: bool,
    /// The whole interval must lie on the right side, or the gate fails.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shown: bool,
}

impl Suite {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or an entry is not as it should be.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
        let suite: Self = toml::from_str(&text).map_err(|e| Failure::Input(format!("{}: {e}", path.display())))?;
        let wrong = suite.entry.iter().find_map(|e| Some(format!("entry `{}`: {}", e.name, e.wrong()?)));
        wrong.map_or(Ok(suite), |reason| Err(Failure::file(path, reason)))
    }
}

impl Entry {
    /// What is wrong with it, if anything.
    fn wrong(&self) -> Option<String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || !self.name.chars().all(plain) {
            return Some("a name is lower case letters, digits and hyphens".into());
        }
        if !MEASURES.contains(&self.command.as_str()) {
            return Some(format!("`{}` is none of {}", self.command, MEASURES.join(", ")));
        }
        if let Some(option) = self.options.keys().find(|k| OURS.contains(&k.as_str())) {
            return Some(format!("`{option}` is set by the run, not by a suite"));
        }
        self.row.iter().find_map(|r| Some(format!("row `{}`: {}", r.says, r.wrong()?)))
    }

    /// The subcommand with its options and cases, as it is typed.
    pub fn command_line(&self) -> Vec<String> {
        let mut line = vec!["evals".to_owned(), self.command.clone()];
        for file in &self.cases {
            line.extend(["--cases".to_owned(), file.display().to_string()]);
        }
        for (name, value) in &self.options {
            let several = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for value in several.iter().filter(|v| v.as_bool() != Some(false)) {
                line.push(format!("--{name}"));
                match value {
                    toml::Value::Boolean(_) => {}
                    toml::Value::String(text) => line.push(text.clone()),
                    other => line.push(other.to_string()),
                }
            }
        }
        line
    }
}

impl Row {
    fn wrong(&self) -> Option<&'static str> {
        let limits = [self.floor.is_some(), self.ceiling.is_some(), self.none];
        match limits.iter().filter(|l| **l).count() {
            0 if self.shown => Some("`shown` needs a floor or a ceiling"),
            0 | 1 if self.metric.contains('/') => None,
            0 | 1 => Some("a metric is `slice/measure`"),
            _ => Some("a floor, a ceiling or `none`, one of them"),
        }
    }
    /// True when it has a limit.
    pub fn is_gate(&self) -> bool {
        self.none || self.floor.is_some() || self.ceiling.is_some()
    }
}

/// Entries of several suites; their names are folders of one run.
///
/// # Errors
/// A name that repeats.
pub fn entries(suites: &[Suite]) -> Result<Vec<&Entry>, Failure> {
    let mut seen = BTreeSet::new();
    let all: Vec<&Entry> = suites.iter().flat_map(|s| &s.entry).collect();
    match all.iter().find(|e| !seen.insert(&e.name)) {
        Some(twice) => {
            Err(Failure::Input(format!("entry `{}` stands twice; names are unique over all suites", twice.name)))
        }
        None => Ok(all),
    }
}

/// True when a text is what a pattern says; `*` stands for any characters.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(entry: &str) -> Result<Suite, String> {
        let head = "name = 's'\nabout = 'a'\n[[entry]]\nabout = 'a'\nsplit = 'held-out'\n";
        let dir = std::env::temp_dir().join(format!("evals-suite-{}.toml", uuid::Uuid::now_v7()));
        std::fs::write(&dir, format!("{head}{entry}")).unwrap();
        let read = Suite::load(&dir).map_err(|e| e.to_string());
        std::fs::remove_file(dir).unwrap();
        read
    }

    #[test]
    fn an_entry_becomes_the_line_that_one_would_type() {
        let read = suite(
            "name = 'x'\ncommand = 'hostile'\ncases = ['a.jsonl', 'b.jsonl']\n\
             options = { only = ['hidden', 'privacy'], turns = 62, lexical = true, all = false }",
        );
        let line = "evals hostile --cases a.jsonl --cases b.jsonl --lexical --only hidden --only privacy --turns 62";
        assert_eq!(read.unwrap().entry[0].command_line().join(" "), line);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (entry, reason) in [
            ("name = 'X'\ncommand = 'guards'", "a name is lower case"),
            ("name = 'x'\ncommand = 'crash'", "`crash` is none of"),
            ("name = 'x'\ncommand = 'guards'\noptions = { seed = 3 }", "`seed` is set by the run"),
            (
                "name = 'x'\ncommand = 'guards'\n[[entry.row]]\nsays = 'r'\nmetric = 'a/b'\nfloor = 1.0\nnone = true",
                "one of them",
            ),
            ("name = 'x'\ncommand = 'guards'\n[[entry.row]]\nsays = 'r'\nmetric = 'recall'", "`slice/measure`"),
            ("name = 'x'\ncommand = 'guards'\nflor = 1", "unknown field"),
        ] {
            let error = suite(entry).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn the_suites_of_the_repository_are_read() {
        for file in ["evals/suites/smoke.toml", "evals/suites/full.toml", "evals/suites/proof.toml"] {
            let suite = Suite::load(Path::new(file)).unwrap();
            assert!(entries(std::slice::from_ref(&suite)).is_ok());
            assert!(suite.entry.iter().any(|e| e.row.iter().any(Row::is_gate)), "{file}");
            assert!(entries(&[suite.clone(), suite]).is_err());
        }
    }

    #[test]
    fn stars_stand_for_anything() {
        assert!(matches("*", "x") && matches("R*", "R12") && matches("a*c*e", "abcde") && matches("same", "same"));
        assert!(!matches("R*", "all") && !matches("same", "same not") && !matches("a*c", "abd"));
    }
}
