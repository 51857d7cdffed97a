//! Another program that holds the database: the server cannot commit, and what customers write goes to its spill file.

use crate::failure::Failure;
use sqlx::{Connection, Executor, SqliteConnection};
use std::path::Path;

/// The only write lock of the store, held until [`Lock::release`].
pub struct Lock(SqliteConnection);

impl Lock {
    /// Takes it; waits for a transaction that is under way.
    ///
    /// # Errors
    /// The store is not there, or is held by somebody else.
    pub async fn take(folder: &Path) -> Result<Self, Failure> {
        let url = format!("sqlite://{}", folder.join("apothecary.db").display());
        let mut held = SqliteConnection::connect(&url).await.map_err(Failure::internal)?;
        held.execute("BEGIN IMMEDIATE").await.map_err(Failure::internal)?;
        Ok(Self(held))
    }

    /// Gives it back.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub async fn release(mut self) -> Result<(), Failure> {
        self.0.execute("ROLLBACK").await.map_err(Failure::internal)?;
        self.0.close().await.map_err(Failure::internal)
    }
}
