//! The console's acts: see the queue, claim, reply, release, resolve. Every act takes the proof that staff is asking and leaves a
//! message, webhooks and an audit row in one transaction.

use super::turns::stored;
use super::{App, AppError, fresh_id};
use crate::domain::ids::{ConversationId, TicketId};
use crate::domain::lang::Lang;
use crate::domain::route::{Priority, Queue};
use crate::escalate::webhook;
use crate::guard::output::{Released, StaffError};
use crate::identity::Pharmacist;
use crate::policy::staffing::DISPOSITIONS;
use crate::store::messages::NewMessage;
use crate::store::staff::{ActError, Resolution, Trail};
use crate::store::tickets::{TicketFilter, TicketRow, TicketState};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

/// A claim holds so long without a sign of life.
const LEASE: SignedDuration = SignedDuration::from_mins(5);

/// Which tickets.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueFilter {
    /// Resolved ones too.
    pub all: bool,
}

/// A line of the queue.
#[derive(Clone, Debug, Serialize)]
pub struct TicketView {
    /// Ticket.
    pub id: TicketId,
    /// Conversation.
    pub conversation: ConversationId,
    /// open, claimed, resolved.
    pub state: TicketState,
    /// P0 to P4.
    pub priority: Priority,
    /// Team.
    pub queue: Queue,
    /// Leading reason.
    pub reason: String,
    /// Everything that fired.
    pub fired: Vec<String>,
    /// When it was opened.
    pub created: Timestamp,
    /// When the first human message is due.
    pub due: Timestamp,
    /// Customer's language.
    pub lang: Lang,
    /// Identity level.
    pub level: String,
    /// Who has it.
    pub claimed_by_name: Option<String>,
    /// Until when.
    pub lease_until: Option<Timestamp>,
    /// Who was called last because nobody claimed it: `lead`, `on_call`, `in_charge`.
    pub called: Option<String>,
    /// It was alarmed that nobody has written by the time that was promised.
    pub overdue: bool,
    /// For optimistic checks.
    pub version: i64,
    /// The customer's words; empty until claimed.
    pub summary: String,
    /// How it ended.
    pub disposition: Option<String>,
}

/// A ticket on one screen.
#[derive(Debug)]
pub struct TicketDetail {
    /// The line.
    pub ticket: TicketView,
    /// Hand-over cards, oldest first; masked until claimed.
    pub card: Value,
    /// The conversation; empty until claimed.
    pub history: Vec<Released>,
}

