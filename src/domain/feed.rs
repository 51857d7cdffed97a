//! What a feed tells of one record, version by version, and what follows: the record as it may be told, and whether it may be.
//! The result depends on the set of versions, never on the order in which they came. Which steps are allowed is told by the caller.

use super::delta::Delta;
use super::facts::{Record, Stamp};
use super::ids::PatientId;
use super::states::StateCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// `confirmed_at` of a record that is in doubt: nothing has confirmed it, and vetting tells nothing of it.
pub const IN_DOUBT: Timestamp = Timestamp::UNIX_EPOCH;

/// How a state may follow another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Listed, or the same state again.
    Next,
    /// Scans were skipped in between.
    Skips,
}

/// What one version says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "short-lived values, a handful a line of the feed")]
pub enum Change {
    /// The whole record.
    Whole(Record),
    /// Its state, and what changes with it.
    State(StateCode, Delta),
    /// A state that nobody knows; it is never guessed.
    Unknown(String),
    /// What different senders said under one version: nobody knows which holds.
    Conflict(BTreeSet<String>),
}

impl Change {
    /// The states that it names, known or not: one, but of a conflict all.
    #[must_use]
    pub fn words(&self) -> BTreeSet<String> {
        match self {
            Change::Whole(record) => record.state().map(|s| s.to_string()).into_iter().collect(),
            Change::State(state, _) => BTreeSet::from([state.to_string()]),
            Change::Unknown(word) => BTreeSet::from([word.clone()]),
            Change::Conflict(words) => words.clone(),
        }
    }
}

/// One version of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Higher is later.
    pub version: u64,
    /// When it happened at its source.
    pub at: Timestamp,
    /// What it says.
    pub change: Change,
}

/// Why a version is not told to customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The state is none of the 48.
    Unknown(String),
    /// The state table does not allow the step.
    Forbidden(StateCode),
    /// One version says several things.
    Conflict(BTreeSet<String>),
    /// It names another person than the record's own.
    OtherOwner,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Unknown(code) => write!(f, "state `{code}` is none of the 48"),
            Why::Forbidden(to) => write!(f, "the state table allows no step to {to}"),
            Why::Conflict(words) => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                write!(f, "one version says {}", words.join(" and "))
            }
            Why::OtherOwner => f.write_str("it names another person than the record's own"),
        }
    }
}

/// The latest version cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Which version.
    pub version: u64,
    /// The last state that could be told.
    pub from: StateCode,
    /// Why.
    pub why: Why,
}

/// What all versions come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// The record after the last version that could be told.
    pub record: Record,
    /// The latest version could not be.
    pub doubt: Option<Doubt>,
    /// The latest version left out scans.
    pub skipped: bool,
}

/// What became of one line of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is told from now on.
    Applied,
    /// The same, and scans were left out before it.
    Skipped,
    /// It says that the feed lives.
    Confirmed,
    /// It was told before; nothing changes.
    Repeated,
    /// A later version is known: what is told stays, unless this one fills the gap that put it in doubt.
    Late,
    /// A person must look.
    Person(String),
    /// It was left out: the reason and the mend.
    Refused(String, &'static str),
}

impl Outcome {
    /// The word in reports and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Outcome::Applied => "applied",
            Outcome::Skipped => "skipped",
            Outcome::Confirmed => "confirmed",
            Outcome::Repeated => "repeated",
            Outcome::Late => "late",
            Outcome::Person(_) => "person",
            Outcome::Refused(..) => "refused",
        }
    }
}

/// Whether a record may go from one state to the other.
pub type Going<'a> = &'a (dyn Fn(StateCode, StateCode) -> Option<Move> + Sync);

/// Walks from the base through the versions in their order. A version that cannot be told is passed over; the next one is judged by the
/// last state that could be. `None` when the base has no state.
#[must_use]
pub fn settle(base: &Record, steps: &[Step], going: Going<'_>) -> Option<Settled> {
    let mut order: Vec<&Step> = steps.iter().collect();
    order.sort_by_key(|s| s.version);
    let mut out = Settled { record: base.clone(), doubt: None, skipped: false };
    for step in order {
        let from = out.record.state()?;
        match next(&out.record, from, step, going) {
            Ok((record, how)) => out = Settled { record, doubt: None, skipped: how == Move::Skips },
            Err(why) => {
                out.doubt = Some(Doubt { version: step.version, from, why });
                out.skipped = false;
            }
        }
    }
    Some(out)
}

fn next(now: &Record, from: StateCode, step: &Step, going: Going<'_>) -> Result<(Record, Move), Why> {
    let allowed = |to: StateCode| {
        let same = to.machine() == from.machine();
        going(from, to).filter(|_| same).ok_or(Why::Forbidden(to))
    };
    match &step.change {
        Change::Unknown(code) => Err(Why::Unknown(code.clone())),
        Change::Conflict(words) => Err(Why::Conflict(words.clone())),
        Change::Whole(record) => {
            let how = allowed(record.state().ok_or_else(|| Why::Unknown(String::new()))?)?;
            if owner(record) != owner(now) {
                return Err(Why::OtherOwner);
            }
            Ok((with_items(record.clone(), now), how))
        }
        Change::State(to, delta) => {
            let how = allowed(*to)?;
            let stamp = Stamp { as_of: step.at, version: step.version };
            Ok((delta.applied(now.clone(), *to, stamp), how))
        }
    }
}

fn owner(record: &Record) -> Option<&PatientId> {
    record.key().2
}

/// A resource that comes without what refers to it does not empty the order or the parcel.
fn with_items(mut record: Record, now: &Record) -> Record {
    match (&mut record, now) {
        (Record::Order(new), Record::Order(old)) if new.items.is_empty() => new.items.clone_from(&old.items),
        (Record::Shipment(new), Record::Shipment(old)) if new.details.items.is_empty() => {
            new.details.items.clone_from(&old.details.items);
        }
        _ => {}
    }
    record
}
