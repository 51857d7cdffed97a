//! Webhook receivers over HTTP: list, add, rotate, test, enable, remove; deliveries and replay. Whether somebody may is asked
//! of the application with the proof of staff; a secret is answered once, when it is made.

use super::Web;
use super::auth::Staff;
use super::body::Body;
use super::error::ApiError;
use crate::app::Receiver;
use crate::escalate::webhook::TYPES;
use crate::store::outbox::{OutboxRow, OutboxState};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{MethodRouter, delete, get, post};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

/// Method, path and handler of each endpoint.
pub(super) fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Web>)> {
    vec![
        ("get", "/api/v1/webhooks", get(list)),
        ("post", "/api/v1/webhooks", post(add)),
        ("delete", "/api/v1/webhooks/{name}", delete(remove)),
        ("post", "/api/v1/webhooks/{name}/rotate", post(rotate)),
        ("post", "/api/v1/webhooks/{name}/test", post(test)),
        ("post", "/api/v1/webhooks/{name}/enable", post(enable)),
        ("get", "/api/v1/webhooks/deliveries", get(deliveries)),
        ("post", "/api/v1/webhooks/deliveries/{id}/replay", post(replay)),
    ]
}

/// All receivers with their health, and what there is to choose from.
///
/// # Errors
/// As [`ApiError`]; 403 for staff who may not manage them, as for all below.
pub async fn list(State(web): State<Web>, Staff(staff): Staff) -> Result<Json<Value>, ApiError> {
    let receivers = web.app.receivers(&staff).await?;
    let recipes = receivers.recipes.iter().map(|r| json!({ "name": r.name(), "about": r.about() }));
    let built_in = [("thin", "opaque id, priority, queue, link"), ("full", "thin, and why and when; health data")];
    let built_in = built_in.map(|(name, about)| json!({ "name": name, "about": about }));
    let forms: Vec<Value> = built_in.into_iter().chain(recipes).collect();
    Ok(Json(json!({ "webhooks": receivers.list().await?, "forms": forms, "types": TYPES })))
}

/// Adds a receiver and answers its secret.
///
/// # Errors
/// As [`ApiError`]; 409 when the name is taken, 422 with the field that makes no sense.
pub async fn add(
    State(web): State<Web>,
    Staff(staff): Staff,
    Body(new): Body<Receiver>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (receivers, name) = (web.app.receivers(&staff).await?, new.name.clone());
    let secret = receivers.add(new).await?;
    let body = json!({ "webhook": receivers.one(&name).await?, "secret": secret.expose_secret() });
    Ok((StatusCode::CREATED, Json(body)))
}

/// Makes a new secret and answers it; the old one signs too for 24 hours.
///
/// # Errors
/// As [`ApiError`]; 404 for an unknown name, 409 for one of the configuration file.
pub async fn rotate(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let receivers = web.app.receivers(&staff).await?;
    let secret = receivers.rotate(&name).await?;
    Ok(Json(json!({ "webhook": receivers.one(&name).await?, "secret": secret.expose_secret() })))
}

/// Puts a signed test event into the outbox.
///
/// # Errors
/// As [`ApiError`]; 404.
pub async fn test(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let delivery = web.app.receivers(&staff).await?.test(&name).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "delivery": delivery }))))
}

/// Sends to a disabled receiver again.
///
/// # Errors
/// As [`rotate`].
pub async fn enable(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let receivers = web.app.receivers(&staff).await?;
    receivers.enable(&name).await?;
    Ok(Json(json!({ "webhook": receivers.one(&name).await? })))
}

/// Removes a receiver.
///
/// # Errors
/// As [`rotate`]; 409 while another names it as its secondary.
pub async fn remove(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    web.app.receivers(&staff).await?.remove(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Query of `GET /webhooks/deliveries`.
#[derive(Deserialize)]
pub struct Which {
    state: Option<String>,
}

/// Deliveries that wait, or that were given up.
///
/// # Errors
/// As [`ApiError`]; 422 for another state.
pub async fn deliveries(
    State(web): State<Web>,
    Staff(staff): Staff,
    Query(which): Query<Which>,
) -> Result<Json<Value>, ApiError> {
    let state = match which.state.as_deref() {
        None | Some("waiting") => OutboxState::Waiting,
        Some("dead") => OutboxState::Dead,
        Some(_) => return Err(ApiError::Invalid("state: must be waiting or dead".into())),
    };
    let rows = web.app.receivers(&staff).await?.deliveries(state).await?;
    Ok(Json(json!({ "deliveries": rows.iter().map(delivery).collect::<Vec<_>>() })))
}

/// A delivery without its payload: a full one is for its receiver.
fn delivery(row: &OutboxRow) -> Value {
    json!({
        "id": row.id, "endpoint": row.endpoint, "event": row.event, "ticket": row.ticket, "priority": row.priority,
        "step": row.step, "stands_for": row.stands_for, "created": row.created, "attempts": row.attempts,
        "next_attempt": row.next_attempt, "state": row.state, "last_error": row.last_error,
    })
}

/// Sends a delivery again under its id.
///
/// # Errors
/// As [`ApiError`]; 404.
pub async fn replay(
    State(web): State<Web>,
    Staff(staff): Staff,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    web.app.receivers(&staff).await?.replay(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
