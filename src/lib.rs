//! apothecary: a guardrailed retrieval chatbot for an online pharmacy.

pub mod app;
pub mod domain;
pub mod guard;
pub mod http;
pub mod identity;
pub mod policy;
