//! What may be used in a day: counted in the transaction that stores a message, so that the count is exact however many arrive at once, and
//! a repeat costs nothing.

use super::{StoreError, Write};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

/// Messages that are worked on in a day (UTC). Emergencies that the rules hear and requests for a person
/// are counted and never refused.
#[derive(Clone, Copy, Debug)]
pub struct DayLimits {
    /// Of one person, or of one visitor.
    pub person: u32,
    /// Of the whole site.
    pub site: u32,
}

impl Default for DayLimits {
    fn default() -> Self {
        Self { person: u32::MAX, site: u32::MAX }
    }
}

/// How much somebody may use in a day (UTC).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Whose, as a digest: no name stands in the table.
    pub who: String,
    /// At most so many.
    pub most: u32,
}

impl Limit {
    /// A limit of `kind`, such as `person`, for an id.
    #[must_use]
    pub fn of(kind: &str, id: &str, most: u32) -> Self {
        Self { who: hex::encode(Sha256::digest(format!("{kind}\n{id}"))), most }
    }
}

/// Counts one more under each limit; false, and nothing is to be kept, when one is reached. With `forced` it is counted all the same.
pub(super) async fn take(tx: &mut Write, limits: &[Limit], forced: bool, now: Timestamp) -> Result<bool, StoreError> {
    let day = now.to_zoned(TimeZone::UTC).date().to_string();
    for limit in limits {
        let sql = "INSERT INTO spent (day, who, n) VALUES (?, ?, 1) ON CONFLICT (day, who) DO UPDATE SET n = n + 1 RETURNING n";
        let n: i64 = sqlx::query_scalar(sql).bind(&day).bind(&limit.who).fetch_one(&mut **tx).await?;
        if n > i64::from(limit.most) && !forced {
            return Ok(false);
        }
        if n == 1 {
            sqlx::query("DELETE FROM spent WHERE day < ?").bind(&day).execute(&mut **tx).await?;
        }
    }
    Ok(true)
}
