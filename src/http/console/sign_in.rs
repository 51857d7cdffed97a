//! Signing in by password and one-time code, a new password, signs of a person, signing out. Who is let in is decided in
//! `app::sign_in`; a write that another site's page started is refused before it comes here.

use super::with_cookie;
use crate::app::{Credentials, NewPassword};
use crate::http::auth::{Staff, session};
use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::{Web, cookies};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use serde_json::json;

/// Method, path and handler of each endpoint.
pub(in crate::http) fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Web>)> {
    vec![
        ("post", "/api/v1/console/sign-in", post(sign_in)),
        ("post", "/api/v1/console/password", post(password)),
        ("post", "/api/v1/console/active", post(active)),
        ("post", "/api/v1/console/logout", post(sign_out)),
    ]
}

/// Opens a session and sets the console's cookie.
///
/// # Errors
/// As [`ApiError`]; 401 `refused` whatever was wrong, 429 after too many tries, 404 where staff have no passwords.
pub async fn sign_in(
    State(web): State<Web>,
    headers: HeaderMap,
    Body(typed): Body<Credentials>,
) -> Result<Response, ApiError> {
    let opened = web.app.sign_in(typed, session(&headers)).await?;
    let cookie = cookies::console(&web.app.config, &opened.cookie, opened.longest.as_secs());
    let cookie = AppendHeaders(cookie.map(|c| (header::SET_COOKIE, c)));
    Ok((cookie, Json(json!({"must_change": opened.must_change}))).into_response())
}

/// Changes the password of whoever signed in by one; their other sessions end.
///
/// # Errors
/// As [`ApiError`]; 401 without a session of this kind or when the old password is wrong, 422 when the new one will not do.
pub async fn password(
    State(web): State<Web>,
    headers: HeaderMap,
    Body(typed): Body<NewPassword>,
) -> Result<StatusCode, ApiError> {
    web.app.change_password(session(&headers).ok_or(ApiError::Unauthorized)?, typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A person is there: the session lasts on. A token has its own end.
///
/// # Errors
/// As [`ApiError`].
pub async fn active(State(web): State<Web>, _: Staff, headers: HeaderMap) -> Result<StatusCode, ApiError> {
    if let Some(session) = session(&headers) {
        web.app.active(session).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the session and clears the console's cookie.
///
/// # Errors
/// As [`ApiError`]; then the session is still open. 409 while they have urgent cases in hand.
pub async fn sign_out(
    State(web): State<Web>,
    staff: Result<Staff, ApiError>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Ok(Staff(staff)) = staff {
        web.app.may_leave(&staff).await?;
    }
    if let Some(session) = session(&headers) {
        web.app.sign_out(session).await?;
    }
    Ok(with_cookie(&web, "", 0))
}
