//! What is late about a ticket: nobody claimed it (the ladder of P0 and P1), or no person wrote by the time it was due.

use crate::domain::route::Priority;
use crate::policy::staffing::Staffing;
use crate::store::tickets::TicketRow;
use jiff::Timestamp;

/// The step of a ticket whose first human message is late.
pub const OVERDUE: &str = "overdue";

/// What is newly late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Whom to call, in order, and [`OVERDUE`] at the end if that is new.
    pub steps: Vec<String>,
    /// How many rungs of the ladder have been reached.
    pub calls: u32,
    /// The first human message is late.
    pub overdue: bool,
}

/// What has become late about a ticket since its last alarm; `None` when nothing has.
#[must_use]
pub fn late(ticket: &TicketRow, staffing: &Staffing, now: Timestamp) -> Option<Late> {
    let since = ticket.unclaimed_since(now).filter(|_| ticket.priority <= Priority::P1);
    let reached = since.map(|since| staffing.called(since, now)).unwrap_or_default();
    let new = reached.iter().skip(ticket.calls as usize);
    let overdue = ticket.answered_at.is_none() && ticket.breached_at.is_none() && ticket.due <= now;
    let steps: Vec<String> = new.map(|rung| rung.call.clone()).chain(overdue.then(|| OVERDUE.to_owned())).collect();
    let calls = ticket.calls.max(u32::try_from(reached.len()).unwrap_or(u32::MAX));
    (!steps.is_empty()).then_some(Late { steps, calls, overdue })
}
