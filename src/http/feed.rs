//! The order feed over HTTP: signed as Standard Webhooks, each request once. Who may send is proven by the signature alone, and a refusal
//! says nothing; what was taken up is answered line by line. Without a secret there is no such endpoint.

use super::Web;
use super::body;
use super::error::ApiError;
use crate::escalate::signature::{Signed, verify};
use axum::Json;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use serde_json::Value;

/// The largest body, in bytes.
pub const MAX_FEED: usize = 4 * 1024 * 1024;

/// Seconds by which the sender's clock may differ.
const TOLERANCE: i64 = 5 * 60;

/// Method, path and handler of the endpoint.
pub(super) fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Web>)> {
    vec![("post", "/api/v1/feed", post(take).layer(DefaultBodyLimit::max(MAX_FEED)))]
}

/// Takes up a Bundle, NDJSON of FHIR resources, or compact events.
///
/// # Errors
/// As [`ApiError`]: 401 without a valid signature of the last five minutes, 404 without a secret, 409 for another body under a known id,
/// 413 for a body above 4 MiB.
pub async fn take(State(web): State<Web>, request: Request) -> Result<Response, ApiError> {
    let secrets = web.app.config.feed.secrets.as_slice();
    if secrets.is_empty() {
        return Err(ApiError::NotFound);
    }
    let headers = request.headers().clone();
    // Who is refused by the headers alone sends no body that is kept.
    let signed = signed(&headers).ok_or(ApiError::Unauthorized)?;
    if web.app.clock().now().as_second().abs_diff(signed.at) > TOLERANCE.unsigned_abs() {
        return Err(ApiError::Unauthorized);
    }
    let bytes = body::bytes(request, &web).await?;
    if !verify(secrets, &signed, &bytes) {
        return Err(ApiError::Unauthorized);
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|e| ApiError::Malformed(format!("body: byte {} is not UTF-8; send it as UTF-8", e.valid_up_to())))?;
    let report = web.app.take_feed(signed.id, text).await?;
    let nothing = report.get("lines") == report.get("refused");
    let status = if nothing { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Json::<Value>(report)).into_response())
}

/// The three headers; an id that is too long is none.
fn signed(headers: &HeaderMap) -> Option<Signed<'_>> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let id = text("webhook-id").filter(|id| !id.is_empty() && id.len() <= 200)?;
    Some(Signed { id, at: text("webhook-timestamp")?.parse().ok()?, signatures: text("webhook-signature")? })
}
