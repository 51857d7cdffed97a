//! Places where a crash test can end the process as `kill -9` would: before and after each lasting side effect. Nothing happens unless
//! the demo, an import or a publish was started for it; a real server cannot be.

use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A side effect that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The customer's message is made durable.
    TurnBegin,
    /// Replies, ticket, outbox and audit of a turn are committed.
    TurnCommit,
    /// What staff did is committed.
    StaffAct,
    /// An alarm or what else the clock did is committed.
    Alarm,
    /// A worker takes deliveries.
    OutboxTake,
    /// A webhook is posted.
    Post,
    /// What came of a post is written down.
    OutboxMark,
    /// A secondary is told in another's place.
    Secondary,
    /// A case goes to the spill file, for the store cannot commit.
    Spill,
    /// Anything else is committed to the store: a conversation that begins, a lease that is renewed, a thumb, an account, a pause.
    Write,
    /// A batch of the order feed is committed.
    FeedBatch,
    /// What search knows of the records is committed.
    SearchCommit,
    /// A file of a new version of the texts is written.
    VersionFile,
    /// A finished version gets its name.
    VersionName,
    /// A version is put in force.
    VersionSwitch,
}

impl Point {
    /// All of them.
    pub const ALL: [Point; 15] = [
        Point::TurnBegin,
        Point::TurnCommit,
        Point::StaffAct,
        Point::Alarm,
        Point::OutboxTake,
        Point::Post,
        Point::OutboxMark,
        Point::Secondary,
        Point::Spill,
        Point::Write,
        Point::FeedBatch,
        Point::SearchCommit,
        Point::VersionFile,
        Point::VersionName,
        Point::VersionSwitch,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Point::TurnBegin => "turn.begin",
            Point::TurnCommit => "turn.commit",
            Point::StaffAct => "staff.act",
            Point::Alarm => "alarm",
            Point::OutboxTake => "outbox.take",
            Point::Post => "post",
            Point::OutboxMark => "outbox.mark",
            Point::Secondary => "secondary",
            Point::Spill => "spill",
            Point::Write => "write",
            Point::FeedBatch => "feed.batch",
            Point::SearchCommit => "search.commit",
            Point::VersionFile => "version.file",
            Point::VersionName => "version.name",
            Point::VersionSwitch => "version.switch",
        }
    }
}

/// On which side of the effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It has not happened.
    Before,
    /// It has, and nobody knows yet.
    After,
}

/// Where the process ends: `turn.commit:after:3` at the third time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The effect.
    pub point: Point,
    /// The side.
    pub side: Side,
    /// At which pass, from 1.
    pub pass: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = if self.side == Side::Before { "before" } else { "after" };
        write!(f, "{}:{side}:{}", self.point.code(), self.pass)
    }
}

impl FromStr for Place {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        let wrong = || format!("`{s}` is no place such as turn.commit:after:3");
        let [point, side, pass] = s.split(':').collect::<Vec<_>>().try_into().map_err(|_| wrong())?;
        let point = Point::ALL.into_iter().find(|p| p.code() == point).ok_or_else(wrong)?;
        let side = [("before", Side::Before), ("after", Side::After)].into_iter().find(|(w, _)| *w == side);
        let pass = pass.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?;
        Ok(Self { point, side: side.ok_or_else(wrong)?.1, pass })
    }
}

static ARMED: OnceLock<(Place, AtomicU32)> = OnceLock::new();

/// From now on the process ends there. Only the first call counts.
pub fn arm(place: Place) {
    let _ = ARMED.set((place, AtomicU32::new(0)));
}

/// A side effect with its two sides.
pub async fn around<T>(point: Point, effect: impl Future<Output = T>) -> T {
    at(point, Side::Before);
    let out = effect.await;
    at(point, Side::After);
    out
}

/// One side of an effect.
pub fn at(point: Point, side: Side) {
    let Some((place, passes)) = ARMED.get() else { return };
    if (place.point, place.side) == (point, side) && passes.fetch_add(1, Ordering::Relaxed) + 1 == place.pass {
        // No destructor runs and nothing is flushed, as with kill -9.
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_it_was_written() {
        for point in Point::ALL {
            for side in [Side::Before, Side::After] {
                let place = Place { point, side, pass: 3 };
                assert_eq!(place.to_string().parse(), Ok(place));
            }
        }
        for wrong in ["", "post", "post:after", "post:after:0", "post:between:1", "nowhere:after:1", "post:after:1:2"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
