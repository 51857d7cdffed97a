//! The shop of the sample pharmacy, on an origin of its own: its page embeds the chat, and its server signs its customers' tokens, as
//! `docs/embedding.md` tells a pharmacy's site to. Part of `demo`, for loopback peers only. Nothing of the chat happens here.

use super::body::Body;
use super::error::{self, ApiError};
use super::{assets, auth, cookies, demo};
use crate::app::{App, DemoConfig, DemoPerson};
use crate::credentials::capability;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The shop's own session.
const SESSION: &str = "shop_session";
/// It lasts this long, in seconds.
const SESSION_SECONDS: i64 = 3600;
/// More are never needed by one person at one machine.
const MOST_SESSIONS: usize = 100;

/// What the shop knows: where it is, where the chat is, and who signed in.
struct Shop {
    app: Arc<App>,
    origin: String,
    chat: String,
    sessions: Mutex<HashMap<String, (String, Timestamp)>>,
}

/// The shop at `origin`, which embeds the chat of the origin `chat`. Serve it with peers' addresses, as the application itself.
pub fn router(app: Arc<App>, origin: String, chat: String) -> Router {
    let shop = Arc::new(Shop { app, origin, chat, sessions: Mutex::default() });
    Router::new()
        .route("/", get(page))
        .route("/assets/{name}", get(assets::file))
        .route("/me", get(me))
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/chat-token", post(token))
        .fallback(error::not_found)
        .layer(from_fn(auth::same_origin))
        .layer(from_fn_with_state(Arc::clone(&shop), fence))
        .with_state(shop)
}

impl Shop {
    fn demo(&self) -> Result<&DemoConfig, ApiError> {
        self.app.config.demo.as_ref().ok_or(ApiError::NotFound)
    }

    /// The person behind the shop's session, and since when.
    fn customer(&self, headers: &HeaderMap) -> Option<(DemoPerson, Timestamp)> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, since) = sessions.get(cookies::read(headers, SESSION)?)?.clone();
        drop(sessions);
        let fresh = self.app.clock().now().as_second() - since.as_second() <= SESSION_SECONDS;
        demo::person(self.demo().ok()?, &name).filter(|_| fresh).map(|p| (p.clone(), since))
    }

    fn open(&self, name: String) -> String {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MOST_SESSIONS {
            sessions.clear();
        }
        let session = capability();
        sessions.insert(session.clone(), (name, self.app.clock().now()));
        session
    }

    /// What the page may load: its own files, the loader, and the chat's frame.
    fn policy(&self) -> String {
        format!(
            "default-src 'none'; script-src 'self' {0}; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src {0}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            self.chat
        )
    }
}

/// Loopback peers only, under the shop's own name, with headers on every answer.
async fn fence(State(shop): State<Arc<Shop>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let mut response = if !demo::loopback_peer(request.extensions()) {
        ApiError::NotFound.into_response()
    } else if shop.origin.strip_prefix("http://") == Some(host) {
        next.run(request).await
    } else {
        Redirect::to(&shop.origin).into_response()
    };
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    let policy = HeaderValue::from_str(&shop.policy()).unwrap_or(nothing);
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    response.headers_mut().extend(fixed);
    response
}

async fn page(State(shop): State<Arc<Shop>>) -> Result<Response, ApiError> {
    let config = &shop.app.config;
    let phone = shop.app.phone("RX_PHONE");
    let values =
        [("CHAT", shop.chat.as_str()), ("SITE", &config.site), ("PHARMACY", &config.pharmacy), ("RX_PHONE", &phone)];
    assets::filled("shop.html", &values, shop.app.signed())
}

async fn me(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    let people: Vec<Value> = shop.demo()?.people.iter().map(|p| json!({"name": p.name, "note": p.note})).collect();
    let name = shop.customer(&headers).map(|(person, _)| person.name);
    Ok(Json(json!({"people": people, "signed_in": name})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    name: String,
}

async fn sign_in(State(shop): State<Arc<Shop>>, Body(body): Body<SignIn>) -> Result<Response, ApiError> {
    let person = demo::person(shop.demo()?, &body.name).ok_or(ApiError::NotFound)?;
    let session = shop.open(person.name.clone());
    let cookie = cookies::line(SESSION, &session, SESSION_SECONDS, "SameSite=Strict").ok_or(ApiError::Unexpected)?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])).into_response())
}

async fn sign_out(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    if let Some(session) = cookies::read(&headers, SESSION) {
        shop.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(session);
    }
    let cleared = cookies::line(SESSION, "", 0, "SameSite=Strict").map(|c| (header::SET_COOKIE, c));
    (StatusCode::NO_CONTENT, AppendHeaders(cleared)).into_response()
}

/// The token for the chat, of whoever is signed in to the shop; nobody names whom it is for.
async fn token(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    let (person, since) = shop.customer(&headers).ok_or(ApiError::Unauthorized)?;
    let mut claims = demo::claims_of(&shop.app.config, &person);
    if let Some(map) = claims.as_object_mut() {
        map.insert("auth_time".into(), since.as_second().into());
    }
    let token = demo::signed(shop.demo()?, claims, shop.app.clock().now()).ok_or(ApiError::Unexpected)?;
    Ok(Json(json!({"token": token})))
}
