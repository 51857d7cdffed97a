//! A chat-completions server on loopback that says what a scenario wrote: the real drafter calls it like any other.

use crate::failure::Failure;
use apothecary::draft::openai::ModelSettings;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The server's script; it lives as long as the process.
#[derive(Clone, Debug, Default)]
pub struct Script(Arc<Mutex<VecDeque<String>>>);

impl Script {
    /// Starts the server on a free port.
    ///
    /// # Errors
    /// When no port of the loopback can be had.
    pub async fn start() -> Result<(Self, ModelSettings), Failure> {
        let script = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(Failure::internal)?;
        let address = listener.local_addr().map_err(Failure::internal)?;
        let routes = Router::new().route("/v1/chat/completions", post(answer)).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let settings = ModelSettings {
            base_url: format!("http://{address}/v1"),
            api_key: None,
            model: "scripted".into(),
            timeout: Duration::from_secs(30),
        };
        Ok((script, settings))
    }
    /// What comes next: one text a call, the last repeats.
    pub fn set(&self, texts: Vec<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = texts.into();
    }
    fn next(&self) -> Option<String> {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() > 1 { texts.pop_front() } else { texts.front().cloned() }
    }
}

async fn answer(State(script): State<Script>) -> (StatusCode, Json<Value>) {
    match script.next() {
        Some(text) => {
            (StatusCode::OK, Json(json!({ "choices": [{ "message": { "role": "assistant", "content": text } }] })))
        }
        None => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": { "message": "nothing scripted" } }))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_text_repeats() {
        let script = Script::default();
        assert_eq!(script.next(), None);
        script.set(vec!["a".into(), "b".into()]);
        assert_eq!([script.next(), script.next(), script.next()].map(Option::unwrap), ["a", "b", "b"]);
    }
}
