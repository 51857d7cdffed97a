//! Finding cases by words: what stands in a line of the queue for everybody, what was written in a case only for those who may read
//! it. The index itself is the store's.

use super::{TicketView, may_read, reads_of};
use crate::app::console::acts::invalid;
use crate::app::{App, AppError};
use crate::identity::Pharmacist;
use serde_json::json;

/// So many words narrow enough.
const MOST: usize = 8;

impl App {
    /// Cases that have each of the words (or words that begin so), in the order of the queue. Each search is recorded with who asked,
    /// how many words, and which cases they may read came of it: never the words, which may speak of somebody's health.
    ///
    /// # Errors
    /// [`AppError::Invalid`] without a word; when the store fails, the look is refused.
    pub async fn search(&self, staff: &Pharmacist, text: &str, ended: bool) -> Result<Vec<TicketView>, AppError> {
        let words: Vec<String> = words(text).collect();
        if words.is_empty() {
            return Err(invalid("words: write what to look for"));
        }
        let rows = self.store().tickets_with(&words, reads_of(staff), ended).await?;
        let read: Vec<_> = rows.iter().filter(|row| may_read(row, staff)).map(|row| &row.id).collect();
        let record = json!({
            "act": "search", "staff": staff.id(), "role": staff.role().code(), "words": words.len(), "found": read,
        });
        self.store().append_audit(self.clock().now(), None, &record).await?;
        Ok(rows.iter().map(|row| self.view(row, staff)).collect())
    }
}

/// What holds a letter or a digit, the first few of it.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().filter(|w| w.chars().any(char::is_alphanumeric)).take(MOST).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_a_letter_or_a_digit() {
        let of = |text| words(text).collect::<Vec<_>>();
        assert_eq!(of("  FP-10231 \"* --  dolor "), ["FP-10231", "dolor"]);
        assert_eq!(of(&"x ".repeat(50)).len(), MOST);
    }
}
