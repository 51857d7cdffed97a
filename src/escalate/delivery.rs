//! Delivering what waits in the outbox, one lane for each endpoint: a slow or broken receiver holds up its own lane only.
//! At least once, under a constant id; a lease keeps two workers from posting the same thing at the same time.

use super::endpoint::Endpoint;
use super::post::{Line, PostError};
use super::schedule::{next, put_off};
use crate::domain::clock::Clock;
use crate::domain::route::Priority;
use crate::store::outbox::{Next, OutboxRow};
use crate::store::{Store, StoreError};
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Lanes that run at once.
const LANES: usize = 16;
/// Deliveries that one lane posts at once. What has arrived meanwhile is marked in one transaction: after an outage the backlog
/// goes out as fast as the receiver takes it, not as fast as a disk can sync for each.
const ABREAST: u32 = 16;
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
    /// Delivers what is due until nothing is left, a whole round fails, or it is time to look at the endpoint anew; how many
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
            let arrived = match &line {
                Ok(line) => self.round(store, line, &rows, clock).await?,
                Err(e) => {
                    self.fail(store, &rows, e, clock).await?;
                    0
                }
            };
            delivered += arrived;
            if arrived == 0 {
                break;
            }
        }
        Ok(delivered)
    }

    /// Posts all of them at once and marks each as soon as its outcome is known, together those that arrived together; how many
    /// arrived.
    async fn round(
        &self,
        store: &Store,
        line: &Line<'_>,
        rows: &[OutboxRow],
        clock: &dyn Clock,
    ) -> Result<usize, StoreError> {
        let post = async |row| (row, line.post(row, clock.now()).await);
        let posts: FuturesUnordered<_> = rows.iter().map(post).collect();
        let (mut known, mut arrived) = (posts.ready_chunks(ABREAST as usize), 0);
        while let Some(outcomes) = known.next().await {
            let mut good = Vec::new();
            for (row, outcome) in outcomes {
                match outcome {
                    Ok(()) => good.push(row),
                    Err(e) => self.fail(store, std::slice::from_ref(row), &e, clock).await?,
                }
            }
            if !good.is_empty() {
                told("delivered", good.len(), store.mark_delivered(&good, clock.now()).await?);
            }
            arrived += good.len();
        }
        Ok(arrived)
    }

    /// Writes down that they did not arrive, for one reason.
    async fn fail(
        &self,
        store: &Store,
        rows: &[OutboxRow],
        error: &PostError,
        clock: &dyn Clock,
    ) -> Result<(), StoreError> {
        for row in rows {
            let (endpoint, attempt) = (&self.endpoint.name, row.attempts + 1);
            tracing::warn!(endpoint, delivery = row.id, attempt, "webhook failed: {error}");
            told("failed", 1, failed(store, &self.endpoint, row, error, clock.now()).await?.into());
        }
        Ok(())
    }
}

/// Counts outcomes; of some of them another worker may have the say by now.
fn told(outcome: &'static str, all: usize, marked: usize) {
    if marked < all {
        tracing::info!(
            outcome,
            all,
            marked,
            "another worker has taken some of these webhooks meanwhile; its outcome counts"
        );
    }
    metrics::counter!("apothecary_webhooks_total", "outcome" => outcome).increment(all as u64);
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
