//! The part of the document about staff: operations and schemas.

use super::{Operation, Who, list, object};
use crate::domain::roles::{ROLES, Role};
use serde_json::{Value, json};

pub(super) const OPERATIONS: [Operation; 27] = [
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
    Operation(
        "get",
        "/api/v1/console/dispositions",
        "Disposition codes",
        Who::Staff,
        None,
        "200",
        Some("Dispositions"),
    ),
    Operation(
        "get",
        "/api/v1/console/modes",
        "What the assistant answers by itself, and what is stopped",
        Who::Staff,
        None,
        "200",
        Some("Modes"),
    ),
    Operation(
        "post",
        "/api/v1/console/pause",
        "Stop the assistant, wholly or in part, in open conversations too (pharmacists and leads)",
        Who::Staff,
        Some("Pause"),
        "200",
        Some("Modes"),
    ),
    Operation(
        "post",
        "/api/v1/console/resume",
        "Let it answer again (leads)",
        Who::Staff,
        Some("Resume"),
        "200",
        Some("Modes"),
    ),
    Operation(
        "get",
        "/api/v1/console/tickets",
        "The queue, most urgent first; ?all=true with ended cases, ?queue=clinical, ?mine=true; or ?after=N, with `at` of the last answer: \
         whatever changed since, open or ended, in the order of the changes",
        Who::Staff,
        None,
        "200",
        Some("Queue"),
    ),
    Operation(
        "post",
        "/api/v1/console/search",
        "Cases with each of the words: in the line of the queue, and in what was written in cases that the asker may read",
        Who::Staff,
        Some("Search"),
        "200",
        Some("Found"),
    ),
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
        "A sign of life: extend the lease, keep the draft",
        Who::Staff,
        Some("Renew"),
        "200",
        Some("Ticketed"),
    ),
    Operation("post", "/api/v1/console/tickets/{id}/release", "Put it back", Who::Staff, None, "200", Some("Ticketed")),
    Operation(
        "post",
        "/api/v1/console/pages",
        "Passages of approved pages by words, to attach to a reply",
        Who::Staff,
        Some("PagesWanted"),
        "200",
        Some("Pages"),
    ),
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
    Operation(
        "get",
        "/api/v1/console/events",
        "Server-sent events `changed`: look at the queue again; ends after five minutes",
        Who::Staff,
        None,
        "200",
        None,
    ),
    Operation("get", "/api/v1/console/replies", "Prepared replies", Who::Staff, None, "200", Some("Replies")),
    Operation("get", "/api/v1/console/colleagues", "Who is at a desk", Who::Staff, None, "200", Some("Colleagues")),
    Operation(
        "get",
        "/api/v1/console/overview",
        "Figures over all cases, for who may see them; ?days=7",
        Who::Staff,
        None,
        "200",
        Some("Overview"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/take-over",
        "Take it from a colleague, with a reason",
        Who::Staff,
        Some("TakeOver"),
        "200",
        Some("Ticketed"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/note",
        "Write for colleagues",
        Who::Staff,
        Some("Note"),
        "200",
        Some("Ticketed"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/transfer",
        "Hand it to another team or person",
        Who::Staff,
        Some("Transfer"),
        "200",
        Some("Ticketed"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/park",
        "Put it aside until a moment",
        Who::Staff,
        Some("Park"),
        "200",
        Some("Ticketed"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/callback",
        "Promise a call",
        Who::Staff,
        Some("Call"),
        "200",
        Some("Ticketed"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/attempt",
        "Write down a call",
        Who::Staff,
        Some("Attempt"),
        "200",
        Some("Ticketed"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/merge",
        "Let it go on in another ticket of the same person",
        Who::Staff,
        Some("Merge"),
        "200",
        Some("Ticketed"),
    ),
    Operation(
        "post",
        "/api/v1/console/tickets/{id}/relabel",
        "Say which classes it really had",
        Who::Staff,
        Some("Relabel"),
        "200",
        Some("Ticketed"),
    ),
];

pub(super) fn schemas() -> Value {
    let (text, number, yes) = (json!({"type": "string"}), json!({"type": "integer"}), json!({"type": "boolean"}));
    let time = json!({"type": "string", "format": "date-time"});
    let window = json!({"type": ["array", "null"], "items": time, "minItems": 2, "maxItems": 2});
    let queue = json!({"enum": ["clinical", "service", "privacy", "safety"]});
    let mode = json!({"enum": ["live", "suggest", "off"]});
    let scope = json!({"type": "string", "description": "all, topic:ID, intent:ID or lang:ID", "examples": ["all", "topic:DL5"]});
    let person = json!({"id": text, "name": text, "role": {"enum": ROLES.map(Role::code)}});
    let mut me = person.clone();
    me["may"] = json!({"type": "array", "items": {"enum": Role::all_rights()}, "description": "what the role may do"});
    me["lease_seconds"] =
        json!({"type": "integer", "description": "a claim ends after so long without a sign of life"});
    me["idle_seconds"] =
        json!({"type": ["integer", "null"], "description": "a session by password ends after so many quiet seconds"});
    json!({
        "Me": object(&["id", "name", "role", "may", "lease_seconds", "idle_seconds"], me),
        "Colleagues": object(&["colleagues"], json!({"colleagues": {"type": "array", "items": object(&["id", "name", "role"], person)}})),
        "Replies": object(&["replies"], json!({"replies": {"type": "array", "items": object(&["id", "title", "en", "es"], json!({"id": text, "title": text, "en": text, "es": text}))}})),
        "Overview": object(&["since", "priorities", "load", "at_work", "ends", "ended", "chats", "webhooks"], json!({
            "since": time, "priorities": {"type": "array"}, "load": {"type": "array"}, "at_work": {"type": "array"}, "ends": {"type": "object"},
            "ended": number, "chats": {"type": "object"}, "webhooks": {"type": "array"},
        })),
        "TakeOver": object(&["reason"], json!({"reason": text})),
        "Renew": object(&[], json!({"draft": text, "typing": yes})),
        "Note": object(&["text"], json!({"text": text})),
        "Transfer": object(&["queue", "note"], json!({"queue": queue, "to": text, "note": text})),
        "Park": object(&["until", "note"], json!({"until": time, "note": text})),
        "Call": object(&["from", "until"], json!({"from": time, "until": time, "number": text, "leave_message": yes})),
        "Attempt": object(&["reached"], json!({"reached": {"enum": ["spoke", "no_answer", "message"]}, "next": window, "note": text})),
        "Merge": object(&["into"], json!({"into": text})),
        "Relabel": object(&["risks"], json!({"risks": {"type": "array", "items": text}, "intent": text})),
        "Dispositions": object(&["dispositions"], json!({"dispositions": {"type": "array", "items": text}})),
        "Queue": object(&["tickets", "now", "at"], json!({"tickets": list("Ticket"), "now": text, "at": number})),
        "Search": object(&["words"], json!({"words": text, "all": {"type": "boolean", "description": "ended cases too"}})),
        "Found": object(&["tickets"], json!({"tickets": list("Ticket")})),
        "Ticket": ticket(),
        "Ticketed": object(&["ticket"], json!({"ticket": {"$ref": "#/components/schemas/Ticket"}})),
        "Detail": object(&["ticket", "card", "history"], json!({
            "ticket": {"$ref": "#/components/schemas/Ticket"}, "card": {"type": "object"}, "history": list("Message"),
            "notes": {"type": "array"}, "draft": {"type": ["object", "null"]}, "suggestions": {"type": "array"}, "call": {"type": ["object", "null"]}, "similar": list("Ticket"), "typing": yes,
        })),
        "PagesWanted": object(&["words", "lang"], json!({"words": text, "lang": text})),
        "Pages": object(&["pages"], json!({"pages": {"type": "array", "items": object(&["heading", "passage"], json!({
            "heading": text, "passage": {"$ref": "#/components/schemas/PassageRef"},
        }))}})),
        "Reply": object(&["version"], json!({
            "version": number, "text": text, "reply": text,
            "cite": {"type": "object", "description": "page, version, language, section and digest of a passage that the customer can open beside it"},
            "suggestion": {"type": "string", "description": "message of the suggestion that the text came from"},
        })),
        "Modes": object(&["pauses", "written"], json!({"written": {"type": "array"}, "feed_quiet_since": {"type": ["string", "null"], "format": "date-time"}, "pauses": {"type": "array", "items":
            object(&["scope", "mode", "reason", "name", "at"], json!({"scope": text, "mode": mode, "reason": text, "name": text, "at": time}))}})),
        "Pause": object(&["scope", "mode", "reason"], json!({"scope": scope, "mode": {"enum": ["suggest", "off"]}, "reason": text})),
        "Resume": object(&["scope"], json!({"scope": scope})),
        "Resolve": object(&["version", "disposition"], json!({
            "version": number, "disposition": text, "further": {"type": "array", "items": text, "maxItems": 3}, "note": text,
        })),
    })
}

fn ticket() -> Value {
    let (text, flag) = (json!({"type": "string"}), json!({"type": "boolean"}));
    let (maybe, texts) = (json!({"type": ["string", "null"]}), json!({"type": "array", "items": text}));
    let time = json!({"type": "string", "format": "date-time"});
    let window = json!({"type": ["array", "null"], "items": time, "minItems": 2, "maxItems": 2});
    let states = json!({"enum": ["new", "offered", "reopened", "claimed", "working", "waiting_customer", "waiting_internal", "callback",
        "resolved", "merged", "abandoned", "expired"]});
    let priority = json!({"enum": ["P0", "P1", "P2", "P3", "P4"]});
    let said = |of: &Value, description: &str| {
        let mut of = of.clone();
        of["description"] = json!(description);
        of
    };
    let properties = [
        ("id", text.clone()),
        ("conversation", text.clone()),
        ("state", states),
        ("priority", priority),
        ("queue", text.clone()),
        ("reason", text.clone()),
        ("fired", texts.clone()),
        ("needs", said(&texts, "skills that it wants: crisis, spanish, privacy, complaints")),
        ("lang", text.clone()),
        ("level", text.clone()),
        ("created", time.clone()),
        ("due", time),
        ("answered", said(&maybe, "when a person wrote; then no clock runs")),
        ("version", json!({"type": "integer"})),
        ("mine", flag.clone()),
        ("for_me", flag.clone()),
        ("claimed_by_name", maybe.clone()),
        ("lease_until", maybe.clone()),
        ("callback", window),
        ("reopens", said(&maybe, "the case that ended here shortly before")),
        ("called", said(&maybe, "who was called last because nobody claimed it")),
        ("overdue", said(&flag, "no person had written by the time it was due")),
        ("summary", said(&text, "the customer's words, for who has claimed it; else empty")),
        ("dispositions", texts),
    ];
    let properties: Value = properties.into_iter().map(|(name, of)| (name.to_owned(), of)).collect();
    object(&["id", "conversation", "state", "priority", "queue", "reason", "created", "due", "version"], properties)
}
