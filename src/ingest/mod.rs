//! Reads a pharmacy's order feed: FHIR resources and compact events into typed records and steps. A folder is read for the caller, who
//! hands the records to the store as a snapshot; a live feed is judged version by version and taken up here.

pub mod event;
pub mod feed;
pub mod fhir;
mod report;
mod shift;

pub use feed::{Importer, Lines};
pub use fhir::{Problem, Read, read, read_dir, read_many};
pub use report::{Entry, Report};
pub use shift::shift;
