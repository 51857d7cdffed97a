//! The customer's side: open a conversation, say something, read on, ask for a person, rate, leave.
//! What is answered is decided in `turn`; here it is only carried.

use super::auth::{self, Asker};
use super::body::Body;
use super::error::ApiError;
use super::{Web, cookies, sse, wire};
use crate::app::{AppError, History, TurnRequest, Verdict, Wish};
use crate::credentials::capability;
use crate::domain::ids::{ConversationId, MessageId};
use crate::domain::lang::Lang;
use crate::domain::text::UserText;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// Body of `POST /conversations`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenBody {
    locale: Option<String>,
}

/// Who the server takes the visitor for.
pub async fn session(State(web): State<Web>, asker: Asker) -> Json<Value> {
    let name = super::demo::name_of(&web.app.config, &asker.visitor);
    Json(json!({"level": asker.visitor.level_code(), "name": name, "site": web.app.config.site}))
}

/// Opens a conversation; a visitor without any proof gets the capability that holds it.
///
/// # Errors
/// As [`ApiError`].
pub async fn open(State(web): State<Web>, asker: Asker, Body(body): Body<OpenBody>) -> Result<Response, ApiError> {
    let lang =
        body.locale.map(|l| l.parse::<Lang>().map_err(|e| ApiError::Invalid(format!("locale: {e}")))).transpose()?;
    let config = &web.app.config;
    let (key, cookie) = match asker.key {
        Some(key) => (key, None),
        None => {
            let capability = capability();
            (
                auth::capability_key(&capability),
                cookies::visitor(config, cookies::VISITOR, &capability, auth::VISITOR_SECONDS),
            )
        }
    };
    let id = web.app.open(&asker.visitor, &key, &config.site, lang).await?;
    let greeting = [web.app.greeting(lang.unwrap_or_default())];
    let body = Json(json!({"id": id, "messages": wire::messages(&greeting)}));
    let cookie = AppendHeaders(cookie.map(|c| (header::SET_COOKIE, c)));
    Ok((StatusCode::CREATED, cookie, body).into_response())
}

/// Body of `POST …/messages`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SayBody {
    id: String,
    text: String,
}

/// One turn: stages while it runs, then what was released.
///
/// # Errors
/// As [`ApiError`]; a text that is blank or too long is 422.
pub async fn say(
    State(web): State<Web>,
    asker: Asker,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(body): Body<SayBody>,
) -> Result<Response, ApiError> {
    let text = UserText::parse(&body.text)?;
    let Some(key) = asker.key.clone() else {
        // Who has no conversation gets none, but an emergency is answered all the same.
        let aid = web.app.aid(&text).ok_or(ApiError::NotFound)?;
        return Ok(Json(json!({"messages": wire::messages(&[aid])})).into_response());
    };
    let message = message_id(body.id)?;
    let conversation = ConversationId(id);
    let turn = TurnRequest {
        visitor: asker.visitor.clone(),
        key: key.clone(),
        conversation: conversation.clone(),
        message,
        text: body.text,
        received: web.app.clock().now(),
    };
    let (tell, mut stages) = sse::stages();
    let app = web.app.clone();
    // A task of its own: the turn runs to its end even when the customer's connection does not.
    let task = tokio::spawn(async move { app.turn(turn, &tell).await });
    let wants_stream =
        headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/event-stream"));
    let first = if wants_stream { stages.recv().await } else { None };
    if first.is_some() {
        return Ok(sse::running(first, stages, task));
    }
    drop(stages);
    let released = task.await.map_err(|_| ApiError::Unexpected)??.messages;
    if wants_stream {
        return Ok(sse::finished(released));
    }
    Ok(Json(json!({"messages": wire::messages(&released)})).into_response())
}

fn message_id(id: String) -> Result<MessageId, ApiError> {
    let parsed = uuid::Uuid::parse_str(&id)
        .map_err(|_| ApiError::Invalid("id: choose a UUID and repeat it on retries".into()))?;
    Ok(MessageId(parsed.to_string()))
}

/// Query of `GET …/messages`.
#[derive(Deserialize)]
pub struct After {
    after: Option<String>,
}

