//! Webhooks from the outbox to a receiver: what is told, how it is delivered, how receivers are managed, and that receivers'
//! own libraries accept the signatures.

mod command;
mod delivery;
mod fences;
pub(crate) mod inbox;
mod manage;
mod recipes;
mod rotation;
mod secondary;
mod told;
mod verifiers;
