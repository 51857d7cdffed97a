//! How the server died: killed at any moment, or ended before or after a side effect, each of them in turn.

use apothecary::failpoint::{Place, Point, Side};
use rand::Rng;
use std::collections::BTreeMap;

/// Feeds and publishing do not happen in this storm: tests of their own end the process there.
const ABSENT: [Point; 4] = [Point::FeedBatch, Point::VersionFile, Point::VersionName, Point::VersionSwitch];
/// A place is passed so often at most before the process ends there.
const PASSES: std::ops::RangeInclusive<u32> = 1..=8;

/// The deaths so far.
#[derive(Debug, Default)]
pub struct Kills {
    killed: usize,
    ended: BTreeMap<String, usize>,
    turn: usize,
}

impl Kills {
    /// Where the next process ends; every second one is killed from outside.
    pub fn next(&mut self, rng: &mut impl Rng) -> Option<Place> {
        let places: Vec<(Point, Side)> = places().collect();
        let (point, side) = places.get((self.turn / 2) % places.len()).copied()?;
        let armed = self.turn.is_multiple_of(2);
        self.turn += 1;
        armed.then(|| Place { point, side, pass: rng.random_range(PASSES) })
    }

    /// One more death: at a place, or from outside.
    pub fn count(&mut self, at: Option<Place>) {
        match at {
            Some(place) => *self.ended.entry(name(place.point, place.side)).or_default() += 1,
            None => self.killed += 1,
        }
    }

    /// All of them.
    pub fn all(&self) -> usize {
        self.killed + self.ended.values().sum::<usize>()
    }
}

fn places() -> impl Iterator<Item = (Point, Side)> {
    let happens = Point::ALL.into_iter().filter(|p| !ABSENT.contains(p));
    happens.flat_map(|p| [(p, Side::Before), (p, Side::After)])
}

fn name(point: Point, side: Side) -> String {
    format!("{} {}", if side == Side::Before { "before" } else { "after" }, point.code())
}

impl std::fmt::Display for Kills {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ended: usize = self.ended.values().sum();
        write!(f, "{} deaths: {} by kill -9 at any moment, {ended} at a side effect", self.all(), self.killed)?;
        for (point, side) in places() {
            let name = name(point, side);
            write!(f, "\n{:>6}  {name}", self.ended.get(&name).copied().unwrap_or_default())?;
        }
        Ok(())
    }
}
