//! The only map from errors to HTTP. The unexpected gets a fixed body; its detail goes to the log, without contents.
//! Whatever says "not now" or "broken" also says whom to call in an emergency.

use crate::app::{AppError, SignInError};
use crate::domain::text::TextError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Said with every 503 and every unexpected error.
pub const EMERGENCY: &str = "In an emergency call 911. Poison Help: 1-800-222-1222. Crisis line: call or text 988.";

/// Seconds after which a refused client may try again.
const RETRY_AFTER: &str = "5";

/// The code of a day's limit.
const DAY_LIMIT: &str = "day_limit";

/// Everything that a handler can answer besides success.
#[derive(Debug)]
pub enum ApiError {
    /// From the layers below.
    App(AppError),
    /// Nobody is signed in by password.
    SignIn(SignInError),
    /// The body is no JSON of the expected shape; the place and reason.
    Malformed(String),
    /// The body is larger than [`super::MAX_BODY`].
    TooLarge,
    /// The body is not declared as JSON.
    MediaType,
    /// No token, or one that proves nothing; the answer does not say which.
    Unauthorized,
    /// A write that another site's page started.
    CrossSite,
    /// No such thing, or not the asker's; the answer does not say which.
    NotFound,
    /// The path exists, the method does not.
    Method,
    /// The text is refused by `UserText`.
    Text(TextError),
    /// A value of the right type that means nothing here; the place and reason.
    Invalid(String),
    /// A request that names what is wrong with it: only the OpenAI-compatible endpoint has these.
    Refused(Refused),
    /// Not ready: a part of the server is missing.
    NotReady(String),
    /// A panic or a bug.
    Unexpected,
}

/// A refusal with its status, code and the parameter that is wrong.
#[derive(Debug)]
pub struct Refused {
    /// HTTP status, below 500.
    pub status: StatusCode,
    /// Code for programs.
    pub code: &'static str,
    /// Path of the parameter, such as `messages[0].content`.
    pub param: Option<String>,
    /// What is wrong and the mend.
    pub message: String,
}

/// What an error says, beside its body, for paths that have another form of it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Code for programs.
    pub code: &'static str,
    /// Path of the parameter, if one is to blame.
    pub param: Option<String>,
    /// What is said, the emergency numbers included.
    pub message: String,
}

impl From<AppError> for ApiError {
    fn from(e: AppError) -> Self {
        ApiError::App(e)
    }
}

impl From<SignInError> for ApiError {
    fn from(e: SignInError) -> Self {
        ApiError::SignIn(e)
    }
}

impl From<TextError> for ApiError {
    fn from(e: TextError) -> Self {
        ApiError::Text(e)
    }
}

impl ApiError {
    fn parts(self) -> (StatusCode, &'static str, String) {
        match self {
            ApiError::App(e) => app_parts(e),
            ApiError::SignIn(e) => sign_in_parts(e),
            ApiError::Malformed(place) => (StatusCode::BAD_REQUEST, "malformed", place),
            ApiError::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "the body is larger than 64 KiB (1 MiB for /v1/chat/completions, 4 MiB for /api/v1/feed); send less"
                    .into(),
            ),
            ApiError::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "send the body as content-type application/json".into(),
            ),
            ApiError::Unauthorized => {
                (StatusCode::UNAUTHORIZED, "unauthorized", "the token is missing or not valid; sign in again".into())
            }
            ApiError::CrossSite => {
                (StatusCode::FORBIDDEN, "cross_site", "another site's page may not write here".into())
            }
            ApiError::NotFound => (StatusCode::NOT_FOUND, "not_found", "there is nothing here that you may see".into()),
            ApiError::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "this path does not take that method; see /openapi.json".into(),
            ),
            ApiError::Text(e) => (StatusCode::UNPROCESSABLE_ENTITY, e.code(), e.to_string()),
            ApiError::Invalid(what) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", what),
            ApiError::Refused(r) => (r.status, r.code, r.message),
            ApiError::NotReady(what) => (StatusCode::SERVICE_UNAVAILABLE, "not_ready", what),
            ApiError::Unexpected => {
                (StatusCode::INTERNAL_SERVER_ERROR, "unexpected", "something went wrong here; please call us".into())
            }
        }
    }
}

fn search_failed(e: &dyn std::error::Error) -> (StatusCode, &'static str, String) {
    tracing::error!(error = %e, "search failed");
    ApiError::Unexpected.parts()
}

