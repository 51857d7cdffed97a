//! Hand-over to people: tickets with priority, queue and clock; the hand-over card; signed webhooks from the outbox.

pub mod address;
pub mod alarm;
pub mod card;
pub mod ticket;
pub mod webhook;
