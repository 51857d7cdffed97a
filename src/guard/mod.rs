//! Thin local copy for the HTTP layer; replaced at merge.

pub mod output;
