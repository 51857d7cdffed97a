//! How a public set's fields and labels read (`--label-map FILE`, TOML). A public label says something on a few classes only, so a
//! map states what must fire, what must not, and leaves the rest open.

use crate::failure::Failure;
use crate::lines::Line;
use apothecary::domain::labels::{Intent, Risk};
use apothecary::domain::route::Route;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelMap {
    /// What the set is, for the table.
    pub about: String,
    /// Which subcommand reads it.
    #[serde(default)]
    pub kind: Kind,
    /// Field of the message.
    #[serde(default = "text")]
    text: String,
    /// Field of the label; `categories.SH` reads inside an object.
    #[serde(default = "label")]
    label: String,
    /// Earlier turns out of fields, oldest first.
    #[serde(default)]
    history: Vec<TurnField>,
    /// Field with labelled identifiers: `[{start, end, type}]`, offsets in characters.
    #[serde(default)]
    spans: Option<String>,
    /// The set's identifier types as ours; a type that is not named is not scored.
    #[serde(default)]
    kinds: BTreeMap<String, Vec<String>>,
    /// Label value to what it means; `*` is every other value. A value without a meaning stops the run.
    #[serde(default)]
    values: BTreeMap<String, Meaning>,
}

/// Which subcommand a map is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `evals guards`.
    #[default]
    Guards,
    /// `evals passages`.
    Passages,
    /// `evals support`.
    Support,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TurnField {
    role: String,
    field: String,
}

/// What one label value means.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Meaning {
    /// At least one of these fires.
    pub any: Vec<Risk>,
    /// None of these fires.
    pub none: Vec<Risk>,
    /// No class fires at all.
    pub safe: bool,
    /// The best intent is one of these.
    pub intents: Vec<Intent>,
    /// The route is one of these.
    pub routes: Vec<Route>,
    /// Passages: carries an instruction.
    pub injected: Option<bool>,
    /// Support: the claim is supported.
    pub supported: Option<bool>,
    /// Not scored and not judged; counted.
    pub skip: bool,
    /// Labelled identifiers in characters of the text, with our kinds.
    #[serde(skip)]
    pub spans: Option<Vec<(usize, usize, Vec<String>)>>,
}

fn text() -> String {
    "text".into()
}
fn label() -> String {
    "label".into()
}

impl LabelMap {
    /// Reads a map.
    ///
    /// # Errors
    /// The file and what is wrong in it.
    pub fn load(file: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(file).map_err(|e| Failure::file(file, e))?;
        toml::from_str(&text).map_err(|e| Failure::file(file, e))
    }

    /// A line in our fields, with what its label means. All other fields are carried.
    ///
    /// # Errors
    /// A missing field, or a label value that the map does not name.
    pub fn apply(&self, line: Line<Map<String, Value>>) -> Result<(Line<Map<String, Value>>, Meaning), Failure> {
        let wrong = |reason: String| Failure::line(&line.file, line.number, reason);
        let meaning = self.meaning(&line.value).map_err(wrong)?;
        let mut own = Map::new();
        for (ours, theirs) in [("id", "id"), ("text", self.text.as_str())] {
            let value = field(&line.value, theirs).ok_or_else(|| wrong(format!("field `{theirs}` is missing")))?;
            own.insert(ours.into(), value.clone());
        }
        for ours in ["context", "claim"] {
            line.value.get(ours).filter(|_| self.kind == Kind::Support).map(|v| own.insert(ours.into(), v.clone()));
        }
        let said = |t: &TurnField| Some(json!({ "role": t.role, "text": field(&line.value, &t.field)?.as_str()? }));
        let history: Vec<Value> = self.history.iter().filter_map(said).collect();
        if !history.is_empty() {
            own.insert("history".into(), history.into());
        }
        let extra = line.value.into_iter().filter(|(k, _)| !own.contains_key(k)).collect();
        Ok((Line { file: line.file, number: line.number, value: own, extra }, meaning))
    }

    fn meaning(&self, line: &Map<String, Value>) -> Result<Meaning, String> {
        let value = match field(line, &self.label) {
            Some(Value::String(s)) => s.clone(),
            Some(other) => other.to_string(),
            None => "null".into(),
        };
        let found = self.values.get(&value).or_else(|| self.values.get("*")).cloned();
        let mut meaning = match (found, &self.spans) {
            (Some(meaning), _) => meaning,
            (None, Some(_)) => Meaning::default(),
            (None, None) => return Err(format!("label `{value}` has no meaning in the map; name it, or `*`")),
        };
        if let Some(name) = &self.spans {
            let all =
                field(line, name).and_then(Value::as_array).ok_or_else(|| format!("field `{name}` is no list"))?;
            meaning.spans = Some(all.iter().filter_map(|s| self.span(s)).collect());
        }
        Ok(meaning)
    }

    fn span(&self, span: &Value) -> Option<(usize, usize, Vec<String>)> {
        let at = |name| span.get(name)?.as_u64().and_then(|n| usize::try_from(n).ok());
        let kinds = self.kinds.get(span.get("type")?.as_str()?)?;
        Some((at("start")?, at("end")?, kinds.clone()))
    }
}

fn field<'a>(line: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let first = line.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line<Map<String, Value>> {
        let value = serde_json::from_str(text).unwrap();
        Line { file: "set.jsonl".into(), number: 3, value, extra: Map::new() }
    }

    #[test]
    fn labels_and_history_are_translated_and_strangers_stop_the_run() {
        let map: LabelMap = toml::from_str(
            "about = \"x\"\nlabel = \"c.SH\"\nhistory = [{ role = \"agent\", field = \"before\" }]\n\
             [values.1]\nany = [\"R2\"]\n[values.0]\nnone = [\"R2\"]\n",
        )
        .unwrap();
        let (case, meaning) =
            map.apply(line(r#"{"id":"a","text":"t","c":{"SH":1},"before":"hm?","route":"x"}"#)).unwrap();
        assert_eq!(meaning.any, [Risk::SELF_HARM]);
        assert_eq!(case.value["history"][0]["text"], "hm?");
        assert_eq!(case.extra["route"], "x", "their field is not our label");
        let error = map.apply(line(r#"{"id":"a","text":"t","c":{"SH":2}}"#)).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("`2`"), "{error}");
    }
}
