//! What is old enough to be forgotten: conversations with all that hangs on them, and deliveries. A legal hold and an open case keep a
//! conversation whatever its age. The audit chain stays: it holds no words, and gets a record of each purge.

use super::columns::ms;
use super::{Store, StoreError, Write, audit};
use crate::policy::retention::Cutoffs;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::time::Duration;

/// Conversations of one transaction: the write lock is held for so long only.
const BATCH: i64 = 200;
/// How often, and how far apart, the log is tried to be emptied beside readers.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);
/// A conversation that is over, without a hold.
const OVER: &str =
    "NOT EXISTS (SELECT 1 FROM tickets t WHERE t.conversation = c.id AND (t.legal_hold OR NOT t.closed))";
/// Nobody signed in, and no case of a risk came of it.
const ANONYMOUS: &str =
    "c.patient IS NULL AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.conversation = c.id AND t.fired <> '[]')";
/// What hangs on a conversation, in the order in which nothing is left without what it refers to.
const FROM_CONVERSATION: [&str; 3] = ["suggestions", "labels", "case_words"];
/// What hangs on its cases.
const FROM_TICKET: [&str; 4] = ["reply_drafts", "notes", "feed_untold", "feed_doubts"];

/// What went, or would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Purged {
    /// Conversations of nobody known.
    pub anonymous: u64,
    /// Other conversations.
    pub conversations: u64,
    /// Their messages.
    pub messages: u64,
    /// Their cases.
    pub cases: u64,
    /// Webhooks.
    pub deliveries: u64,
    /// Old enough, but under a legal hold or with an open case.
    pub held: u64,
}

impl Store {
    /// What [`Store::purge`] would do.
    ///
    /// # Errors
    /// The store failed.
    pub async fn purgeable(&self, cutoffs: &Cutoffs) -> Result<Purged, StoreError> {
        let count = async |sql: String, at: Timestamp| -> Result<u64, StoreError> {
            let n: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(ms(at)).fetch_one(&self.reader).await?;
            Ok(u64::try_from(n).unwrap_or_default())
        };
        let of = |what: &str, which: &str| {
            format!("SELECT COUNT(*) FROM conversations c {what} WHERE c.last_active < ? AND {which}")
        };
        let (anonymous, others) = (format!("{ANONYMOUS} AND {OVER}"), format!("NOT ({ANONYMOUS}) AND {OVER}"));
        let (messages, cases) = ("JOIN messages m ON m.conversation = c.id", "JOIN tickets k ON k.conversation = c.id");
        let (young, old) = (cutoffs.anonymous, cutoffs.conversations);
        let both = async |what: &str| -> Result<u64, StoreError> {
            Ok(count(of(what, &anonymous), young).await? + count(of(what, &others), old).await?)
        };
        Ok(Purged {
            anonymous: count(of("", &anonymous), young).await?,
            conversations: count(of("", &others), old).await?,
            messages: both(messages).await?,
            cases: both(cases).await?,
            deliveries: count(
                "SELECT COUNT(*) FROM outbox WHERE created < ? AND state <> 'waiting'".into(),
                cutoffs.deliveries,
            )
            .await?,
            held: count(of("", &format!("{ANONYMOUS} AND NOT ({OVER})")), young).await?
                + count(of("", &format!("NOT ({ANONYMOUS}) AND NOT ({OVER})")), old).await?,
        })
    }

    /// Forgets what is old enough, in small transactions, each with an audit record that counts what went and holds a digest of the
    /// conversations' ids. What is deleted is overwritten, and at the end the write-ahead log is emptied, so that no byte of it is left in
    /// the files. The write lock is held for one small batch at a time.
    ///
    /// # Errors
    /// The store failed, or readers keep its log from being emptied ([`StoreError::Locked`]): what went before is gone and recorded, and
    /// another purge ends the rest.
    pub async fn purge(&self, cutoffs: &Cutoffs, now: Timestamp, by: &str) -> Result<Purged, StoreError> {
        self.overwrite().await?;
        let mut all = Purged { held: self.purgeable(cutoffs).await?.held, ..Purged::default() };
        for (class, which, at) in [
            ("anonymous", ANONYMOUS.to_owned(), cutoffs.anonymous),
            ("conversations", format!("NOT ({ANONYMOUS})"), cutoffs.conversations),
        ] {
            while let Some(gone) = self.batch(class, &which, at, now, by).await? {
                all.messages += gone.messages;
                all.cases += gone.cases;
                all.anonymous += gone.anonymous;
                all.conversations += gone.conversations;
            }
        }
        all.deliveries = self.forget_deliveries(cutoffs.deliveries, now, by).await?;
        self.empty_log().await?;
        Ok(all)
    }

