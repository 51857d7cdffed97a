//! What can go wrong in the store, each with its mend. Holds no message contents and no SQL.

use std::io::ErrorKind;
use std::path::PathBuf;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or prepared.
    #[error("cannot open the store at {path}: {source}")]
    Open {
        /// The database file.
        path: PathBuf,
        /// Why, with the mend.
        source: Box<StoreError>,
    },
    /// Somebody else holds the write lock for longer than the busy timeout.
    #[error("the database is locked by another process; stop that process (a backup, a second server) and try again")]
    Locked,
    /// No space is left.
    #[error("the disk of the database is full; free space beside the database file, nothing of this write was kept")]
    Full,
    /// The file is something else, or is damaged.
    #[error(
        "the file is not a sound SQLite database; point the store at another path or restore the file from a backup"
    )]
    NotADatabase,
    /// The file or its folder may not be written or read.
    #[error(
        "no permission, or no such folder; make the folder and let the server's user read and write it and the file"
    )]
    Permission,
    /// A later release wrote the file.
    #[error("the database has schema {found}, this program knows {known}; run the release that wrote it")]
    Newer {
        /// `user_version` of the file.
        found: i64,
        /// Highest version known here.
        known: i64,
    },
    /// A row with that key exists already.
    #[error("the store holds this row already; use a fresh id")]
    Exists,
    /// What was named does not exist.
    #[error("the store has no such {0}; create it first")]
    Unknown(&'static str),
    /// The turn was committed before; read its stored reply.
    #[error("this turn is done already; read its stored reply with begin_turn")]
    TurnDone,
    /// A message was left to the person who has the chat, and nobody has it any more.
    #[error("nobody has this chat any more; answer the message or hand it over")]
    Unowned,
    /// Something was stopped or set going since the answer was judged.
    #[error("what the assistant may answer has changed; judge the message anew")]
    Paused,
    /// A row does not read as what it should be.
    #[error("column `{0}` of a stored row is damaged; restore the database from a backup")]
    Damaged(String),
    /// Anything else that the database reports.
    #[error("the database failed: {0}; see the log and check the disk")]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(e: sqlx::Error) -> Self {
        match &e {
            sqlx::Error::PoolTimedOut => StoreError::Locked,
            sqlx::Error::Io(io) if no_way_in(io.kind()) => StoreError::Permission,
            sqlx::Error::ColumnDecode { index, .. } => StoreError::Damaged(index.clone()),
            sqlx::Error::Database(db) => by_code(db.code().as_deref()).unwrap_or(StoreError::Database(e)),
            _ => StoreError::Database(e),
        }
    }
}

fn no_way_in(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::PermissionDenied | ErrorKind::NotFound | ErrorKind::IsADirectory)
}

/// Maps SQLite's result codes (<https://www.sqlite.org/rescode.html>); the low byte is the primary code.
fn by_code(code: Option<&str>) -> Option<StoreError> {
    let code: i32 = code?.parse().ok()?;
    match (code, code & 0xff) {
        (787, _) => Some(StoreError::Unknown("row that this one refers to")),
        (1555 | 2067, _) => Some(StoreError::Exists),
        (_, 5 | 6) => Some(StoreError::Locked),
        (_, 13) => Some(StoreError::Full),
        (_, 11 | 26) => Some(StoreError::NotADatabase),
        (_, 3 | 8 | 14 | 23) => Some(StoreError::Permission),
        _ => None,
    }
}
