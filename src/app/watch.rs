//! The clock that runs beside the conversations: it alarms when nobody takes care of a ticket in time, whatever the
//! webhooks did before.

use super::{App, AppError, fresh_id};
use crate::escalate::alarm::late;
use crate::escalate::webhook;
use crate::store::alarms::Alarm;
use crate::store::tickets::TicketRow;
use serde_json::json;

impl App {
    /// Raises the alarms that are due and gives how many tickets they were about. Each alarm is raised once, also over
    /// restarts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn raise_alarms(&self) -> Result<usize, AppError> {
        let now = self.clock().now();
        let staffing = &self.engine.policy.staffing;
        let judge = |ticket: &TicketRow| {
            let late = late(ticket, staffing, now)?;
            let (endpoints, console) = (&self.config.endpoints, &self.config.console_url);
            let outbox = webhook::breach_rows(endpoints, &late.steps, ticket, console, now, fresh_id);
            let audit =
                json!({ "act": "alarm", "ticket": ticket.id, "priority": ticket.priority, "steps": late.steps });
            Some(Alarm { steps: late.steps, calls: late.calls, breached: late.overdue, outbox, audit })
        };
        let raised = self.store().raise_alarms(now, judge).await?;
        for (ticket, step) in
            raised.iter().flat_map(|(ticket, alarm)| alarm.steps.iter().map(move |step| (ticket, step)))
        {
            tracing::warn!(ticket = %ticket.id, priority = ?ticket.priority, step, "nobody has taken care of a case in time");
            let labels = [("priority", format!("{:?}", ticket.priority)), ("step", step.clone())];
            metrics::counter!("apothecary_breaches_total", &labels).increment(1);
        }
        Ok(raised.len())
    }

    /// Who was called last about a ticket that waits.
    pub(super) fn called(&self, ticket: &TicketRow) -> Option<&str> {
        let last = (ticket.calls as usize).checked_sub(1)?;
        self.engine.policy.staffing.ladder().get(last).map(|rung| rung.call.as_str())
    }
}
