//! Errors in OpenAI's form, `{"error": {"message", "type", "param", "code"}}`, for every path below `/v1/`: what this endpoint
//! refuses by itself, and the form of whatever else went wrong. Statuses and texts of the rest stand in `http::error`.

use crate::domain::text::TextError;
use crate::http::error::{ApiError, Problem, Refused};
use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The endpoint has no key.
pub fn off() -> ApiError {
    let message = "this server has no OpenAI-compatible endpoint; its operator turns it on with a key in [openai]";
    refused(StatusCode::NOT_FOUND, "not_enabled", None, message)
}

/// No key, or not one of this site.
pub fn no_key() -> ApiError {
    let message = "the API key is missing or not valid; send the site's key as Authorization: Bearer KEY";
    refused(StatusCode::UNAUTHORIZED, "invalid_api_key", None, message)
}

/// A customer's token that proves nothing.
pub fn no_customer() -> ApiError {
    let message = "the customer's token in Apothecary-Customer is not valid; sign a fresh one, or leave the header out for a \
                   visitor who is not signed in";
    refused(StatusCode::UNAUTHORIZED, "invalid_customer_token", Some("Apothecary-Customer"), message)
}

/// A conversation that does not exist, or not for this key and customer.
pub fn no_conversation() -> ApiError {
    let message =
        "there is no such conversation of this key and customer; leave Apothecary-Conversation out to begin one";
    refused(StatusCode::NOT_FOUND, "conversation_not_found", Some("Apothecary-Conversation"), message)
}

/// A model that there is not.
pub fn no_model(name: &str) -> ApiError {
    let message = format!("the model `{name}` does not exist; use `{}`", super::MODEL);
    refused(StatusCode::NOT_FOUND, "model_not_found", Some("model"), message)
}

/// A parameter that is wrong.
pub fn param(name: &str, mend: &str) -> ApiError {
    refused(StatusCode::BAD_REQUEST, "invalid_parameter", Some(name), format!("{name}: {mend}"))
}

/// A text that is no message.
pub fn text(name: &str, e: TextError) -> ApiError {
    refused(StatusCode::UNPROCESSABLE_ENTITY, e.code(), Some(name), e.to_string())
}

fn refused(status: StatusCode, code: &'static str, param: Option<&str>, message: impl Into<String>) -> ApiError {
    ApiError::Refused(Refused { status, code, param: param.map(ToOwned::to_owned), message: message.into() })
}

/// Gives errors below `/v1/` their form; status and headers stay.
pub async fn shape(request: Request, next: Next) -> Response {
    let ours = request.uri().path().starts_with("/v1/");
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>().filter(|_| ours).cloned() else { return response };
    let (mut parts, _) = response.into_parts();
    let (shaped, body) = Json(body(parts.status, &problem)).into_response().into_parts();
    parts.headers.extend(shaped.headers);
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    Response::from_parts(parts, body)
}

/// The body of an error, also of one in a stream.
pub fn body(status: StatusCode, problem: &Problem) -> Value {
    let Problem { code, param, message } = problem;
    json!({"error": {"message": message, "type": kind(status), "param": param, "code": code}})
}

fn kind(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::FORBIDDEN => "permission_error",
        s if s.is_server_error() => "server_error",
        _ => "invalid_request_error",
    }
}
