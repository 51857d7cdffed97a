//! What is answered, as OpenAI's clients read it: the released messages as one text, and under `pharmacy` what they have no place for.

use super::MODEL;
use crate::app::{Answered, App};
use crate::domain::blocks::BlockKind;
use crate::domain::ids::ConversationId;
use crate::guard::output::Released;
use crate::http::wire;
use jiff::Timestamp;
use serde_json::{Value, json};

/// An answer that is being made.
pub struct Reply {
    id: String,
    created: i64,
    conversation: ConversationId,
    prompt_tokens: usize,
    completion_tokens: usize,
    /// One text a message.
    texts: Vec<String>,
    pharmacy: Value,
}

impl Reply {
    /// An answer without words yet.
    pub fn new(conversation: &ConversationId, now: Timestamp, prompt_tokens: usize) -> Self {
        Self {
            id: format!("chatcmpl-{}", uuid::Uuid::now_v7().simple()),
            created: now.as_second(),
            conversation: conversation.clone(),
            prompt_tokens,
            completion_tokens: 0,
            texts: Vec::new(),
            pharmacy: Value::Null,
        }
    }

    /// Takes what was released.
    pub fn fill(&mut self, app: &App, answered: &Answered) {
        self.texts = answered.messages.iter().map(plain).collect();
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        self.completion_tokens = app.tokens(&texts);
        let as_of = answered.messages.iter().flat_map(Released::blocks).filter(|b| b.kind == BlockKind::AsOf);
        let as_of: Vec<&str> = as_of.map(|b| b.text.as_str()).collect();
        self.pharmacy = json!({
            "route": answered.route.code(),
            "citations": answered.citations,
            "escalation_id": answered.ticket,
            "as_of": if as_of.is_empty() { None } else { Some(as_of.join(" ")) },
            "conversation": self.conversation,
        });
    }

    /// The whole answer.
    pub fn completion(&self) -> Value {
        let message = json!({"role": "assistant", "content": self.texts.join("\n\n"), "refusal": null});
        let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": "stop"});
        json!({
            "id": self.id, "object": "chat.completion", "created": self.created, "model": MODEL, "choices": [choice],
            "usage": self.usage(), "pharmacy": self.pharmacy,
        })
    }

    /// The chunk before any word.
    pub fn opening(&self, usage: bool) -> Value {
        self.chunk(json!({"role": "assistant", "content": ""}), None, usage)
    }

    /// The chunks with the words, the end, and the usage if it is wanted.
    pub fn chunks(&self, usage: bool) -> Vec<Value> {
        let gap = |i: usize| if i == 0 { "" } else { "\n\n" };
        let words = self.texts.iter().enumerate().map(|(i, t)| json!({"content": format!("{}{t}", gap(i))}));
        let mut all: Vec<Value> = words.map(|delta| self.chunk(delta, None, usage)).collect();
        let mut end = self.chunk(json!({}), Some("stop"), usage);
        if let Some(end) = end.as_object_mut() {
            end.insert("pharmacy".into(), self.pharmacy.clone());
        }
        all.push(end);
        if usage {
            let mut counted = self.head();
            if let Some(counted) = counted.as_object_mut() {
                counted.insert("choices".into(), json!([]));
                counted.insert("usage".into(), self.usage());
            }
            all.push(counted);
        }
        all
    }

    fn chunk(&self, delta: Value, finish: Option<&str>, usage: bool) -> Value {
        let mut chunk = self.head();
        if let Some(chunk) = chunk.as_object_mut() {
            let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish});
            chunk.insert("choices".into(), json!([choice]));
            if usage {
                chunk.insert("usage".into(), Value::Null);
            }
        }
        chunk
    }

    fn head(&self) -> Value {
        json!({"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": MODEL})
    }

    /// Pieces of our own tokenizer: of the customer's words that were read, and of the answer. Nothing is billed by them.
    fn usage(&self) -> Value {
        let (prompt, completion) = (self.prompt_tokens, self.completion_tokens);
        json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
    }
}

/// A message in plain text; a person's words under their name.
fn plain(released: &Released) -> String {
    match (released.staff_name(), wire::role(released)) {
        (Some(name), Some(role)) => format!("{name} ({role}): {}", released.text()),
        _ => released.text(),
    }
}