fn app_parts(e: AppError) -> (StatusCode, &'static str, String) {
    match e {
        AppError::NotFound => ApiError::NotFound.parts(),
        AppError::Text(e) => ApiError::Text(e).parts(),
        AppError::Spill(e) => {
            tracing::error!(error = %e, "the spill file failed");
            ApiError::Unexpected.parts()
        }
        AppError::Journal { path, source } => {
            tracing::error!(error = %source, path = %path.display(), "the journal of cases failed");
            ApiError::Unexpected.parts()
        }
        AppError::Index(e) => search_failed(&e),
        AppError::Search(e) => search_failed(&e),
        AppError::Overloaded => (
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "many people are writing right now; please try again shortly".into(),
        ),
        AppError::Spent => (
            StatusCode::TOO_MANY_REQUESTS,
            DAY_LIMIT,
            "that is as much as the assistant takes in a day; choose \u{201c}Talk to a pharmacist\u{201d} or call us, and it goes on tomorrow".into(),
        ),
        AppError::Conflict { what } => (StatusCode::CONFLICT, "conflict", what.to_string()),
        AppError::Forbidden { what } => (StatusCode::FORBIDDEN, "forbidden", what.to_string()),
        AppError::Invalid { what } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", what.to_string()),
        AppError::Hash(e) => {
            tracing::error!(error = %e, "hashing failed");
            ApiError::Unexpected.parts()
        }
        AppError::Ended => (StatusCode::CONFLICT, "ended", "this conversation has ended; open a new one".into()),
        AppError::Store(e) => {
            tracing::error!(error = %e, "the store failed");
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "nothing can be looked up or saved right now".into())
        }
    }
}

fn sign_in_parts(e: SignInError) -> (StatusCode, &'static str, String) {
    let (status, code) = match e {
        SignInError::Off => return ApiError::NotFound.parts(),
        SignInError::Ended => return ApiError::Unauthorized.parts(),
        SignInError::App(e) => return app_parts(e),
        SignInError::Refused => (StatusCode::UNAUTHORIZED, "refused"),
        SignInError::Quiet { .. } => (StatusCode::UNAUTHORIZED, "quiet"),
        SignInError::Locked { .. } => (StatusCode::TOO_MANY_REQUESTS, "locked"),
        SignInError::FirstPassword => (StatusCode::FORBIDDEN, "first_password"),
        SignInError::Weak(_) => (StatusCode::UNPROCESSABLE_ENTITY, "weak_password"),
    };
    (status, code, e.to_string())
}

/// The JSON body of an error. From 500 on it carries the emergency numbers.
#[must_use]
pub fn body(status: StatusCode, code: &str, message: &str) -> Value {
    if !calls(status, code) {
        return json!({"error": {"code": code, "message": message}});
    }
    let numbers = json!({"emergency": "911", "poison_help": "1-800-222-1222", "crisis": "988"});
    json!({"error": {"code": code, "message": told(status, code, message), "call": numbers}})
}

/// What is told, with whom to call where the assistant does not answer.
fn told(status: StatusCode, code: &str, message: &str) -> String {
    if calls(status, code) { format!("{message}. {EMERGENCY}") } else { message.to_owned() }
}

/// The assistant does not answer for a reason of its own.
fn calls(status: StatusCode, code: &str) -> bool {
    status.is_server_error() || code == DAY_LIMIT
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let param = if let ApiError::Refused(r) = &self { r.param.clone() } else { None };
        let locked = if let ApiError::SignIn(SignInError::Locked { seconds }) = self { Some(seconds) } else { None };
        let (status, code, message) = self.parts();
        let mut response = (status, Json(body(status, code, &message))).into_response();
        response.extensions_mut().insert(Problem { code, param, message: told(status, code, &message) });
        if let Some(seconds) = locked {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// For paths that do not exist.
pub async fn not_found() -> ApiError {
    ApiError::NotFound
}

/// For methods that a path does not take.
pub async fn wrong_method() -> ApiError {
    ApiError::Method
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_status_and_overload_says_when_and_whom_to_call() {
        let status = |e: ApiError| e.into_response().status().as_u16();
        assert_eq!(status(AppError::NotFound.into()), 404);
        assert_eq!(status(AppError::Conflict { what: "x".into() }.into()), 409);
        assert_eq!(status(TextError::Blank.into()), 422);
        assert_eq!(status(ApiError::Unexpected), 500);
        let overload = ApiError::App(AppError::Overloaded).into_response();
        assert_eq!((overload.status().as_u16(), overload.headers().contains_key("retry-after")), (503, true));
        let locked = ApiError::SignIn(SignInError::Locked { seconds: 30 }).into_response();
        assert_eq!((locked.status().as_u16(), locked.headers()["retry-after"].as_bytes()), (429, b"30".as_slice()));
        let limit = ApiError::App(AppError::Spent).parts();
        for (status, code) in [(StatusCode::SERVICE_UNAVAILABLE, "overloaded"), (limit.0, limit.1)] {
            let text = body(status, code, "later").to_string();
            assert!(["911", "1-800-222-1222", "988"].iter().all(|n| text.contains(n)), "{text}");
        }
        assert!(!body(StatusCode::NOT_FOUND, "not_found", "no").to_string().contains("911"));
    }
}
