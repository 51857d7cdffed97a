//! Operation: liveness, readiness, request metrics, and containment of panics. Metrics carry no ids and no contents.

use super::Web;
use super::error::{ApiError, EMERGENCY};
use super::headers::is_api;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::time::Instant;

/// The process runs; depends on nothing.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// Store, index and model are there; and whether somebody has signed for what is said.
///
/// # Errors
/// 503 with the missing part.
pub async fn readyz(State(web): State<Web>) -> Result<&'static str, ApiError> {
    let ready = if web.app.signed() { "ready\n" } else { "ready, unsigned\n" };
    web.app.ready().await.map(|()| ready).map_err(ApiError::NotReady)
}

/// `/metrics`, for a port of its own.
pub fn metrics_router(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(move || std::future::ready(handle.render())))
}

/// Counts requests and measures how long their answers took to begin.
pub async fn measure(path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let method = request.method().as_str().to_owned();
    let route = path.map_or_else(|| "none".to_owned(), |p| p.as_str().to_owned());
    let started = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_str().to_owned();
    metrics::counter!("apothecary_http_requests_total", "method" => method, "route" => route.clone(), "status" => status).increment(1);
    metrics::histogram!("apothecary_http_request_duration_seconds", "route" => route).record(started.elapsed());
    response
}

/// A panic in a handler becomes a fixed answer; broken pages become a page that says whom to call.
pub async fn contain(request: Request, next: Next) -> Response {
    let api = is_api(request.uri().path());
    let wants_html =
        request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"));
    let response = match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!("a handler panicked");
            ApiError::Unexpected.into_response()
        }
    };
    if api || !wants_html || !response.status().is_client_error() && !response.status().is_server_error() {
        return response;
    }
    let (parts, _) = response.into_parts();
    let mut page = (parts.status, page(parts.status)).into_response();
    if let Some(retry) = parts.headers.get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, retry.clone());
    }
    page
}

fn page(status: StatusCode) -> Html<String> {
    let what = if status == StatusCode::NOT_FOUND {
        "There is no such page here."
    } else {
        "This page can't be shown right now."
    };
    let head = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">";
    let style = "<link rel=\"stylesheet\" href=\"/assets/base.css\">";
    Html(format!(
        "{head}<title>{what}</title>{style}<main class=\"plain\"><h1>{what}</h1><p>{EMERGENCY}</p>\
         <p><a href=\"tel:911\">911</a> · <a href=\"tel:18002221222\">1-800-222-1222</a> · <a href=\"tel:988\">988</a></p>\
         <p><a href=\"/chat\">Go to the chat</a></p></main></html>"
    ))
}
