//! The life of a ticket as a pure function: which act is possible in which state, for whom, and what it changes. Nothing is stored
//! here; who may do what by role, and what a clock is worth, is decided above.

use super::tickets::TicketRow;
use crate::domain::ids::StaffId;
use crate::domain::route::Queue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a ticket stands (DOMAIN.md 8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Nobody has it.
    New,
    /// Nobody has it any more: put back, handed on by name or to another team, or its holder's lease ran out.
    Offered,
    /// The customer came back shortly after an end; nobody has it.
    Reopened,
    /// Somebody has it until the lease runs out.
    Claimed,
    /// Its holder has begun: a note, a call, or news from the customer.
    Working,
    /// Its holder wrote; the customer has not written since.
    WaitingCustomer,
    /// Parked until a moment; nobody has it, and the assistant answers again.
    WaitingInternal,
    /// A call is promised for a window; nobody has it before.
    Callback,
    /// Done.
    Resolved,
    /// Goes on in another ticket.
    Merged,
    /// The customer could not be reached.
    Abandoned,
    /// The customer did not come back to an answer.
    Expired,
}

impl TicketState {
    /// True for the ends; the table's `closed` column says the same.
    #[must_use]
    pub fn closed(self) -> bool {
        matches!(self, Self::Resolved | Self::Merged | Self::Abandoned | Self::Expired)
    }
    /// Nobody has it, and anybody of the team may take it now.
    #[must_use]
    pub fn waits(self) -> bool {
        matches!(self, Self::New | Self::Offered | Self::Reopened)
    }
    /// Somebody has it, and with it the chat.
    #[must_use]
    pub fn held(self) -> bool {
        matches!(self, Self::Claimed | Self::Working | Self::WaitingCustomer)
    }
}

/// A call that was promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// The window begins.
    pub from: Timestamp,
    /// The window ends.
    pub until: Timestamp,
    /// A number that the customer gave; none for the number on file.
    pub number: Option<String>,
    /// May details be left on a machine? No, unless the customer said so.
    pub leave_message: bool,
    /// Calls so far.
    pub attempts: Vec<Attempt>,
}

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// Who called.
    pub by: String,
    /// What came of it.
    pub reached: Reached,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// They spoke.
    Spoke,
    /// Nobody answered.
    NoAnswer,
    /// A message was left.
    Message,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Staff id.
    pub id: StaffId,
    /// Shown name.
    pub name: String,
    /// Word of the role.
    pub role: String,
}

/// What is done to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Take it; by its holder: extend the lease.
    Claim {
        /// End of the lease.
        until: Timestamp,
    },
    /// Take it from somebody whose lease still runs.
    TakeOver {
        /// End of the lease.
        until: Timestamp,
    },
    /// Write to the customer. `version` as the writer saw it: what came in since must be read first.
    Reply {
        /// Version that was read.
        version: i64,
    },
    /// Write for colleagues.
    Note,
    /// Hand it to another team, to somebody by name, or both.
    Transfer {
        /// The team.
        queue: Queue,
        /// The person.
        to: Option<StaffId>,
        /// The clock of a case that had been answered and now waits again.
        due: Timestamp,
    },
    /// Put it aside until a moment.
    Park {
        /// When it comes back.
        until: Timestamp,
    },
    /// Promise a call.
    Callback(Callback),
    /// Write down a call; `next` is the window of the next one.
    Attempt {
        /// What came of it.
        reached: Reached,
        /// Window of the next call, if there is one.
        next: Option<(Timestamp, Timestamp)>,
    },
    /// Put it back.
    Release {
        /// As in `Transfer`.
        due: Timestamp,
    },
    /// End it; the assistant answers again.
    Resolve {
        /// As in `Reply`.
        version: i64,
        /// How it ended.
        outcome: Resolution,
    },
}

/// How a ticket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// One of the console's dispositions; opaque here.
    pub disposition: String,
    /// Up to three more.
    pub further: Vec<String>,
    /// The closing note, for staff only.
    pub note: Option<String>,
    /// `Resolved` or `Abandoned`.
    pub end: TicketState,
}

