//! apothecary: a guardrailed retrieval chatbot for an online pharmacy.

pub mod classify;
pub mod domain;
pub mod ingest;
pub mod pharmacy;
pub mod policy;
pub mod retrieval;
pub mod store;
