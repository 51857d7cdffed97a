//! The live feed of a running server: requests that count once, search and receivers that follow what any process wrote into the store,
//! and how long the feed has been silent.

use super::{App, AppError, fresh_id};
use crate::engine::records;
use crate::escalate::webhook;
use crate::ingest::{Importer, Lines};
use crate::store::pulse::Asked;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How a feed reaches this server over HTTP.
#[derive(Clone, Debug)]
pub struct FeedSettings {
    /// Secrets that sign it, the present one first; without one nobody can send.
    pub secrets: Vec<SecretString>,
    /// A feed that was heard once and is silent for longer is shown to staff.
    pub quiet_after: SignedDuration,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self { secrets: Vec::new(), quiet_after: SignedDuration::from_mins(15) }
    }
}

/// What is done by one at a time.
#[derive(Debug, Default)]
pub(super) struct Following {
    /// Held while search takes in what is new.
    searching: Mutex<()>,
    /// Held while a request is taken up, so that a repeat waits for its answer.
    taking: Mutex<()>,
}

impl App {
    /// Takes up a signed request once; a repeat gets the first answer.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when the id stood on another body; the store failed, and the request may be sent again.
    pub async fn take_feed(&self, id: &str, body: &str) -> Result<Value, AppError> {
        let _one = self.following.taking.lock().await;
        match self.store().feed_request(id, body).await? {
            Asked::Before(answer) => return Ok(answer),
            Asked::Other => {
                return Err(AppError::Conflict {
                    what: "this webhook-id stood on another body; use a fresh one".into(),
                });
            }
            Asked::New => {}
        }
        let now = self.clock().now();
        let (texts, known, text) = (self.texts(), self.store().medications().await?, body.to_owned());
        let read = Arc::clone(&texts);
        let lines = tokio::task::spawn_blocking(move || Lines::read(&text, &read.states, &known));
        let lines = lines.await.map_err(|_| AppError::Overloaded)?;
        let importer = Importer { store: self.store(), states: &texts.states, policy: &self.policy(), now };
        let report = importer.take(lines, &|_, _| {}).await?;
        let answer = serde_json::to_value(&report).unwrap_or_default();
        self.store().keep_feed_request(id, body, &answer, now).await?;
        self.follow_feed().await?;
        tracing::info!(
            lines = report.lines,
            applied = report.applied,
            person = report.person,
            refused = report.refused,
            "the feed was taken up"
        );
        Ok(answer)
    }

    /// Lets search find what is new in the store, tells receivers and desks of records in doubt, and counts. Cheap when nothing is new.
    ///
    /// # Errors
    /// When the store or the search index fails.
    pub async fn follow_feed(&self) -> Result<(), AppError> {
        // What was promised to a person comes first, and no part keeps another from its turn.
        let now = self.clock().now();
        let (told, found) = (self.tell_of_doubts(now).await, self.find_new().await);
        self.count_feed(now).await?;
        told.and(found)
    }

    async fn find_new(&self) -> Result<(), AppError> {
        let _one = self.following.searching.lock().await;
        Ok(records::follow(&self.engine().gatherer.records, self.store(), &|_| {}).await?)
    }

    async fn tell_of_doubts(&self, now: Timestamp) -> Result<(), AppError> {
        if self.store().has_untold_doubts().await? {
            let (endpoints, console) = (self.endpoints().await?, &self.config.console_url);
            let rows = |ticket: &_| webhook::rows(&endpoints, "escalation.created", ticket, console, now, fresh_id);
            self.store().tell_of_doubts(now, rows).await?;
            self.ring();
        }
        Ok(())
    }

    /// Totals stand in the store: the command line adds to them, too.
    async fn count_feed(&self, now: Timestamp) -> Result<(), AppError> {
        let pulse = self.store().feed_pulse().await?;
        for (outcome, n) in pulse.totals {
            metrics::counter!("apothecary_feed_events_total", "outcome" => outcome).absolute(n);
        }
        let behind = self.store().records_mark().await?.saturating_sub(self.engine().gatherer.records.mark());
        metrics::gauge!("apothecary_search_behind_changes").set(behind as f64);
        if let Some(heard) = pulse.heard {
            metrics::gauge!("apothecary_feed_age_seconds").set(now.duration_since(heard).as_secs_f64().max(0.0));
        }
        Ok(())
    }

    /// Since when a feed that was heard once has been silent for too long; `None` while it is not.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn feed_quiet_since(&self) -> Result<Option<Timestamp>, AppError> {
        let now = self.clock().now();
        let heard = self.store().feed_pulse().await?.heard;
        Ok(heard.filter(|at| now.duration_since(*at) > self.config.feed.quiet_after))
    }
}
