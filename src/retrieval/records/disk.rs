//! The folder of the record index: opened or made, looked over, and written with a mark that says up to which change of the store it
//! knows the records. What is in it can always be made anew from the store.

use super::Fields;
use crate::failpoint::{Point, Side, at};
use crate::retrieval::IndexError;
use crate::retrieval::analyze::plain;
use std::path::Path;
use tantivy::directory::error::LockError;
use tantivy::directory::{INDEX_WRITER_LOCK, MmapDirectory};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{Directory, Index, IndexWriter, TantivyError};

pub(super) const ANALYZER: &str = "names";
/// Of the fields and the words in them: an index of another form is made anew.
const FORM: u32 = 1;
/// Which files the library's last commit consists of, and what we said beside it.
const META: &str = "meta.json";
/// What is not yet committed, in memory; a folder of millions is written in segments of this size.
const MEMORY: usize = 40_000_000;
/// A quarter of a segment may be versions that were replaced, before it is written without them.
const REPLACED: f32 = 0.25;

/// The store that an index is of.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'s> {
    /// Its id, which no other store has.
    pub store: &'s str,
    /// The number of the last change of a record in it.
    pub last: i64,
}

/// Opens the index in a folder, or makes it when there is none of this form and store, and looks whether its files are as they were
/// written.
pub(super) fn open(dir: &Path, origin: Origin<'_>) -> Result<(Index, Fields), IndexError> {
    let damaged = |what: String| IndexError::Damaged { dir: dir.to_owned(), what };
    let unusable = |source| IndexError::Folder { dir: dir.to_owned(), source };
    private(dir).map_err(unusable)?;
    let (schema, fields) = Fields::schema();
    let there = dir.join(META).exists();
    if there && !is_of(dir, origin).map_err(damaged)? {
        clear(dir)?;
    }
    look(dir)?;
    let directory = MmapDirectory::open(dir).map_err(|e| damaged(e.to_string()))?;
    let index = Index::open_or_create(directory, schema).map_err(|e| damaged(e.to_string()))?;
    index.tokenizers().register(ANALYZER, plain());
    Ok((index, fields))
}

/// Whether every file of the last commit is as it was written; nothing is made and nothing locked.
pub(super) fn look(dir: &Path) -> Result<(), IndexError> {
    let damaged = |what: String| IndexError::Damaged { dir: dir.to_owned(), what };
    if !dir.join(META).exists() {
        return Ok(());
    }
    let index = Index::open_in_dir(dir).map_err(|e| damaged(e.to_string()))?;
    let broken = index.validate_checksum().map_err(|e| damaged(e.to_string()))?;
    match broken.iter().next() {
        Some(file) => Err(damaged(format!("{} is not as it was written", file.display()))),
        None => Ok(()),
    }
}

/// Empties the folder, unless another process writes to it.
pub(super) fn clear(dir: &Path) -> Result<(), IndexError> {
    let unusable = |source| IndexError::Folder { dir: dir.to_owned(), source };
    private(dir).map_err(unusable)?;
    let directory = MmapDirectory::open(dir).map_err(|e| IndexError::Engine(e.into()))?;
    let lock = directory.acquire_lock(&INDEX_WRITER_LOCK).map_err(|_| IndexError::Busy { dir: dir.to_owned() })?;
    drop(lock);
    std::fs::remove_dir_all(dir).and_then(|()| private(dir)).map_err(unusable)
}

/// Names, numbers and who owns them lie in it: nobody else on the machine may read it.
fn private(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    #[cfg(unix)]
    std::fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Whether the last commit is of this form and store, and knows no change that the store does not, as after a backup came back. Read
/// without the library, which refuses what another version of it wrote.
fn is_of(dir: &Path, origin: Origin<'_>) -> Result<bool, String> {
    let bytes = std::fs::read(dir.join(META)).map_err(|e| format!("{META}: {e}"))?;
    let meta: serde_json::Value = serde_json::from_slice(&bytes).map_err(|e| format!("{META}: {e}"))?;
    let mark = meta.get("payload").and_then(|p| p.as_str()).and_then(Mark::parse);
    Ok(mark.is_some_and(|m| m.form == FORM && m.store == origin.store && m.change <= origin.last))
}

/// What stands beside each commit.
struct Mark<'p> {
    form: u32,
    store: &'p str,
    change: i64,
}

impl<'p> Mark<'p> {
    fn parse(payload: &'p str) -> Option<Self> {
        let [form, store, change] = payload.split(' ').collect::<Vec<_>>().try_into().ok()?;
        Some(Self { form: form.parse().ok()?, store, change: change.parse().ok()? })
    }
}

/// Up to which change of the store the last commit knows the records.
pub(super) fn mark(index: &Index) -> Result<i64, IndexError> {
    let payload = index.load_metas()?.payload;
    Ok(payload.as_deref().and_then(Mark::parse).map_or(0, |mark| mark.change))
}

/// One process writes; the folder is named for who meets another one.
pub(super) fn writer(index: &Index, dir: Option<&Path>) -> Result<IndexWriter, IndexError> {
    let options = IndexWriterOptions::builder().memory_budget_per_thread(MEMORY).num_merge_threads(1).build();
    let writer = index.writer_with_options(options).map_err(|e| match (e, dir) {
        (TantivyError::LockFailure(LockError::LockBusy, _), Some(dir)) => IndexError::Busy { dir: dir.to_owned() },
        (e, _) => e.into(),
    })?;
    let mut merges = LogMergePolicy::default();
    merges.set_del_docs_ratio_before_merge(REPLACED);
    writer.set_merge_policy(Box::new(merges));
    Ok(writer)
}

/// Makes what was added visible and lasting, with its mark.
pub(super) fn commit(writer: &mut IndexWriter, store: &str, change: i64) -> Result<(), IndexError> {
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&format!("{FORM} {store} {change}"));
    at(Point::SearchCommit, Side::Before);
    prepared.commit()?;
    at(Point::SearchCommit, Side::After);
    Ok(())
}
