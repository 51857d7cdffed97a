//! JSON Lines in and out: every line parses or the run stops with file, line and reason; predictions are written in the order of
//! the cases and carry the fields that the harness does not know.

use crate::failure::Failure;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// One case with its place.
#[derive(Debug, Clone)]
pub struct Line<T> {
    /// File as it was named on the command line.
    pub file: PathBuf,
    /// Line, from 1.
    pub number: usize,
    /// The case.
    pub value: T,
    /// Fields of the line that the format does not name, to be carried.
    pub extra: Map<String, Value>,
}

/// Reads every line of every file; `id` is required and unique over all of them.
///
/// # Errors
/// [`Failure::Input`] at the first line that is wrong.
pub fn read<T: DeserializeOwned>(files: &[PathBuf], known: &[&str]) -> Result<Vec<Line<T>>, Failure> {
    parse(raw(files, Some("id"))?, known)
}

/// Lines as objects. `unique` names the field that must be a string and must not repeat.
///
/// # Errors
/// As [`read`].
pub fn raw(files: &[PathBuf], unique: Option<&str>) -> Result<Vec<Line<Map<String, Value>>>, Failure> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|e| Failure::file(file, e))?;
        for (at, line) in text.lines().enumerate() {
            let number = at + 1;
            let wrong = |reason: String| Failure::line(file, number, reason);
            let value: Map<String, Value> =
                serde_json::from_str(line).map_err(|e| wrong(format!("not a JSON object: {e}")))?;
            if let Some(field) = unique {
                let id = value.get(field).and_then(Value::as_str);
                let id = id.ok_or_else(|| wrong(format!("required field `{field}` is missing or no string")))?;
                if !seen.insert(id.to_owned()) {
                    return Err(wrong(format!("{field} `{id}` is repeated; ids are unique over all files of a run")));
                }
            }
            out.push(Line { file: file.clone(), number, value, extra: Map::new() });
        }
    }
    Ok(out)
}

/// Turns objects into cases; fields that are not `known` are set aside to be carried.
///
/// # Errors
/// As [`read`].
pub fn parse<T: DeserializeOwned>(
    lines: Vec<Line<Map<String, Value>>>,
    known: &[&str],
) -> Result<Vec<Line<T>>, Failure> {
    let one = |line: Line<Map<String, Value>>| {
        let extra =
            line.value.iter().filter(|(k, _)| !known.contains(&k.as_str())).map(|(k, v)| (k.clone(), v.clone()));
        let extra = line.extra.clone().into_iter().chain(extra).collect();
        let value =
            serde_json::from_value(Value::Object(line.value)).map_err(|e| Failure::line(&line.file, line.number, e))?;
        Ok(Line { file: line.file, number: line.number, value, extra })
    };
    lines.into_iter().map(one).collect()
}

/// A prediction with the carried fields behind its own; its own win.
#[must_use]
pub fn carried(prediction: Value, extra: &Map<String, Value>) -> Value {
    let Value::Object(own) = prediction else { return prediction };
    let mut all = extra.clone();
    all.extend(own);
    Value::Object(all)
}

/// Writes predictions, one a line.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: Option<&Path>, predictions: &[Value]) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    let mut out = Vec::new();
    for prediction in predictions {
        writeln!(out, "{prediction}").map_err(Failure::internal)?;
    }
    std::fs::write(file, out).map_err(|e| Failure::file(file, e))
}

/// SHA-256 of a file's bytes, in hex.
///
/// # Errors
/// When it cannot be read.
pub fn digest(file: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(file).map_err(|e| Failure::file(file, e))?;
    Ok(hex::encode(Sha256::digest(bytes)))
}

/// Six decimals: enough to compare, and the same bytes on every machine that computes the same value.
#[must_use]
pub fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("evals-lines-{}-{name}.jsonl", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn a_bad_line_a_missing_and_a_repeated_id_stop_with_their_place() {
        for (name, text, reason) in [
            ("bad", "{\"id\":\"a\"}\n{oops\n", "line 2: not a JSON object"),
            ("blank", "{\"id\":\"a\"}\n\n{\"id\":\"b\"}\n", "line 2"),
            ("none", "{\"text\":\"x\"}\n", "line 1: required field `id`"),
            ("twice", "{\"id\":\"a\"}\n{\"id\":\"a\"}\n", "line 2: id `a` is repeated"),
        ] {
            let path = file(name, text);
            let error = raw(std::slice::from_ref(&path), Some("id")).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn unknown_fields_are_carried_and_never_win() {
        let extra = serde_json::from_str(r#"{"source":"web","route":"label"}"#).unwrap();
        let out = carried(serde_json::json!({"id": "a", "route": "answer"}), &extra);
        assert_eq!(out, serde_json::json!({"id": "a", "route": "answer", "source": "web"}));
    }
}
