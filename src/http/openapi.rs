//! The OpenAPI 3.1 document, built from one table of operations. A test holds it to the router's own list.

mod cards;
mod console;
mod feed;
mod openai;
mod sign_in;
mod webhooks;

use axum::Json;
use serde_json::{Map, Value, json};

/// Who may call an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Anyone,
    Visitor,
    Staff,
    Site,
    Feed,
}

/// One operation: method, path, summary, who, body schema, success status, answer schema.
struct Operation(
    &'static str,
    &'static str,
    &'static str,
    Who,
    Option<&'static str>,
    &'static str,
    Option<&'static str>,
);

const OPERATIONS: [Operation; 14] = [
    Operation(
        "get",
        "/api/v1/session",
        "Who the server takes the visitor for",
        Who::Visitor,
        None,
        "200",
        Some("Session"),
    ),
    Operation(
        "post",
        "/api/v1/logout",
        "End the visitor's hold on their conversations, and the token that came with the request",
        Who::Visitor,
        None,
        "204",
        None,
    ),
    Operation(
        "post",
        "/api/v1/conversations",
        "Open a conversation",
        Who::Visitor,
        Some("Open"),
        "201",
        Some("Conversation"),
    ),
    Operation(
        "post",
        "/api/v1/conversations/{id}/messages",
        "Say something; answers as JSON or, with Accept: text/event-stream, as events stage, message, done. 429 `day_limit`: as much as the \
         assistant takes in a day; people and emergency texts go on",
        Who::Visitor,
        Some("Say"),
        "200",
        Some("Messages"),
    ),
    Operation(
        "get",
        "/api/v1/conversations/{id}/messages",
        "Messages after a sequence number; without one all, and first that this is a machine",
        Who::Visitor,
        None,
        "200",
        Some("History"),
    ),
    Operation(
        "post",
        "/api/v1/conversations/{id}/human",
        "Ask for a person",
        Who::Visitor,
        Some("Human"),
        "200",
        Some("Messages"),
    ),
    Operation(
        "post",
        "/api/v1/conversations/{id}/feedback",
        "Rate one message",
        Who::Visitor,
        Some("Feedback"),
        "204",
        None,
    ),
    Operation("post", "/api/v1/conversations/{id}/typing", "The customer is writing", Who::Visitor, None, "204", None),
    Operation(
        "get",
        "/api/v1/conversations/{id}/callback",
        "Calls that can be booked",
        Who::Visitor,
        None,
        "200",
        Some("Calls"),
    ),
    Operation(
        "post",
        "/api/v1/conversations/{id}/callback",
        "Book a call",
        Who::Visitor,
        Some("Book"),
        "200",
        Some("Messages"),
    ),
    Operation(
        "get",
        "/api/v1/passages/{page}/{version}/{language}/{section}/{digest}",
        "The passage behind a source: a customers' page that is or was in force, while it says what it said; else 404",
        Who::Anyone,
        None,
        "200",
        Some("Passage"),
    ),
    Operation("get", "/livez", "The process runs", Who::Anyone, None, "200", None),
    Operation("get", "/readyz", "Store, index and model are there", Who::Anyone, None, "200", None),
    Operation("get", "/openapi.json", "This document", Who::Anyone, None, "200", None),
];

/// Answers with the document.
pub async fn serve() -> Json<Value> {
    Json(document())
}

/// Every operation.
fn operations() -> impl Iterator<Item = &'static Operation> {
    let staff = console::OPERATIONS.iter().chain(&sign_in::OPERATIONS);
    OPERATIONS.iter().chain(staff).chain(&webhooks::OPERATIONS).chain(&openai::OPERATIONS).chain(&feed::OPERATIONS)
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for op in operations() {
        let item = paths.entry(op.1).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(op.0.to_owned(), operation(op));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "apothecary", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {"schemas": schemas(), "securitySchemes": {
            "customer": {"type": "http", "scheme": "bearer", "description": "token of the pharmacy's server, aud apothecary:SITE"},
            "visitor": {"type": "apiKey", "in": "cookie", "name": super::cookies::VISITOR},
            "staff": {"type": "http", "scheme": "bearer", "description": "aud apothecary:console"},
            "site": {"type": "http", "scheme": "bearer", "description": "a key of [openai]; for a site's server only"},
            "feed": {"type": "apiKey", "in": "header", "name": "webhook-signature", "description": "Standard Webhooks 1.0: v1, and base64 of HMAC-SHA256 over webhook-id.webhook-timestamp.body"},
            "console": {"type": "apiKey", "in": "cookie", "name": super::cookies::CONSOLE, "description": "a traded token, or a session of POST /api/v1/console/sign-in"},
        }},
    })
}

