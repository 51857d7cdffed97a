//! The OpenAI-compatible endpoint for a site's server: `POST /v1/chat/completions`, `GET /v1/models`. The same turn as behind the
//! chat; what is different is here: who calls (`caller`), what is asked (`request`), how it is answered (`answer`, `stream`) and
//! how errors look (`error`).

mod answer;
mod caller;
pub mod error;
mod request;
mod stream;

use super::body::Body;
use super::error::ApiError;
use super::{Web, sse};
use crate::app::{AppError, Passed, Place};
use crate::domain::ids::ConversationId;
use crate::domain::text::UserText;
use answer::Reply;
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use caller::Caller;
use request::Asked;
use serde_json::{Map, Value, json};

/// The one model.
pub const MODEL: &str = "apothecary";
/// Largest body, for clients send the whole history with each message.
const MAX_HISTORY: usize = 1 << 20;
/// Carries a customer's token.
pub const CUSTOMER: &str = "apothecary-customer";
/// Names the stored conversation that a request goes on with; also in the answer.
pub const CONVERSATION: &str = "apothecary-conversation";

/// Method, path and handler of each endpoint.
pub(super) fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Web>)> {
    vec![
        ("post", "/v1/chat/completions", post(complete).layer(DefaultBodyLimit::max(MAX_HISTORY))),
        ("get", "/v1/models", get(models)),
        ("get", "/v1/models/{id}", get(model)),
    ]
}

/// The models: one.
pub async fn models(_: Caller) -> Json<Value> {
    Json(json!({ "object": "list", "data": [described()] }))
}

/// One model.
///
/// # Errors
/// 404 `model_not_found`.
pub async fn model(_: Caller, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    if id == MODEL { Ok(Json(described())) } else { Err(error::no_model(&id)) }
}

fn described() -> Value {
    json!({ "id": MODEL, "object": "model", "created": 0, "owned_by": MODEL })
}

/// One turn, answered whole or as a stream. No word is sent before the whole answer was released.
///
/// # Errors
/// As [`ApiError`], in OpenAI's form; after the first byte of a stream as an event of it.
pub async fn complete(
    State(web): State<Web>,
    caller: Caller,
    Body(body): Body<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let asked = request::read(&body)?;
    let (passed, place) = placed(&web, &caller, &asked).await?;
    let conversation = place.conversation.clone();
    let mut reply = Reply::new(&conversation, web.app.clock().now(), web.app.tokens(&asked.texts()));
    let (tell, mut stages) = sse::stages();
    let app = web.app.clone();
    // A task of its own: the turn runs to its end even when the connection does not.
    let task = tokio::spawn(async move { app.answer(passed, place, &tell).await });
    let first = if asked.stream { stages.recv().await } else { None };
    if first.is_some() {
        let running = stream::Running { first, stages, task };
        return Ok(named(stream::running(web, reply, asked.include_usage, running), &conversation));
    }
    drop(stages);
    let answered = task.await.map_err(|_| ApiError::Unexpected)??;
    reply.fill(&web.app, &answered);
    let response = if asked.stream {
        stream::finished(&reply, asked.include_usage)
    } else {
        Json(reply.completion()).into_response()
    };
    Ok(named(response, &conversation))
}

/// Where the message belongs. An emergency in a conversation that is not theirs, or has ended, is one in a new conversation.
async fn placed(web: &Web, caller: &Caller, asked: &Asked) -> Result<(Passed, Place), ApiError> {
    let urgent = UserText::parse(&asked.text).is_ok_and(|t| web.app.aid(&t).is_some());
    let passed = caller.passed(caller.conversation.as_ref(), asked);
    match web.app.place(&passed).await {
        Ok(place) => Ok((passed, place)),
        Err(AppError::NotFound | AppError::Ended) if urgent => {
            let passed = caller.passed(None, asked);
            let place = web.app.place(&passed).await?;
            Ok((passed, place))
        }
        Err(AppError::NotFound) => Err(error::no_conversation()),
        Err(e) => Err(e.into()),
    }
}

/// Names the conversation in a header: clients keep headers that drop unknown keys of a body.
fn named(mut response: Response, conversation: &ConversationId) -> Response {
    if let Ok(id) = HeaderValue::from_str(conversation.as_str()) {
        response.headers_mut().insert(HeaderName::from_static(CONVERSATION), id);
    }
    response
}
