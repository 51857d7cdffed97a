//! What is true only now and lost at a restart without harm: who is at a desk, who is writing, what has been read. Nothing here is stored
//! and no promise rests on it.

use super::console::Colleague;
use crate::domain::ids::{ConversationId, StaffId, TicketId};
use crate::identity::Pharmacist;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Somebody counts as at work for so long after the last look at the queue.
const PRESENT: SignedDuration = SignedDuration::from_secs(60);
/// A sign of writing holds so long.
const WRITING: SignedDuration = SignedDuration::from_secs(8);
/// Looks at one case by one person within this time are one look.
const LOOK: SignedDuration = SignedDuration::from_mins(15);

#[derive(Default)]
struct Now {
    staff: HashMap<StaffId, (Colleague, Timestamp)>,
    staff_writes: HashMap<ConversationId, Timestamp>,
    customer_writes: HashMap<ConversationId, Timestamp>,
    read: HashMap<ConversationId, (StaffId, i64)>,
    looks: HashMap<(StaffId, TicketId), Timestamp>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Presence(Mutex<Now>);

impl Presence {
    fn with<T>(&self, f: impl FnOnce(&mut Now) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Somebody looked at the queue.
    pub(super) fn saw(&self, staff: &Pharmacist, now: Timestamp) {
        let who = Colleague { id: staff.id().to_string(), name: staff.name().to_owned(), role: staff.role() };
        self.with(|n| n.staff.insert(staff.id().clone(), (who, now)));
    }

    /// Who is at a desk, by name.
    pub(super) fn at_work(&self, now: Timestamp) -> Vec<Colleague> {
        let mut all: Vec<Colleague> = self.with(|n| {
            n.staff.retain(|_, (_, at)| now.duration_since(*at) <= PRESENT);
            n.staff.values().map(|(who, _)| who.clone()).collect()
        });
        all.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        all
    }

    /// A person is writing to the customer.
    pub(super) fn staff_types(&self, chat: &ConversationId, now: Timestamp) {
        self.with(|n| fresh(&mut n.staff_writes, now).insert(chat.clone(), now));
    }

    /// What was written was sent.
    pub(super) fn wrote(&self, chat: &ConversationId) {
        self.with(|n| n.staff_writes.remove(chat));
    }

    /// The customer is writing.
    pub(super) fn customer_writes(&self, chat: &ConversationId, now: Timestamp) {
        self.with(|n| fresh(&mut n.customer_writes, now).insert(chat.clone(), now));
    }

    /// Whether a person is writing.
    pub(super) fn person_types(&self, chat: &ConversationId, now: Timestamp) -> bool {
        self.with(|n| fresh(&mut n.staff_writes, now).contains_key(chat))
    }

    /// Whether the customer is writing.
    pub(super) fn customer_types(&self, chat: &ConversationId, now: Timestamp) -> bool {
        self.with(|n| fresh(&mut n.customer_writes, now).contains_key(chat))
    }

    /// The owner of the chat has read up to a message.
    pub(super) fn read(&self, chat: &ConversationId, staff: &StaffId, seq: i64) {
        self.with(|n| n.read.insert(chat.clone(), (staff.clone(), seq)));
    }

    /// Up to which message the owner of the chat has read; what an earlier owner read does not count.
    pub(super) fn read_up_to(&self, chat: &ConversationId, staff: &StaffId) -> Option<i64> {
        self.with(|n| n.read.get(chat).filter(|(by, _)| by == staff).map(|(_, seq)| *seq))
    }

    /// Whether a look of theirs at a case has been written down a short while ago.
    pub(super) fn has_looked(&self, staff: &StaffId, ticket: &TicketId, now: Timestamp) -> bool {
        self.with(|n| {
            n.looks.retain(|_, at| now.duration_since(*at) < LOOK);
            n.looks.contains_key(&(staff.clone(), ticket.clone()))
        })
    }

    /// Their look at a case has been written down.
    pub(super) fn looked(&self, staff: &StaffId, ticket: &TicketId, now: Timestamp) {
        self.with(|n| n.looks.insert((staff.clone(), ticket.clone()), now));
    }
}

/// Without the signs that are too old.
fn fresh(signs: &mut HashMap<ConversationId, Timestamp>, now: Timestamp) -> &mut HashMap<ConversationId, Timestamp> {
    signs.retain(|_, at| now.duration_since(*at) <= WRITING);
    signs
}
