//! What a console asks of a long queue beside its pages: what has changed since it last looked, and which cases have these words.

use super::tickets::{TicketRow, in_order, ticket_row};
use super::{Store, StoreError};
use crate::domain::ids::StaffId;
use serde_json::{Value, json};

impl Store {
    /// The number of the last change of a ticket: what changes later gets a higher one.
    ///
    /// # Errors
    /// The store failed.
    pub async fn last_change(&self) -> Result<i64, StoreError> {
        let sql = "SELECT COALESCE(MAX(changed), 0) FROM tickets";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.reader).await?)
    }

    /// Tickets that changed after a change, open or ended, in the order of their changes.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn tickets_changed(&self, after: i64) -> Result<Vec<TicketRow>, StoreError> {
        let sql = "SELECT * FROM tickets WHERE changed > ? ORDER BY changed";
        let rows = sqlx::query(sql).bind(after).fetch_all(&self.reader).await?;
        rows.iter().map(ticket_row).collect()
    }

    /// Tickets that have each of the words, at most a hundred in the order of the queue: in what stands in a line of the queue, or in
    /// what was written, of those cases that the reader may read: all, or those that one person has or has ended.
    ///
    /// # Errors
    /// The store failed or a row is damaged.
    pub async fn tickets_with(
        &self,
        words: &[String],
        reader: Option<&StaffId>,
        ended: bool,
    ) -> Result<Vec<TicketRow>, StoreError> {
        let sql = in_order!(
            "WITH asked AS (SELECT key AS n, value ->> 'plain' AS plain, value ->> 'phrase' AS phrase FROM json_each(?1)), \
             found AS (SELECT a.n, t.id FROM asked a JOIN case_index f ON f.case_index MATCH a.phrase \
             JOIN case_words w ON w.id = f.rowid JOIN tickets t ON t.conversation = w.conversation \
             WHERE (w.ticket IS NULL OR w.ticket = t.id) AND (?2 IS NULL OR t.claimed_by = ?2) \
             UNION SELECT a.n, t.id FROM asked a JOIN tickets t ON (?3 OR NOT t.closed) AND instr(lower(t.id || ' ' || \
             COALESCE(t.claimed_name, '') || ' ' || t.priority || ' ' || t.queue || ' ' || t.reason || ' ' || t.state), a.plain) > 0) \
             SELECT * FROM tickets WHERE (?3 OR NOT closed) AND id IN \
             (SELECT id FROM found GROUP BY id HAVING COUNT(*) = (SELECT COUNT(*) FROM asked))",
            "100"
        );
        let asked: Value = words.iter().map(|w| json!({"plain": w.to_lowercase(), "phrase": phrase(w)})).collect();
        let rows = sqlx::query(sql)
            .bind(asked.to_string())
            .bind(reader.map(StaffId::as_str))
            .bind(ended)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(ticket_row).collect()
    }
}

/// A word as the index takes it: quoted, so that nothing in it is read as an operator; its beginning is enough once it is long enough
/// to mean something.
fn phrase(word: &str) -> String {
    let quoted = word.replace('"', " ");
    let more = if word.chars().count() < 3 { "" } else { "*" };
    format!("\"{quoted}\"{more}")
}
