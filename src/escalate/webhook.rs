//! Webhooks by Standard Webhooks 1.0: thin payloads from the outbox, signed, retried on a schedule, never to inside addresses.
//! A delivered webhook is not a person who saw it: the ticket's clock runs on.

use super::address::is_internal;
use crate::store::outbox::{NewOutbox, Next, OutboxRow};
use crate::store::tickets::TicketRow;
use crate::store::{Store, StoreError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// Seconds between attempts for P0 and P1, then the tail that all share.
const URGENT: [i64; 6] = [0, 1, 3, 10, 30, 60];
const TAIL: [i64; 6] = [300, 1_800, 7_200, 18_000, 36_000, 36_000];
/// One attempt may take this long.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A receiver.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Name in the outbox.
    pub name: String,
    /// Where to post.
    pub url: String,
    /// Secrets, newest first; all sign during a rotation. Base64 behind `whsec_`.
    pub secrets: Vec<SecretString>,
    /// Loopback and private addresses allowed (tests, a receiver beside us).
    pub allow_internal: bool,
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The URL is none.
    #[error("the url of webhook endpoint `{0}` is not an http(s) url")]
    Url(String),
    /// Resolved to an inside address.
    #[error("the address resolves to an inside address; set allow_internal if that is meant")]
    Internal,
    /// No connection, or no answer in time.
    #[error("no answer: {0}")]
    Network(String),
    /// Not 2xx.
    #[error("status {0}")]
    Status(u16),
    /// A secret is not `whsec_` and base64.
    #[error("a secret of endpoint `{0}` is not whsec_ followed by base64")]
    Secret(String),
}

/// The thin payload: opaque id, priority, queue; no health data, no risk class.
#[must_use]
pub fn payload(event: &str, ticket: &TicketRow, console: &str, now: Timestamp) -> Value {
    json!({
        "type": event,
        "timestamp": now.to_string(),
        "data": {
            "ticket": ticket.id,
            "priority": ticket.priority,
            "queue": ticket.queue,
            "link": format!("{console}#{}", ticket.id),
        }
    })
}

/// Outbox rows of one event, one for each endpoint; `new_id` makes webhook ids.
pub fn rows(
    endpoints: &[Endpoint],
    event: &str,
    ticket: &TicketRow,
    console: &str,
    now: Timestamp,
    mut new_id: impl FnMut() -> String,
) -> Vec<NewOutbox> {
    let row = |e: &Endpoint| NewOutbox {
        id: format!("msg_{}", new_id()),
        endpoint: e.name.clone(),
        event: event.to_owned(),
        payload: payload(event, ticket, console, now),
    };
    endpoints.iter().map(row).collect()
}

/// Outbox rows of `escalation.breached`: one for each step and endpoint; `data.step` says who is called, or `overdue`.
pub fn breach_rows(
    endpoints: &[Endpoint],
    steps: &[String],
    ticket: &TicketRow,
    console: &str,
    now: Timestamp,
    new_id: impl Fn() -> String,
) -> Vec<NewOutbox> {
    let told = |step: &String| {
        let mut told = rows(endpoints, "escalation.breached", ticket, console, now, &new_id);
        told.iter_mut().for_each(|row| row.payload["data"]["step"] = json!(step));
        told
    };
    steps.iter().flat_map(told).collect()
}

/// When the next attempt is due after `attempts` failures; `Dead` after the last.
#[must_use]
pub fn next(attempts: u32, urgent: bool, now: Timestamp) -> Next {
    let schedule: Vec<i64> =
        if urgent { URGENT.iter().chain(&TAIL).copied().collect() } else { std::iter::once(0).chain(TAIL).collect() };
    match schedule.get(attempts as usize) {
        Some(wait) => now.checked_add(SignedDuration::from_secs(*wait)).map_or(Next::Dead, Next::At),
        None => Next::Dead,
    }
}

/// `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, one for each secret.
///
/// # Errors
/// [`WebhookError::Secret`].
pub fn signature(endpoint: &Endpoint, id: &str, at: i64, body: &str) -> Result<String, WebhookError> {
    let sign = |secret: &SecretString| {
        let bytes = secret.expose_secret().strip_prefix("whsec_").and_then(|s| STANDARD.decode(s).ok());
        let key = ring::hmac::Key::new(
            ring::hmac::HMAC_SHA256,
            &bytes.ok_or_else(|| WebhookError::Secret(endpoint.name.clone()))?,
        );
        let tag = ring::hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(tag.as_ref())))
    };
    endpoint.secrets.iter().map(sign).collect::<Result<Vec<_>, _>>().map(|s| s.join(" "))
}

