//! A cache of section embeddings on disk, so that hundreds of sections do not cost each start seconds. Keyed by the model's digest
//! and each text's; a wrong or missing entry is computed again, never trusted.

use crate::classify::{Model, ModelError};
use crate::domain::embedding::{DIM, Embedding};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Embeddings of texts in order, from the cache where it has them.
///
/// # Errors
/// When the model cannot run. A cache that cannot be read or written costs time only.
pub fn embeddings(model: &Model, texts: &[String]) -> Result<Vec<Embedding>, ModelError> {
    let path = path(model);
    let mut known = read(&path);
    let keys: Vec<String> = texts.iter().map(|t| hex::encode(Sha256::digest(t.as_bytes()))).collect();
    let missing: Vec<usize> =
        (0..texts.len()).filter(|i| keys.get(*i).is_some_and(|k| !known.contains_key(k))).collect();
    if !missing.is_empty() {
        let wanted: Vec<&str> = missing.iter().filter_map(|i| texts.get(*i)).map(String::as_str).collect();
        for (i, embedding) in missing.iter().zip(model.embed(&wanted)?) {
            known.extend(keys.get(*i).cloned().map(|k| (k, embedding)));
        }
        write(&path, &known);
    }
    keys.iter()
        .map(|k| {
            known.get(k).cloned().ok_or_else(|| ModelError::Format {
                file: "the embedding cache".into(),
                reason: "an entry is missing".into(),
            })
        })
        .collect()
}

fn path(model: &Model) -> PathBuf {
    let short: String = model.digest().chars().take(16).collect();
    std::env::temp_dir().join(format!("apothecary-embeddings-{short}.bin"))
}

const KEY: usize = 64;
const ENTRY: usize = KEY + DIM * 4;

fn read(path: &PathBuf) -> BTreeMap<String, Embedding> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let entry = |chunk: &[u8]| {
        let (key, numbers) = chunk.split_at_checked(KEY)?;
        let numbers = numbers.chunks_exact(4).filter_map(|b| Some(f32::from_le_bytes(b.try_into().ok()?))).collect();
        Some((String::from_utf8(key.to_vec()).ok()?, Embedding::new(numbers)?))
    };
    bytes.chunks_exact(ENTRY).filter_map(entry).collect()
}

/// Written beside and renamed, so that a second process never reads half a file.
fn write(path: &PathBuf, known: &BTreeMap<String, Embedding>) {
    let mut bytes = Vec::with_capacity(known.len() * ENTRY);
    for (key, embedding) in known {
        bytes.extend_from_slice(key.as_bytes());
        embedding.as_slice().iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
    }
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    if std::fs::write(&beside, bytes).is_ok() {
        let _ = std::fs::rename(&beside, path);
    }
}
