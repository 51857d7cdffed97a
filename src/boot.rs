//! From settings to a running application: folders, store, feed, engine. `serve`, `demo`, `ask`, `chat` and the harness all start
//! here, so that tests run what ships.

use crate::app::{self, App, AppError};
use crate::domain::clock::Clock;
use crate::domain::facts::Record;
use crate::engine::{BuildError, Engine, Sources};
use crate::ingest;
use crate::store::{Store, StoreError};
use jiff::civil::Date;
use jiff::{Timestamp, Unit};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What keeps the application from starting; each names the place and the mend.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// A part cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The application.
    #[error(transparent)]
    App(#[from] AppError),
    /// A folder or file.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The folder of the search index over records, beside the store.
pub const SEARCH: &str = "search";

/// Sample dates lie around this day; the demo shifts them by whole weeks.
const SAMPLE_DAY: Date = jiff::civil::date(2026, 11, 20);

/// Whole weeks from the sample's day to today.
#[must_use]
pub fn weeks_since_sample(now: Timestamp) -> i64 {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let days = today.since((Unit::Day, SAMPLE_DAY)).map_or(0, |s| i64::from(s.get_days()));
    days.div_euclid(7)
}

/// Reads a folder of FHIR bundles into the store.
///
/// # Errors
/// When the folder or the store cannot be read; bad resources are logged with their place and left out.
pub async fn feed(store: &Store, dir: &Path, weeks: i64, confirmed_at: Timestamp) -> Result<Vec<Record>, BootError> {
    let read = ingest::read_dir(dir).map_err(|source| BootError::Io { path: dir.to_owned(), source })?;
    for problem in &read.problems {
        tracing::warn!(place = %problem.place, "left out of the feed: {}", problem.reason);
    }
    let mut records = read.records;
    ingest::shift(&mut records, weeks);
    store.put_records(&records, confirmed_at).await?;
    Ok(records)
}

/// Builds the application on a store in `data`.
///
/// # Errors
/// [`BootError`].
pub async fn app(
    config: app::Config,
    sources: &Sources,
    data: &Path,
    store: Store,
    clock: Arc<dyn Clock>,
) -> Result<Arc<App>, BootError> {
    let engine = Engine::build(sources, store).await?;
    Ok(App::start(config, engine, clock, &data.join("spill.jsonl")).await?)
}

/// Writes a new file that only its owner can read.
///
/// # Errors
/// With the path; also when the file is there already.
pub fn private_file(path: &Path, content: &[u8]) -> Result<(), BootError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| std::io::Write::write_all(&mut file, content));
    written.map_err(|source| BootError::Io { path: path.to_owned(), source })
}

/// Makes a folder that only its owner can read.
///
/// # Errors
/// With the path.
pub fn private_dir(path: &Path) -> Result<(), BootError> {
    let make = || -> std::io::Result<()> {
        std::fs::create_dir_all(path)?;
        #[cfg(unix)]
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Ok(())
    };
    make().map_err(|source| BootError::Io { path: path.to_owned(), source })
}
