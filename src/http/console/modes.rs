//! What the assistant may answer by itself, and the button that stops it.

use crate::app::InForce;
use crate::domain::modes::{Mode, Scope};
use crate::http::Web;
use crate::http::auth::Staff;
use crate::http::body::Body;
use crate::http::error::ApiError;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;

/// What holds now.
///
/// # Errors
/// As [`ApiError`].
pub async fn show(State(web): State<Web>, _: Staff) -> Result<Json<InForce>, ApiError> {
    Ok(Json(web.app.modes().await?))
}

/// Body of `POST /console/pause`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseBody {
    scope: Scope,
    mode: Mode,
    reason: String,
}

/// Stops something, from the next reply on.
///
/// # Errors
/// As [`ApiError`]; 403 for those who are no pharmacist, 422 without a reason or for a topic without a page.
pub async fn pause(
    State(web): State<Web>,
    Staff(staff): Staff,
    Body(body): Body<PauseBody>,
) -> Result<Json<InForce>, ApiError> {
    Ok(Json(web.app.pause(&staff, body.scope, body.mode, &body.reason).await?))
}

/// Body of `POST /console/resume`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResumeBody {
    scope: Scope,
}

/// Lets it answer again.
///
/// # Errors
/// As [`ApiError`]; 403 for those who are no lead, 404 when it was not stopped.
pub async fn resume(
    State(web): State<Web>,
    Staff(staff): Staff,
    Body(body): Body<ResumeBody>,
) -> Result<Json<InForce>, ApiError> {
    Ok(Json(web.app.resume(&staff, &body.scope).await?))
}
