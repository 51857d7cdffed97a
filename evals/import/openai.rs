//! OpenAI evals: JSON Lines of `input` (a text, or messages) and `ideal` (a text, or several of which one is enough).

use super::{Imported, Wanted, case};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Sample {
    input: Input,
    #[serde(default)]
    ideal: Option<Ideal>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Messages(Vec<Message>),
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Ideal {
    One(String),
    Many(Vec<String>),
}

/// Every line a case.
///
/// # Errors
/// The first line that is no sample.
pub fn read(text: &str, name: &str) -> Result<Imported, String> {
    let mut out = Imported::default();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, l)| !l.trim().is_empty()) {
        let sample: Sample = serde_json::from_str(line).map_err(|e| format!("line {number}: {e}"))?;
        let messages = match sample.input {
            Input::Text(content) => vec![Message { role: "user".into(), content }],
            Input::Messages(messages) => messages,
        };
        let (said, rest): (Vec<Message>, Vec<Message>) = messages.into_iter().partition(|m| m.role == "user");
        out.left.extend(rest.iter().map(|m| format!("line {number}: a message of role `{}`", m.role)));
        let said: Vec<String> = said.into_iter().map(|m| m.content).collect();
        if said.is_empty() {
            return Err(format!("line {number}: no message of the user"));
        }
        let any = match sample.ideal {
            None => Vec::new(),
            Some(Ideal::One(text)) => vec![vec![text]],
            Some(Ideal::Many(texts)) => vec![texts],
        };
        let wanted = Wanted { any: any.into_iter().filter(|g| !g.is_empty()).collect(), ..Wanted::default() };
        if wanted.any.is_empty() {
            out.left.push(format!("line {number}: no `ideal`, so nothing is expected"));
        }
        out.cases.push(case(
            &format!("{name}-{number:04}"),
            &said,
            &wanted,
            json!({"harness": "openai", "line": number}),
        ));
    }
    Ok(out)
}
