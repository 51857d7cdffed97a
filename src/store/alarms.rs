//! Alarms about tickets that nobody takes care of in time: each is written once, with the webhooks that tell of it and an
//! audit record, in one transaction. What counts as late is decided above; a restart goes on where the last run stopped.

use super::outbox::NewOutbox;
use super::tickets::{TicketRow, save, ticket_row};
use super::{Store, StoreError, audit, outbox};
use jiff::Timestamp;
use serde_json::Value;

/// What is written about one late ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// What is told: who is called, and that it is overdue.
    pub steps: Vec<String>,
    /// How many have been called by now, see [`TicketRow::calls`].
    pub calls: u32,
    /// The first human message is late, as of now.
    pub breached: bool,
    /// Deliveries that tell of it.
    pub outbox: Vec<NewOutbox>,
    /// The audit record; it must hold no message text.
    pub audit: Value,
}

impl Store {
    /// Raises what `judge` finds late, ticket by ticket; gives each ticket as it is afterwards with its alarm. The judgement is made
    /// inside the transaction, so that a claim at the same moment is seen, and no alarm is raised twice. The version of
    /// the ticket stays: whoever answers it need not read an alarm first.
    ///
    /// # Errors
    /// The store failed or a row is damaged; alarms raised before stay.
    pub async fn raise_alarms<F>(&self, now: Timestamp, judge: F) -> Result<Vec<(TicketRow, Alarm)>, StoreError>
    where
        F: Fn(&TicketRow) -> Option<Alarm> + Send + Sync,
    {
        let sql = "SELECT id FROM tickets WHERE state <> 'resolved' AND (priority IN ('P0', 'P1') OR due <= ?)";
        let due: Vec<String> = sqlx::query_scalar(sql).bind(super::columns::ms(now)).fetch_all(&self.reader).await?;
        let mut raised = Vec::new();
        for id in due {
            raised.extend(self.raise(&id, now, &judge).await?);
        }
        Ok(raised)
    }

    async fn raise<F>(&self, id: &str, now: Timestamp, judge: &F) -> Result<Option<(TicketRow, Alarm)>, StoreError>
    where
        F: Fn(&TicketRow) -> Option<Alarm> + Send + Sync,
    {
        let read = "SELECT * FROM tickets WHERE id = ? AND state <> 'resolved'";
        // Most tickets are not late: look without the writer's lock first.
        let row = sqlx::query(read).bind(id).fetch_optional(&self.reader).await?;
        if row.as_ref().map(ticket_row).transpose()?.is_none_or(|ticket| judge(&ticket).is_none()) {
            return Ok(None);
        }
        let mut tx = self.write().await?;
        let row = sqlx::query(read).bind(id).fetch_optional(&mut *tx).await?;
        let Some(mut ticket) = row.as_ref().map(ticket_row).transpose()? else { return Ok(None) };
        let Some(alarm) = judge(&ticket) else { return Ok(None) };
        ticket.calls = alarm.calls;
        ticket.breached_at = if alarm.breached { Some(now) } else { ticket.breached_at };
        save(&mut tx, &ticket).await?;
        outbox::insert(&mut tx, &alarm.outbox, now).await?;
        audit::append(&mut tx, now, Some(&ticket.conversation), &[], &alarm.audit).await?;
        tx.commit().await?;
        Ok(Some((ticket, alarm)))
    }
}
