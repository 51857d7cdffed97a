//! What the assistant can learn from: each label that a person gave, with the turn that it is about, in the case format of the harness
//! (`evals guards`) and without what tells who it was. Nothing is trained here.

mod deidentify;

use crate::domain::blocks::{Author, told};
use crate::domain::ids::{MessageId, PatientId};
use crate::store::labels::{LabelKind, LabelRow};
use crate::store::messages::MessageRow;
use crate::store::{Store, StoreError};
use deidentify::Veil;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// Dispositions that say what the route should have been.
const ANSWERABLE: &str = "BOT-SHOULD-HAVE-ANSWERED";

/// All labels since a moment as cases, oldest first. A label whose message is gone is left out and counted.
///
/// # Errors
/// The store failed or a row is damaged.
pub async fn export(store: &Store, since: Timestamp) -> Result<(Vec<Value>, usize), StoreError> {
    let rows = store.labels_since(since).await?;
    let mut cases = Vec::with_capacity(rows.len());
    for row in &rows {
        cases.extend(case(store, row).await?);
    }
    let lost = rows.len() - cases.len();
    Ok((cases, lost))
}

async fn case(store: &Store, row: &LabelRow) -> Result<Option<Value>, StoreError> {
    let history = store.history(&row.label.conversation, 0).await?;
    let Some(at) = row.label.message.as_ref().and_then(|m| asked(&history, m)) else { return Ok(None) };
    let veil = veil(store, row).await?;
    let (before, rest) = history.split_at(at);
    let Some((message, after)) = rest.split_first() else { return Ok(None) };
    let turn = |m: &MessageRow| {
        let role = if m.author() == Author::Customer { "user" } else { "assistant" };
        json!({ "role": role, "text": veil.over(&told(m.body())) })
    };
    let said =
        after.iter().take_while(|m| m.turn() == message.turn()).map(|m| told(m.body())).collect::<Vec<_>>().join("\n");
    let mut case = json!({
        "id": format!("L{:07}", row.seq),
        "text": veil.over(&told(message.body())),
        "history": before.iter().map(turn).collect::<Vec<_>>(),
        "tags": [word(row.label.kind)],
        "said": veil.over(&said),
        "label": {
            "kind": row.label.kind, "role": row.label.role, "release": row.label.release,
            "year": row.at.to_zoned(TimeZone::UTC).year(), "body": veiled(&row.label.body, &veil),
        },
        "turn": row.trace,
    });
    if let Some(map) = case.as_object_mut() {
        gold(map, row);
    }
    Ok(Some(case))
}

/// What a label says of the classes and the route, as the harness reads it.
fn gold(case: &mut Map<String, Value>, row: &LabelRow) {
    let body = &row.label.body;
    match row.label.kind {
        LabelKind::Relabel => {
            case.insert("risks".into(), body["risks"].clone());
            case.insert("intent".into(), body["intent"].clone());
        }
        LabelKind::Disposition => {
            let codes: Vec<&str> = body["codes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if codes.contains(&ANSWERABLE) {
                case.insert("route".into(), json!("answer"));
            }
            let tags = std::iter::once("disposition").chain(codes.iter().copied());
            case.insert("tags".into(), tags.collect());
        }
        LabelKind::Edit | LabelKind::Thumb => {}
    }
    if let Some(lang) = row.trace.as_ref().and_then(|t| t.get("lang")) {
        case.insert("lang".into(), lang.clone());
    }
}

/// Where the customer's message of a turn stands.
fn asked(history: &[MessageRow], turn: &MessageId) -> Option<usize> {
    history.iter().position(|m| m.turn() == Some(turn) && m.author() == Author::Customer)
}

fn word(kind: LabelKind) -> &'static str {
    match kind {
        LabelKind::Disposition => "disposition",
        LabelKind::Edit => "edit",
        LabelKind::Relabel => "relabel",
        LabelKind::Thumb => "thumb",
    }
}

/// The label's own words are veiled like the conversation's.
fn veiled(body: &Value, veil: &Veil) -> Value {
    match body {
        Value::String(text) => json!(veil.over(text)),
        Value::Array(all) => all.iter().map(|v| veiled(v, veil)).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), veiled(v, veil))).collect::<Map<_, _>>().into(),
        other => other.clone(),
    }
}

/// Everything on file about those whom the conversation is about.
async fn veil(store: &Store, row: &LabelRow) -> Result<Veil, StoreError> {
    let conversation = store.conversation(&row.label.conversation).await?;
    let mut veil = Veil::default();
    let mut people: Vec<PatientId> = conversation.and_then(|c| c.patient).into_iter().collect();
    if let Some(id) = &row.label.ticket {
        people.extend(store.ticket(id).await?.and_then(|t| t.patient));
    }
    for id in &people {
        if let Some(person) = store.patient(id).await? {
            veil.know(&person);
        }
        veil.hide(id.as_str(), "PERSON");
    }
    Ok(veil)
}
