//! A chat-completions server on loopback that says what a script wants: the real drafter calls it like any other.

use crate::failure::Failure;
use apothecary::draft::openai::ModelSettings;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the server answers to one call.
#[derive(Clone, Debug)]
pub enum Said {
    /// A well-formed answer with this text.
    Text(String),
    /// These bytes in the place of the answer, with status 200.
    Bytes(Vec<u8>),
    /// This status and body.
    Status(u16, String),
    /// A beginning, and then nothing for ever.
    Stall,
}

type Next = Box<dyn FnMut(&Value) -> Said + Send>;

/// The server's script; it lives as long as the process.
#[derive(Clone)]
pub struct Script(Arc<Mutex<Next>>);

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    /// Starts the server on a free port; `timeout` is how long the drafter waits for it.
    ///
    /// # Errors
    /// When no port of the loopback can be had.
    pub async fn start(timeout: Duration) -> Result<(Self, ModelSettings), Failure> {
        let script = Self(Arc::new(Mutex::new(Box::new(|_| nothing()))));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(Failure::internal)?;
        let address = listener.local_addr().map_err(Failure::internal)?;
        let routes = Router::new().route("/v1/chat/completions", post(answer)).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let settings = ModelSettings {
            base_url: format!("http://{address}/v1"),
            api_key: None,
            model: "scripted".into(),
            timeout,
        };
        Ok((script, settings))
    }
    /// What comes next: one text a call, the last repeats.
    pub fn set(&self, texts: Vec<String>) {
        let mut texts: VecDeque<String> = texts.into();
        self.play(move |_| {
            let text = if texts.len() > 1 { texts.pop_front() } else { texts.front().cloned() };
            text.map_or_else(nothing, Said::Text)
        });
    }
    /// What comes next: whatever this says of each request's body.
    pub fn play(&self, next: impl FnMut(&Value) -> Said + Send + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(next);
    }
    fn next(&self, request: &Value) -> Said {
        (self.0.lock().unwrap_or_else(PoisonError::into_inner))(request)
    }
}

fn nothing() -> Said {
    Said::Status(500, json!({ "error": { "message": "nothing scripted" } }).to_string())
}

async fn answer(State(script): State<Script>, body: Bytes) -> Response {
    let request = serde_json::from_slice(&body).unwrap_or(Value::Null);
    match script.next(&request) {
        Said::Text(text) => {
            axum::Json(json!({ "choices": [{ "message": { "role": "assistant", "content": text } }] })).into_response()
        }
        Said::Bytes(bytes) => bytes.into_response(),
        Said::Status(status, text) => {
            (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), text).into_response()
        }
        Said::Stall => {
            let begun = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{\"choices\":["))]);
            let rest = futures_util::stream::pending();
            Body::from_stream(futures_util::StreamExt::chain(begun, rest)).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_text_repeats() {
        let script = Script(Arc::new(Mutex::new(Box::new(|_| nothing()))));
        let text = |s: &Script| if let Said::Text(t) = s.next(&Value::Null) { Some(t) } else { None };
        assert_eq!(text(&script), None);
        script.set(vec!["a".into(), "b".into()]);
        assert_eq!([text(&script), text(&script), text(&script)].map(Option::unwrap), ["a", "b", "b"]);
    }
}
