//! A drafter that asks an OpenAI-compatible chat-completions server: vetted context only, names and numbers replaced by tokens,
//! one retry, a circuit breaker. Its text is untrusted like any draft.

use crate::domain::lang::Lang;
use crate::guard::context::Vetted;
use crate::guard::output::{Draft, Drafter};
use crate::wording::Wording;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Failures in a row after which the breaker opens.
const FAILURES: u32 = 3;
/// How long it stays open.
const OPEN: Duration = Duration::from_secs(30);
/// A longer answer is cut off by the server; the output guard refuses it anyway.
const MAX_TOKENS: u32 = 400;
/// Bytes of an answer that are read at most.
const MAX_BODY: usize = 256 * 1024;

/// Why there is no draft from the model; the fact and page drafters answer instead.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Too many failures; not asked.
    #[error("the language model failed repeatedly and is not asked for a while")]
    Open,
    /// No answer in time, or no connection.
    #[error("the language model could not be reached: {0}")]
    Network(String),
    /// It says that the context does not answer, as the prompt wants it to.
    #[error("the language model found no answer in the context")]
    Declined,
    /// An answer that holds no text.
    #[error("the language model answered with status {0} and no usable text")]
    NoText(u16),
}

/// How the server is asked. `CONVENTIONS`, "Language model settings".
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// Such as `http://127.0.0.1:8080/v1`.
    pub base_url: String,
    /// Bearer key.
    pub api_key: Option<SecretString>,
    /// Model name.
    pub model: String,
    /// Time for one call.
    pub timeout: Duration,
}

/// The client with its breaker.
#[derive(Debug)]
pub struct Model {
    settings: ModelSettings,
    client: reqwest::Client,
    failures: AtomicU32,
    opened: AtomicU64,
    started: Instant,
    prompt: String,
}

impl Model {
    /// `prompt` is `guardrails/prompts/answer.md`.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(settings: ModelSettings, prompt: String) -> Result<Self, ModelError> {
        let client = reqwest::Client::builder()
            .timeout(settings.timeout)
            .redirect(reqwest::redirect::Policy::none())
            // What a proxy of the environment reads was agreed with nobody.
            .no_proxy()
            .build()
            .map_err(|e| ModelError::Network(e.to_string()))?;
        Ok(Self {
            settings,
            client,
            failures: AtomicU32::new(0),
            opened: AtomicU64::new(0),
            started: Instant::now(),
            prompt,
        })
    }

    /// Asks for a draft; `repair` names the rules that the last draft broke. One retry on network failure.
    ///
    /// # Errors
    /// [`ModelError`]; the caller falls back.
    pub async fn draft(&self, vetted: &Vetted, wording: &Wording, repair: &[String]) -> Result<Draft, ModelError> {
        if self.is_open() {
            return Err(ModelError::Open);
        }
        let body = self.request(vetted, wording, repair);
        let mut answer = self.call(&body).await;
        if matches!(answer, Err(ModelError::Network(_))) {
            answer = self.call(&body).await;
        }
        self.note(answer.is_ok());
        let text = vetted.tokens().show(&answer?);
        if declines(&text) {
            return Err(ModelError::Declined);
        }
        let cites = vetted.passages().first().map(|p| p.meta.id.0.clone());
        let facts = vetted.facts().iter().map(|f| f.fact.source());
        Ok(Draft::new(Drafter::Model, vec![(text, cites.into_iter().chain(facts).collect())]))
    }

    /// What leaves the process: the rules, the question and the vetted lines, all tokenised.
    #[must_use]
    pub fn request(&self, vetted: &Vetted, wording: &Wording, repair: &[String]) -> serde_json::Value {
        let frame = vetted.frame();
        let pages = vetted.passages().iter().map(|p| json!({"id": p.meta.id, "title": p.meta.title, "text": p.text()}));
        let facts = vetted.facts().iter().map(|f| {
            let words = wording.tell(&f.fact, f.old.then_some(f.confirmed_at), frame.lang, (frame.now, &frame.zone));
            json!({"id": vetted.tokens().hide(&f.fact.source()), "text": vetted.tokens().hide(&words.all())})
        });
        let context: Vec<_> = pages.chain(facts).collect();
        let question = crate::classify::phi::redact(&vetted.tokens().hide(vetted.screened().text().as_str()));
        let user = json!({
            "language": if frame.lang == Lang::Es { "Spanish" } else { "English" },
            "context": context,
            "question": question,
            "rules_broken_by_your_last_draft": repair,
        });
        json!({
            "model": self.settings.model,
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "messages": [{"role": "system", "content": self.prompt}, {"role": "user", "content": user.to_string()}],
        })
    }

    async fn call(&self, body: &serde_json::Value) -> Result<String, ModelError> {
        let url = format!("{}/chat/completions", self.settings.base_url.trim_end_matches('/'));
        let mut request = self.client.post(url).json(body);
        if let Some(key) = &self.settings.api_key {
            request = request.bearer_auth(key.expose_secret());
        }
        let response = request.send().await.map_err(|e| ModelError::Network(e.without_url().to_string()))?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.map_err(|e| ModelError::Network(e.without_url().to_string()))?;
        text_of(bytes.get(..MAX_BODY.min(bytes.len())).unwrap_or_default())
            .filter(|_| status < 300)
            .ok_or(ModelError::NoText(status))
    }

    fn is_open(&self) -> bool {
        let since = self.started.elapsed().as_millis() as u64;
        let opened = self.opened.load(Ordering::Relaxed);
        opened > 0 && since.saturating_sub(opened) < OPEN.as_millis() as u64
    }

    fn note(&self, ok: bool) {
        if ok {
            self.failures.store(0, Ordering::Relaxed);
            self.opened.store(0, Ordering::Relaxed);
        } else if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES {
            self.opened.store((self.started.elapsed().as_millis() as u64).max(1), Ordering::Relaxed);
        }
    }
}

/// The words by which the prompt lets the model decline.
#[must_use]
pub fn declines(text: &str) -> bool {
    let said: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    said.eq_ignore_ascii_case("Idontknow")
}

/// The first choice's text; tolerates null choices, missing usage and error bodies.
fn text_of(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Answer {
        choices: Option<Vec<Choice>>,
    }
    #[derive(Deserialize)]
    struct Choice {
        message: Option<Message>,
    }
    #[derive(Deserialize)]
    struct Message {
        content: Option<String>,
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let text = answer.choices?.into_iter().next()?.message?.content?;
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declining_is_exact() {
        assert!(declines("I don't know.") && declines("I don’t know"));
        assert!(!declines("I don't know, but you can take two."));
    }

    #[test]
    fn odd_answers_yield_no_text_and_no_panic() {
        assert_eq!(text_of(br#"{"choices":[{"message":{"content":"Hi."}}]}"#).as_deref(), Some("Hi."));
        for odd in [&br#"{"choices":null}"#[..], br#"{"error":{"message":"x"}}"#, b"", b"<html>", br#"{"choices":[]}"#]
        {
            assert!(text_of(odd).is_none());
        }
    }
}
