//! The only place where seals are minted, one file one mint: `input` mints `Screened`, `context` mints `Vetted`,
//! `output` mints `Released` and `Quarantined`; `suggestion` gives a `Released` up. The pure rules in `rules/` and `cards` return verdicts and
//! mint nothing.

pub mod cards;
#[cfg(test)]
mod cards_tests;
pub mod context;
pub mod formulary;
pub mod input;
pub mod output;
pub mod planted;
pub mod premise;
pub mod rules;
pub mod sources;
pub mod suggestion;
pub mod support;
pub mod verdict;
