//! The model folder: which files it has, and the proof that each is the one that was trained.
//! `manifest.json` lists every file with its SHA-256; `manifest.sha256` holds the digest of the manifest itself
//! (both can be checked by hand with `sha256sum -c`). No byte is used before its digest was compared.

use super::ModelError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// Layout of the folder; raised when old programs could no longer read it.
pub const FORMAT: u32 = 1;
/// The manifest's file name.
pub const MANIFEST: &str = "manifest.json";
/// The name of the file that holds the manifest's digest.
pub const SEAL: &str = "manifest.sha256";
/// The files that the input guard's model consists of.
pub const FILES: &[&str] =
    &["config.json", "tokenizer.json", "model.safetensors", "ngrams.bin", "calibration.json", "thresholds.json"];
/// The files that the output guard's model consists of.
pub const SUPPORT_FILES: &[&str] = &["support.safetensors", "support.json"];
/// The files that the model for planted instructions consists of.
pub const PLANTED_FILES: &[&str] = &["planted.safetensors", "planted.json"];

/// One file with its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Name, without a folder.
    pub name: String,
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// Length in bytes.
    pub bytes: u64,
}

impl FileDigest {
    /// Of a file's content.
    #[must_use]
    pub fn of(name: &str, content: &[u8]) -> Self {
        Self { name: name.into(), sha256: sha256(content), bytes: content.len() as u64 }
    }
}

/// What `manifest.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// See [`FORMAT`].
    pub format: u32,
    /// The model that training started from.
    pub base: String,
    /// Seed of the training run.
    pub seed: u64,
    /// The model's own files, exactly [`FILES`], [`SUPPORT_FILES`] or [`PLANTED_FILES`].
    pub files: Vec<FileDigest>,
    /// The files that it was trained and calibrated on, and the base weights.
    pub made_from: Vec<FileDigest>,
}

/// A model folder that was read and checked.
pub struct Artefact {
    contents: BTreeMap<String, Vec<u8>>,
    base: String,
    digest: String,
}

impl Artefact {
    /// Reads the named files of the folder and compares its digest before anything is parsed from it.
    ///
    /// # Errors
    /// [`ModelError::Read`] for an absent file, [`ModelError::Changed`] for one flipped byte, [`ModelError::Format`].
    pub fn read(dir: &Path, files: &[&str]) -> Result<Self, ModelError> {
        let json = read(dir, MANIFEST)?;
        let digest = sha256(&json);
        if read(dir, SEAL)? != seal(&digest).as_bytes() {
            return Err(ModelError::Changed(dir.join(MANIFEST)));
        }
        let bad = |reason: String| ModelError::Format { file: MANIFEST.into(), reason };
        let manifest: Manifest = serde_json::from_slice(&json).map_err(|e| bad(e.to_string()))?;
        if manifest.format != FORMAT {
            return Err(bad(format!("format {} is not {FORMAT}, which this program reads", manifest.format)));
        }
        let mut contents = BTreeMap::new();
        for name in files.iter().copied() {
            let listed = manifest.files.iter().find(|f| f.name == name);
            let listed = listed.ok_or_else(|| bad(format!("{name} is not listed")))?;
            let content = read(dir, name)?;
            if FileDigest::of(name, &content) != *listed {
                return Err(ModelError::Changed(dir.join(name)));
            }
            contents.insert(name.to_owned(), content);
        }
        Ok(Self { contents, base: manifest.base, digest })
    }

    /// A file's checked content; empty for a name that was not read.
    #[must_use]
    pub fn content(&self, name: &str) -> &[u8] {
        self.contents.get(name).map_or(&[], Vec::as_slice)
    }

    /// The model that training started from.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// SHA-256 of the manifest in hex: it stands for the whole model.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// Writes the manifest over the model files that lie in `dir`, and its seal.
///
/// # Errors
/// [`ModelError::Read`] when one of `files` is absent, [`ModelError::Write`].
pub fn write_manifest(
    dir: &Path,
    files: &[&str],
    base: &str,
    seed: u64,
    made_from: Vec<FileDigest>,
) -> Result<(), ModelError> {
    let files = files.iter().map(|name| Ok(FileDigest::of(name, &read(dir, name)?)));
    let files = files.collect::<Result<_, ModelError>>()?;
    let manifest = Manifest { format: FORMAT, base: base.into(), seed, files, made_from };
    let json = serde_json::to_vec_pretty(&manifest)
        .map_err(|e| ModelError::Format { file: MANIFEST.into(), reason: e.to_string() })?;
    write(dir, SEAL, seal(&sha256(&json)).as_bytes())?;
    write(dir, MANIFEST, &json)
}

/// Lower-case hex of the SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Writes one file into a folder, whole or not at all: a reader never finds half of it.
///
/// # Errors
/// [`ModelError::Write`].
pub fn write(dir: &Path, name: &str, content: &[u8]) -> Result<(), ModelError> {
    let path = dir.join(name);
    let half = dir.join(format!(".{name}.part"));
    let written = std::fs::write(&half, content).and_then(|()| std::fs::rename(&half, &path));
    written.map_err(|source| ModelError::Write { path, source })
}

fn seal(digest: &str) -> String {
    format!("{digest}  {MANIFEST}\n")
}

fn read(dir: &Path, name: &str) -> Result<Vec<u8>, ModelError> {
    let path = dir.join(name);
    std::fs::read(&path).map_err(|source| ModelError::Read { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_flipped_byte_in_any_file_is_named() {
        let dir = std::env::temp_dir().join(format!("apothecary-artefact-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        for name in FILES.iter().copied() {
            write(&dir, name, format!("content of {name}").as_bytes()).unwrap();
        }
        write_manifest(&dir, FILES, "base", 7, vec![]).unwrap();
        assert_eq!(Artefact::read(&dir, FILES).unwrap().content("config.json"), b"content of config.json");
        for name in FILES.iter().chain([&MANIFEST, &SEAL]) {
            let good = std::fs::read(dir.join(name)).unwrap();
            let mut changed = good.clone();
            changed[9] ^= 1;
            write(&dir, name, &changed).unwrap();
            let error = Artefact::read(&dir, FILES).err().unwrap().to_string();
            let named = if *name == SEAL { MANIFEST } else { name };
            assert!(error.contains(named) && error.contains("apothecary train"), "{error}");
            write(&dir, name, &good).unwrap();
        }
        std::fs::remove_file(dir.join("thresholds.json")).unwrap();
        assert!(matches!(Artefact::read(&dir, FILES), Err(ModelError::Read { .. })));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
