//! The clock that runs beside the conversations: it alarms when nobody takes care of a ticket in time, takes back what was left alone
//! and ends what the customer did not come back to, whatever the webhooks did before.

use super::{App, AppError, fresh_id};
use crate::domain::roles::Role;
use crate::domain::route::Priority;
use crate::escalate::alarm::late;
use crate::escalate::webhook::{self, Endpoint};
use crate::store::alarms::Alarm;
use crate::store::life;
use crate::store::tickets::{TicketRow, TicketState};
use jiff::Timestamp;
use serde_json::json;

impl App {
    /// Does to the tickets what time does, and gives how many it was about. Each alarm is raised once, also over restarts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn raise_alarms(&self) -> Result<usize, AppError> {
        let now = self.clock().now();
        let endpoints = self.endpoints().await?;
        let raised = self.store().raise_alarms(now, |ticket| self.judge(ticket, &endpoints, now)).await?;
        for (ticket, step) in raised.iter().flat_map(|a| a.steps.iter().map(move |step| (&a.after, step))) {
            tracing::warn!(ticket = %ticket.id, priority = ?ticket.priority, step, "nobody has taken care of a case in time");
            let labels = [("priority", format!("{:?}", ticket.priority)), ("step", step.clone())];
            metrics::counter!("apothecary_breaches_total", &labels).increment(1);
        }
        if !raised.is_empty() {
            self.ring();
        }
        Ok(raised.len())
    }

    /// What time has done to a ticket by now; `None` when nothing.
    fn judge(&self, ticket: &TicketRow, endpoints: &[Endpoint], now: Timestamp) -> Option<Alarm> {
        let policy = self.policy();
        let staffing = &policy.staffing;
        let console = &self.config.console_url;
        let mut acts = Vec::new();
        let mut after = ticket.clone();
        let due = || staffing.due(now, ticket.priority, ticket.queue);
        if outgrown(ticket) {
            after = life::recall(&after, now, due());
            acts.push("recall");
        } else if ticket.owner().is_some() && ticket.holder(now).is_none() {
            after = life::lapse(&after, due());
            acts.push("lapse");
        }
        if self.given_up(&after, now) {
            after = life::expire(&after, now);
            let outbox = webhook::rows(endpoints, "escalation.expired", &after, console, now, fresh_id);
            let audit = json!({ "act": "expire", "ticket": ticket.id });
            return Some(Alarm { after, steps: Vec::new(), outbox, audit });
        }
        let late = late(&after, staffing, now);
        let steps = late.as_ref().map(|l| l.steps.clone()).unwrap_or_default();
        if let Some(late) = late {
            after.calls = late.calls;
            after.breached_at = if late.overdue { Some(now) } else { after.breached_at };
            acts.push("alarm");
        }
        let outbox = webhook::breach_rows(endpoints, &steps, &after, console, now, fresh_id);
        let audit = json!({ "act": acts.join("+"), "ticket": ticket.id, "priority": ticket.priority, "steps": steps });
        (!acts.is_empty()).then_some(Alarm { after, steps, outbox, audit })
    }

    /// A person answered, nobody holds it any more, and the customer has been silent for long; an urgent case never ends so.
    fn given_up(&self, ticket: &TicketRow, now: Timestamp) -> bool {
        ticket.state == TicketState::WaitingCustomer
            && ticket.owner().is_none()
            && ticket.priority >= Priority::P2
            && now.duration_since(ticket.waiting_since) >= self.policy().staffing.silent()
    }

    /// Who was called last about a ticket that waits.
    pub(super) fn called(&self, ticket: &TicketRow) -> Option<String> {
        let last = (ticket.calls as usize).checked_sub(1)?;
        self.policy().staffing.ladder().get(last).map(|rung| rung.call.as_str().to_owned())
    }
}

/// A technician has a case that has become a pharmacist's: while they had it, nobody else would be called.
fn outgrown(ticket: &TicketRow) -> bool {
    let technician = ticket.claimed_role.as_deref() == Some(Role::Technician.code());
    ticket.owner().is_some() && technician && !Role::Technician.may_have(ticket.queue, ticket.priority)
}
