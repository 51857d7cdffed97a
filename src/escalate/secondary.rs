//! The second receiver: what is urgent and did not arrive within a minute is told to the endpoint's secondary too, once and
//! under an id of its own. Attempts at the first go on.

use super::webhook::{Endpoint, Event};
use crate::failpoint::{self, Point};
use crate::store::outbox::NewOutbox;
use crate::store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};

/// A first receiver has this long.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
/// What was given up longer ago is old news.
const NEWS: SignedDuration = SignedDuration::from_hours(1);

/// Writes the deliveries to secondaries that are due; how many.
///
/// # Errors
/// The store failed.
pub async fn tell(
    store: &Store,
    endpoints: &[Endpoint],
    console: &str,
    now: Timestamp,
    new_id: impl Fn() -> String,
) -> Result<usize, StoreError> {
    let ago = |wait| now.checked_sub(wait).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut told = 0;
    for first in endpoints {
        let Some(second) = endpoints.iter().find(|e| first.secondary.as_ref() == Some(&e.name)) else { continue };
        let mut put = Vec::new();
        for row in store.unreached(&first.name, &second.name, ago(PATIENCE), ago(NEWS)).await? {
            let ticket = match &row.ticket {
                Some(id) => store.ticket(id).await?,
                None => None,
            };
            let Some(ticket) = ticket else { continue };
            let event =
                Event { kind: &row.event, ticket: &ticket, step: row.step.as_deref(), console, at: row.created };
            let Some(new) = event.row(second, &new_id()) else { continue };
            tracing::warn!(endpoint = first.name, secondary = second.name, ticket = %ticket.id, "an urgent webhook did not arrive");
            put.push(NewOutbox { stands_for: Some(row.id), ..new });
        }
        // All in one transaction: what waits for the other receivers must not wait for these.
        if !put.is_empty() {
            failpoint::around(Point::Secondary, store.put_outbox(&put, now, None)).await?;
            told += put.len();
        }
    }
    Ok(told)
}
