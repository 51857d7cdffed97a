//! What staff do with a case, one handler an act. Every answer is the ticket as it is afterwards; 409 when it changed or is somebody
//! else's.

use crate::app::{Answer, CallPlan, TicketView};
use crate::domain::ids::{StaffId, TicketId};
use crate::domain::labels::{Intent, Risk};
use crate::domain::route::Queue;
use crate::domain::text::UserText;
use crate::http::auth::Staff;
use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::{Web, wire};
use crate::store::life::Reached;
use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

type Done = Result<Json<Value>, ApiError>;

fn view(ticket: TicketView) -> Json<Value> {
    Json(json!({"ticket": ticket}))
}

/// The words of a note, bounded like a message; blank counts as none.
fn worded(text: Option<String>) -> Result<Option<String>, ApiError> {
    let some = text.filter(|t| !t.trim().is_empty());
    some.map(|t| Ok(UserText::parse(&t)?.as_str().to_owned())).transpose()
}

/// Takes a ticket for a lease.
///
/// # Errors
/// As [`ApiError`]; 409 when somebody else has it.
pub async fn claim(State(web): State<Web>, Staff(staff): Staff, Path(id): Path<String>) -> Done {
    Ok(view(web.app.claim(&staff, &TicketId(id)).await?))
}

/// Puts a ticket back into the queue.
///
/// # Errors
/// As [`ApiError`].
pub async fn release(State(web): State<Web>, Staff(staff): Staff, Path(id): Path<String>) -> Done {
    Ok(view(web.app.release(&staff, &TicketId(id)).await?))
}

/// Body of `POST …/take-over`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeOverBody {
    reason: String,
}

/// Takes a ticket from a colleague.
///
/// # Errors
/// As [`ApiError`]; 422 without a reason.
pub async fn take_over(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<TakeOverBody>,
) -> Done {
    let reason = worded(Some(body.reason))?.unwrap_or_default();
    Ok(view(web.app.take_over(&staff, &TicketId(id), &reason).await?))
}

/// Body of `POST …/renew`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewBody {
    draft: Option<String>,
    #[serde(default)]
    typing: bool,
}

/// A sign of life: extends the lease, keeps what is being written.
///
/// # Errors
/// As [`ApiError`].
pub async fn renew(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<RenewBody>,
) -> Done {
    let draft = match body.draft {
        Some(text) => Some(worded(Some(text))?.unwrap_or_default()),
        None => None,
    };
    Ok(view(web.app.renew(&staff, &TicketId(id), draft.as_deref(), body.typing).await?))
}

/// Body of `POST …/note`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    text: String,
}

/// Writes for colleagues.
///
/// # Errors
/// As [`ApiError`].
pub async fn note(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<NoteBody>,
) -> Done {
    let text = worded(Some(body.text))?.unwrap_or_default();
    Ok(view(web.app.note(&staff, &TicketId(id), &text).await?))
}

/// Body of `POST …/transfer`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferBody {
    queue: Queue,
    to: Option<String>,
    note: String,
}

/// Hands a ticket on.
///
/// # Errors
/// As [`ApiError`]; 422 without a note.
pub async fn transfer(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<TransferBody>,
) -> Done {
    let note = worded(Some(body.note))?.unwrap_or_default();
    Ok(view(web.app.transfer(&staff, &TicketId(id), body.queue, body.to.map(StaffId), &note).await?))
}

/// Body of `POST …/park`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParkBody {
    until: Timestamp,
    note: String,
}

/// Puts a ticket aside until a moment.
///
/// # Errors
/// As [`ApiError`]; 422 for an emergency, a moment that has passed, or no note.
pub async fn park(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<ParkBody>,
) -> Done {
    let note = worded(Some(body.note))?.unwrap_or_default();
    Ok(view(web.app.park(&staff, &TicketId(id), body.until, &note).await?))
}

/// Promises a call.
///
/// # Errors
/// As [`ApiError`]; 422 for a window that is none, or without a number.
pub async fn callback(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<CallPlan>,
) -> Done {
    Ok(view(web.app.promise_call(&staff, &TicketId(id), body).await?))
}

/// Body of `POST …/attempt`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttemptBody {
    reached: Reached,
    next: Option<(Timestamp, Timestamp)>,
    note: Option<String>,
}

/// Writes down a call.
///
/// # Errors
/// As [`ApiError`]; 422 for a fourth call.
pub async fn attempt(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<AttemptBody>,
) -> Done {
    let note = worded(body.note)?;
    Ok(view(web.app.called_them(&staff, &TicketId(id), body.reached, body.next, note.as_deref()).await?))
}

/// Body of `POST …/merge`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    into: String,
}

/// Lets a ticket go on in another of the same person; answers with the other.
///
/// # Errors
/// As [`ApiError`]; 409 when they are not of one person or not both claimed.
pub async fn merge(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<MergeBody>,
) -> Done {
    Ok(view(web.app.merge(&staff, &TicketId(id), &TicketId(body.into)).await?))
}

/// Body of `POST …/relabel`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelabelBody {
    risks: Vec<Risk>,
    intent: Option<Intent>,
}

/// Says which classes a case really had.
///
/// # Errors
/// As [`ApiError`].
pub async fn relabel(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<RelabelBody>,
) -> Done {
    Ok(view(web.app.relabel(&staff, &TicketId(id), &body.risks, body.intent).await?))
}

/// Writes to the customer in the own name.
///
/// # Errors
/// As [`ApiError`]; 409 when the ticket changed since `version`.
pub async fn reply(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(mut body): Body<Answer>,
) -> Done {
    if body.reply.is_none() || !body.text.trim().is_empty() {
        body.text = UserText::parse(&body.text)?.as_str().to_owned();
    }
    Ok(Json(wire::detail(&web.app.reply(&staff, &TicketId(id), &body).await?)))
}

/// Body of `POST …/resolve`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    version: i64,
    disposition: String,
    #[serde(default)]
    further: Vec<String>,
    note: Option<String>,
}

/// Closes a ticket with one to four disposition codes.
///
/// # Errors
/// As [`ApiError`]; 422 for an unknown code.
pub async fn resolve(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<ResolveBody>,
) -> Done {
    let note = worded(body.note)?;
    let codes: Vec<String> = std::iter::once(body.disposition).chain(body.further).collect();
    Ok(view(web.app.resolve(&staff, &TicketId(id), body.version, &codes, note.as_deref()).await?))
}
