//! `retention.toml`: how long conversations, deliveries and backups are kept. No turn reads it.

use super::PolicyError;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::path::Path;

const FILE: &str = "retention.toml";
const DAY: i64 = 24;

/// Days that each class is kept; nothing is kept for less than a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Conversations of nobody known, without a case of a risk.
    pub anonymous_days: u32,
    /// All others.
    pub conversation_days: u32,
    /// Webhooks that were delivered or given up.
    pub delivery_days: u32,
    /// Backups, and days of the journal of cases.
    pub backup_days: u32,
}

/// Until when things are kept: older than these they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutoffs {
    /// Conversations of nobody known.
    pub anonymous: Timestamp,
    /// All others.
    pub conversations: Timestamp,
    /// Webhooks that were delivered or given up.
    pub deliveries: Timestamp,
}

impl Retention {
    /// Reads the file of a guard folder.
    ///
    /// # Errors
    /// [`PolicyError`] with the file and the place.
    pub fn load(guardrails: &Path) -> Result<Self, PolicyError> {
        let path = guardrails.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|source| PolicyError::Read { path: path.clone(), source })?;
        let read: Self =
            toml::from_str(&text).map_err(|e| PolicyError::Parse { path: path.clone(), reason: e.to_string() })?;
        let days = [read.anonymous_days, read.conversation_days, read.delivery_days, read.backup_days];
        let wrong = match () {
            () if days.contains(&0) => Some("every class is kept for a day or longer"),
            () if read.backup_days > read.anonymous_days => {
                Some("backups kept longer than anonymous conversations would keep these")
            }
            () => None,
        };
        wrong.map_or(Ok(read), |reason| Err(PolicyError::Parse { path, reason: reason.into() }))
    }

    /// Until when what is kept was last active.
    #[must_use]
    pub fn cutoffs(&self, now: Timestamp) -> Cutoffs {
        Cutoffs {
            anonymous: before(now, self.anonymous_days),
            conversations: before(now, self.conversation_days),
            deliveries: before(now, self.delivery_days),
        }
    }

    /// Since when backups are kept.
    #[must_use]
    pub fn backups_since(&self, now: Timestamp) -> Timestamp {
        before(now, self.backup_days)
    }
}

fn before(now: Timestamp, days: u32) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(i64::from(days) * DAY)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Retention, String> {
        let dir = std::env::temp_dir().join(format!("retention-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join(FILE), text).unwrap();
        let read = Retention::load(&dir).map_err(|e| e.to_string());
        std::fs::remove_dir_all(dir).unwrap();
        read
    }

    #[test]
    fn the_committed_periods_are_read_and_dated_back() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let cutoffs = Retention::load(Path::new("guardrails")).unwrap().cutoffs(now);
        assert_eq!(cutoffs.anonymous.to_string(), "2026-10-21T12:00:00Z");
        assert!(cutoffs.conversations < "2016-01-01T00:00:00Z".parse().unwrap(), "eleven years");
    }

    #[test]
    fn a_period_that_keeps_nothing_or_a_backup_that_keeps_too_long_is_refused() {
        let days =
            |a, b| format!("anonymous_days = {a}\nconversation_days = 9\ndelivery_days = 9\nbackup_days = {b}\n");
        assert!(of(&days(30, 30)).is_ok());
        assert!(of(&days(0, 1)).unwrap_err().contains("for a day or longer"));
        assert!(of(&days(30, 31)).unwrap_err().contains("backups kept longer"));
        assert!(of("anonymous_days = 3").unwrap_err().contains("missing field"));
    }
}
