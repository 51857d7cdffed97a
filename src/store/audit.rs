//! The audit table: append-only, each row hashed onto the one before. What a record says is decided above;
//! here it is wrapped with its time, its conversation and the digests of the messages that it stands for.

use super::columns::{damaged, ms, time, to_json};
use super::{Store, StoreError, conclude};
use crate::domain::ids::ConversationId;
use crate::failpoint::Point;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

/// `prev` of the first row: 64 zeros.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a row names where no server has put a release down.
const UNSIGNED: &str = "unsigned";

/// One row of the audit.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow {
    /// Position from 1, without gaps.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The conversation, if it belongs to one.
    pub conversation: Option<ConversationId>,
    /// `{"at", "conversation", "messages": [{"seq", "digest"}], "record", "release"}`; `record` is what the caller gave, `release` the one
    /// that it names, or else the one in force.
    pub body: Value,
    /// Hash of the row before, hex; 64 zeros for the first.
    pub prev: String,
    /// `sha256(prev as hex text || body text)`, hex.
    pub hash: String,
}

/// Why the audit does not verify.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The chain breaks at a row.
    #[error("the audit is broken at row {seq}; keep this file as evidence and restore the database from a backup")]
    Broken {
        /// First row that does not fit.
        seq: i64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Appends a record that belongs to no turn and no staff act (start, policy load, a look at a chat).
    ///
    /// # Errors
    /// The store failed; nothing was written.
    pub async fn append_audit(
        &self,
        at: Timestamp,
        conversation: Option<&ConversationId>,
        record: &Value,
    ) -> Result<i64, StoreError> {
        let mut tx = self.write().await?;
        let seq = append(&mut tx, at, conversation, &[], record).await?;
        conclude(tx, Point::Write).await?;
        Ok(seq)
    }

    /// From now on rows that name no release themselves name this one, those that other processes write too.
    ///
    /// # Errors
    /// The store failed; the one before goes on being named.
    pub async fn set_release(&self, stamp: &Value) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let sql = "INSERT INTO release (one, stamp) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET stamp = ?1";
        sqlx::query(sql).bind(to_json(stamp)?).execute(&mut *tx).await?;
        conclude(tx, Point::Write).await
    }

    /// Up to `limit` rows from `from` (a seq) on, oldest first.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn audit_rows(&self, from: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        let sql = "SELECT seq, at, conversation, body, prev, hash FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?";
        let rows = sqlx::query(sql).bind(from).bind(limit).fetch_all(&self.reader).await?;
        rows.iter().map(audit_row).collect()
    }

    /// All rows of a conversation, oldest first.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn audit_for(&self, conversation: &ConversationId) -> Result<Vec<AuditRow>, StoreError> {
        let sql = "SELECT seq, at, conversation, body, prev, hash FROM audit WHERE conversation = ? ORDER BY seq";
        let rows = sqlx::query(sql).bind(conversation.as_str()).fetch_all(&self.reader).await?;
        rows.iter().map(audit_row).collect()
    }

    /// The last row's seq and hash: note it elsewhere, and a cut end is found too. `(0, 64 zeros)` when empty.
    ///
    /// # Errors
    /// The store failed.
    pub async fn audit_head(&self) -> Result<(i64, String), StoreError> {
        let row =
            sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetch_optional(&self.reader).await?;
        row.map_or(Ok((0, GENESIS.to_owned())), |r| Ok((r.try_get(0)?, r.try_get(1)?)))
    }

    /// Walks the whole chain: hashes, positions, and that each row's columns say what its hashed body says.
    /// Returns the number of rows.
    ///
    /// # Errors
    /// [`AuditError::Broken`] with the first row that does not fit.
    pub async fn verify_audit(&self) -> Result<u64, AuditError> {
        let (mut prev, mut seq) = (GENESIS.to_owned(), 0i64);
        loop {
            let sql = "SELECT seq, at, conversation, body, prev, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT 500";
            let rows = sqlx::query(sql).bind(seq).fetch_all(&self.reader).await.map_err(StoreError::from)?;
            if rows.is_empty() {
                return Ok(u64::try_from(seq).unwrap_or(0));
            }
            for row in &rows {
                seq += 1;
                prev = fits(row, seq, &prev).map_err(|_| AuditError::Broken { seq })?;
            }
        }
    }
}

/// The row's hash if it continues the chain.
fn fits(row: &SqliteRow, seq: i64, prev: &str) -> Result<String, StoreError> {
    let (text, read) = (row.try_get::<String, _>("body")?, audit_row(row)?);
    let conversation = read.conversation.as_ref().map(ConversationId::as_str);
    let same_columns = read.body.get("at").and_then(Value::as_i64) == Some(ms(read.at))
        && read.body.get("conversation").and_then(Value::as_str) == conversation;
    let linked = read.seq == seq && read.prev == prev && read.hash == chain(prev, &text);
    if same_columns && linked { Ok(read.hash) } else { Err(damaged("hash")) }
}

/// Appends inside the transaction of what it records; `messages` are `(seq, digest)`. Returns the row's seq.
pub(super) async fn append(
    conn: &mut SqliteConnection,
    at: Timestamp,
    conversation: Option<&ConversationId>,
    messages: &[(i64, String)],
    record: &Value,
) -> Result<i64, StoreError> {
    let last = sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetch_optional(&mut *conn).await?;
    let (seq, prev) = match last {
        Some(row) => (row.try_get::<i64, _>(0)? + 1, row.try_get::<String, _>(1)?),
        None => (1, GENESIS.to_owned()),
    };
    let messages: Vec<Value> = messages.iter().map(|(seq, digest)| json!({"seq": seq, "digest": digest})).collect();
    let release = match record.get("release") {
        Some(named) => named.clone(),
        None => in_force(&mut *conn).await?,
    };
    let body =
        json!({"at": ms(at), "conversation": conversation, "messages": messages, "record": record, "release": release});
    let text = to_json(&body)?;
    sqlx::query("INSERT INTO audit (seq, at, conversation, body, prev, hash) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(seq)
        .bind(ms(at))
        .bind(conversation.map(ConversationId::as_str))
        .bind(&text)
        .bind(&prev)
        .bind(chain(&prev, &text))
        .execute(conn)
        .await?;
    Ok(seq)
}

/// The release that a server has put down last.
async fn in_force(conn: &mut SqliteConnection) -> Result<Value, StoreError> {
    let row = sqlx::query("SELECT stamp FROM release").fetch_optional(conn).await?;
    row.map_or(Ok(UNSIGNED.into()), |row| super::columns::json(&row, "stamp"))
}

fn chain(prev: &str, body: &str) -> String {
    hex::encode(Sha256::new().chain_update(prev).chain_update(body).finalize())
}

pub(super) fn audit_row(row: &SqliteRow) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        seq: row.try_get("seq")?,
        at: time(row, "at")?,
        conversation: row.try_get::<Option<String>, _>("conversation")?.map(ConversationId),
        body: super::columns::json(row, "body")?,
        prev: row.try_get("prev")?,
        hash: row.try_get("hash")?,
    })
}