/// Messages after a sequence number, and who owns the chat; without a number all of them, the greeting first.
///
/// # Errors
/// As [`ApiError`].
pub async fn history(
    State(web): State<Web>,
    asker: Asker,
    Path(id): Path<String>,
    Query(query): Query<After>,
) -> Result<Json<Value>, ApiError> {
    let after = query.after.map(|a| a.parse()).transpose();
    let after = after.map_err(|_| ApiError::Invalid("after: expected a sequence number".into()))?;
    let History { messages, owner, waiting, ended } =
        web.app.history(&asker.visitor, asker.key()?, &ConversationId(id), after).await?;
    Ok(Json(json!({"messages": wire::messages(&messages), "owner": owner, "waiting": waiting, "ended": ended})))
}

/// The customer is writing.
///
/// # Errors
/// As [`ApiError`].
pub async fn typing(State(web): State<Web>, asker: Asker, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    web.app.typing(asker.key()?, &ConversationId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The calls that can be booked.
///
/// # Errors
/// As [`ApiError`].
pub async fn calls(State(web): State<Web>, asker: Asker, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let calls = web.app.calls(&asker.visitor, asker.key()?, &ConversationId(id)).await?;
    Ok(Json(json!(calls)))
}

/// Body of `POST …/callback`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallBody {
    id: String,
    from: Timestamp,
    number: Option<String>,
    #[serde(default)]
    leave_message: bool,
}

/// Books a call.
///
/// # Errors
/// As [`ApiError`]; 422 for a window that was not offered or without a number, 409 when a person is in the chat.
pub async fn book_call(
    State(web): State<Web>,
    asker: Asker,
    Path(id): Path<String>,
    Body(body): Body<CallBody>,
) -> Result<Json<Value>, ApiError> {
    let request = message_id(body.id)?;
    let number = body.number.filter(|n| !n.trim().is_empty());
    let wish = Wish { from: body.from, number, leave_message: body.leave_message };
    let key = asker.key()?;
    let said = web.app.book_call(&asker.visitor, key, &ConversationId(id), &wish, request.as_str()).await?;
    Ok(Json(json!({"messages": wire::messages(&said)})))
}

/// Body of `POST …/human`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HumanBody {
    id: String,
}

/// Asks for a person.
///
/// # Errors
/// As [`ApiError`].
pub async fn human(
    State(web): State<Web>,
    asker: Asker,
    Path(id): Path<String>,
    Body(body): Body<HumanBody>,
) -> Result<Json<Value>, ApiError> {
    let request = message_id(body.id)?;
    let released = web.app.ask_human(&asker.visitor, asker.key()?, &ConversationId(id), request.as_str()).await?;
    Ok(Json(json!({"messages": wire::messages(&released)})))
}

/// Body of `POST …/feedback`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedbackBody {
    seq: i64,
    verdict: Verdict,
    note: Option<String>,
}

/// Rates one message.
///
/// # Errors
/// As [`ApiError`].
pub async fn feedback(
    State(web): State<Web>,
    asker: Asker,
    Path(id): Path<String>,
    Body(body): Body<FeedbackBody>,
) -> Result<StatusCode, ApiError> {
    let note = match body.note {
        Some(note) => Some(UserText::parse(&note)?.as_str().to_owned()),
        None => None,
    };
    web.app.feedback(asker.key()?, &ConversationId(id), body.seq, body.verdict, note).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the visitor's hold on their conversations, their token, and the cookies, on both sides.
///
/// # Errors
/// As [`ApiError`]; the cookies are cleared only when the server's side is.
pub async fn logout(State(web): State<Web>, headers: HeaderMap, asker: Asker) -> Result<Response, ApiError> {
    let held = cookies::read(&headers, cookies::VISITOR).map(auth::capability_key);
    for key in [asker.key, held].into_iter().flatten() {
        match web.app.logout(&key).await {
            Ok(()) | Err(AppError::NotFound) => {}
            Err(e) => return Err(e.into()),
        }
    }
    for token in auth::tokens(&headers, &web.app)? {
        web.app.end_token(token).await?;
    }
    let clear = |name| cookies::visitor(&web.app.config, name, "", 0).map(|c| (header::SET_COOKIE, c));
    let cleared = AppendHeaders([cookies::VISITOR, cookies::DEMO].into_iter().filter_map(clear).collect::<Vec<_>>());
    Ok((StatusCode::NO_CONTENT, cleared).into_response())
}
