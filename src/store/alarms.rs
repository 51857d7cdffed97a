//! What time does to tickets: alarms when nobody takes care in time, leases that run out, cases that the customer did not come
//! back to. Each is written once, with its webhooks and an audit record, in one transaction; what counts as late is decided
//! above, and a restart goes on where the last run stopped.

use super::outbox::NewOutbox;
use super::tickets::{TicketRow, save, ticket_row};
use super::{Store, StoreError, audit, conclude, conversations, outbox};
use crate::domain::ids::TicketId;
use crate::failpoint::Point;
use jiff::Timestamp;
use serde_json::Value;

/// What is written about one ticket whose time has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// The ticket afterwards.
    pub after: TicketRow,
    /// What is told: who is called, and that it is overdue.
    pub steps: Vec<String>,
    /// Deliveries that tell of it.
    pub outbox: Vec<NewOutbox>,
    /// The audit record; it must hold no message text.
    pub audit: Value,
}

impl Store {
    /// Writes what `judge` finds late, ticket by ticket, and gives the alarms. The judgement is made inside the transaction, so
    /// that a claim at the same moment is seen, and no alarm is raised twice.
    ///
    /// # Errors
    /// The store failed or a row is damaged; alarms raised before stay.
    pub async fn raise_alarms<F>(&self, now: Timestamp, judge: F) -> Result<Vec<Alarm>, StoreError>
    where
        F: Fn(&TicketRow) -> Option<Alarm> + Send + Sync,
    {
        let sql = "SELECT * FROM tickets WHERE NOT closed \
                   AND (priority IN ('P0', 'P1') OR due <= ?1 OR lease_until <= ?1 OR state = 'waiting_customer' \
                   OR claimed_role = 'technician')";
        let rows = sqlx::query(sql).bind(super::columns::ms(now)).fetch_all(&self.reader).await?;
        let mut raised = Vec::new();
        for row in &rows {
            // Most tickets are not late: look without the writer's lock first.
            let seen = ticket_row(row)?;
            if judge(&seen).is_some() {
                raised.extend(self.raise(&seen.id, now, &judge).await?);
            }
        }
        Ok(raised)
    }

    async fn raise<F>(&self, id: &TicketId, now: Timestamp, judge: &F) -> Result<Option<Alarm>, StoreError>
    where
        F: Fn(&TicketRow) -> Option<Alarm> + Send + Sync,
    {
        let read = "SELECT * FROM tickets WHERE id = ? AND NOT closed";
        let mut tx = self.write().await?;
        let row = sqlx::query(read).bind(id.as_str()).fetch_optional(&mut *tx).await?;
        let Some(ticket) = row.as_ref().map(ticket_row).transpose()? else { return Ok(None) };
        let Some(alarm) = judge(&ticket) else { return Ok(None) };
        save(&mut tx, &alarm.after).await?;
        if alarm.after.owner() != ticket.owner() {
            conversations::set_owner(&mut tx, &ticket.conversation, alarm.after.owner()).await?;
        }
        outbox::insert(&mut tx, &alarm.outbox, now).await?;
        audit::append(&mut tx, now, Some(&ticket.conversation), &[], &alarm.audit).await?;
        conclude(tx, Point::Alarm).await?;
        Ok(Some(alarm))
    }
}
