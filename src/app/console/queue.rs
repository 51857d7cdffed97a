//! The queue: its pages, what has changed in it, and finding cases by words. What stands in a line is found by everybody, what was
//! written in a case only by those who may read it. The index itself is the store's.

use super::{TicketView, may_read, reads_of};
use crate::app::console::acts::invalid;
use crate::app::{App, AppError};
use crate::domain::roles::Right;
use crate::domain::route::Queue;
use crate::identity::Pharmacist;
use crate::store::tickets::TicketFilter;
use serde_json::json;

/// So many words narrow enough.
const MOST: usize = 8;

/// Which tickets.
#[derive(Debug, Clone, Default)]
pub struct QueueFilter {
    /// Ended ones too.
    pub all: bool,
    /// One team.
    pub queue: Option<Queue>,
    /// Only what they have or what was handed to them by name.
    pub mine: bool,
    /// Instead of all that: whatever changed since, open or ended.
    pub after: Option<i64>,
}

/// What a console shows, and the change up to which it does.
#[derive(Debug)]
pub struct QueuePage {
    /// The lines.
    pub tickets: Vec<TicketView>,
    /// For [`QueueFilter::after`] of the next look.
    pub at: i64,
}

impl App {
    /// The queue, most urgent first; of ended cases the latest. Or what has changed since the last look, in the order of the changes:
    /// an event costs a console with thousands of cases no more than what happened.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for who sees no queue; when the store fails.
    pub async fn queue(&self, staff: &Pharmacist, filter: QueueFilter) -> Result<QueuePage, AppError> {
        self.allow(staff, Right::Queue).await?;
        if staff.role().may(Right::Work) {
            self.presence.saw(staff, self.clock().now());
        }
        // Asked first: what changes meanwhile is told again next time.
        let at = self.store().last_change().await?;
        if let Some(after) = filter.after.filter(|after| *after <= at) {
            let rows = self.store().tickets_changed(after).await?;
            return Ok(QueuePage { tickets: rows.iter().map(|row| self.view(row, staff)).collect(), at });
        }
        let narrowed = TicketFilter { queue: filter.queue, ..TicketFilter::default() };
        let mut rows = self.store().tickets(&narrowed).await?;
        if filter.all {
            rows.extend(self.store().tickets(&TicketFilter { ended: true, ..narrowed }).await?);
        }
        let views = rows.iter().map(|row| self.view(row, staff));
        Ok(QueuePage { tickets: views.filter(|v| !filter.mine || v.mine || v.for_me).collect(), at })
    }

    /// Cases that have each of the words (or words that begin so), in the order of the queue. Each search is recorded with who asked,
    /// how many words, and which cases they may read came of it: never the words, which may speak of somebody's health.
    ///
    /// # Errors
    /// [`AppError::Invalid`] without a word; when the store fails, the look is refused.
    pub async fn search(&self, staff: &Pharmacist, text: &str, ended: bool) -> Result<Vec<TicketView>, AppError> {
        self.allow(staff, Right::Queue).await?;
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
