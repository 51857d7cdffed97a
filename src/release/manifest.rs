//! `release.json`: every file of a release with its sha256, and every part with a digest over its files. Its own sha256 is the digest of
//! the release. It has one spelling, so that no byte of it can differ.

use super::program::PROGRAM;
use super::settings::SETTINGS;
use crate::pharmacy::versions::manifest::of_file;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Its file.
pub(super) const MANIFEST: &str = "release.json";

/// The form that this program writes and reads.
const FORMAT: u32 = 1;

/// Which part a file belongs to: the first that its path begins with.
const PARTS: [(&str, &str); 20] = [
    ("index/", "texts"),
    ("guardrails/texts.toml", "fixed texts"),
    ("guardrails/phrases.toml", "phrases"),
    ("guardrails/replies.toml", "replies"),
    ("guardrails/guards.toml", "guards"),
    ("guardrails/regions.toml", "guards"),
    ("guardrails/rules/", "rules"),
    ("guardrails/model/thresholds.json", "thresholds"),
    // They follow from texts and model.
    ("guardrails/model/sections.bin", "embeddings"),
    ("guardrails/model/", "model"),
    ("guardrails/support/", "support model"),
    ("guardrails/planted/", "planted model"),
    ("guardrails/prompts/", "prompts"),
    ("guardrails/modes.toml", "modes"),
    ("guardrails/staffing.toml", "staffing"),
    ("guardrails/webhooks/", "webhook forms"),
    (SETTINGS, "endpoint"),
    (PROGRAM, "program"),
    (super::REPORT, "report"),
    ("", "other"),
];

/// What a release is made of. In order of name, as the file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// sha256 of each file, hex.
    pub files: BTreeMap<String, String>,
    /// The form of this file.
    pub format: u32,
    /// sha256 over names and digests of the files of each part, hex.
    pub parts: BTreeMap<String, String>,
}

impl Manifest {
    /// That of these files.
    pub(super) fn of(files: &BTreeMap<String, Vec<u8>>) -> Self {
        let files: BTreeMap<String, String> =
            files.iter().map(|(name, bytes)| (name.clone(), of_file(bytes))).collect();
        Self { parts: parts(&files), files, format: FORMAT }
    }

    /// The file.
    pub(super) fn text(&self) -> String {
        canonical(self)
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|e| format!("{MANIFEST} does not read: {e}"))?;
        if manifest.format != FORMAT {
            return Err(format!("{MANIFEST} has form {}, and this program reads {FORMAT}", manifest.format));
        }
        if manifest.text().as_bytes() != bytes || manifest.parts != parts(&manifest.files) {
            return Err(format!("{MANIFEST} is not as this program writes it"));
        }
        Ok(manifest)
    }

    /// Says which file is not what it was.
    pub(super) fn verify(&self, files: &BTreeMap<String, Vec<u8>>) -> Result<(), String> {
        for (file, digest) in &self.files {
            match files.get(file) {
                None => return Err(format!("{file} is missing")),
                Some(bytes) if of_file(bytes) != *digest => return Err(format!("{file} was changed")),
                Some(_) => {}
            }
        }
        let added = files.keys().find(|file| !self.files.contains_key(*file));
        added.map_or(Ok(()), |file| Err(format!("{file} was added")))
    }
}

fn parts(files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut open: BTreeMap<String, Sha256> = BTreeMap::new();
    for (file, digest) in files {
        let part = PARTS.iter().find(|(prefix, _)| file.starts_with(prefix)).map_or("other", |(_, part)| part);
        open.entry(part.to_owned()).or_default().update(format!("{digest} {file}\n"));
    }
    open.into_iter().map(|(part, hash)| (part, hex::encode(hash.finalize()))).collect()
}

/// The digest that a manifest's bytes give their release.
pub(super) fn digest(bytes: &[u8]) -> String {
    of_file(bytes)
}

/// The one spelling of a value: keys in order, two blanks a level, a line break at the end.
pub(super) fn canonical<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).map(|text| text + "\n").unwrap_or_default()
}
