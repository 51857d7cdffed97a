//! apothecary: a guardrailed retrieval chatbot for an online pharmacy.

pub mod domain;
pub mod classify;
pub mod train;
