//! What differs between two files of settings or rules, in words: each value by its path, an entry of a list by its name, and of plain lists
//! what went and came.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The fields that name an entry of a list of tables, the first that it has.
const NAMES: [&str; 4] = ["id", "scope", "class", "name"];
/// Longer values are cut.
const LONG: usize = 300;

/// A value by itself, or a plain list.
#[derive(Debug, PartialEq)]
enum Leaf {
    One(String),
    Many(Vec<String>),
}

/// One line a difference; each begins with what the file holds (`fixed text`).
pub(super) fn differ(what: &str, old: &Value, new: &Value) -> Vec<String> {
    let (was, is) = (leaves(old), leaves(new));
    let paths: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let line = |path: &String| match (was.get(path), is.get(path)) {
        (a, b) if a == b => None,
        (None, Some(new)) => Some(format!("{what} added: {path}: {}", told(new))),
        (Some(old), None) => Some(format!("{what} removed: {path}: {}", told(old))),
        (Some(Leaf::Many(old)), Some(Leaf::Many(new))) => Some(format!("{what} changed: {path}: {}", lists(old, new))),
        (Some(old), Some(new)) => Some(format!("{what} changed: {path}: {} → {}", told(old), told(new))),
        (None, None) => None,
    };
    paths.into_iter().filter_map(line).collect()
}

/// Lines of a text that went and came.
pub(super) fn lines(what: &str, old: &str, new: &str) -> Vec<String> {
    let all = |text: &str| text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (was, is) = (all(old), all(new));
    let gone = was.iter().filter(|l| !is.contains(l)).map(|l| format!("{what}: {} is gone", quoted(l)));
    let came = is.iter().filter(|l| !was.contains(l)).map(|l| format!("{what}: {} is new", quoted(l)));
    let mut out: Vec<String> = gone.chain(came).collect();
    if out.is_empty() && old != new {
        out.push(format!("{what}: the same lines in another order or with other blanks"));
    }
    out
}

fn leaves(value: &Value) -> BTreeMap<String, Leaf> {
    let mut out = BTreeMap::new();
    walk(String::new(), value, &mut out);
    out
}

fn walk(path: String, value: &Value, out: &mut BTreeMap<String, Leaf>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path} {name}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| walk(below(key), value, out)),
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for (n, entry) in list.iter().enumerate() {
                let named = NAMES.iter().find_map(|field| entry.get(field)?.as_str());
                walk(below(&named.map_or_else(|| (n + 1).to_string(), str::to_owned)), entry, out);
            }
        }
        Value::Array(list) => {
            out.insert(path, Leaf::Many(list.iter().map(plain).collect()));
        }
        one => {
            out.insert(path, Leaf::One(plain(one)));
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn told(leaf: &Leaf) -> String {
    match leaf {
        Leaf::One(value) => quoted(value),
        Leaf::Many(list) => list.iter().map(|v| quoted(v)).collect::<Vec<_>>().join(", "),
    }
}

fn lists(old: &[String], new: &[String]) -> String {
    let gone = old.iter().filter(|v| !new.contains(v)).map(|v| format!("{} is gone", quoted(v)));
    let came = new.iter().filter(|v| !old.contains(v)).map(|v| format!("{} is new", quoted(v)));
    let parts: Vec<String> = gone.chain(came).collect();
    if parts.is_empty() { "the same in another order or number".to_owned() } else { parts.join("; ") }
}

fn quoted(text: &str) -> String {
    let mut cut: String = text.chars().take(LONG).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("“{cut}”")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_value_is_told_by_its_path_and_entries_by_their_names() {
        let old =
            json!({"default": "live", "rule": [{"scope": "topic:DL5", "mode": "live"}], "any": ["a", "b"], "gone": 1});
        let new = json!({"default": "suggest", "rule": [{"scope": "lang:es", "mode": "off"}, {"scope": "topic:DL5", "mode": "off"}], "any": ["b", "c"]});
        assert_eq!(
            differ("mode", &old, &new),
            [
                "mode changed: any: “a” is gone; “c” is new",
                "mode changed: default: “live” → “suggest”",
                "mode removed: gone: “1”",
                "mode added: rule lang:es mode: “off”",
                "mode added: rule lang:es scope: “lang:es”",
                "mode changed: rule topic:DL5 mode: “live” → “off”",
            ]
        );
        assert!(differ("mode", &old, &old).is_empty());
        assert!(differ("x", &json!({"a": ["1", "2"]}), &json!({"a": ["2", "1"]}))[0].contains("another order"));
    }

    #[test]
    fn a_prompt_is_told_line_by_line() {
        assert_eq!(
            lines("prompt", "One.\nTwo.", "One.\n\nThree."),
            ["prompt: “Two.” is gone", "prompt: “Three.” is new"]
        );
        assert_eq!(lines("prompt", "One.\nTwo.", "Two.\nOne.").len(), 1);
        assert!(lines("prompt", "One.", "One.").is_empty());
    }
}
