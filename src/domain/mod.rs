//! Values that every layer shares: labels, scores, texts, states, facts, ids and the clock.
//! No I/O, no async, no reading of the system clock except in [`clock::SystemClock`].

pub mod bayes;
pub mod blocks;
pub mod card;
pub mod clock;
pub mod delta;
pub mod details;
pub mod embedding;
pub mod evidence;
pub mod facts;
pub mod feed;
pub mod ids;
pub mod labels;
pub mod lang;
pub mod leading;
pub mod line;
pub mod modes;
pub mod roles;
pub mod route;
pub mod score;
pub mod session;
pub mod states;
pub mod text;
pub mod tokens;
pub mod words;
