//! What staff do with a ticket, each act one transaction: ticket, messages, owner of the chat, outbox and audit.
//! Whether the person may do it (role, skills) is decided above.

use super::messages::{MessageRow, NewMessage};
use super::outbox::NewOutbox;
use super::tickets::{TicketRow, TicketState, save, ticket_row};
use super::{Store, StoreError, Write, audit, conversations, messages, outbox};
use crate::domain::ids::{StaffId, TicketId};
use jiff::Timestamp;
use serde_json::Value;

/// Why a staff act did not happen; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// Somebody else has it.
    #[error("{by} has this ticket; wait for a release or for the lease to run out")]
    Taken {
        /// Shown name of the holder.
        by: String,
    },
    /// It is done.
    #[error("this ticket is resolved; open the conversation for what came after")]
    Resolved,
    /// There is no such ticket.
    #[error("there is no such ticket; reload the queue")]
    Unknown,
    /// The asker does not have it.
    #[error("claim the ticket first")]
    NotClaimed,
    /// It changed since it was read.
    #[error("the ticket is at version {now} by now; read what is new and send again")]
    Stale {
        /// The stored version.
        now: i64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ActError {
    fn from(e: sqlx::Error) -> Self {
        ActError::Store(e.into())
    }
}

/// What goes with an act.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    /// When.
    pub now: Timestamp,
    /// What the customer gets to see, in order; may be nothing.
    pub messages: Vec<NewMessage>,
    /// Deliveries that tell of it.
    pub outbox: Vec<NewOutbox>,
    /// The audit record; it must hold no message text.
    pub audit: Value,
}

/// What an act left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Acted {
    /// The ticket after the act.
    pub ticket: TicketRow,
    /// The messages as stored, in order.
    pub messages: Vec<MessageRow>,
}

impl Store {
    /// Takes a ticket until `lease_until` and makes `staff` the owner of the chat. Repeated by the holder it renews
    /// the lease; a lease that ran out may be taken by anybody.
    ///
    /// # Errors
    /// [`ActError::Taken`], [`ActError::Resolved`], [`ActError::Unknown`]; the store failed.
    pub async fn claim(
        &self,
        id: &TicketId,
        staff: &StaffId,
        name: &str,
        lease_until: Timestamp,
        trail: Trail,
    ) -> Result<Acted, ActError> {
        let mut tx = self.write().await?;
        let mut ticket = unresolved(&mut tx, id).await?;
        let held = ticket.lease_until.is_some_and(|until| until > trail.now);
        if let Some(by) = ticket.claimed_by.as_ref().filter(|by| held && *by != staff) {
            return Err(ActError::Taken { by: ticket.claimed_name.clone().unwrap_or_else(|| by.to_string()) });
        }
        ticket.state = TicketState::Claimed;
        (ticket.claimed_by, ticket.claimed_name) = (Some(staff.clone()), Some(name.to_owned()));
        (ticket.lease_until, ticket.calls) = (Some(lease_until), 0);
        conversations::set_owner(&mut tx, &ticket.conversation, Some(staff)).await?;
        finish(tx, ticket, trail).await
    }

    /// Extends the holder's lease; leaves no trail and no new version.
    ///
    /// # Errors
    /// [`ActError::NotClaimed`], [`ActError::Taken`], [`ActError::Resolved`], [`ActError::Unknown`]; the store failed.
    pub async fn renew(&self, id: &TicketId, staff: &StaffId, lease_until: Timestamp) -> Result<TicketRow, ActError> {
        let mut tx = self.write().await?;
        let mut ticket = mine(&mut tx, id, staff).await?;
        (ticket.lease_until, ticket.calls) = (Some(lease_until), 0);
        save(&mut tx, &ticket).await?;
        tx.commit().await?;
        Ok(ticket)
    }

    /// Says `trail.messages` to the customer. `version` is the ticket's as the writer saw it: what came in since
    /// (a new hand-over in the same chat) must be read first.
    ///
    /// # Errors
    /// [`ActError::Stale`], [`ActError::NotClaimed`], [`ActError::Taken`], [`ActError::Resolved`],
    /// [`ActError::Unknown`]; the store failed.
    pub async fn reply(&self, id: &TicketId, staff: &StaffId, version: i64, trail: Trail) -> Result<Acted, ActError> {
        let mut tx = self.write().await?;
        let mut ticket = mine(&mut tx, id, staff).await?;
        if ticket.version != version {
            return Err(ActError::Stale { now: ticket.version });
        }
        ticket.answered_at = ticket.answered_at.or(Some(trail.now));
        finish(tx, ticket, trail).await
    }

