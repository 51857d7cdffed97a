//! A receiver on loopback that answers as a test tells it to, and a bench that delivers without the rest of the application.

use crate::support::{Folder, watch};
use apothecary::app::{Receiver, Receivers};
use apothecary::domain::clock::{Clock, ScriptedClock};
use apothecary::domain::route::Priority;
use apothecary::escalate::delivery::Lanes;
use apothecary::escalate::recipe::Recipes;
use apothecary::escalate::webhook::Endpoint;
use apothecary::store::Store;
use apothecary::store::outbox::NewOutbox;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::routing::post;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// How an inbox answers.
#[derive(Clone)]
pub struct Manner {
    pub status: u16,
    pub header: Option<(&'static str, String)>,
    pub delay: Duration,
}

#[derive(Clone)]
pub struct Inbox {
    pub url: String,
    pub got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    manner: Arc<Mutex<Manner>>,
}

async fn take(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> (StatusCode, HeaderMap) {
    let manner = inbox.manner.lock().unwrap().clone();
    inbox.got.lock().unwrap().push((headers, body));
    tokio::time::sleep(manner.delay).await;
    let header = manner.header.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
    (StatusCode::from_u16(manner.status).unwrap(), header.into_iter().collect())
}

impl Inbox {
    /// One that accepts everything.
    pub async fn new() -> Self {
        watch();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let manner = Manner { status: 204, header: None, delay: Duration::ZERO };
        let inbox = Self { url, got: Arc::default(), manner: Arc::new(Mutex::new(manner)) };
        let router = axum::Router::new().route("/hook", post(take)).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        inbox
    }
    pub fn answers(&self, status: u16, header: Option<(&'static str, &str)>) {
        let mut manner = self.manner.lock().unwrap();
        (manner.status, manner.header) = (status, header.map(|(name, value)| (name, value.to_owned())));
    }
    pub fn takes(&self, delay: Duration) {
        self.manner.lock().unwrap().delay = delay;
    }
    pub fn endpoint(&self, name: &str) -> Endpoint {
        Endpoint::configured(name.into(), self.url.clone(), vec![SecretString::from(SECRET)], true)
    }
    /// How many requests came in.
    pub fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }
    /// The bodies that came in since the last call.
    pub fn bodies(&self) -> Vec<Value> {
        self.got.lock().unwrap().drain(..).map(|(_, body)| serde_json::from_slice(&body).unwrap()).collect()
    }
    /// The `webhook-id` of every request.
    pub fn ids(&self) -> Vec<String> {
        let got = self.got.lock().unwrap();
        got.iter().map(|(headers, _)| headers["webhook-id"].to_str().unwrap().to_owned()).collect()
    }
    /// Whether the reference verifier accepts the last request under a secret.
    pub fn verifies(&self, secret: &str) -> bool {
        let got = self.got.lock().unwrap();
        let (headers, body) = got.last().unwrap();
        standardwebhooks::Webhook::new(secret).unwrap().verify(body, headers).is_ok()
    }
}

/// A store, a clock and lanes: what delivering needs.
pub struct Bench {
    pub folder: Folder,
    pub store: Store,
    pub lanes: Lanes,
    pub clock: Arc<ScriptedClock>,
    pub recipes: Arc<Recipes>,
    start: Timestamp,
}

impl Bench {
    pub async fn new() -> Self {
        watch();
        let folder = Folder::new("bench");
        let store = Store::open(&folder.path().join("apothecary.db")).await.unwrap();
        let recipes = Arc::new(Recipes::load(&crate::support::repo("guardrails/webhooks")).unwrap());
        // Whole seconds, because HTTP dates have no others.
        let start = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        Self { folder, store, lanes: Lanes::default(), clock: Arc::new(ScriptedClock::new(start)), recipes, start }
    }
    /// Moves the clock to so many seconds after (or before) the start.
    pub fn at(&self, seconds: i64) {
        self.clock.set(self.start + SignedDuration::from_secs(seconds));
    }
    /// Moves the clock to the machine's, which other processes write by.
    pub fn catch_up(&self) {
        self.clock.set(Timestamp::now());
    }
    pub fn receivers(&self) -> Receivers<'_> {
        Receivers {
            store: &self.store,
            configured: &[],
            recipes: Arc::clone(&self.recipes),
            console: "/console",
            now: self.clock.now(),
            by: json!({ "staff": "staff-test" }),
        }
    }
    /// Adds a stored endpoint; its secret.
    pub async fn add(&self, name: &str, inbox: &Inbox) -> String {
        let new = json!({ "name": name, "url": inbox.url, "allow_internal": true });
        let new: Receiver = serde_json::from_value(new).unwrap();
        self.receivers().add(new).await.unwrap().expose_secret().to_owned()
    }
    /// Puts an urgent delivery into the outbox.
    pub async fn put(&self, id: &str, endpoint: &str) {
        let payload = json!({ "type": "escalation.created", "data": { "ticket": id, "priority": "P0" } });
        self.put_payload(id, endpoint, payload).await;
    }
    pub async fn put_payload(&self, id: &str, endpoint: &str, payload: Value) {
        let new = NewOutbox {
            id: id.into(),
            endpoint: endpoint.into(),
            event: "escalation.created".into(),
            payload,
            priority: Some(Priority::P0),
            ..NewOutbox::default()
        };
        self.store.put_outbox(&[new], self.clock.now(), None).await.unwrap();
    }
    /// Delivers what is due to these endpoints, and waits; how many arrived.
    pub async fn deliver(&self, endpoints: &[Endpoint]) -> usize {
        let lanes = self.lanes.due(&self.store, endpoints, self.clock.now()).await.unwrap();
        let runs = lanes.into_iter().map(|lane| lane.run(&self.store, &*self.clock));
        futures_util::future::join_all(runs).await.into_iter().map(Result::unwrap).sum()
    }
    /// Delivers what is due to the stored endpoints.
    pub async fn deliver_stored(&self) -> usize {
        let endpoints = self.receivers().effective().await.unwrap();
        self.deliver(&endpoints).await
    }
}