impl App {
    /// The queue, most urgent first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn queue(&self, staff: &Pharmacist, filter: QueueFilter) -> Result<Vec<TicketView>, AppError> {
        self.saw(staff.id());
        let mut rows = self.store().tickets(&TicketFilter::default()).await?;
        if filter.all {
            rows.extend(
                self.store()
                    .tickets(&TicketFilter { state: Some(TicketState::Resolved), ..TicketFilter::default() })
                    .await?,
            );
        }
        Ok(rows.iter().map(|row| self.view(row, staff)).collect())
    }

    /// One ticket with card and conversation; both are masked from those who have not claimed it.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn ticket(&self, staff: &Pharmacist, id: &TicketId) -> Result<TicketDetail, AppError> {
        let row = self.store().ticket(id).await?.ok_or(AppError::NotFound)?;
        self.detail(row, staff).await
    }

    async fn detail(&self, row: TicketRow, staff: &Pharmacist) -> Result<TicketDetail, AppError> {
        let open = holds(&row, staff);
        let mut card = row.cards.last().cloned().unwrap_or_default();
        if !open {
            mask(&mut card);
        }
        let history = if open { self.messages(&row.conversation, -1).await? } else { Vec::new() };
        Ok(TicketDetail { ticket: self.view(&row, staff), card, history })
    }

    /// Takes a ticket.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when somebody has it or it is resolved.
    pub async fn claim(&self, staff: &Pharmacist, id: &TicketId) -> Result<TicketView, AppError> {
        let trail = self.trail(staff, id, "claim", "escalation.claimed", Vec::new()).await?;
        let until = self.lease();
        let acted = self.store().claim(id, staff.id(), staff.name(), until, trail).await.map_err(act_error)?;
        Ok(self.view(&acted.ticket, staff))
    }

    /// Extends the lease.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when it is no longer theirs.
    pub async fn renew(&self, staff: &Pharmacist, id: &TicketId) -> Result<TicketView, AppError> {
        let row = self.store().renew(id, staff.id(), self.lease()).await.map_err(act_error)?;
        Ok(self.view(&row, staff))
    }

    /// Gives it back.
    ///
    /// # Errors
    /// As [`App::renew`].
    pub async fn release(&self, staff: &Pharmacist, id: &TicketId) -> Result<TicketView, AppError> {
        let mut trail = self.trail(staff, id, "release", "", Vec::new()).await?;
        trail.outbox.clear();
        let acted = self.store().release(id, staff.id(), trail).await.map_err(act_error)?;
        Ok(self.view(&acted.ticket, staff))
    }

    /// Writes into the conversation.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for technicians' free text, [`AppError::Conflict`] when the ticket changed meanwhile.
    pub async fn reply(
        &self,
        staff: &Pharmacist,
        id: &TicketId,
        version: i64,
        text: &str,
    ) -> Result<TicketDetail, AppError> {
        let said = self.engine.output.staff(staff, text).map_err(|e| match e {
            StaffError::NotAPharmacist => AppError::Forbidden { what: e.to_string() },
            StaffError::Empty => AppError::Invalid { what: e.to_string() },
        })?;
        let trail = self.trail(staff, id, "reply", "escalation.replied", vec![stored(&said)]).await?;
        let acted = self.store().reply(id, staff.id(), version, trail).await.map_err(act_error)?;
        self.detail(acted.ticket, staff).await
    }

    /// Ends a ticket with a disposition.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for an unknown disposition, [`AppError::Conflict`] as above.
    pub async fn resolve(
        &self,
        staff: &Pharmacist,
        id: &TicketId,
        version: i64,
        disposition: &str,
        note: Option<&str>,
    ) -> Result<TicketView, AppError> {
        if !DISPOSITIONS.contains(&disposition) {
            return Err(AppError::Invalid {
                what: format!("unknown disposition `{disposition}`; see /api/v1/console/dispositions"),
            });
        }
        let trail = self.trail(staff, id, "resolve", "escalation.resolved", Vec::new()).await?;
        let outcome = Resolution { disposition: disposition.to_owned(), note: note.map(ToOwned::to_owned) };
        let acted = self.store().resolve(id, staff.id(), version, outcome, trail).await.map_err(act_error)?;
        Ok(self.view(&acted.ticket, staff))
    }

    /// The codes with which a ticket may end.
    #[must_use]
    pub fn dispositions(&self) -> &'static [&'static str] {
        &DISPOSITIONS
    }

    fn view(&self, row: &TicketRow, staff: &Pharmacist) -> TicketView {
        let words = row.cards.last().and_then(|c| c.get("wants")).and_then(Value::as_str).unwrap_or_default();
        TicketView {
            id: row.id.clone(),
            conversation: row.conversation.clone(),
            state: row.state,
            priority: row.priority,
            queue: row.queue,
            reason: row.reason.to_string(),
            fired: row.fired.clone(),
            created: row.created,
            due: row.due,
            lang: row.lang,
            level: row.level.clone(),
            claimed_by_name: row.claimed_name.clone(),
            lease_until: row.lease_until,
            called: self.called(row).map(str::to_owned),
            overdue: row.breached_at.is_some() && row.answered_at.is_none(),
            version: row.version,
            summary: if holds(row, staff) { words.to_owned() } else { String::new() },
            disposition: row.disposition.clone(),
        }
    }

    fn lease(&self) -> Timestamp {
        let now = self.clock().now();
        now.checked_add(LEASE).unwrap_or(now)
    }

    async fn trail(
        &self,
        staff: &Pharmacist,
        id: &TicketId,
        act: &str,
        event: &str,
        messages: Vec<NewMessage>,
    ) -> Result<Trail, AppError> {
        let row = self.store().ticket(id).await?.ok_or(AppError::NotFound)?;
        let now = self.clock().now();
        let outbox = webhook::rows(&self.config.endpoints, event, &row, &self.config.console_url, now, fresh_id);
        let audit = json!({ "act": act, "ticket": id, "staff": staff.id(), "role": format!("{:?}", staff.role()).to_lowercase() });
        Ok(Trail { now, messages, outbox, audit })
    }
}

/// Claimed by them, or already resolved by them.
fn holds(row: &TicketRow, staff: &Pharmacist) -> bool {
    row.claimed_by.as_ref() == Some(staff.id())
}

/// Who wrote and what stays hidden until somebody takes the case on.
fn mask(card: &mut Value) {
    for path in ["/who/name", "/wants", "/why/sentence", "/said", "/facts", "/rejected"] {
        if let Some(value) = card.pointer_mut(path) {
            *value = Value::Null;
        }
    }
}

fn act_error(e: ActError) -> AppError {
    match e {
        ActError::Unknown => AppError::NotFound,
        ActError::Store(e) => AppError::Store(e),
        other => AppError::Conflict { what: other.to_string() },
    }
}
