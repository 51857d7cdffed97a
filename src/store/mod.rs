//! The store: feed records, conversations, turns, messages, tickets, notes, outbox, audit, labels and staff accounts in one SQLite
//! file.
//! Keeps plain records and builds no seal; knows nothing of guards, models or HTTP. Time is always an argument.
//!
//! Promises: a customer's message is durable before work on it starts; a turn with its replies, ticket, outbox rows,
//! audit row and session state commits in one transaction, and so does each staff act; the audit is append-only and
//! hash-chained. One writer connection takes `BEGIN IMMEDIATE`, readers see the last commit (WAL).

pub mod accounts;
pub mod alarms;
pub mod audit;
pub mod backup;
mod columns;
pub mod commit;
pub mod conversations;
pub mod endpoints;
pub mod error;
pub mod facts;
pub mod feed;
pub mod figures;
pub mod health;
mod heard;
pub mod journal;
pub mod labels;
mod leases;
pub mod life;
pub mod limits;
pub mod messages;
pub mod notes;
pub mod outbox;
pub mod pauses;
pub mod person;
pub mod pulse;
pub mod queue;
pub mod records;
pub mod retention;
pub mod sessions;
pub mod spill;
pub mod staff;
mod steps;
pub mod suggestions;
#[cfg(test)]
mod tests;
pub mod tickets;
pub mod tokens;
pub mod turns;

pub use error::StoreError;

use crate::failpoint::{self, Point};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Row};
use std::path::Path;
use std::time::Duration;

/// Each file moves the schema on by one and ends by setting `user_version`.
const MIGRATIONS: [&str; 12] = [
    include_str!("schema.sql"),
    include_str!("alarms.sql"),
    include_str!("desk.sql"),
    include_str!("endpoints.sql"),
    include_str!("modes.sql"),
    include_str!("console.sql"),
    include_str!("accounts.sql"),
    include_str!("feed.sql"),
    include_str!("tokens.sql"),
    include_str!("search.sql"),
    include_str!("release.sql"),
    include_str!("limits.sql"),
];
const BUSY: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

/// A write in progress: dropped without `commit`, it is rolled back.
pub(crate) type Write = sqlx::Transaction<'static, sqlx::Sqlite>;

/// The opened store; clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    reader: SqlitePool,
}

impl Store {
    /// Opens or creates the database file (mode 0600 on Unix) and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Open`] with the path and the mend: locked, full, not a database, no permission, a later schema.
    pub async fn open(path: &Path) -> Result<Store, StoreError> {
        let at = |source: StoreError| StoreError::Open { path: path.to_owned(), source: Box::new(source) };
        create_private(path).map_err(|e| at(sqlx::Error::Io(e).into()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let pool = |n| SqlitePoolOptions::new().max_connections(n).acquire_timeout(BUSY * 2);
        // A full disk or a read error makes SQLite roll back by itself, which sqlx (0.9) does not notice: its
        // connection would refuse every later BEGIN. Such a connection is replaced.
        let writer = pool(1).before_acquire(|conn, _| {
            let idle = !conn.is_in_transaction();
            Box::pin(async move { Ok(idle) })
        });
        let writer = writer.connect_with(options.clone()).await.map_err(|e| at(e.into()))?;
        migrate(&writer).await.map_err(at)?;
        let reader = pool(READERS).connect_with(options.pragma("query_only", "ON")).await.map_err(|e| at(e.into()))?;
        Ok(Store { writer, reader })
    }

    /// Whether the database answers, for readiness probes. One small read, no lock.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ready(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT seq FROM audit ORDER BY seq DESC LIMIT 1").fetch_optional(&self.reader).await?;
        Ok(())
    }

    /// Ends all connections; writes in progress finish first.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Takes the write lock at once, so that nothing read inside can change before the commit.
    async fn write(&self) -> Result<Write, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Ends a transaction, with a failpoint on both sides.
async fn conclude(tx: Write, point: Point) -> Result<(), StoreError> {
    Ok(failpoint::around(point, tx.commit()).await?)
}

/// Health data lies in the file: nobody else on the machine may read it. WAL files take over its mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

async fn migrate(writer: &SqlitePool) -> Result<(), StoreError> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let found: i64 = sqlx::query("PRAGMA user_version").fetch_one(&mut *tx).await?.try_get(0)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for sql in MIGRATIONS.into_iter().skip(usize::try_from(found).unwrap_or(0)) {
        sqlx::raw_sql(sql).execute(&mut *tx).await?;
    }
    conclude(tx, Point::Write).await?;
    Ok(())
}
