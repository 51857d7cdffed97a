//! Answered, as expected and rated by people, in all and for each value of a field of the cases.

use super::scenario::Scenario;
use crate::failure::Failure;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::stats::Rate;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a person said of an answer: of its first sentence, or of a record told in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Rating {
    Sentence { id: String, first_sentence: String },
    Record { id: String, status: String, next: String, as_of: String },
}

/// A rating as it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Rated {
    right: bool,
    /// The answer stands in the paragraph, but not in its first sentence.
    later: bool,
    /// A record can be told beside a hand-over, too; a first sentence counts in answers only.
    record: bool,
}

impl Rated {
    fn of_sentence(said: &str) -> Self {
        Self { right: said == "yes", later: said == "partly", record: false }
    }
}

/// What people said, by scenario.
pub type Ratings = BTreeMap<String, Rated>;

impl Rating {
    fn rated(self) -> (String, Rated) {
        match self {
            Rating::Sentence { id, first_sentence } => (id, Rated::of_sentence(&first_sentence)),
            Rating::Record { id, status, next, as_of } => {
                (id, Rated { right: [status, next, as_of].iter().all(|v| v == "yes"), later: false, record: true })
            }
        }
    }
}

/// Reads ratings; none without a file.
///
/// # Errors
/// A file or line that cannot be read.
pub fn ratings(file: Option<&Path>) -> Result<Ratings, Failure> {
    let files: Vec<PathBuf> = file.into_iter().map(Path::to_path_buf).collect();
    let lines: Vec<Line<Rating>> = lines::read(&files, &["id"])?;
    Ok(lines.into_iter().map(|l| l.value.rated()).collect())
}

#[derive(Default)]
struct Slice {
    answered: Rate,
    expected: Rate,
    rated: Rate,
}

/// Adds the rates; without `by` only those over all rated answers.
pub fn slices(
    report: &mut Report,
    scenarios: &[Line<Scenario>],
    played: &[Vec<Value>],
    by: Option<&str>,
    ratings: &Ratings,
) {
    let mut found: BTreeMap<String, Slice> = BTreeMap::new();
    let (mut rated_all, mut later) = (Vec::new(), Vec::new());
    let what = match ratings.values().any(|r| r.record) {
        true => "status, next step and as-of right",
        false => "first sentence answers",
    };
    for (scenario, turns) in scenarios.iter().zip(played) {
        let answered = turns.first().and_then(|t| t.get("route")).and_then(Value::as_str) == Some("answer");
        let rated = ratings.get(&scenario.value.id).filter(|r| answered || r.record);
        if let Some(r) = rated {
            rated_all.push((scenario.value.id.clone(), r.right));
            later.push((scenario.value.id.clone(), r.later));
        }
        let Some(name) = by.and_then(|field| scenario.extra.get(field)).map(shown) else { continue };
        let slice = found.entry(name).or_default();
        slice.answered.add(answered);
        let expects = scenario.value.turns.iter().zip(turns).filter_map(|(t, p)| Some(t.expect.as_ref()?.failures(p)));
        let failures: Vec<bool> = expects.map(|f| f.is_empty()).collect();
        if !failures.is_empty() {
            slice.expected.add(failures.iter().all(|fine| *fine));
        }
        rated.into_iter().for_each(|r| slice.rated.add(r.right));
    }
    report.counted("rated", what, rated_all);
    if !ratings.values().any(|r| r.record) {
        report.counted("rated", "answer later in the paragraph", later);
    }
    for (name, slice) in found {
        report.rate(&name, "answered", slice.answered);
        report.rate(&name, "as expected", slice.expected);
        report.rate(&name, what, slice.rated);
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
