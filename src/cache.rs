//! Section embeddings on disk, so that more than a thousand sections do not cost each start many seconds. `apothecary index` writes
//! the file that ships beside the model; what it lacks is computed at start and kept in the temporary folder. A file of another
//! model, or with one changed byte, is not used: that costs time, never a wrong answer.

use crate::classify::{Model, ModelError};
use crate::domain::embedding::{DIM, Embedding};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file beside the model.
pub const FILE: &str = "sections.bin";
const KEY: usize = 32;
const ENTRY: usize = KEY + DIM;
const SEAL: usize = 32;

type Key = [u8; KEY];
type Known = BTreeMap<Key, Vec<i8>>;

/// Embeddings of texts in order; those that neither file holds are computed and kept.
///
/// # Errors
/// When the model cannot run. A file that cannot be read or written costs time only.
pub fn embeddings(model: &Model, texts: &[String], beside: &Path) -> Result<Vec<Embedding>, ModelError> {
    let known = known(model, texts, beside)?;
    texts.iter().map(|t| known.get(&key(t)).and_then(|q| restored(q)).ok_or_else(lost)).collect()
}

fn lost() -> ModelError {
    ModelError::Format { file: FILE.into(), reason: "an entry is missing".into() }
}

/// What is known of these texts and others, once all of these are.
fn known(model: &Model, texts: &[String], beside: &Path) -> Result<Known, ModelError> {
    let shipped = read(&beside.join(FILE), model);
    let own = temporary(model);
    let mut known = if texts.iter().all(|t| shipped.contains_key(&key(t))) { Known::new() } else { read(&own, model) };
    known.extend(shipped);
    let missing: Vec<&str> = texts.iter().filter(|t| !known.contains_key(&key(t))).map(String::as_str).collect();
    if !missing.is_empty() {
        let computed = model.embed(&missing)?;
        known.extend(missing.iter().zip(&computed).map(|(t, e)| (key(t), quantised(e))));
        write(&own, model, &known);
    }
    Ok(known)
}

/// Computes and writes the file that ships beside the model; returns its bytes.
///
/// # Errors
/// When the model cannot run or the file cannot be written.
pub fn ship(model: &Model, texts: &[String], beside: &Path) -> Result<usize, ModelError> {
    let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let known = texts.iter().zip(model.embed(&refs)?).map(|(t, e)| (key(t), quantised(&e))).collect();
    let (path, bytes) = (beside.join(FILE), encoded(model, &known));
    std::fs::write(&path, &bytes).map_err(|source| ModelError::Write { path, source })?;
    Ok(bytes.len())
}

/// The file for these texts alone, those that are known already taken over.
///
/// # Errors
/// As [`embeddings`].
pub fn file(model: &Model, texts: &[String], beside: &Path) -> Result<Vec<u8>, ModelError> {
    let known = known(model, texts, beside)?;
    let entry = |t: &String| Some((key(t), known.get(&key(t))?.clone()));
    let own = texts.iter().map(|t| entry(t).ok_or_else(lost)).collect::<Result<Known, _>>()?;
    Ok(encoded(model, &own))
}

fn key(text: &str) -> Key {
    Sha256::digest(text.as_bytes()).into()
}

/// Every embedding goes through this, so that a cached one equals a fresh one.
fn quantised(e: &Embedding) -> Vec<i8> {
    e.bytes().collect()
}

fn restored(q: &[i8]) -> Option<Embedding> {
    Embedding::new(q.iter().map(|b| f32::from(*b)).collect())
}

fn temporary(model: &Model) -> PathBuf {
    let short: String = model.digest().chars().take(16).collect();
    std::env::temp_dir().join(format!("apothecary-sections-{short}.bin"))
}

fn encoded(model: &Model, known: &Known) -> Vec<u8> {
    let mut bytes = model.digest().as_bytes().to_vec();
    for (key, q) in known {
        bytes.extend_from_slice(key);
        bytes.extend(q.iter().map(|b| b.cast_unsigned()));
    }
    let seal = Sha256::digest(&bytes);
    bytes.extend_from_slice(&seal);
    bytes
}

fn read(path: &Path, model: &Model) -> Known {
    let bytes = std::fs::read(path).unwrap_or_default();
    let body = bytes
        .split_at_checked(bytes.len().saturating_sub(SEAL))
        .filter(|(body, seal)| Sha256::digest(body).as_slice() == *seal);
    let entries = body.and_then(|(body, _)| body.strip_prefix(model.digest().as_bytes())).unwrap_or_default();
    let entry = |chunk: &[u8]| {
        let (key, q) = chunk.split_at_checked(KEY)?;
        Some((key.try_into().ok()?, q.iter().map(|b| b.cast_signed()).collect()))
    };
    entries.chunks_exact(ENTRY).filter_map(entry).collect()
}

/// Written beside and renamed, so that a second process never reads half a file.
fn write(path: &Path, model: &Model, known: &Known) {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    if std::fs::write(&beside, encoded(model, known)).is_ok() {
        let _ = std::fs::rename(&beside, path);
    }
}
