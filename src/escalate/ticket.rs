//! A case for a human. `Ticket<New>` exists only between the turn that needs it and the commit that makes it durable; afterwards its
//! state lives in the store, whose transactions allow open → claimed → resolved only.

use super::card::Card;
use super::load::Load;
use crate::domain::ids::{PatientId, TicketId};
use crate::domain::labels::Risk;
use crate::domain::lang::Lang;
use crate::domain::route::{Priority, Queue, Reason};
use crate::guard::suggestion::Suggestion;
use crate::policy::GuardPolicy;
use crate::policy::texts::Promise;
use crate::store::tickets::NewTicket;
use crate::wording::dates;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::marker::PhantomData;

/// State of a ticket that is not yet committed.
#[derive(Debug)]
pub struct New;

/// A ticket in a state.
#[derive(Debug)]
#[must_use = "a ticket that is not committed is a promise that nobody keeps"]
pub struct Ticket<S> {
    row: NewTicket,
    suggestion: Option<Box<Suggestion>>,
    state: PhantomData<S>,
}

/// Why a ticket is opened, and for whom.
#[derive(Debug, Clone)]
pub struct Case {
    /// Reason in predictions and on the card.
    pub reason: Reason,
    /// All fired classes.
    pub fired: Vec<Risk>,
    /// Priority.
    pub priority: Priority,
    /// Team.
    pub queue: Queue,
}

impl Case {
    /// The case of fired classes: reason and queue of the leading one, the most urgent priority of all. `None` when no class
    /// of them opens a ticket.
    #[must_use]
    pub fn of_risks(policy: &GuardPolicy, fired: &[Risk], severe: bool) -> Option<Case> {
        let leading = policy.guards.leading(fired)?;
        let priority = policy.guards.priority(fired)?;
        let queue = policy.guards.risk(leading)?.queue;
        let priority = if severe { Priority::P0 } else { priority };
        Some(Case { reason: Reason::Risk(leading), fired: fired.to_vec(), priority, queue })
    }
    /// A case without a fired class.
    #[must_use]
    pub fn plain(reason: Reason, priority: Priority, queue: Queue) -> Case {
        Case { reason, fired: Vec::new(), priority, queue }
    }
}

/// Who the ticket is about, and how they are reached.
#[derive(Debug, Clone)]
pub struct About {
    /// Language of the conversation.
    pub lang: Lang,
    /// Identity level code.
    pub level: String,
    /// The person, when verified.
    pub patient: Option<PatientId>,
}

impl Ticket<New> {
    /// Opens a ticket; nothing is durable until the turn commits.
    pub fn open(id: TicketId, case: &Case, about: &About, card: Card, policy: &GuardPolicy, now: Timestamp) -> Self {
        let due = policy.staffing.due(now, case.priority, case.queue);
        let row = NewTicket {
            id,
            priority: case.priority,
            queue: case.queue,
            reason: case.reason,
            fired: case.fired.iter().map(ToString::to_string).collect(),
            due,
            lang: about.lang,
            level: about.level.clone(),
            patient: about.patient.clone(),
            card: card.into_value(),
            legal_hold: case.fired.contains(&Risk::COMPLAINT),
        };
        Self { row, suggestion: None, state: PhantomData }
    }
    /// Priority, for traces.
    #[must_use]
    pub fn priority(&self) -> Priority {
        self.row.priority
    }
    /// Reason, for traces.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.row.reason
    }
    /// What staff may send in answer.
    pub fn with_suggestion(self, suggestion: Suggestion) -> Self {
        Self { suggestion: Some(Box::new(suggestion)), ..self }
    }
    /// The row to commit, and what is suggested to staff.
    #[must_use]
    pub fn into_row(self) -> (NewTicket, Option<Suggestion>) {
        (self.row, self.suggestion.map(|s| *s))
    }
}

/// What may be promised for a case: the clock time in the customer's zone, or nothing but the phone line when
/// nobody is there to keep it or too much waits before it.
#[must_use]
pub fn promise(policy: &GuardPolicy, case: &Case, now: Timestamp, zone: &TimeZone, lang: Lang, load: &Load) -> Promise {
    let at = policy.staffing.promise(now, case.priority, case.queue, load.able(case.queue, case.priority));
    let at = at.filter(|_| !load.breaks(&policy.staffing, case.queue, case.priority));
    let today = now.to_zoned(zone.clone()).date();
    let time = at.map(|t| {
        if t.to_zoned(zone.clone()).date() == today { dates::clock(t, zone) } else { dates::moment(t, zone, lang) }
    });
    Promise { time }
}
