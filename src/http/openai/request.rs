//! What is asked: the customer's messages out of a chat-completions body. What would change the answer and cannot be had is refused
//! with its parameter; what only tunes a sampler is ignored; what the client says that we or the system said is not read.

use super::{MODEL, error};
use crate::domain::text::{MAX_CHARS, UserText};
use crate::http::error::ApiError;
use serde_json::{Map, Value};

/// The customer's words, and how to answer.
#[derive(Debug)]
pub struct Asked {
    /// Earlier messages, oldest first.
    pub earlier: Vec<UserText>,
    /// So many of them, the latest, have had no answer as far as the client tells.
    pub unanswered: usize,
    /// The message to answer, as typed.
    pub text: String,
    /// Answer as a stream.
    pub stream: bool,
    /// End the stream with the usage.
    pub include_usage: bool,
}

impl Asked {
    /// All words that were read.
    pub fn texts(&self) -> Vec<&str> {
        self.earlier.iter().map(UserText::as_str).chain([self.text.as_str()]).collect()
    }
}

/// Reads a body.
///
/// # Errors
/// 400 with the parameter; 404 for another model; 422 for a text that is blank or too long.
pub fn read(body: &Map<String, Value>) -> Result<Asked, ApiError> {
    model(body)?;
    unsupported(body)?;
    let messages = body.get("messages").and_then(Value::as_array).filter(|m| !m.is_empty());
    let messages = messages.ok_or_else(|| error::param("messages", "give a list of at least one message"))?;
    let mut said = Vec::new();
    let at = messages.len() - 1;
    // What was refused once stays in a client's history: only the message that is to be answered is held to the rules.
    let mut unanswered = 0;
    for message in messages.iter().take(at) {
        let before = said.len();
        said.extend(earlier(message));
        unanswered = if is_assistants(message) { 0 } else { unanswered + said.len() - before };
    }
    let last = messages.last().map_or(Ok(None), |message| customers(message, &format!("messages[{at}]")))?;
    let text = last.ok_or_else(|| error::param("messages", "the last message must be of role user"))?;
    parsed(at, &text)?;
    let include_usage = body.get("stream_options").and_then(|o| o.get("include_usage"));
    Ok(Asked {
        earlier: said,
        unanswered,
        text,
        stream: flag(body.get("stream"), "stream")?,
        include_usage: flag(include_usage, "stream_options.include_usage")?,
    })
}

/// What an earlier message says: its text parts, a long one in pieces; nothing of what is not the customer's.
fn earlier(message: &Value) -> Vec<UserText> {
    let part = |p: &Value| p.get("text").and_then(Value::as_str).map(ToOwned::to_owned);
    let text = match message.get("content").filter(|_| message.get("role").is_some_and(|r| r == "user")) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(part).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    };
    let all: Vec<char> = text.chars().collect();
    all.chunks(MAX_CHARS).filter_map(|piece| UserText::parse(&piece.iter().collect::<String>()).ok()).collect()
}

fn is_assistants(message: &Value) -> bool {
    message.get("role").is_some_and(|role| role == "assistant")
}

fn parsed(at: usize, text: &str) -> Result<UserText, ApiError> {
    UserText::parse(text).map_err(|e| error::text(&format!("messages[{at}].content"), e))
}

fn model(body: &Map<String, Value>) -> Result<(), ApiError> {
    match body.get("model").and_then(Value::as_str) {
        Some(MODEL) => Ok(()),
        Some(other) => Err(error::no_model(other)),
        None => Err(error::param("model", "name the model: apothecary")),
    }
}

/// What would change the answer: no tools, one choice, plain text, no logarithms, no sound.
fn unsupported(body: &Map<String, Value>) -> Result<(), ApiError> {
    let given = |name: &str| body.get(name).filter(|v| !v.is_null());
    let none = |v: &Value| v.as_array().is_some_and(Vec::is_empty) || v == &Value::Bool(false) || v.as_u64() == Some(0);
    for name in ["tools", "functions", "logprobs", "top_logprobs", "audio", "web_search_options"] {
        if given(name).is_some_and(|v| !none(v)) {
            return Err(error::param(name, "this is not supported; leave it out"));
        }
    }
    if given("n").is_some_and(|n| n.as_u64() != Some(1)) {
        return Err(error::param("n", "one choice is given; leave it out or set it to 1"));
    }
    let format = given("response_format").map(|f| f.get("type").and_then(Value::as_str));
    if format.is_some_and(|kind| kind != Some("text")) {
        return Err(error::param("response_format", "answers are plain text; leave it out"));
    }
    let sounds = given("modalities").map(|m| m.as_array().is_some_and(|m| m.iter().all(|k| k == "text")));
    if sounds == Some(false) {
        return Err(error::param("modalities", "answers are plain text; leave it out"));
    }
    Ok(())
}

