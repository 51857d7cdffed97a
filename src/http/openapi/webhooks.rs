//! The part of the document about webhook receivers: operations and schemas.

use super::{Operation, Who, list, object};
use crate::escalate::webhook::TYPES;
use serde_json::{Value, json};

pub(super) const OPERATIONS: [Operation; 8] = [
    Operation(
        "get",
        "/api/v1/webhooks",
        "Webhook receivers with their health; for staff who may manage them, as all below",
        Who::Staff,
        None,
        "200",
        Some("Webhooks"),
    ),
    Operation(
        "post",
        "/api/v1/webhooks",
        "Add a receiver; the answer holds its secret, this once",
        Who::Staff,
        Some("NewWebhook"),
        "201",
        Some("WebhookSecret"),
    ),
    Operation(
        "delete",
        "/api/v1/webhooks/{name}",
        "Remove a receiver; what waits for it is given up",
        Who::Staff,
        None,
        "204",
        None,
    ),
    Operation(
        "post",
        "/api/v1/webhooks/{name}/rotate",
        "Make a new secret, answered this once; the old one signs too for 24 hours",
        Who::Staff,
        None,
        "200",
        Some("WebhookSecret"),
    ),
    Operation(
        "post",
        "/api/v1/webhooks/{name}/test",
        "Send a signed escalation.created with data.test true through the outbox",
        Who::Staff,
        None,
        "202",
        Some("WebhookTest"),
    ),
    Operation(
        "post",
        "/api/v1/webhooks/{name}/enable",
        "Send again to a receiver that was disabled, first what waits",
        Who::Staff,
        None,
        "200",
        Some("OneWebhook"),
    ),
    Operation(
        "get",
        "/api/v1/webhooks/deliveries",
        "Deliveries that wait (state=waiting) or were given up (state=dead), oldest first, at most 500",
        Who::Staff,
        None,
        "200",
        Some("Deliveries"),
    ),
    Operation(
        "post",
        "/api/v1/webhooks/deliveries/{id}/replay",
        "Send a delivery again under its webhook-id",
        Who::Staff,
        None,
        "204",
        None,
    ),
];

pub(super) fn schemas() -> Value {
    let (text, maybe) = (json!({"type": "string"}), json!({"type": ["string", "null"]}));
    let (number, flag) = (json!({"type": "integer"}), json!({"type": "boolean"}));
    let when = json!({"type": ["string", "null"], "format": "date-time"});
    let priorities = json!({"type": "array", "items": {"enum": ["P0", "P1", "P2", "P3", "P4"]}});
    let types =
        json!({"type": "array", "items": {"type": "string"}, "examples": [TYPES, ["escalation.breached:on_call"]]});
    let one = json!({"$ref": "#/components/schemas/Webhook"});
    json!({
        "NewWebhook": object(&["name", "url"], json!({
            "name": text, "url": text, "form": {"type": "string", "description": "thin (default), full, or a recipe"},
            "priorities": priorities, "types": types, "secondary": maybe, "standby": flag, "allow_internal": flag,
        })),
        "Webhook": object(&["name", "address", "source", "form", "health"], json!({
            "name": text, "address": {"type": "string", "description": "scheme and host; the path may hold a key"},
            "source": {"enum": ["configuration", "stored"]}, "form": text, "priorities": priorities, "types": types,
            "secondary": maybe, "standby": flag, "allow_internal": flag, "created": when, "disabled": maybe,
            "disabled_at": when, "old_secret_until": when, "health": {"$ref": "#/components/schemas/WebhookHealth"},
        })),
        "WebhookHealth": object(&["delivered", "failed", "waiting", "dead"], json!({
            "delivered": number, "failed": number, "last_success": when, "last_failure": when, "last_error": maybe,
            "waiting": number, "dead": number,
        })),
        "Webhooks": object(&["webhooks", "forms", "types"], json!({
            "webhooks": list("Webhook"), "types": types,
            "forms": {"type": "array", "items": object(&["name", "about"], json!({"name": text, "about": text}))},
        })),
        "OneWebhook": object(&["webhook"], json!({"webhook": one})),
        "WebhookSecret": object(&["webhook", "secret"], json!({"webhook": one, "secret": text})),
        "WebhookTest": object(&["delivery"], json!({"delivery": text})),
        "Deliveries": object(&["deliveries"], json!({"deliveries": list("Delivery")})),
        "Delivery": object(&["id", "endpoint", "event", "state", "attempts", "created"], json!({
            "id": text, "endpoint": text, "event": text, "ticket": maybe, "priority": maybe, "step": maybe,
            "stands_for": {"type": ["string", "null"], "description": "the delivery in whose place a secondary is told"},
            "created": when, "attempts": number, "next_attempt": when, "state": {"enum": ["waiting", "delivered", "dead"]},
            "last_error": maybe,
        })),
    })
}
