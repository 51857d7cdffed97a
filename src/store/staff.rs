//! What staff do with a ticket, each act one transaction: ticket, messages, owner of the chat, notes, labels, outbox and audit.
//! Which act is possible is decided in `life`; whether the person may do it (role, skills) above.

use super::labels::NewLabel;
use super::life::{self, Act, Actor, Callback, LifeError, TicketState};
use super::messages::{MessageRow, NewMessage};
use super::notes::{self, NewNote};
use super::outbox::NewOutbox;
use super::tickets::{TicketRow, save, ticket_row};
use super::{Store, StoreError, Write, audit, conclude, conversations, labels, messages, outbox, suggestions};
use crate::domain::ids::TicketId;
use crate::domain::route::Priority;
use crate::failpoint::Point;
use jiff::Timestamp;
use serde_json::Value;

/// Why a staff act did not happen; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// Not in this state, or not by this person.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// There is no such ticket.
    #[error("there is no such ticket; reload the queue")]
    Unknown,
    /// An emergency does not wait for a call.
    #[error("this is urgent and somebody is being called to it now; stay here, or use the phone")]
    Emergency,
    /// Two tickets of different people, or a ticket with itself.
    #[error("only two tickets of the same person can become one")]
    Apart,
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
    /// For colleagues.
    pub notes: Vec<NewNote>,
    /// For learning.
    pub labels: Vec<NewLabel>,
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
    /// Does one act, see [`life::step`].
    ///
    /// # Errors
    /// [`ActError`]; then nothing was written.
    pub async fn act(&self, id: &TicketId, actor: &Actor, act: &Act, trail: Trail) -> Result<Acted, ActError> {
        let mut tx = self.write().await?;
        let before = ticket(&mut tx, id).await?;
        let after = life::step(&before, actor, act, trail.now)?;
        if matches!(act, Act::Reply { .. } | Act::Resolve { .. }) {
            notes::drop_draft(&mut tx, id).await?;
            suggestions::spend(&mut tx, &before.conversation).await?;
        }
        finish(tx, after, trail).await
    }

    /// Extends the holder's lease and keeps what they are writing, if it is given; leaves no trail and no new version.
    ///
    /// # Errors
    /// [`ActError`]; then nothing was written.
    pub async fn renew(
        &self,
        id: &TicketId,
        actor: &Actor,
        until: Timestamp,
        draft: Option<&str>,
        now: Timestamp,
    ) -> Result<TicketRow, ActError> {
        let mut tx = self.write().await?;
        let before = ticket(&mut tx, id).await?;
        if before.owner() != Some(&actor.id) {
            return Err(ActError::Life(LifeError::NotClaimed));
        }
        let after = TicketRow { lease_until: Some(until), calls: 0, ..before };
        save(&mut tx, &after).await?;
        if let Some(text) = draft {
            notes::keep_draft(&mut tx, id, &actor.id, &actor.name, text, now).await?;
        }
        conclude(tx, Point::Write).await?;
        Ok(after)
    }

    /// Promises a call on the customer's own wish. A case that somebody has stays theirs, and an emergency is not put off.
    ///
    /// # Errors
    /// [`ActError`]; then nothing was written.
    pub async fn book(&self, id: &TicketId, plan: Callback, trail: Trail) -> Result<Acted, ActError> {
        let mut tx = self.write().await?;
        let mut t = ticket(&mut tx, id).await?;
        if t.state.closed() {
            return Err(ActError::Life(LifeError::Ended));
        }
        if t.holder(trail.now).is_some() {
            let by = t.claimed_name.clone().unwrap_or_default();
            return Err(ActError::Life(LifeError::Taken { by }));
        }
        if t.priority == Priority::P0 {
            return Err(ActError::Emergency);
        }
        life::promise(&mut t, None, plan);
        t.version += 1;
        finish(tx, t, trail).await
    }

    /// Lets one ticket go on in another of the same person; the actor holds both. The trail's messages are said in the chat of
    /// the one that ends.
    ///
    /// # Errors
    /// [`ActError`]; then nothing was written.
    pub async fn merge(
        &self,
        from: &TicketId,
        into: &TicketId,
        actor: &Actor,
        trail: Trail,
    ) -> Result<Acted, ActError> {
        let mut tx = self.write().await?;
        let (mut ends, mut stays) = (ticket(&mut tx, from).await?, ticket(&mut tx, into).await?);
        if from == into || !same_person(&mut tx, &ends, &stays).await? {
            return Err(ActError::Apart);
        }
        for t in [&ends, &stays] {
            if t.owner() != Some(&actor.id) {
                return Err(ActError::Life(LifeError::NotClaimed));
            }
        }
        life::join(&mut stays, &ends);
        (ends.state, ends.merged_into) = (TicketState::Merged, Some(into.clone()));
        (ends.resolved_at, ends.lease_until) = (Some(trail.now), None);
        ends.version += 1;
        save(&mut tx, &stays).await?;
        let done = finish(tx, ends, trail).await?;
        Ok(Acted { ticket: stays, messages: done.messages })
    }
}

async fn ticket(tx: &mut Write, id: &TicketId) -> Result<TicketRow, ActError> {
    let row = sqlx::query("SELECT * FROM tickets WHERE id = ?").bind(id.as_str()).fetch_optional(&mut **tx).await?;
    Ok(ticket_row(row.as_ref().ok_or(ActError::Unknown)?)?)
}

/// The same patient, or the same visitor; people of one household are not the same.
async fn same_person(tx: &mut Write, a: &TicketRow, b: &TicketRow) -> Result<bool, ActError> {
    if a.patient.is_some() || b.patient.is_some() {
        return Ok(a.patient == b.patient);
    }
    let sql = "SELECT COUNT(DISTINCT visitor) FROM conversations WHERE id IN (?, ?)";
    let visitors: i64 = sqlx::query_scalar(sql)
        .bind(a.conversation.as_str())
        .bind(b.conversation.as_str())
        .fetch_one(&mut **tx)
        .await?;
    Ok(visitors == 1)
}

/// Writes the changed ticket and the trail, and commits.
async fn finish(mut tx: Write, ticket: TicketRow, trail: Trail) -> Result<Acted, ActError> {
    save(&mut tx, &ticket).await?;
    conversations::set_owner(&mut tx, &ticket.conversation, ticket.owner()).await?;
    let mut said = Vec::new();
    for message in &trail.messages {
        said.push(messages::insert(&mut tx, &ticket.conversation, None, message, trail.now).await?);
    }
    for note in &trail.notes {
        notes::insert(&mut tx, &ticket.id, note, trail.now).await?;
    }
    for label in &trail.labels {
        labels::insert(&mut tx, label, trail.now).await?;
    }
    outbox::insert(&mut tx, &trail.outbox, trail.now).await?;
    let audit_seq = audit::append(&mut tx, trail.now, Some(&ticket.conversation), &said, &trail.audit).await?;
    messages::seal(&mut tx, &ticket.conversation, &said, audit_seq).await?;
    if !said.is_empty() {
        conversations::touch(&mut tx, &ticket.conversation, trail.now, None, None).await?;
    }
    let messages = messages::of_audit(&mut tx, audit_seq).await?;
    conclude(tx, Point::StaffAct).await?;
    Ok(Acted { ticket, messages })
}
