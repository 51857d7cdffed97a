//! FHIR R4 bundles (type collection) and NDJSON → records. References cross files, so all resources are collected
//! first and mapped then. A bad resource is reported with its place; the good ones are kept; nothing is guessed.

mod json;
mod medications;
mod orders;
mod people;
mod pool;
mod prescriptions;
mod prices;
mod unknown;

use crate::domain::facts::{Medication, Record};
use pool::Pool;
pub use pool::Sent;
use std::path::Path;
pub use unknown::Unknown;

/// Something that was kept out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// File and resource, such as `P0001.json: Task/fill-4000101-1`.
    pub place: String,
    /// What is wrong and what mends it; never a name or an address.
    pub reason: String,
}

/// What a feed held.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The sound records.
    pub records: Vec<Record>,
    /// What was kept out.
    pub problems: Vec<Problem>,
    /// Of that, words on a record that nobody knows.
    pub unknown: Vec<Unknown>,
}

/// Reads one bundle, one resource or NDJSON; `file` names it in problems. References must resolve within it.
#[must_use]
pub fn read(bundle_json: &str, file: &str) -> Read {
    read_many(&[(file.to_owned(), bundle_json.to_owned())])
}

/// Reads `(file name, text)` pairs together, so that references may cross them.
#[must_use]
pub fn read_many(files: &[(String, String)]) -> Read {
    let mut pool = Pool::default();
    for (file, text) in files {
        pool.add(file, text);
    }
    pool.map(&[])
}

/// Reads single resources, of each one version, beside a formulary that is known already.
#[must_use]
pub fn read_sent(sent: &[Sent], known: &[Medication]) -> Read {
    let mut pool = Pool::default();
    pool.add_sent(sent);
    pool.map(known)
}

/// When a resource last changed, where that can be read.
#[must_use]
pub fn changed_at(resource: &serde_json::Value) -> Option<jiff::Timestamp> {
    pool::changed(resource).ok().flatten()
}

/// Reads every `*.json` and `*.ndjson` of a folder, in order of name.
///
/// # Errors
/// When the folder or a file in it cannot be read.
pub fn read_dir(dir: &Path) -> std::io::Result<Read> {
    let mut paths: Vec<_> =
        std::fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|e| e.path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "json" || e == "ndjson"));
    paths.sort();
    let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let files =
        paths.iter().map(|p| Ok((name(p), std::fs::read_to_string(p)?))).collect::<std::io::Result<Vec<_>>>()?;
    Ok(read_many(&files))
}

#[cfg(test)]
mod tests;
