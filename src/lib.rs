//! apothecary: a guardrailed retrieval chatbot for an online pharmacy.

pub mod app;
pub mod boot;
pub mod cache;
pub mod classify;
pub mod cli;
pub mod config;
pub mod credentials;
pub mod domain;
pub mod draft;
pub mod engine;
pub mod escalate;
pub mod failpoint;
pub mod gather;
pub mod guard;
pub mod http;
pub mod identity;
pub mod ingest;
pub mod learn;
pub mod pharmacy;
pub mod policy;
pub mod retrieval;
pub mod store;
pub mod trace;
pub mod train;
pub mod turn;
pub mod wording;
