//! Calls as staff promise and make them. What the customer books and reads of a call is in `app::callback`.

use super::TicketView;
use super::acts::{With, invalid, worded};
use crate::app::{App, AppError};
use crate::domain::ids::TicketId;
use crate::domain::route::Priority;
use crate::identity::Pharmacist;
use crate::store::life::{Act, Callback, Reached};
use crate::store::tickets::TicketRow;
use jiff::Timestamp;
use serde::Deserialize;

/// So many calls are made before a letter.
pub(super) const ATTEMPTS: usize = 3;

/// A call that staff promises.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallPlan {
    /// The window begins.
    pub from: Timestamp,
    /// The window ends.
    pub until: Timestamp,
    /// A number that the customer gave; none for the number on file.
    #[serde(default)]
    pub number: Option<String>,
    /// The customer allows details on a machine.
    #[serde(default)]
    pub leave_message: bool,
}

impl App {
    /// Promises the customer a call and tells them its window.
    ///
    /// # Errors
    /// As [`App::note`]; [`AppError::Invalid`] for a window that is none, or without a number.
    pub async fn promise_call(
        &self,
        staff: &Pharmacist,
        id: &TicketId,
        plan: CallPlan,
    ) -> Result<TicketView, AppError> {
        let row = self.case(id).await?;
        if row.priority == Priority::P0 {
            return Err(invalid("an emergency does not wait for a call; call now, or hand it to somebody"));
        }
        self.staffed(&row, plan.from, plan.until)?;
        let plan = Callback {
            from: plan.from,
            until: plan.until,
            number: plan.number,
            leave_message: plan.leave_message,
            attempts: row.callback.clone().map(|c| c.attempts).unwrap_or_default(),
        };
        let said = self.call_promised(&row, &plan).await?;
        let with = With { messages: vec![said], ..With::default() };
        self.act(staff, row, "callback", Act::Callback(plan), with).await
    }

    /// Writes down a call. Who was not reached is called again in `next`, three times at most; of an urgent case the pharmacist in charge
    /// is told then, who decides what follows.
    ///
    /// # Errors
    /// As [`App::promise_call`].
    pub async fn called_them(
        &self,
        staff: &Pharmacist,
        id: &TicketId,
        reached: Reached,
        next: Option<(Timestamp, Timestamp)>,
        note: Option<&str>,
    ) -> Result<TicketView, AppError> {
        let row = self.case(id).await?;
        let before = row.callback.as_ref().map_or(0, |c| c.attempts.len());
        if next.is_some() && before + 1 >= ATTEMPTS {
            return Err(invalid("three calls were made: write to them or send a letter, then resolve"));
        }
        if let Some((from, until)) = next {
            self.window(from, until)?;
            self.staffed(&row, from, until)?;
        }
        let in_vain = reached != Reached::Spoke && before + 1 >= ATTEMPTS && row.priority <= Priority::P1;
        let event = match reached {
            Reached::Spoke => "escalation.replied",
            _ if in_vain => "escalation.breached:in_charge",
            _ => "",
        };
        let note = note.map(|n| worded("a note", n)).transpose()?;
        self.act(staff, row, "attempt", Act::Attempt { reached, next }, With { event, note, ..With::default() }).await
    }

    /// A call is promised only for when somebody of the team is there to make it.
    fn staffed(&self, row: &TicketRow, from: Timestamp, until: Timestamp) -> Result<(), AppError> {
        if self.policy().staffing.there(from, until, row.queue) {
            return Ok(());
        }
        Err(invalid(
            "from, until: nobody of this team is there then; choose a window within its hours, or hand the case on first",
        ))
    }
}
