//! Delivering what waits in the outbox, one lane for each endpoint: a slow or broken receiver holds up its own lane only.
//! At least once, under a constant id; a lease keeps two workers from posting the same thing at the same time.

use super::endpoint::Endpoint;
use super::post::{Line, PostError};
use super::schedule::{next, put_off};
use crate::domain::clock::Clock;
use crate::domain::route::Priority;
use crate::store::outbox::{Next, OutboxRow};
use crate::store::{Store, StoreError};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Lanes that run at once.
const LANES: usize = 16;
/// Deliveries that one lane posts at once.
const ABREAST: u32 = 4;
/// Rounds of a lane; then the endpoint is read anew, for it may have been changed or removed.
const ROUNDS: usize = 8;
/// A worker has a delivery for so long: an attempt's time and a little more.
const LEASE: SignedDuration = SignedDuration::from_secs(20);

/// The lanes that are open in this process.
#[derive(Debug, Clone, Default)]
pub struct Lanes(Arc<Mutex<BTreeSet<String>>>);

/// The right to deliver to one endpoint; ends when dropped.
#[derive(Debug)]
pub struct Lane {
    endpoint: Endpoint,
    open: Lanes,
}

impl Lanes {
    /// A lane for each endpoint that has something due and none yet. What waits for an endpoint that is gone is given up; what
    /// waits for a disabled one goes on waiting.
    ///
    /// # Errors
    /// The store failed.
    pub async fn due(&self, store: &Store, endpoints: &[Endpoint], now: Timestamp) -> Result<Vec<Lane>, StoreError> {
        let mut lanes = Vec::new();
        for name in store.due_endpoints(now).await? {
            match endpoints.iter().find(|e| e.name == name) {
                Some(endpoint) if !endpoint.disabled => lanes.extend(self.open(endpoint)),
                Some(_) => {}
                None => {
                    let given_up = store.bury(&name, "the endpoint is no longer configured").await?;
                    tracing::warn!(endpoint = name, given_up, "webhooks wait for an endpoint that is gone");
                }
            }
        }
        Ok(lanes)
    }

    fn open(&self, endpoint: &Endpoint) -> Option<Lane> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = open.len() < LANES && open.insert(endpoint.name.clone());
        free.then(|| Lane { endpoint: endpoint.clone(), open: self.clone() })
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.open.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.endpoint.name);
    }
}

impl Lane {
    /// Delivers what is due until nothing is left, something fails, or it is time to look at the endpoint anew; how many
    /// arrived.
    ///
    /// # Errors
    /// The store failed; receivers that fail are rescheduled.
    pub async fn run(self, store: &Store, clock: &dyn Clock) -> Result<usize, StoreError> {
        let mut delivered = 0;
        // One line for all rounds: looking up and making a client costs more than a post.
        let line = Line::open(&self.endpoint).await;
        for _ in 0..ROUNDS {
            let now = clock.now();
            let until = now.checked_add(LEASE).unwrap_or(now);
            let rows = store.take_outbox(&self.endpoint.name, now, until, ABREAST).await?;
            let attempts = rows.iter().map(|row| attempt(store, &line, &self.endpoint, row, clock));
            let mut arrived = 0;
            for done in join_all(attempts).await {
                arrived += usize::from(done?);
            }
            delivered += arrived;
            if rows.is_empty() || arrived < rows.len() {
                break;
            }
        }
        Ok(delivered)
    }
}

/// One attempt and its mark; true when it arrived.
async fn attempt(
    store: &Store,
    line: &Result<Line<'_>, PostError>,
    endpoint: &Endpoint,
    row: &OutboxRow,
    clock: &dyn Clock,
) -> Result<bool, StoreError> {
    let posted = match line {
        Ok(line) => line.post(row, clock.now()).await.err(),
        Err(_) => None,
    };
    let now = clock.now();
    let (arrived, marked) = match posted.as_ref().or(line.as_ref().err()) {
        None => (true, store.mark_delivered(row, now).await?),
        Some(e) => {
            tracing::warn!(
                endpoint = endpoint.name,
                delivery = row.id,
                attempt = row.attempts + 1,
                "webhook failed: {e}"
            );
            (false, failed(store, endpoint, row, e, now).await?)
        }
    };
    if !marked {
        tracing::info!(delivery = row.id, "another worker has taken this webhook meanwhile; its outcome counts");
    }
    let outcome = if arrived { "delivered" } else { "failed" };
    metrics::counter!("apothecary_webhooks_total", "outcome" => outcome).increment(1);
    Ok(arrived)
}

async fn failed(
    store: &Store,
    endpoint: &Endpoint,
    row: &OutboxRow,
    error: &PostError,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const GONE: &str = "410: the receiver is gone";
    match error {
        PostError::Status { code: 410, .. } if endpoint.stored => {
            let record = json!({ "act": "webhook_disable", "endpoint": endpoint.name, "reason": GONE });
            store.mark_gone(row, GONE, now, &record).await
        }
        // The configuration file is not ours to change: this delivery is given up, the next is tried.
        PostError::Status { code: 410, .. } => store.mark_failed(row, Next::Dead, GONE, now).await,
        PostError::Size(_) => store.mark_failed(row, Next::Dead, &error.to_string(), now).await,
        PostError::Status { retry_after, .. } => again(store, row, error, *retry_after, now).await,
        _ => again(store, row, error, None, now).await,
    }
}

async fn again(
    store: &Store,
    row: &OutboxRow,
    error: &PostError,
    asked: Option<SignedDuration>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let urgent = row.priority.is_some_and(|p| p <= Priority::P1);
    let planned = next(row.attempts + 1, urgent, now, rand::random());
    store.mark_failed(row, put_off(planned, asked, now), &error.to_string(), now).await
}