/// The text of a message of the customer; `None` for what is not read.
fn customers(message: &Value, at: &str) -> Result<Option<String>, ApiError> {
    match message.get("role").and_then(Value::as_str) {
        Some("user") => content(message.get("content"), &format!("{at}.content")).map(Some),
        Some("assistant" | "system" | "developer") => Ok(None),
        _ => Err(error::param(&format!("{at}.role"), "must be user, assistant, system or developer")),
    }
}

fn content(content: Option<&Value>, at: &str) -> Result<String, ApiError> {
    match content {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().enumerate().map(|(i, part)| part_text(part, &format!("{at}[{i}]")));
            Ok(texts.collect::<Result<Vec<_>, _>>()?.join("\n"))
        }
        _ => Err(error::param(at, "must be a text or a list of text parts")),
    }
}

fn part_text<'a>(part: &'a Value, at: &str) -> Result<&'a str, ApiError> {
    if part.get("type").and_then(Value::as_str) != Some("text") {
        return Err(error::param(&format!("{at}.type"), "only parts of type text are read"));
    }
    part.get("text").and_then(Value::as_str).ok_or_else(|| error::param(&format!("{at}.text"), "must be a text"))
}

fn flag(value: Option<&Value>, name: &str) -> Result<bool, ApiError> {
    match value {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(error::param(name, "must be true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(body: Value) -> Result<Asked, (u16, String)> {
        read(body.as_object().unwrap()).map_err(|e| match e {
            ApiError::Refused(r) => (r.status.as_u16(), r.param.unwrap_or_default()),
            other => panic!("{other:?}"),
        })
    }
    fn body(extra: Value) -> Value {
        let mut body = json!({"model": MODEL, "messages": [{"role": "user", "content": "hi"}]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    }

    #[test]
    fn only_the_customers_words_are_read() {
        let messages = json!([
            {"role": "system", "content": "You are a pirate"}, {"role": "user", "content": "one"},
            {"role": "assistant", "content": null, "tool_calls": []}, {"role": "user", "content": " "},
            {"role": "developer", "content": "obey"},
            {"role": "user", "content": [{"type": "text", "text": "two"}, {"type": "text", "text": "three"}]},
        ]);
        let asked =
            of(body(json!({"messages": messages, "temperature": 2, "seed": 1, "stop": ["x"], "user": "P0001"})));
        assert_eq!(asked.unwrap().texts(), ["one", "two\nthree"]);
    }

    #[test]
    fn what_cannot_be_had_is_refused_with_its_parameter() {
        let wrong = [
            (json!({"model": null}), 400, "model"),
            (json!({"model": "gpt-4o"}), 404, "model"),
            (json!({"messages": []}), 400, "messages"),
            (
                json!({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}),
                400,
                "messages",
            ),
            (json!({"messages": [{"role": "tool", "content": "a"}]}), 400, "messages[0].role"),
            (json!({"messages": [{"role": "user"}]}), 400, "messages[0].content"),
            (json!({"messages": [{"role": "user", "content": " "}]}), 422, "messages[0].content"),
            (
                json!({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}),
                400,
                "messages[0].content[0].type",
            ),
            (json!({"tools": [{}]}), 400, "tools"),
            (json!({"functions": [{}]}), 400, "functions"),
            (json!({"n": 2}), 400, "n"),
            (json!({"logprobs": true}), 400, "logprobs"),
            (json!({"audio": {}}), 400, "audio"),
            (json!({"modalities": ["text", "audio"]}), 400, "modalities"),
            (json!({"response_format": {"type": "json_object"}}), 400, "response_format"),
            (json!({"stream": "yes"}), 400, "stream"),
        ];
        for (extra, status, param) in wrong {
            assert_eq!(of(body(extra.clone())).unwrap_err(), (status, param.to_owned()), "{extra}");
        }
        let plain = json!({"tools": [], "n": 1, "logprobs": false, "response_format": {"type": "text"}, "modalities": ["text"], "stream": null});
        assert!(of(body(plain)).is_ok());
    }

    #[test]
    fn what_was_refused_once_does_not_close_the_chat() {
        let long = "a ".repeat(MAX_CHARS);
        let asked = of(json!({"model": MODEL, "messages": [
            {"role": "user", "content": long}, {"role": "tool", "content": "x"},
            {"role": "user", "content": [{"type": "image_url"}, {"type": "text", "text": "look"}]},
            {"role": "assistant", "content": "no"}, {"role": "user", "content": "lost"}, {"role": "user", "content": "hello?"},
        ]}));
        let asked = asked.unwrap();
        assert_eq!((asked.earlier.len(), asked.unanswered, asked.text.as_str()), (4, 1, "hello?"));
        assert_eq!(asked.earlier[2].as_str(), "look");
    }
}
