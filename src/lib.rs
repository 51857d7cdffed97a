//! apothecary: a guardrailed retrieval chatbot for an online pharmacy.

pub mod classify;
pub mod domain;
pub mod policy;
