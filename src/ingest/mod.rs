//! Reads a pharmacy's order feed into typed records. Writes nothing: the caller hands the records to the store.

pub mod fhir;
mod shift;

pub use fhir::{Problem, Read, read, read_dir, read_many};
pub use shift::shift;
