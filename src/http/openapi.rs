//! The OpenAPI 3.1 document, built from one table of operations. A test holds it to the router's own list.

use axum::Json;
use serde_json::{Map, Value, json};

/// Who may call an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Anyone,
    Visitor,
    Staff,
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

const OPERATIONS: [Operation; 21] = [
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
        "End the visitor's hold on their conversations",
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
        "Say something; answers as JSON or, with Accept: text/event-stream, as events stage, message, done",
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
    Operation("get", "/api/v1/console/me", "Who is signed in", Who::Staff, None, "200", Some("Me")),
    Operation(
        "post",
        "/api/v1/console/session",
        "Trade a staff token for the console's cookie",
        Who::Staff,
        None,
        "204",
        None,
    ),
    Operation("post", "/api/v1/console/logout", "Clear the console's cookie", Who::Anyone, None, "204", None),
    Operation(
        "get",
        "/api/v1/console/dispositions",
        "Disposition codes",
        Who::Staff,
        None,
        "200",
        Some("Dispositions"),
    ),
    Operation("get", "/api/v1/console/tickets", "The queue, most urgent first", Who::Staff, None, "200", Some("Queue")),
    Operation(
        "get",
        "/api/v1/console/tickets/{id}",
        "One ticket with card and transcript",
        Who::Staff,
        None,
        "200",
        Some("Detail"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/claim",
        "Take a ticket for a lease",
        Who::Staff,
        None,
        "200",
        Some("Ticketed"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/renew",
        "Extend the lease",
        Who::Staff,
        None,
        "200",
        Some("Ticketed"),
    ),
    Operation("post", "/api/v1/console/tickets/{id}/release", "Put it back", Who::Staff, None, "200", Some("Ticketed")),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/reply",
        "Write to the customer",
        Who::Staff,
        Some("Reply"),
        "200",
        Some("Detail"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/resolve",
        "Close it",
        Who::Staff,
        Some("Resolve"),
        "200",
        Some("Ticketed"),
    ),
    Operation("get", "/livez", "The process runs", Who::Anyone, None, "200", None),
    Operation("get", "/readyz", "Store, index and model are there", Who::Anyone, None, "200", None),
    Operation("get", "/openapi.json", "This document", Who::Anyone, None, "200", None),
];

/// Answers with the document.
pub async fn serve() -> Json<Value> {
    Json(document())
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for op in &OPERATIONS {
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
            "console": {"type": "apiKey", "in": "cookie", "name": super::cookies::CONSOLE},
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
    let error = json!({"description": "error", "content": content("Error")});
    let mut out = json!({"summary": summary, "responses": {*status: success, "default": error}});
    let Some(map) = out.as_object_mut() else { return out };
    match who {
        Who::Anyone => {}
        Who::Visitor => drop(map.insert("security".into(), json!([{}, {"customer": []}, {"visitor": []}]))),
        Who::Staff => drop(map.insert("security".into(), json!([{"staff": []}, {"console": []}]))),
    }
    if path.contains("{id}") {
        map.insert(
            "parameters".into(),
            json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]),
        );
    }
    if let Some(name) = body {
        map.insert("requestBody".into(), json!({"required": true, "content": content(name)}));
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
    if let (Some(all), Value::Object(console)) = (all.as_object_mut(), console()) {
        all.extend(console);
    }
    all
}

fn messages() -> Value {
    let (text, maybe) = (json!({"type": "string"}), json!({"type": ["string", "null"]}));
    let number = json!({"type": "integer"});
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
        "Feedback": object(&["seq", "verdict"], json!({"seq": number, "verdict": {"enum": ["up", "down"]}, "note": text})),
        "Messages": object(&["messages"], json!({"messages": list("Message")})),
        "History": object(&["messages", "owner", "ended"], json!({"messages": list("Message"), "owner": maybe, "ended": {"type": "boolean"}})),
        "Message": object(&["seq", "author", "at", "blocks"], json!({
            "seq": number, "author": {"enum": ["customer", "assistant", "pharmacist", "system"]}, "staff": maybe, "at": time, "blocks": list("Block"),
        })),
        "Block": object(&["kind", "text", "cites", "rows"], json!({
            "kind": {"enum": kinds}, "text": text, "cites": {"type": "array", "items": text}, "rows": pairs,
        })),
    })
}

fn console() -> Value {
    let (text, number) = (json!({"type": "string"}), json!({"type": "integer"}));
    json!({
        "Me": object(&["id", "name", "role"], json!({"id": text, "name": text, "role": {"enum": ["pharmacist", "technician"]}})),
        "Dispositions": object(&["dispositions"], json!({"dispositions": {"type": "array", "items": text}})),
        "Queue": object(&["tickets", "now"], json!({"tickets": list("Ticket"), "now": text})),
        "Ticket": object(&["id", "state", "priority", "queue", "reason", "created", "due", "version"], json!({
            "id": text, "state": text, "priority": {"enum": ["P0", "P1", "P2", "P3", "P4"]}, "queue": text, "reason": text,
            "created": text, "due": text, "version": number,
            "called": {"type": ["string", "null"], "description": "who was called last because nobody claimed it"},
            "overdue": {"type": "boolean", "description": "no person had written by the time it was due"},
        })),
        "Ticketed": object(&["ticket"], json!({"ticket": {"$ref": "#/components/schemas/Ticket"}})),
        "Detail": object(&["ticket", "card", "history"], json!({
            "ticket": {"$ref": "#/components/schemas/Ticket"}, "card": {"type": "object"}, "history": list("Message"),
        })),
        "Reply": object(&["version", "text"], json!({"version": number, "text": text})),
        "Resolve": object(&["version", "disposition"], json!({"version": number, "disposition": text, "note": text})),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_and_the_router_list_the_same_operations() {
        let routed: BTreeSet<_> = crate::http::api().iter().map(|(m, p, _)| (*m, *p)).collect();
        let described: BTreeSet<_> = OPERATIONS.iter().map(|o| (o.0, o.1)).collect();
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
