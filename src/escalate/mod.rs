//! Hand-over to people: tickets with priority, queue and clock; the hand-over card; signed webhooks from the outbox.

pub mod address;
pub mod alarm;
pub mod card;
pub mod delivery;
pub mod endpoint;
pub mod load;
pub mod post;
pub mod recipe;
pub mod schedule;
pub mod secondary;
pub mod signature;
pub mod ticket;
pub mod webhook;
