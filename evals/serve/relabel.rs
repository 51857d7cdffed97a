//! A mended label: the line of the case file gets it, and a line of `relabelled.jsonl` says who mended it and why. The words of a case never
//! change.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Fields that hold what was said; a case with other words is another case.
const WORDS: [&str; 9] = ["id", "text", "user", "draft", "question", "claim", "context", "history", "author"];

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Relabel {
    /// The case with its new labels, as JSON.
    pub case: String,
    /// Who says so.
    pub by: String,
    /// Why.
    pub why: String,
}

impl Relabel {
    /// Writes the label.
    ///
    /// # Errors
    /// What is wrong with it, for the person at the page; then nothing has changed.
    pub fn write(&self, run: &Path, files: &[PathBuf], id: &str) -> Result<(), String> {
        let after: Map<String, Value> =
            serde_json::from_str(&self.case).map_err(|e| format!("not a JSON object: {e}"))?;
        let (by, why) = (self.by.trim(), self.why.trim());
        if by.is_empty() || why.is_empty() {
            return Err("who says so, and why?".into());
        }
        for file in files {
            let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
            let Some((line, before)) = text.lines().find_map(|line| Some((line, own(line, id)?))) else { continue };
            if words(&before) != words(&after) {
                return Err("the words of a case stay as they were written; only labels change".into());
            }
            if before == after {
                return Err("nothing has changed".into());
            }
            let new = Value::Object(after.clone()).to_string();
            let changed: Vec<&str> = text.lines().map(|l| if l == line { new.as_str() } else { l }).collect();
            let at = jiff::Timestamp::now().to_string();
            let kept =
                json!({"file": file, "id": id, "by": by, "why": why, "at": at, "before": before, "after": after});
            // First the reason, then the label: a death in between leaves a reason without a label, never a label without a reason.
            append(&run.join("relabelled.jsonl"), &kept).map_err(|e| format!("relabelled.jsonl: {e}"))?;
            return replace(file, &(changed.join("\n") + "\n")).map_err(|e| format!("{}: {e}", file.display()));
        }
        Err("this case is in none of the entry's files any more".into())
    }
}

fn own(line: &str, id: &str) -> Option<Map<String, Value>> {
    let case: Map<String, Value> = serde_json::from_str(line).ok()?;
    (case.get("id").and_then(Value::as_str) == Some(id)).then_some(case)
}

/// All that was said in a case, in order.
fn words(case: &Map<String, Value>) -> Vec<String> {
    fn gather(name: &str, value: &Value, out: &mut Vec<String>) {
        match value {
            Value::String(text) if WORDS.contains(&name) => out.push(format!("{name}: {text}")),
            Value::Array(all) => all.iter().for_each(|v| gather(name, v, out)),
            Value::Object(fields) => fields.iter().for_each(|(k, v)| gather(k, v, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    case.iter().for_each(|(name, value)| gather(name, value, &mut out));
    out
}

fn append(file: &Path, line: &Value) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    writeln!(file, "{line}")?;
    file.sync_all()
}

/// The whole new file, or the old one.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let beside = file.with_extension("jsonl.new");
    std::fs::write(&beside, text)?;
    std::fs::File::open(&beside)?.sync_all()?;
    std::fs::rename(beside, file)
}