/// Why an act is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifeError {
    /// Somebody else has it.
    #[error("{by} has this ticket; wait for a release or for the lease to run out, or take over with a reason")]
    Taken {
        /// Shown name of the holder.
        by: String,
    },
    /// It is done.
    #[error("this ticket has ended; open the conversation for what came after")]
    Ended,
    /// The asker does not have it.
    #[error("claim the ticket first")]
    NotClaimed,
    /// It changed since it was read.
    #[error("the ticket is at version {now} by now; read what is new and send again")]
    Stale {
        /// The stored version.
        now: i64,
    },
    /// A take-over of what nobody has.
    #[error("nobody has this ticket; claim it")]
    Free,
    /// A call without a promise.
    #[error("no call was promised here; book one first")]
    NoCallback,
}

/// Does `act` to a ticket, or says why it is not possible; then the ticket is unchanged.
///
/// # Errors
/// [`LifeError`].
pub fn step(ticket: &TicketRow, actor: &Actor, act: &Act, now: Timestamp) -> Result<TicketRow, LifeError> {
    let mut t = ticket.clone();
    if t.state.closed() {
        return Err(LifeError::Ended);
    }
    match act {
        Act::Claim { until } => claim(&mut t, actor, *until, now)?,
        Act::TakeOver { until } => {
            if t.holder(now).is_none_or(|by| *by == actor.id) {
                return Err(LifeError::Free);
            }
            take(&mut t, actor, *until);
        }
        held => {
            mine(&t, actor)?;
            with_it(&mut t, actor, held, now)?;
        }
    }
    t.version += 1;
    Ok(t)
}

/// What its holder can do.
fn with_it(t: &mut TicketRow, actor: &Actor, act: &Act, now: Timestamp) -> Result<(), LifeError> {
    match act {
        Act::Claim { .. } | Act::TakeOver { .. } => {}
        Act::Note => t.state = TicketState::Working,
        Act::Reply { version } => {
            current(t, *version)?;
            t.answered_at = t.answered_at.or(Some(now));
            (t.state, t.waiting_since) = (TicketState::WaitingCustomer, now);
        }
        Act::Transfer { queue, to, due } => {
            (t.queue, t.reserved_for) = (*queue, to.clone());
            give_up(t, TicketState::Offered, now, *due);
        }
        Act::Park { until } => set_aside(t, Some(&actor.id), TicketState::WaitingInternal, *until, *until),
        Act::Callback(plan) => promise(t, Some(&actor.id), plan.clone()),
        Act::Attempt { reached, next } => called(t, actor, *reached, *next, now)?,
        Act::Release { due } => give_up(t, TicketState::Offered, now, *due),
        Act::Resolve { version, outcome } => {
            current(t, *version)?;
            t.state = outcome.end;
            (t.disposition, t.note) = (Some(outcome.disposition.clone()), outcome.note.clone());
            t.further.clone_from(&outcome.further);
            (t.resolved_at, t.lease_until) = (Some(now), None);
        }
    }
    Ok(())
}

fn claim(t: &mut TicketRow, actor: &Actor, until: Timestamp, now: Timestamp) -> Result<(), LifeError> {
    match t.holder(now) {
        Some(by) if *by != actor.id => Err(taken(t)),
        Some(_) => {
            (t.lease_until, t.calls) = (Some(until), 0);
            Ok(())
        }
        None => {
            take(t, actor, until);
            Ok(())
        }
    }
}

fn take(t: &mut TicketRow, actor: &Actor, until: Timestamp) {
    t.state = TicketState::Claimed;
    (t.claimed_by, t.claimed_name) = (Some(actor.id.clone()), Some(actor.name.clone()));
    t.claimed_role = Some(actor.role.clone());
    (t.lease_until, t.calls, t.reserved_for) = (Some(until), 0, None);
}

/// A lease that ran out still holds until somebody else claims, or the clock takes it back.
fn mine(t: &TicketRow, actor: &Actor) -> Result<(), LifeError> {
    match &t.claimed_by {
        Some(by) if *by == actor.id => Ok(()),
        Some(_) => Err(taken(t)),
        None => Err(LifeError::NotClaimed),
    }
}

fn taken(t: &TicketRow) -> LifeError {
    let by = t.claimed_name.clone().or_else(|| t.claimed_by.as_ref().map(ToString::to_string));
    LifeError::Taken { by: by.unwrap_or_default() }
}