fn operation(Operation(_, path, summary, who, body, status, answer): &Operation) -> Value {
    let content =
        |name: &str| json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
    let mut success = json!({"description": summary});
    if let (Some(name), Some(map)) = (answer, success.as_object_mut()) {
        map.insert("content".into(), content(name));
    }
    let form = if *who == Who::Site { "OpenAiError" } else { "Error" };
    let error = json!({"description": "error", "content": content(form)});
    let mut out = json!({"summary": summary, "responses": {*status: success, "default": error}});
    let Some(map) = out.as_object_mut() else { return out };
    match who {
        Who::Anyone => {}
        Who::Visitor => drop(map.insert("security".into(), json!([{}, {"customer": []}, {"visitor": []}]))),
        Who::Staff => drop(map.insert("security".into(), json!([{"staff": []}, {"console": []}]))),
        Who::Feed => drop(map.insert("security".into(), json!([{"feed": []}]))),
        Who::Site => drop(map.insert("security".into(), json!([{"site": []}]))),
    }
    let named = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let mut named: Vec<Value> =
        named.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})).collect();
    if *who == Who::Site && body.is_some() {
        named.extend(openai::headers());
    }
    if *who == Who::Feed {
        named.extend(feed::headers());
    }
    if !named.is_empty() {
        map.insert("parameters".into(), json!(named));
    }
    if let Some(name) = body {
        let mut forms = content(name);
        if let (Who::Feed, Some(forms)) = (who, forms.as_object_mut()) {
            let schema = json!({"schema": {"$ref": format!("#/components/schemas/{name}")}});
            forms.insert("application/x-ndjson".into(), schema);
            forms.insert("application/fhir+json".into(), json!({"schema": {"type": "object"}}));
        }
        map.insert("requestBody".into(), json!({"required": true, "content": forms}));
    }
    out
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties})
}

fn list(of: &str) -> Value {
    json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{of}")}})
}

fn schemas() -> Value {
    let mut all = messages();
    let parts = [
        cards::schemas(),
        console::schemas(),
        sign_in::schemas(),
        webhooks::schemas(),
        openai::schemas(),
        feed::schemas(),
    ];
    for part in parts {
        if let (Some(all), Value::Object(part)) = (all.as_object_mut(), part) {
            all.extend(part);
        }
    }
    all
}

fn messages() -> Value {
    let (text, maybe) = (json!({"type": "string"}), json!({"type": ["string", "null"]}));
    let (number, yes) = (json!({"type": "integer"}), json!({"type": "boolean"}));
    let uuid = json!({"type": "string", "format": "uuid"});
    let time = json!({"type": "string", "format": "date-time"});
    let kinds =
        ["answer", "as_of", "next_step", "source", "person", "fixed", "emergency", "staff", "choices", "card", "label"];
    let pairs = json!({"type": "array", "items": {"type": "array", "items": text, "minItems": 2, "maxItems": 2}});
    json!({
        "Error": object(&["error"], json!({"error": object(&["code", "message"], json!({"code": text, "message": text, "call": {"type": "object"}}))})),
        "Session": object(&["level", "site"], json!({"level": {"enum": ["L0", "L1", "L2", "L3", "LC"]}, "name": maybe, "site": text})),
        "Open": object(&[], json!({"locale": text})),
        "Conversation": object(&["id", "messages"], json!({"id": text, "messages": list("Message")})),
        "Say": object(&["id", "text"], json!({"id": uuid, "text": {"type": "string", "maxLength": crate::domain::text::MAX_CHARS}})),
        "Human": object(&["id"], json!({"id": uuid})),
        "Feedback": object(&["seq", "verdict"], json!({"seq": number, "verdict": {"enum": ["up", "down", "none"]}, "note": text})),
        "Messages": object(&["messages"], json!({"messages": list("Message")})),
        "History": object(&["messages", "owner", "waiting", "ended"], json!({
            "messages": list("Message"), "ended": yes,
            "owner": {"type": ["object", "null"], "properties": {"name": text, "role": text, "typing": yes, "read": {"type": ["integer", "null"]}}},
            "waiting": {"type": ["object", "null"], "description": "a case that nobody has yet", "properties": {
                "position": {"type": ["integer", "null"]}, "by": {"type": ["string", "null"]}, "late": yes,
                "minutes": {"type": ["integer", "null"], "description": "until somebody is free, when that is later than was planned"}, "call": {"type": ["string", "null"]}, "bookable": yes,
            }},
        })),
        "Calls": object(&["windows"], json!({
            "windows": {"type": "array", "items": object(&["from", "until", "words"], json!({"from": time, "until": time, "words": text}))},
            "number_ends": maybe,
        })),
        "Book": object(&["id", "from"], json!({"id": uuid, "from": time, "number": text, "leave_message": yes})),
        "Message": object(&["seq", "author", "at", "blocks"], json!({
            "seq": number, "author": {"enum": ["customer", "assistant", "pharmacist", "system"]}, "staff": maybe, "role": maybe, "at": time, "blocks": list("Block"),
        })),
        "Block": object(&["kind", "text", "cites", "rows"], json!({
            "kind": {"enum": kinds}, "text": text, "cites": {"type": "array", "items": text}, "rows": pairs,
            "card": {"$ref": "#/components/schemas/Card"}, "passage": {"$ref": "#/components/schemas/PassageRef"}, "acts": list("Act"),
        })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_and_the_router_list_the_same_operations() {
        let routed: BTreeSet<_> = crate::http::api().iter().map(|(m, p, _)| (*m, *p)).collect();
        let described: BTreeSet<_> = operations().map(|o| (o.0, o.1)).collect();
        assert_eq!(routed, described);
    }

    #[test]
    fn each_schema_that_is_named_exists() {
        let document = document();
        let text = document.to_string();
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
        }
    }
}
