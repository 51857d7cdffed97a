//! promptfoo: a YAML configuration with `tests`, or a list of tests alone; `defaultTest` is added to each.

use super::{Imported, Wanted, case};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Names that a message usually has, where a test has several variables.
const USUAL: [&str; 7] = ["message", "question", "query", "input", "prompt", "user_input", "text"];

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Tests(Vec<Test>),
    Config(Config),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    tests: Vec<Test>,
    #[serde(default)]
    default_test: Test,
}

#[derive(Clone, Default, Deserialize)]
struct Test {
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    vars: BTreeMap<String, Value>,
    #[serde(default)]
    assert: Vec<Assert>,
}

#[derive(Clone, Deserialize)]
struct Assert {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    value: Value,
}

/// Every test a case; a variable with several values makes several.
///
/// # Errors
/// It is no such file, or a test does not say which variable is the message.
pub fn read(text: &str, name: &str, var: Option<&str>) -> Result<Imported, String> {
    let file: File = serde_saphyr::from_str(text).map_err(|e| format!("no promptfoo file: {e}"))?;
    let (tests, usual) = match file {
        File::Tests(tests) => (tests, Test::default()),
        File::Config(config) => (config.tests, config.default_test),
    };
    let mut out = Imported::default();
    for (number, test) in (1..).zip(tests) {
        let place =
            test.description.as_deref().map_or_else(|| format!("test {number}"), |d| format!("test {number} ({d})"));
        let vars: BTreeMap<String, Value> = usual.vars.clone().into_iter().chain(test.vars).collect();
        let asserts: Vec<Assert> = usual.assert.iter().cloned().chain(test.assert).collect();
        let mut wanted = Wanted::default();
        for assert in &asserts {
            let fits = wanted.take(assert);
            out.left.extend((!fits).then(|| format!("{place}: assertion `{}`", assert.kind)));
        }
        let texts = messages(&vars, var).map_err(|reason| format!("{place}: {reason}"))?;
        for (n, text) in texts.iter().enumerate() {
            let variant = if texts.len() > 1 { format!("-{}", n + 1) } else { String::new() };
            let source = json!({"harness": "promptfoo", "test": number, "description": test.description, "vars": vars});
            out.cases.push(case(&format!("{name}-{number:04}{variant}"), std::slice::from_ref(text), &wanted, source));
        }
    }
    Ok(out)
}

/// The message, or each of several.
fn messages(vars: &BTreeMap<String, Value>, named: Option<&str>) -> Result<Vec<String>, String> {
    let only = || (vars.len() == 1).then(|| vars.keys().next().map(String::as_str)).flatten();
    let usual = || USUAL.into_iter().find(|name| vars.contains_key(*name));
    let name = named.or_else(only).or_else(usual);
    let known = || vars.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let name = name.ok_or_else(|| format!("which variable is the message? `--var` one of: {}", known()))?;
    let value = vars.get(name).ok_or_else(|| format!("no variable `{name}`; there are: {}", known()))?;
    match value {
        Value::String(text) if text.starts_with("file://") => {
            Err(format!("variable `{name}` is in another file: {text}"))
        }
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(all) if !all.is_empty() && all.iter().all(Value::is_string) => Ok(texts(value)),
        _ => Err(format!("variable `{name}` is no text")),
    }
}

/// A text, or a list of texts.
fn texts(value: &Value) -> Vec<String> {
    let one = value.as_str().map(str::to_owned).into_iter();
    one.chain(value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)).collect()
}

impl Wanted {
    /// Takes an assertion over; false when there is no counterpart.
    fn take(&mut self, assert: &Assert) -> bool {
        let texts = texts(&assert.value);
        let plain = assert.kind.replace("icontains", "contains");
        match plain.as_str() {
            "is-refusal" => self.refusal = true,
            _ if texts.is_empty() => return false,
            "contains" | "contains-all" => self.contains.extend(texts),
            "contains-any" => self.any.push(texts),
            "not-contains" | "not-contains-any" => self.absent.extend(texts),
            _ => return false,
        }
        true
    }
}
