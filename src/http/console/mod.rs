//! What staff reads: who they are, the queue, a case, the view over all of it. What they do is in `acts`, signing in by password in
//! `sign_in`. Each handler takes the proof of staff and passes it down.

pub mod acts;
pub mod events;
pub mod modes;
pub mod sign_in;

use super::auth::{Staff, session, staff_token};
use super::body::Body;
use super::error::ApiError;
use super::{Web, cookies, wire};
use crate::app::QueueFilter;
use crate::domain::ids::TicketId;
use crate::domain::lang::Lang;
use crate::domain::roles::Right;
use crate::domain::route::Queue;
use crate::domain::text::UserText;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// A console token lives at most this long, in seconds; so does its cookie.
pub const COOKIE_SECONDS: i64 = 15 * 60;

/// Who is signed in and what they may do, after how many seconds without a sign of life a claim of theirs ends, and of who signed in by password, after how
/// many quiet ones the session does.
pub async fn me(State(web): State<Web>, Staff(staff): Staff, headers: HeaderMap) -> Json<Value> {
    let lease = web.app.lease_length().as_secs();
    let idle = session(&headers).and(web.app.config.sessions).map(|s| s.idle.as_secs());
    let (id, name, role) = (staff.id(), staff.name(), staff.role());
    let may: Vec<Right> = role.rights().collect();
    Json(json!({"id": id, "name": name, "role": role, "may": may, "lease_seconds": lease, "idle_seconds": idle}))
}

/// Trades a bearer token of the pharmacy's sign-in for the console's cookie.
///
/// # Errors
/// 401.
pub async fn trade(State(web): State<Web>, _: Staff, headers: HeaderMap) -> Result<Response, ApiError> {
    Ok(with_cookie(&web, staff_token(&headers)?, COOKIE_SECONDS))
}

fn with_cookie(web: &Web, value: &str, seconds: i64) -> Response {
    let cookie = cookies::console(&web.app.config, value, seconds).map(|c| (header::SET_COOKIE, c));
    (StatusCode::NO_CONTENT, AppendHeaders(cookie)).into_response()
}

/// The disposition codes.
pub async fn dispositions(State(web): State<Web>, _: Staff) -> Json<Value> {
    Json(json!({"dispositions": web.app.dispositions()}))
}

/// The prepared replies.
pub async fn replies(State(web): State<Web>, _: Staff) -> Json<Value> {
    Json(json!({"replies": web.app.replies()}))
}

/// Who is at a desk.
pub async fn colleagues(State(web): State<Web>, _: Staff) -> Json<Value> {
    Json(json!({"colleagues": web.app.colleagues()}))
}

/// Query of `GET /console/overview`.
#[derive(Deserialize)]
pub struct Period {
    days: Option<u32>,
}

/// Figures over all cases, for who may see them.
///
/// # Errors
/// As [`ApiError`]; 403 for other roles.
pub async fn overview(
    State(web): State<Web>,
    Staff(staff): Staff,
    Query(period): Query<Period>,
) -> Result<Json<Value>, ApiError> {
    let days = period.days.unwrap_or(7).clamp(1, 366);
    let overview = web.app.overview_of(&staff, days).await?;
    serde_json::to_value(&overview).map(Json).map_err(|_| ApiError::Unexpected)
}

/// Body of `POST /console/pages`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagesBody {
    words: String,
    lang: Lang,
}

/// Passages of approved pages by words, to attach to a reply.
///
/// # Errors
/// As [`ApiError`].
pub async fn pages(State(web): State<Web>, _: Staff, Body(body): Body<PagesBody>) -> Result<Json<Value>, ApiError> {
    let found = web.app.pages(&body.words, body.lang)?;
    let found: Vec<Value> =
        found.iter().map(|(heading, b)| json!({ "heading": heading, "passage": b.passage })).collect();
    Ok(Json(json!({ "pages": found })))
}

/// Query of `GET /console/tickets`.
#[derive(Deserialize)]
pub struct Filter {
    all: Option<bool>,
    queue: Option<Queue>,
    mine: Option<bool>,
    after: Option<i64>,
}

/// The queue, most urgent first, or what has changed in it.
///
/// # Errors
/// As [`ApiError`].
pub async fn queue(
    State(web): State<Web>,
    Staff(staff): Staff,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, ApiError> {
    let filter = QueueFilter {
        all: filter.all.unwrap_or(false),
        queue: filter.queue,
        mine: filter.mine.unwrap_or(false),
        after: filter.after,
    };
    let page = web.app.queue(&staff, filter).await?;
    Ok(Json(json!({"tickets": page.tickets, "now": web.app.clock().now(), "at": page.at})))
}

/// Body of `POST /console/search`: words do not belong in an address, which is logged on its way.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchBody {
    words: String,
    #[serde(default)]
    all: bool,
}

/// Cases with these words.
///
/// # Errors
/// As [`ApiError`]; 422 without a word.
pub async fn search(
    State(web): State<Web>,
    Staff(staff): Staff,
    Body(body): Body<SearchBody>,
) -> Result<Json<Value>, ApiError> {
    let words = UserText::parse(&body.words)?;
    let tickets = web.app.search(&staff, words.as_str(), body.all).await?;
    Ok(Json(json!({"tickets": tickets})))
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
