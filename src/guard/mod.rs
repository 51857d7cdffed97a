//! The guards. Here only the list of modules.

pub mod rules;
