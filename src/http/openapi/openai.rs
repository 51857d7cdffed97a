//! The part of the document about the OpenAI-compatible endpoint: operations, headers, schemas.

use super::{Operation, Who, list, object};
use crate::http::openai::{CONVERSATION, CUSTOMER, MODEL};
use serde_json::{Value, json};

pub(super) const OPERATIONS: [Operation; 3] = [
    Operation(
        "post",
        "/v1/chat/completions",
        "One turn as OpenAI's clients ask for it, whole or as a stream of chunks that ends with [DONE]. The last message is the \
         customer's and is answered; their earlier ones are judged as history; assistant, system and developer messages are not \
         read. Sampling parameters (temperature, top_p, max_tokens, stop, seed and the like) and `user` are ignored; tools, more \
         than one choice, other response formats, logprobs and audio are refused",
        Who::Site,
        Some("ChatRequest"),
        "200",
        Some("ChatCompletion"),
    ),
    Operation("get", "/v1/models", "The models: one", Who::Site, None, "200", Some("Models")),
    Operation("get", "/v1/models/{id}", "One model", Who::Site, None, "200", Some("Model")),
];

/// Headers of the turn.
pub(super) fn headers() -> [Value; 2] {
    let header = |name: &str, about: &str| json!({"name": name, "in": "header", "required": false, "description": about, "schema": {"type": "string"}});
    [
        header(
            CUSTOMER,
            "the customer's token, signed by the pharmacy's server (aud apothecary:SITE); without it the visitor is nobody \
             known, with one that is not valid the answer is 401",
        ),
        header(
            CONVERSATION,
            "the conversation to go on with, as the answer named it (header of the same name, and pharmacy.conversation). Without \
             it a customer's conversation is found by their earlier messages; a visitor without a token gets a new one each time, \
             in which earlier messages count as history",
        ),
    ]
}

pub(super) fn schemas() -> Value {
    let (text, maybe) = (json!({"type": "string"}), json!({"type": ["string", "null"]}));
    let (number, flag) = (json!({"type": "integer"}), json!({"type": "boolean"}));
    let part = object(&["type", "text"], json!({"type": {"const": "text"}, "text": text}));
    let content = json!({"anyOf": [text, {"type": "array", "items": part}, {"type": "null"}]});
    let roles = json!({"enum": ["user", "assistant", "system", "developer"]});
    let said = object(&["role", "content"], json!({"role": {"const": "assistant"}, "content": text}));
    let choice = object(
        &["index", "message", "finish_reason"],
        json!({"index": number, "message": said, "finish_reason": {"const": "stop"}}),
    );
    json!({
        "ChatRequest": object(&["model", "messages"], json!({
            "model": {"const": MODEL}, "stream": flag,
            "messages": {"type": "array", "minItems": 1, "items": object(&["role"], json!({"role": roles, "content": content}))},
            "stream_options": object(&[], json!({"include_usage": flag})),
        })),
        "ChatCompletion": object(&["id", "object", "created", "model", "choices", "usage", "pharmacy"], json!({
            "id": text, "object": {"const": "chat.completion"}, "created": number, "model": text,
            "choices": {"type": "array", "items": choice}, "usage": {"$ref": "#/components/schemas/Usage"},
            "pharmacy": {"$ref": "#/components/schemas/Pharmacy"},
        })),
        "Usage": {
            "type": "object", "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
            "description": "pieces of the product's own tokenizer in the customer's messages and in the answer",
            "properties": {"prompt_tokens": number, "completion_tokens": number, "total_tokens": number},
        },
        "Pharmacy": object(&["route", "citations", "escalation_id", "as_of", "conversation"], json!({
            "route": {"enum": ["emergency", "crisis", "pharmacist", "human", "privacy", "refuse", "clarify", "answer"]},
            "citations": list("Citation"), "escalation_id": maybe, "conversation": text,
            "as_of": {"type": ["string", "null"], "description": "how old the facts are, in the words of the answer"},
        })),
        "Citation": object(&["id", "title", "effective"], json!({
            "id": {"type": "string", "description": "a policy page, or kind:id of a record of the customer's"},
            "title": maybe, "effective": maybe,
        })),
        "Models": object(&["object", "data"], json!({"object": {"const": "list"}, "data": list("Model")})),
        "Model": object(&["id", "object", "created", "owned_by"], json!({
            "id": text, "object": {"const": "model"}, "created": number, "owned_by": text,
        })),
        "OpenAiError": object(&["error"], json!({"error": object(&["message", "type", "param", "code"], json!({
            "message": text, "type": text, "param": maybe, "code": maybe,
        }))})),
    })
}