    /// Ends a ticket; the chat has no owner any more. `version` as in [`Store::reply`].
    ///
    /// # Errors
    /// As [`Store::reply`].
    pub async fn resolve(
        &self,
        id: &TicketId,
        staff: &StaffId,
        version: i64,
        outcome: Resolution,
        trail: Trail,
    ) -> Result<Acted, ActError> {
        let mut tx = self.write().await?;
        let mut ticket = mine(&mut tx, id, staff).await?;
        if ticket.version != version {
            return Err(ActError::Stale { now: ticket.version });
        }
        ticket.state = TicketState::Resolved;
        (ticket.disposition, ticket.note) = (Some(outcome.disposition), outcome.note);
        (ticket.resolved_at, ticket.lease_until) = (Some(trail.now), None);
        conversations::set_owner(&mut tx, &ticket.conversation, None).await?;
        finish(tx, ticket, trail).await
    }

    /// Gives a ticket back to its queue; the chat has no owner any more.
    ///
    /// # Errors
    /// [`ActError::NotClaimed`], [`ActError::Taken`], [`ActError::Resolved`], [`ActError::Unknown`]; the store failed.
    pub async fn release(&self, id: &TicketId, staff: &StaffId, trail: Trail) -> Result<Acted, ActError> {
        let mut tx = self.write().await?;
        let mut ticket = mine(&mut tx, id, staff).await?;
        ticket.state = TicketState::Open;
        (ticket.claimed_by, ticket.claimed_name, ticket.lease_until) = (None, None, None);
        (ticket.waiting_since, ticket.calls) = (trail.now, 0);
        conversations::set_owner(&mut tx, &ticket.conversation, None).await?;
        finish(tx, ticket, trail).await
    }
}

/// How a ticket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// One of the console's dispositions; opaque here.
    pub disposition: String,
    /// The closing note, for staff only.
    pub note: Option<String>,
}

async fn unresolved(tx: &mut Write, id: &TicketId) -> Result<TicketRow, ActError> {
    let row = sqlx::query("SELECT * FROM tickets WHERE id = ?").bind(id.as_str()).fetch_optional(&mut **tx).await?;
    let ticket = ticket_row(row.as_ref().ok_or(ActError::Unknown)?)?;
    if ticket.state == TicketState::Resolved { Err(ActError::Resolved) } else { Ok(ticket) }
}

/// The ticket if `staff` has it; a lease that ran out still holds until somebody else claims.
async fn mine(tx: &mut Write, id: &TicketId, staff: &StaffId) -> Result<TicketRow, ActError> {
    let ticket = unresolved(tx, id).await?;
    match &ticket.claimed_by {
        Some(by) if by == staff => Ok(ticket),
        Some(by) => Err(ActError::Taken { by: ticket.claimed_name.clone().unwrap_or_else(|| by.to_string()) }),
        None => Err(ActError::NotClaimed),
    }
}

/// Writes the changed ticket and the trail, and commits.
async fn finish(mut tx: Write, mut ticket: TicketRow, trail: Trail) -> Result<Acted, ActError> {
    ticket.version += 1;
    save(&mut tx, &ticket).await?;
    let mut said = Vec::new();
    for message in &trail.messages {
        said.push(messages::insert(&mut tx, &ticket.conversation, None, message, trail.now).await?);
    }
    outbox::insert(&mut tx, &trail.outbox, trail.now).await?;
    let audit_seq = audit::append(&mut tx, trail.now, Some(&ticket.conversation), &said, &trail.audit).await?;
    messages::seal(&mut tx, &ticket.conversation, &said, audit_seq).await?;
    if !said.is_empty() {
        conversations::touch(&mut tx, &ticket.conversation, trail.now, None, None).await?;
    }
    let messages = messages::of_audit(&mut tx, audit_seq).await?;
    tx.commit().await?;
    Ok(Acted { ticket, messages })
}
