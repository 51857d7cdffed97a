//! `MANIFEST.json`: what a version is made of, and who published it when. The digest covers names and contents of the files, not who and
//! when: the same texts have the same digest whenever they are published.

use super::VersionName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Its file.
pub(super) const MANIFEST: &str = "MANIFEST.json";

/// What a version says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its place in the row of versions.
    pub number: u64,
    /// sha256 over names and contents of all files, hex.
    pub digest: String,
    /// sha256 of each file, hex.
    pub files: BTreeMap<String, String>,
    /// When it was published.
    pub published_at: Timestamp,
    /// Who published it.
    pub by: String,
    /// Why, in their words; may be empty.
    pub note: String,
}

impl Manifest {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|e| format!("{MANIFEST} does not read: {e}"))
    }

    /// Says which file is not what it was.
    pub(super) fn verify(&self, name: &VersionName, files: &BTreeMap<String, Vec<u8>>) -> Result<(), String> {
        for (file, digest) in &self.files {
            match files.get(file) {
                None => return Err(format!("{file} is missing")),
                Some(bytes) if of_file(bytes) != *digest => return Err(format!("{file} was changed")),
                Some(_) => {}
            }
        }
        let texts = || files.iter().filter(|(file, _)| *file != MANIFEST);
        if let Some((file, _)) = texts().find(|(file, _)| !self.files.contains_key(*file)) {
            return Err(format!("{file} was added"));
        }
        if of_all(texts()) != self.digest || VersionName::new(self.number, &self.digest) != *name {
            return Err(format!("{MANIFEST} was changed: its number or digest is not that of the folder"));
        }
        Ok(())
    }
}

/// sha256 of a file, hex.
pub(crate) fn of_file(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// sha256 over names and contents in order of name, hex. Lengths stand between, so that nothing can move from one file to the next.
pub(super) fn of_all<'a>(files: impl Iterator<Item = (&'a String, &'a Vec<u8>)>) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in files {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hex::encode(hash.finalize())
}