    /// From now on the writing connection overwrites what it deletes.
    async fn overwrite(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.acquire().await?;
        sqlx::query("PRAGMA secure_delete = ON").execute(&mut *writer).await?;
        Ok(())
    }

    /// The write-ahead log still holds the pages as they were; it is taken into the file and cut to nothing as soon as no reader needs it.
    async fn empty_log(&self) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let mut writer = self.writer.acquire().await?;
            let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *writer).await?;
            if row.try_get::<i64, _>(0)? == 0 {
                return Ok(());
            }
            drop(writer);
            tokio::time::sleep(PAUSE).await;
        }
        Err(StoreError::Locked)
    }

    async fn batch(
        &self,
        class: &str,
        which: &str,
        at: Timestamp,
        now: Timestamp,
        by: &str,
    ) -> Result<Option<Purged>, StoreError> {
        let mut tx = self.write().await?;
        let sql = format!(
            "SELECT c.id FROM conversations c WHERE c.last_active < ? AND {which} AND {OVER} ORDER BY c.id LIMIT ?"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ms(at)).bind(BATCH).fetch_all(&mut *tx).await?;
        let ids = rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()?;
        if ids.is_empty() {
            return Ok(None);
        }
        let list = json!(ids).to_string();
        let mut gone = Purged::default();
        for table in FROM_TICKET {
            clear(
                &mut tx,
                &format!("DELETE FROM {table} WHERE ticket IN (SELECT id FROM tickets WHERE conversation IN"),
                ")",
                &list,
            )
            .await?;
        }
        clear(&mut tx, "DELETE FROM outbox WHERE ticket IN (SELECT id FROM tickets WHERE conversation IN", ")", &list)
            .await?;
        for table in FROM_CONVERSATION {
            clear(&mut tx, &format!("DELETE FROM {table} WHERE conversation IN"), "", &list).await?;
        }
        clear(&mut tx, "DELETE FROM turns WHERE conversation IN", "", &list).await?;
        gone.cases = clear(&mut tx, "DELETE FROM tickets WHERE conversation IN", "", &list).await?;
        gone.messages = clear(&mut tx, "DELETE FROM messages WHERE conversation IN", "", &list).await?;
        let n = clear(&mut tx, "DELETE FROM conversations WHERE id IN", "", &list).await?;
        if class == "anonymous" {
            gone.anonymous = n
        } else {
            gone.conversations = n
        }
        let digest = hex::encode(Sha256::digest(list));
        let record = record(
            class,
            by,
            at,
            &json!({"conversations": n, "messages": gone.messages, "cases": gone.cases, "ids": digest}),
        );
        audit::append(&mut tx, now, None, &[], &record).await?;
        tx.commit().await?;
        Ok(Some(gone))
    }

    async fn forget_deliveries(&self, at: Timestamp, now: Timestamp, by: &str) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let sql = "DELETE FROM outbox WHERE created < ? AND state <> 'waiting'";
        let n = sqlx::query(sql).bind(ms(at)).execute(&mut *tx).await?.rows_affected();
        if n > 0 {
            audit::append(&mut tx, now, None, &[], &record("deliveries", by, at, &json!({"deliveries": n}))).await?;
        }
        tx.commit().await?;
        Ok(n)
    }
}

async fn clear(tx: &mut Write, sql: &str, end: &str, ids: &str) -> Result<u64, StoreError> {
    let sql = format!("{sql} (SELECT value FROM json_each(?)){end}");
    Ok(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ids).execute(&mut **tx).await?.rows_affected())
}

fn record(class: &str, by: &str, before: Timestamp, gone: &Value) -> Value {
    json!({"act": "purge", "class": class, "by": by, "before": before, "gone": gone})
}