fn current(t: &TicketRow, version: i64) -> Result<(), LifeError> {
    if t.version == version { Ok(()) } else { Err(LifeError::Stale { now: t.version }) }
}

fn let_go(t: &mut TicketRow, state: TicketState) {
    t.state = state;
    (t.claimed_by, t.claimed_name, t.claimed_role, t.lease_until) = (None, None, None, None);
    t.calls = 0;
}

/// What a ticket takes over from another that ends in it: the more urgent leads, the nearer clock counts.
pub(super) fn join(stays: &mut TicketRow, ends: &TicketRow) {
    if ends.priority < stays.priority {
        (stays.priority, stays.queue, stays.reason) = (ends.priority, ends.queue, ends.reason);
    }
    if ends.answered_at.is_none() {
        stays.due = if stays.answered_at.is_none() { stays.due.min(ends.due) } else { ends.due };
        (stays.answered_at, stays.breached_at) = (None, stays.breached_at.filter(|_| stays.answered_at.is_none()));
    }
    for label in &ends.fired {
        if !stays.fired.contains(label) {
            stays.fired.push(label.clone());
        }
    }
    stays.cards.splice(0..0, ends.cards.iter().cloned());
    stays.legal_hold |= ends.legal_hold;
    stays.version += 1;
}

/// The clock takes back what its holder left alone. An answer that waits for the customer keeps waiting, without holder.
#[must_use]
pub fn lapse(ticket: &TicketRow, due: Timestamp) -> TicketRow {
    let mut t = ticket.clone();
    let since = t.lease_until.unwrap_or(t.waiting_since);
    if t.state == TicketState::WaitingCustomer {
        let by = t.claimed_by.clone();
        let_go(&mut t, TicketState::WaitingCustomer);
        t.reserved_for = by;
    } else {
        give_up(&mut t, TicketState::Offered, since, due);
    }
    t.version += 1;
    t
}

/// Takes a case back from somebody who may not have it any more, since it has become more serious.
#[must_use]
pub fn recall(ticket: &TicketRow, now: Timestamp, due: Timestamp) -> TicketRow {
    let mut t = ticket.clone();
    give_up(&mut t, TicketState::Offered, now, due);
    t.version += 1;
    t
}

/// The clock ends what the customer did not come back to.
#[must_use]
pub fn expire(ticket: &TicketRow, now: Timestamp) -> TicketRow {
    let mut t = ticket.clone();
    let_go(&mut t, TicketState::Expired);
    t.resolved_at = Some(now);
    t.version += 1;
    t
}

/// Back to where anybody sees it. The clock of an unanswered case runs on; one that had been answered gets a new one.
fn give_up(t: &mut TicketRow, state: TicketState, now: Timestamp, due: Timestamp) {
    let_go(t, state);
    t.waiting_since = now;
    if t.answered_at.is_some() {
        (t.due, t.answered_at, t.breached_at) = (due, None, None);
    }
}

/// Out of sight until `wakes`; late from `due` on.
fn set_aside(t: &mut TicketRow, by: Option<&StaffId>, state: TicketState, wakes: Timestamp, due: Timestamp) {
    let_go(t, state);
    t.reserved_for = by.cloned();
    (t.waiting_since, t.due) = (wakes, due);
    (t.answered_at, t.breached_at) = (None, None);
}

/// Promises a call; [`set_aside`] until its window.
pub(super) fn promise(t: &mut TicketRow, by: Option<&StaffId>, plan: Callback) {
    set_aside(t, by, TicketState::Callback, plan.from, plan.until);
    t.callback = Some(plan);
}

fn called(
    t: &mut TicketRow,
    actor: &Actor,
    reached: Reached,
    next: Option<(Timestamp, Timestamp)>,
    now: Timestamp,
) -> Result<(), LifeError> {
    let mut plan = t.callback.clone().ok_or(LifeError::NoCallback)?;
    plan.attempts.push(Attempt { at: now, by: actor.name.clone(), reached });
    match next {
        Some((from, until)) if reached != Reached::Spoke => {
            promise(t, Some(&actor.id), Callback { from, until, ..plan })
        }
        _ => {
            t.callback = Some(plan);
            t.state = TicketState::Working;
            t.answered_at = t.answered_at.or((reached == Reached::Spoke).then_some(now));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests/life.rs"]
mod tests;
