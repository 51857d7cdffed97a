//! What there is: the store, what the process keeps in memory, the receiver, the screens.

use std::collections::BTreeSet;

/// Ticks until the first human message is due.
const DUE: u8 = 2;
/// Ticks that a claim holds.
const LEASE: u8 = 2;
/// Ticks without an owner until somebody is called.
const CALL_AFTER: u8 = 1;

/// Everything there is. A crash takes `working`, `owned`, `half` and `post`, and leaves screens as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct World {
    pub now: u8,
    pub down: bool,
    pub crashes: u8,
    pub turns: [Turn; 2],
    pub tickets: Vec<Ticket>,
    pub outbox: Vec<Row>,
    /// How many work on each turn.
    pub working: [u8; 2],
    /// Whether the chat had an owner when the work began; only a flaw goes by it.
    pub owned: [bool; 2],
    /// The rest of a broken commit.
    pub half: Option<Half>,
    /// What was posted and is not yet marked, and whether the worker knows that it arrived.
    pub post: Option<(Cause, bool)>,
    /// What the receiver acted on, with the webhook-id; it ignores the ids that it has had.
    pub handled: BTreeSet<(Cause, u8)>,
    /// The version on each pharmacist's screen.
    pub screens: [Option<usize>; 2],
    /// What the last step was remarkable for; only properties look at it.
    pub note: Option<Note>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Turn {
    #[default]
    Unsent,
    Pending,
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Half {
    HandOver(usize),
    Tell(usize),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stage {
    #[default]
    Offered,
    Held,
    /// The customer's word is awaited.
    Answered,
    Ended,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ticket {
    pub stage: Stage,
    /// How often each message is in it.
    pub messages: [usize; 2],
    /// Which came after the last answer; only properties look at it.
    pub unanswered: [bool; 2],
    pub owner: Option<usize>,
    /// From when on nobody has it: it waits since then, or a lease runs until then.
    pub free_from: u8,
    pub due: u8,
    pub version: usize,
    pub answered: bool,
    pub breached: bool,
    /// How many rungs of the ladder were called since it waits; there is one.
    pub calls: u8,
    /// Until when each pharmacist was told that it is theirs; only properties look at it.
    pub granted: [u8; 2],
}

/// The ticket and what happened to it; a webhook tells of one.
pub type Cause = (usize, Event);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    Created,
    /// Nobody has it since then.
    Called(u8),
    /// No person wrote by then.
    Overdue(u8),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    pub cause: Cause,
    /// Of the webhook-id; a new one would be another id.
    pub id: u8,
    pub failures: u8,
    pub state: RowState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowState {
    Waiting,
    Delivered,
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Note {
    /// By whom, and on which version they saw; whose it was, and the version before and after. A reply or the end.
    Answer {
        by: usize,
        saw: usize,
        owner: Option<usize>,
        before: usize,
        after: usize,
    },
    Stale,
    TurnDone,
    LeaseRanOut,
    Lapsed,
    TakenOver,
    /// The worker died before it could mark it.
    PostedAgain,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    Accepted,
    /// Accepted, but the worker never learns.
    Unheard,
    /// The request got lost or was refused.
    Failed,
}

impl Ticket {
    pub fn new(now: u8) -> Ticket {
        Ticket { free_from: now, due: now + DUE, ..Ticket::default() }
    }

    /// Who has it under a lease that runs.
    pub fn holder(&self, now: u8) -> Option<usize> {
        self.owner.filter(|_| self.free_from > now)
    }

    pub fn extend(&mut self, who: usize, now: u8) {
        (self.free_from, self.calls) = (now + LEASE, 0);
        self.granted[who] = self.free_from;
    }

    pub fn take(&mut self, who: usize, now: u8) {
        (self.stage, self.owner) = (Stage::Held, Some(who));
        self.extend(who, now);
    }

    pub fn let_go(&mut self, stage: Stage) {
        (self.stage, self.owner, self.calls, self.granted) = (stage, None, 0, [0; 2]);
    }

    /// Back to where anybody sees it, waiting since then. What had been answered gets a new clock.
    pub fn give_up(&mut self, since: u8, now: u8) {
        self.let_go(Stage::Offered);
        self.free_from = since;
        if self.answered {
            (self.due, self.answered, self.breached) = (now + DUE, false, false);
        }
    }

    /// The clock takes back what its owner left alone. An answer keeps waiting for the customer, without owner.
    pub fn lapse(&mut self, now: u8) {
        if self.stage == Stage::Answered {
            self.let_go(Stage::Answered);
        } else {
            self.give_up(self.free_from, now);
        }
        self.version += 1;
    }

    /// One more message; it wakes what seemed answered.
    pub fn join(&mut self, message: usize, now: u8) {
        match (self.stage, self.owner) {
            (Stage::Answered, None) => self.give_up(now, now),
            (Stage::Answered, Some(_)) => self.stage = Stage::Held,
            _ => {}
        }
        self.messages[message] += 1;
        self.unanswered[message] = true;
    }

    /// What has become late since the last alarm.
    pub fn late(&self, now: u8) -> Vec<Event> {
        let call = self.stage == Stage::Offered && self.calls == 0 && self.free_from + CALL_AFTER <= now;
        let overdue = self.stage != Stage::Ended && !self.answered && !self.breached && self.due <= now;
        let call = call.then_some(Event::Called(self.free_from));
        call.into_iter().chain(overdue.then_some(Event::Overdue(self.due))).collect()
    }

    /// False when nobody waits for it any more.
    pub fn still_tells(&self, event: Event) -> bool {
        match event {
            Event::Created => true,
            Event::Called(since) => self.stage == Stage::Offered && since == self.free_from,
            Event::Overdue(due) => self.stage != Stage::Ended && !self.answered && due == self.due,
        }
    }

    /// How often staff or the clock changed it.
    pub fn acts(&self) -> usize {
        self.version.saturating_sub(self.messages.iter().sum())
    }
}

impl World {
    /// The ticket that has not ended.
    pub fn open(&self) -> Option<usize> {
        self.tickets.iter().position(|ticket| ticket.stage != Stage::Ended)
    }

    /// The webhook of a cause, written and perhaps in that state.
    pub fn told(&self, cause: Cause, state: Option<RowState>) -> bool {
        self.outbox.iter().any(|row| row.cause == cause && state.is_none_or(|state| state == row.state))
    }

    pub fn tell(&mut self, cause: Cause) {
        self.outbox.push(Row { cause, id: 0, failures: 0, state: RowState::Waiting });
        self.outbox.sort_unstable();
    }

    pub fn crash(&mut self) {
        (self.down, self.crashes) = (true, self.crashes + 1);
        (self.working, self.owned, self.half, self.post) = ([0; 2], [false; 2], None, None);
    }

    pub fn post(&mut self, cause: Cause, answer: Answer) {
        let Some(row) = self.outbox.iter().find(|row| row.cause == cause) else { return };
        if answer != Answer::Failed {
            let again = !self.handled.insert((cause, row.id));
            // Had the worker lived to hear of a failure, it would have counted it.
            self.note = (again && row.failures == 0).then_some(Note::PostedAgain);
        }
        self.post = Some((cause, answer == Answer::Accepted));
    }

    /// Drops what nothing will look at again, so that there are fewer worlds to tell apart.
    pub fn forget(&mut self) {
        for ticket in &mut self.tickets {
            for until in ticket.granted.iter_mut().filter(|until| **until <= self.now) {
                *until = 0;
            }
            if ticket.answered || ticket.stage == Stage::Ended {
                ticket.due = 0;
            }
            if ticket.owner.is_none() && ticket.stage != Stage::Offered {
                ticket.free_from = 0;
            }
        }
        let current = self.open().map(|id| self.tickets[id].version);
        for screen in self.screens.iter_mut().filter(|screen| **screen != current) {
            // Old is old.
            *screen = screen.map(|_| 0);
        }
        let tickets = &self.tickets;
        self.outbox.retain_mut(|row| {
            let sent = row.state != RowState::Waiting;
            row.failures *= u8::from(!sent);
            !sent || tickets[row.cause.0].still_tells(row.cause.1)
        });
        let waiting = |cause: Cause| self.outbox.iter().any(|row| row.cause == cause && row.state == RowState::Waiting);
        self.handled.retain(|(cause, _)| waiting(*cause));
    }
}