/// Delivers what is due, once; returns how many were delivered.
///
/// # Errors
/// When the store fails; receivers that fail are rescheduled.
pub async fn deliver_due(store: &Store, endpoints: &[Endpoint], now: Timestamp) -> Result<usize, StoreError> {
    let mut delivered = 0;
    for row in store.due_outbox(now, 32).await? {
        let Some(endpoint) = endpoints.iter().find(|e| e.name == row.endpoint) else {
            store.mark_failed(&row.id, Next::Dead, "the endpoint is no longer configured").await?;
            continue;
        };
        match deliver(endpoint, &row, now).await {
            Ok(()) => {
                store.mark_delivered(&row.id).await?;
                delivered += 1;
            }
            Err(WebhookError::Status(410)) => {
                store.mark_failed(&row.id, Next::Dead, "410: the receiver is gone").await?
            }
            Err(e) => {
                let urgent = row.payload.pointer("/data/priority").and_then(Value::as_str).is_some_and(|p| p <= "P1");
                store.mark_failed(&row.id, next(row.attempts + 1, urgent, now), &e.to_string()).await?;
            }
        }
    }
    Ok(delivered)
}

async fn deliver(endpoint: &Endpoint, row: &OutboxRow, now: Timestamp) -> Result<(), WebhookError> {
    let url = reqwest::Url::parse(&endpoint.url).map_err(|_| WebhookError::Url(endpoint.name.clone()))?;
    let (host, address) = resolve(endpoint, &url).await?;
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .resolve(&host, address)
        .build()
        .map_err(|e| WebhookError::Network(e.to_string()))?;
    let body = row.payload.to_string();
    let at = now.as_second();
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("webhook-id", &row.id)
        .header("webhook-timestamp", at)
        .header("webhook-signature", signature(endpoint, &row.id, at, &body)?)
        .body(body);
    let response = request.send().await.map_err(|e| WebhookError::Network(e.without_url().to_string()))?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(WebhookError::Status(status.as_u16())) }
}

/// Resolves once and connects to exactly that address, so that a second look-up cannot point inside.
async fn resolve(endpoint: &Endpoint, url: &reqwest::Url) -> Result<(String, SocketAddr), WebhookError> {
    let bad = || WebhookError::Url(endpoint.name.clone());
    let host = url.host_str().ok_or_else(bad)?.to_owned();
    let port = url.port_or_known_default().ok_or_else(bad)?;
    let bare = host.trim_matches(['[', ']']).to_owned();
    let mut found =
        tokio::net::lookup_host((bare.as_str(), port)).await.map_err(|e| WebhookError::Network(e.to_string()))?;
    let address = found.next().ok_or_else(|| WebhookError::Network("the name has no address".into()))?;
    if is_internal(address.ip()) && !endpoint.allow_internal {
        return Err(WebhookError::Internal);
    }
    Ok((host, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        Endpoint {
            name: "main".into(),
            url: "https://x.example/hook".into(),
            secrets: vec![secret],
            allow_internal: false,
        }
    }

    #[test]
    fn our_signature_passes_the_reference_verifier() {
        let (id, at, body) = ("msg_1", 1_614_265_330, r#"{"test": 2432232314}"#);
        let ours = signature(&endpoint(), id, at, body).unwrap();
        let oracle = standardwebhooks::Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(ours, oracle.sign(id, at, body.as_bytes()).unwrap());
    }

    #[test]
    fn urgent_events_retry_within_the_minute_and_end_dead() {
        let now = Timestamp::from_second(1_000).unwrap();
        let at = |n, urgent| match next(n, urgent, now) {
            Next::At(t) => Some(t.as_second() - 1_000),
            Next::Dead => None,
        };
        assert_eq!((at(1, true), at(5, true), at(6, true), at(12, true)), (Some(1), Some(60), Some(300), None));
        assert_eq!((at(1, false), at(7, false)), (Some(300), None));
    }
}
