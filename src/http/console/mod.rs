//! The pharmacist's side: queue, card, claim, reply, resolve. Each handler takes the proof of staff and passes it down.

use super::auth::{Staff, staff_token};
use super::body::Body;
use super::error::ApiError;
use super::{Web, cookies, wire};
use crate::app::{QueueFilter, TicketView};
use crate::domain::ids::TicketId;
use crate::domain::text::UserText;
use crate::identity::Role;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// A console token lives at most this long, in seconds; so does its cookie.
pub const COOKIE_SECONDS: i64 = 15 * 60;

/// Who is signed in.
pub async fn me(Staff(staff): Staff) -> Json<Value> {
    let role = match staff.role() {
        Role::Pharmacist => "pharmacist",
        Role::Technician => "technician",
    };
    Json(json!({"id": staff.id(), "name": staff.name(), "role": role}))
}

/// Trades a bearer token of the pharmacy's sign-in for the console's cookie.
///
/// # Errors
/// 401.
pub async fn sign_in(State(web): State<Web>, _: Staff, headers: HeaderMap) -> Result<Response, ApiError> {
    Ok(with_cookie(&web, staff_token(&headers)?, COOKIE_SECONDS))
}

/// Clears the console's cookie.
pub async fn sign_out(State(web): State<Web>) -> Response {
    with_cookie(&web, "", 0)
}

fn with_cookie(web: &Web, value: &str, seconds: i64) -> Response {
    let cookie = cookies::console(&web.app.config, value, seconds).map(|c| (header::SET_COOKIE, c));
    (StatusCode::NO_CONTENT, AppendHeaders(cookie)).into_response()
}

/// The disposition codes.
pub async fn dispositions(State(web): State<Web>, _: Staff) -> Json<Value> {
    Json(json!({"dispositions": web.app.dispositions()}))
}

/// Query of `GET /console/tickets`.
#[derive(Deserialize)]
pub struct Filter {
    all: Option<bool>,
}

/// The queue, most urgent first.
///
/// # Errors
/// As [`ApiError`].
pub async fn queue(
    State(web): State<Web>,
    Staff(staff): Staff,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, ApiError> {
    let tickets = web.app.queue(&staff, QueueFilter { all: filter.all.unwrap_or(false) }).await?;
    Ok(Json(json!({"tickets": tickets, "now": web.app.clock().now()})))
}

/// One ticket with card and transcript.
///
/// # Errors
/// As [`ApiError`].
pub async fn ticket(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(wire::detail(&web.app.ticket(&staff, &TicketId(id)).await?)))
}

fn view(ticket: TicketView) -> Json<Value> {
    Json(json!({"ticket": ticket}))
}

/// Takes a ticket for a lease.
///
/// # Errors
/// As [`ApiError`]; 409 when somebody else has it.
pub async fn claim(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(view(web.app.claim(&staff, &TicketId(id)).await?))
}

/// Extends the lease.
///
/// # Errors
/// As [`ApiError`].
pub async fn renew(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(view(web.app.renew(&staff, &TicketId(id)).await?))
}

/// Puts a ticket back into the queue.
///
/// # Errors
/// As [`ApiError`].
pub async fn release(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(view(web.app.release(&staff, &TicketId(id)).await?))
}

/// Body of `POST …/reply`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyBody {
    version: i64,
    text: String,
}

/// Writes to the customer in the own name.
///
/// # Errors
/// As [`ApiError`]; 409 when the ticket changed since `version`.
pub async fn reply(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<ReplyBody>,
) -> Result<Json<Value>, ApiError> {
    let text = UserText::parse(&body.text)?;
    Ok(Json(wire::detail(&web.app.reply(&staff, &TicketId(id), body.version, text.as_str()).await?)))
}

/// Body of `POST …/resolve`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    version: i64,
    disposition: String,
    note: Option<String>,
}

/// Closes a ticket with a disposition code.
///
/// # Errors
/// As [`ApiError`]; 422 for an unknown code.
pub async fn resolve(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
    Body(body): Body<ResolveBody>,
) -> Result<Json<Value>, ApiError> {
    let note = match body.note.filter(|n| !n.trim().is_empty()) {
        Some(note) => Some(UserText::parse(&note)?.as_str().to_owned()),
        None => None,
    };
    Ok(view(web.app.resolve(&staff, &TicketId(id), body.version, &body.disposition, note.as_deref()).await?))
}
