//! Copies of a store while it is in use: one file, as of one moment, checked before it counts as a copy.

use super::{Store, StoreError, create_private};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::path::Path;

/// Writes the store as of now into a new file (mode 0600 on Unix) and checks that it is whole. Writers go on meanwhile; takes the time of
/// reading and writing the file once.
///
/// # Errors
/// There is no store, the file cannot be written, or SQLite finds the copy damaged.
pub async fn snapshot(store: &Path, into: &Path) -> Result<(), StoreError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source: StoreError| StoreError::Open { path, source: Box::new(source) }
    };
    create_private(into).map_err(|e| at(into)(sqlx::Error::Io(e).into()))?;
    let options = SqliteConnectOptions::new().filename(store).create_if_missing(false).busy_timeout(super::BUSY);
    let mut from = options.connect().await.map_err(|e| at(store)(e.into()))?;
    sqlx::query("VACUUM INTO ?")
        .bind(into.display().to_string())
        .execute(&mut from)
        .await
        .map_err(|e| at(into)(e.into()))?;
    from.close().await.map_err(|e| at(store)(e.into()))?;
    let options = SqliteConnectOptions::new().filename(into).create_if_missing(false).read_only(true);
    let mut copy = options.connect().await.map_err(|e| at(into)(e.into()))?;
    let said: String =
        sqlx::query_scalar("PRAGMA quick_check").fetch_one(&mut copy).await.map_err(|e| at(into)(e.into()))?;
    copy.close().await.map_err(|e| at(into)(e.into()))?;
    if said == "ok" { Ok(()) } else { Err(at(into)(StoreError::NotADatabase)) }
}

impl Store {
    /// Open cases: what must be there again after a backup came back.
    ///
    /// # Errors
    /// The store failed.
    pub async fn open_cases(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("SELECT COUNT(*) FROM tickets WHERE NOT closed").fetch_one(&self.reader).await?)
    }
}
