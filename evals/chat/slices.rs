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

/// What a person said of an answer.
#[derive(Clone, Debug, Deserialize)]
struct Rating {
    id: String,
    first_sentence: String,
}

/// Whether the first sentence of an answer answers the question, by scenario.
pub type Ratings = BTreeMap<String, bool>;

/// Reads ratings; none without a file.
///
/// # Errors
/// A file or line that cannot be read.
pub fn ratings(file: Option<&Path>) -> Result<Ratings, Failure> {
    let files: Vec<PathBuf> = file.into_iter().map(Path::to_path_buf).collect();
    let lines: Vec<Line<Rating>> = lines::read(&files, &["id", "first_sentence"])?;
    Ok(lines.into_iter().map(|l| (l.value.id, l.value.first_sentence == "yes")).collect())
}

#[derive(Default)]
struct Slice {
    answered: Rate,
    expected: Rate,
    first: Rate,
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
    let mut first = Rate::default();
    for (scenario, turns) in scenarios.iter().zip(played) {
        let answered = turns.first().and_then(|t| t.get("route")).and_then(Value::as_str) == Some("answer");
        let rated = ratings.get(&scenario.value.id).filter(|_| answered);
        rated.into_iter().for_each(|yes| first.add(*yes));
        let Some(name) = by.and_then(|field| scenario.extra.get(field)).map(shown) else { continue };
        let slice = found.entry(name).or_default();
        slice.answered.add(answered);
        let expects = scenario.value.turns.iter().zip(turns).filter_map(|(t, p)| Some(t.expect.as_ref()?.failures(p)));
        let failures: Vec<bool> = expects.map(|f| f.is_empty()).collect();
        if !failures.is_empty() {
            slice.expected.add(failures.iter().all(|fine| *fine));
        }
        rated.into_iter().for_each(|yes| slice.first.add(*yes));
    }
    report.rate("rated", "first sentence answers", first);
    for (name, slice) in found {
        report.rate(&name, "answered", slice.answered);
        report.rate(&name, "as expected", slice.expected);
        report.rate(&name, "first sentence answers", slice.first);
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
