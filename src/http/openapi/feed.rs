//! The part of the document about the order feed: operation, headers, schemas.

use super::{Operation, Who, list, object};
use crate::domain::states::StateCode;
use crate::ingest::event::FORM;
use serde_json::{Value, json};

pub(super) const OPERATIONS: [Operation; 1] = [Operation(
    "post",
    "/api/v1/feed",
    "Take up a FHIR R4 Bundle, or NDJSON of FHIR resources or events (FeedEvent), at most 4 MiB, signed as Standard Webhooks with the secret \
     of [feed]; without a secret 404. Each webhook-id counts once and gets the same answer again. Late and repeated versions change nothing; \
     a step that the state table does not allow, or an unknown state, goes to a person. 200 with the report, 422 with it when no line could \
     be used, 401 for a signature or time (5 minutes) that does not hold, 409 for another body under a known id",
    Who::Feed,
    Some("FeedEvent"),
    "200",
    Some("FeedReport"),
)];

/// Headers of a signed request beside the signature.
pub(super) fn headers() -> [Value; 2] {
    let header = |name: &str, about: &str| json!({"name": name, "in": "header", "required": true, "description": about, "schema": {"type": "string"}});
    [
        header("webhook-id", "of this request, the same when it is sent again; up to 200 characters"),
        header("webhook-timestamp", "seconds since 1970 UTC"),
    ]
}

pub(super) fn schemas() -> Value {
    let (text, number) = (json!({"type": "string"}), json!({"type": "integer", "minimum": 0}));
    let time = json!({"type": "string", "format": "date-time"});
    let states: Vec<String> = StateCode::all().map(|s| s.to_string()).collect();
    let counts = ["lines", "applied", "skipped", "repeated", "late", "confirmed", "person", "refused"];
    let mut report: serde_json::Map<String, Value> =
        counts.iter().map(|name| ((*name).to_owned(), number.clone())).collect();
    report.insert("listed".into(), list("FeedEntry"));
    json!({
        "FeedEvent": {
            "type": "object", "description": FORM,
            "properties": {
                "id": text, "order": text, "rx": text, "shipment": text, "state": {"enum": states}, "at": time, "seq": {"type": "integer", "minimum": 0, "maximum": 999},
                "heartbeat": {"enum": ["orders", "stock", "prices"]},
            },
        },
        "FeedReport": object(&counts, Value::Object(report)),
        "FeedEntry": object(&["place", "outcome", "reason", "mend"], json!({
            "place": text, "outcome": {"enum": ["refused", "person", "late", "skipped"]}, "reason": text, "mend": text,
        })),
    })
}
