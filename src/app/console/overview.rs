//! The view over all of it for those who lead: load, waits, breaches, what hand-overs were for, containment beside what came back. Counts
//! only, no person can be read from it.

use crate::app::{App, AppError, Colleague};
use crate::domain::roles::Right;
use crate::identity::Pharmacist;
use crate::store::figures::{ChatFigures, PriorityFigures};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// See [`App::overview_of`].
#[derive(Debug, Serialize)]
pub struct Overview {
    /// The period begins.
    pub since: Timestamp,
    /// By priority.
    pub priorities: Vec<PriorityLine>,
    /// Open cases of each member of staff.
    pub load: Vec<(String, u32)>,
    /// Who is at a desk.
    pub at_work: Vec<Colleague>,
    /// How cases ended, with counts.
    pub ends: BTreeMap<String, u32>,
    /// How many ended with a disposition.
    pub ended: u32,
    /// Chats.
    pub chats: ChatFigures,
    /// Webhooks that wait, and that were given up.
    pub webhooks: (usize, usize),
}

/// One priority, with quantiles instead of single waits.
#[derive(Debug, Serialize)]
pub struct PriorityLine {
    #[serde(flatten)]
    figures: PriorityFigures,
    /// Seconds to the first human message: median and ninth decile.
    wait: (Option<i64>, Option<i64>),
    /// Seconds that are promised.
    promised: i64,
}

impl App {
    /// The figures of the last days.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for who may not see it; when the store fails.
    pub async fn overview_of(&self, staff: &Pharmacist, days: u32) -> Result<Overview, AppError> {
        self.allow(staff, Right::Overview).await?;
        let now = self.clock().now();
        let since = now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(now);
        let lines = self.store().priorities_since(since).await?.into_iter().map(|f| self.line(f)).collect();
        let (ends, ended) = self.store().ends_since(since).await?;
        Ok(Overview {
            since,
            priorities: lines,
            load: self.store().load().await?,
            at_work: self.colleagues(),
            ends,
            ended,
            chats: self.store().chats_since(since, now).await?,
            webhooks: self.store().undelivered().await?,
        })
    }

    fn line(&self, mut figures: PriorityFigures) -> PriorityLine {
        let waits = std::mem::take(&mut figures.waits);
        let at = |part: usize| waits.get(waits.len().saturating_sub(1) * part / 10).copied();
        let promised = self.policy().staffing.minutes(figures.priority) * 60;
        PriorityLine { wait: (at(5), at(9)), promised, figures }
    }
}
