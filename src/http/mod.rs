//! The router on one screen: who may call what. Handlers live in `chat`, `passages`, `openai`, `feed`, `console`, `webhooks`, `ops`, `demo`,
//! `shop` and `assets`; who is asking in `auth`; the only map from errors to HTTP in `error`. Nothing here decides what is said.

pub mod assets;
pub mod auth;
pub mod body;
pub mod chat;
pub mod console;
pub mod cookies;
pub mod demo;
pub mod error;
pub mod feed;
pub mod headers;
pub mod openai;
pub mod openapi;
pub mod ops;
pub mod passages;
pub mod shop;
pub mod sse;
pub mod webhooks;
pub mod wire;

use crate::app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};
use console::acts;
use std::sync::Arc;

/// The largest request body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// What every handler sees.
#[derive(Clone)]
pub struct Web {
    /// The layers below.
    pub app: Arc<App>,
    /// One-time codes of the demo's sign-in.
    pub codes: Arc<demo::Codes>,
}

/// Method, path and handler of each endpoint that `openapi` describes; a test holds both lists together.
fn api() -> Vec<(&'static str, &'static str, MethodRouter<Web>)> {
    let mut all = vec![
        ("get", "/api/v1/session", get(chat::session)),
        ("post", "/api/v1/logout", post(chat::logout)),
        ("post", "/api/v1/conversations", post(chat::open)),
        ("post", "/api/v1/conversations/{id}/messages", post(chat::say)),
        ("get", "/api/v1/conversations/{id}/messages", get(chat::history)),
        ("post", "/api/v1/conversations/{id}/human", post(chat::human)),
        ("post", "/api/v1/conversations/{id}/typing", post(chat::typing)),
        ("get", "/api/v1/conversations/{id}/callback", get(chat::calls)),
        ("post", "/api/v1/conversations/{id}/callback", post(chat::book_call)),
        ("post", "/api/v1/conversations/{id}/feedback", post(chat::feedback)),
        ("get", "/api/v1/passages/{page}/{version}/{language}/{section}/{digest}", get(passages::passage)),
        ("get", "/api/v1/console/me", get(console::me)),
        ("post", "/api/v1/console/session", post(console::trade)),
        ("get", "/api/v1/console/dispositions", get(console::dispositions)),
        ("get", "/api/v1/console/replies", get(console::replies)),
        ("get", "/api/v1/console/colleagues", get(console::colleagues)),
        ("get", "/api/v1/console/overview", get(console::overview)),
        ("get", "/api/v1/console/events", get(console::events::events)),
        ("get", "/api/v1/console/modes", get(console::modes::show)),
        ("post", "/api/v1/console/pause", post(console::modes::pause)),
        ("post", "/api/v1/console/resume", post(console::modes::resume)),
        ("get", "/api/v1/console/tickets", get(console::queue)),
        ("post", "/api/v1/console/search", post(console::search)),
        ("post", "/api/v1/console/pages", post(console::pages)),
        ("get", "/api/v1/console/tickets/{id}", get(console::ticket)),
        ("post", "/api/v1/console/tickets/{id}/claim", post(acts::claim)),
        ("post", "/api/v1/console/tickets/{id}/take-over", post(acts::take_over)),
        ("post", "/api/v1/console/tickets/{id}/renew", post(acts::renew)),
        ("post", "/api/v1/console/tickets/{id}/release", post(acts::release)),
        ("post", "/api/v1/console/tickets/{id}/note", post(acts::note)),
        ("post", "/api/v1/console/tickets/{id}/transfer", post(acts::transfer)),
        ("post", "/api/v1/console/tickets/{id}/park", post(acts::park)),
        ("post", "/api/v1/console/tickets/{id}/callback", post(acts::callback)),
        ("post", "/api/v1/console/tickets/{id}/attempt", post(acts::attempt)),
        ("post", "/api/v1/console/tickets/{id}/merge", post(acts::merge)),
        ("post", "/api/v1/console/tickets/{id}/relabel", post(acts::relabel)),
        ("post", "/api/v1/console/tickets/{id}/reply", post(acts::reply)),
        ("post", "/api/v1/console/tickets/{id}/resolve", post(acts::resolve)),
        ("get", "/livez", get(ops::livez)),
        ("get", "/readyz", get(ops::readyz)),
        ("get", "/openapi.json", get(openapi::serve)),
    ];
    all.extend(console::sign_in::routes());
    all.extend(webhooks::routes());
    all.extend(openai::routes());
    all.extend(feed::routes());
    all
}

/// Pages and scripts for people.
fn pages() -> Router<Web> {
    Router::new()
        .route("/", get(assets::home))
        .route("/chat", get(assets::chat))
        .route("/console", get(assets::console))
        .route("/widget/{name}", get(assets::widget))
        .route("/assets/{name}", get(assets::file))
        .route("/demo", get(demo::page))
        .route("/demo/people", get(demo::people))
        .route("/demo/as/{name}", get(demo::as_person))
        .route("/demo/pharmacist", get(demo::as_pharmacist))
        .route("/demo/staff/{name}", get(demo::as_staff))
        .route("/demo/session", get(demo::redeem))
        .route("/demo/leave", get(demo::leave))
}

/// The whole application. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: the demo's sign-in
/// works for loopback peers only and refuses everybody when the peer is unknown.
pub fn router(app: Arc<App>) -> Router {
    let web = Web { app, codes: Arc::default() };
    api()
        .into_iter()
        .fold(pages(), |router, (_, path, handler)| router.route(path, handler))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(web.clone(), demo::renew))
        .layer(from_fn(auth::same_origin))
        .layer(from_fn(ops::contain))
        .layer(from_fn(openai::error::shape))
        .layer(from_fn_with_state(web.clone(), headers::secure))
        .layer(from_fn(ops::measure))
        .with_state(web)
}
