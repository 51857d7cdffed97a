//! The OpenAI-compatible endpoint over HTTP: answers and streams, who may go on with what, errors, and clients that others wrote.

mod clients;
mod errors;
mod history;
mod owners;
mod turn;

use crate::support::{SITE_KEYS, Site, customer};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

/// A site's server with one of its keys, for a customer or for nobody known.
pub struct Client {
    pub site: Site,
    pub key: &'static str,
    pub customer: Option<String>,
    /// The conversation that it names.
    pub conversation: Option<String>,
}

impl Client {
    pub fn anonymous(site: &Site) -> Self {
        Self { site: site.clone(), key: SITE_KEYS[0], customer: None, conversation: None }
    }
    pub fn of(site: &Site, patient: &str) -> Self {
        Self { customer: Some(customer(patient, None)), ..Self::anonymous(site) }
    }
    pub fn in_conversation(self, id: &str) -> Self {
        Self { conversation: Some(id.to_owned()), ..self }
    }

    pub async fn post(&self, body: &Value) -> Response {
        let bearer = format!("Bearer {}", self.key);
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(self.customer.as_deref().map(|token| ("apothecary-customer", token)));
        headers.extend(self.conversation.as_deref().map(|id| ("apothecary-conversation", id)));
        self.site.post("/v1/chat/completions", body.to_string(), &headers).await
    }

    /// Says texts of the customer, the last of them to be answered.
    pub async fn say(&self, texts: &[&str]) -> Completion {
        let answer = self.post(&request(texts)).await;
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        let header = answer.headers()["apothecary-conversation"].to_str().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["pharmacy"]["conversation"], header.as_str());
        Completion(body)
    }

    /// Status and body of a refusal.
    pub async fn refused(&self, texts: &[&str]) -> (StatusCode, Value) {
        let answer = self.post(&request(texts)).await;
        (answer.status(), answer.json().await.unwrap())
    }
}

/// A body in which an assistant's line stands between two texts, as clients send them.
pub fn request(texts: &[&str]) -> Value {
    let user = |text: &&str| json!({"role": "user", "content": text});
    let mut messages: Vec<Value> = Vec::new();
    for text in texts {
        if !messages.is_empty() {
            messages.push(json!({"role": "assistant", "content": "Something that we said."}));
        }
        messages.push(user(text));
    }
    json!({"model": "apothecary", "messages": messages})
}

/// An answer.
pub struct Completion(pub Value);

impl Completion {
    pub fn text(&self) -> &str {
        self.0["choices"][0]["message"]["content"].as_str().unwrap()
    }
    pub fn of_pharmacy(&self, name: &str) -> &Value {
        &self.0["pharmacy"][name]
    }
    pub fn conversation(&self) -> &str {
        self.of_pharmacy("conversation").as_str().unwrap()
    }
}

/// The chunks of a stream without comments, and its comments.
pub async fn stream(answer: Response) -> (Vec<Value>, Vec<String>) {
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let text = answer.text().await.unwrap();
    let data: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("data: ")).collect();
    assert_eq!(data.last(), Some(&"[DONE]"), "{text}");
    let chunks = data[..data.len() - 1].iter().map(|d| serde_json::from_str(d).unwrap()).collect();
    (chunks, text.lines().filter(|l| l.starts_with(':')).map(ToOwned::to_owned).collect())
}
