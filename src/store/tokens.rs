//! Customers' tokens that a logout ended before their time: digests, until they have expired by themselves.

use super::columns::{ms, time};
use super::{Store, StoreError, conclude};
use crate::failpoint::Point;
use jiff::Timestamp;
use sqlx::Row;

impl Store {
    /// Keeps the digest of a token that is good for nothing any more. A repeat changes nothing; what has expired is forgotten.
    ///
    /// # Errors
    /// The store failed.
    pub async fn end_token(&self, digest: &str, until: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM ended_tokens WHERE until < ?").bind(ms(now)).execute(&mut *tx).await?;
        let query = sqlx::query("INSERT INTO ended_tokens (digest, until) VALUES (?, ?) ON CONFLICT DO NOTHING");
        query.bind(digest).bind(ms(until)).execute(&mut *tx).await?;
        conclude(tx, Point::Write).await
    }

    /// The digests of ended tokens that have not expired yet.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn ended_tokens(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let query = sqlx::query("SELECT digest, until FROM ended_tokens WHERE until >= ?").bind(ms(now));
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter().map(|row| Ok((row.try_get("digest")?, time(row, "until")?))).collect()
    }
}
