//! Search over records follows the store: at start from the last commit of its folder, then from change to change. What may be told of
//! what it finds is not its business: an answer re-reads the store.

use crate::retrieval::{IndexError, Origin, RecordIndex};
use crate::store::{Store, StoreError};
use std::path::Path;
use std::sync::Arc;

/// Changes between two commits while much is new: a commit of few writes small segments, and a crash costs what was not committed.
const BETWEEN: usize = 100_000;

/// Why search does not know the latest records.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The store.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// The index.
    #[error("{0}")]
    Index(#[from] IndexError),
}

/// Opens the index in a folder, or an empty one in memory, and brings it up to the store. `told` hears how many records were taken in
/// so far.
///
/// # Errors
/// [`FollowError`]; a damaged folder names its mend.
pub async fn open(
    dir: Option<&Path>,
    store: &Store,
    told: &(dyn Fn(usize) + Sync),
) -> Result<Arc<RecordIndex>, FollowError> {
    let (id, last) = (store.id().await?, store.records_mark().await?);
    let index = Arc::new(match dir {
        Some(dir) => RecordIndex::open(dir, Origin { store: &id, last })?,
        None => RecordIndex::in_memory()?,
    });
    follow(&index, store, told).await?;
    Ok(index)
}

/// Takes in what changed since the last commit.
///
/// # Errors
/// [`FollowError`]; the next call begins at the last commit.
pub async fn follow(index: &Arc<RecordIndex>, store: &Store, told: &(dyn Fn(usize) + Sync)) -> Result<(), FollowError> {
    let (mut from, mut taken, mut open) = (index.mark(), 0, 0);
    loop {
        let changes = store.records_after(from).await?;
        let new = changes.records.len();
        if new > 0 {
            (from, taken, open) = (changes.last, taken + new, open + new);
            write(index, move |index| index.add(&changes.records, &changes.items)).await?;
            told(taken);
        }
        if open >= BETWEEN || (new == 0 && open > 0) {
            write(index, move |index| index.commit(from)).await?;
            open = 0;
        }
        if new == 0 {
            return Ok(());
        }
    }
}

async fn write(
    index: &Arc<RecordIndex>,
    what: impl FnOnce(&RecordIndex) -> Result<(), IndexError> + Send + 'static,
) -> Result<(), FollowError> {
    let index = Arc::clone(index);
    let written = tokio::task::spawn_blocking(move || what(&index)).await;
    Ok(written.unwrap_or(Err(IndexError::Broken))?)
}
