//! The versions of one record that a feed told since it was first told of, and what they come to together. The oldest is the base: a
//! whole record that needs no judging.

use super::columns::ms;
use super::feed::Pending;
use super::records::put;
use super::{StoreError, Write};
use crate::domain::facts::Record;
use crate::domain::feed::{Change, Going, Outcome, Settled, Step, settle};
use jiff::Timestamp;

/// A record remembers so many versions; what is older than all of them is late.
const KEPT: usize = 32;

/// Whether a version was known.
pub(super) enum Known {
    /// It is older than the base.
    Late,
    /// It was; whether it is the latest one, and in doubt.
    Repeated { latest: bool, doubt: bool },
    /// It was not, or not with this word: what all come to now.
    New(Box<Judged>),
}

/// What the versions come to with a new one among them.
pub(super) struct Judged {
    pub settled: Settled,
    /// The new one is the latest.
    pub latest: bool,
}

/// A record that the store has not: only a whole one can be taken up.
pub(super) async fn first(tx: &mut Write, step: &Step, now: Timestamp) -> Result<Outcome, StoreError> {
    let Change::Whole(record) = &step.change else {
        return Ok(Outcome::Refused(
            "there is no such record here".into(),
            "send its FHIR resources first; an event only changes what is known",
        ));
    };
    put(tx, record, ms(now)).await?;
    Ok(Outcome::Applied)
}

/// Adds a version to what is known of a record, which now stands as `before`, and judges all of them.
pub(super) async fn add(
    tx: &mut Write,
    pending: &mut Pending,
    (before, steps): (&Record, Vec<Step>),
    step: &Step,
    going: Going<'_>,
) -> Result<Known, StoreError> {
    let mut all = known(pending, before, steps)?;
    let Some((base, rest)) = all.split_first() else { return Ok(Known::Late) };
    let Change::Whole(record) = base.change.clone() else { return Err(super::columns::damaged("body")) };
    if step.version < base.version {
        return Ok(Known::Late);
    }
    let last = rest.last().unwrap_or(base).version;
    let old = all.iter().position(|s| s.version == step.version).and_then(|n| all.get(n).map(|s| (n, s)));
    // The same state with less beside it is a repeat; of two states under one version nobody knows which holds.
    if old.is_some_and(|(_, s)| s.change.words().is_superset(&step.change.words())) {
        let doubt = settle(&record, rest, going).is_some_and(|s| s.doubt.is_some());
        return Ok(Known::Repeated { latest: step.version == last, doubt });
    }
    let latest = step.version >= last;
    let step = match old {
        None => step.clone(),
        Some((n, old)) => conflict(n == 0, old, step),
    };
    pending.step(before, &step)?;
    all.retain(|s| s.version != step.version);
    all.push(step);
    all.sort_by_key(|s| s.version);
    let rest: Vec<Step> = all.iter().skip(1).cloned().collect();
    let settled = settle(&record, &rest, going).ok_or_else(|| super::columns::damaged("body"))?;
    if all.len() > KEPT {
        // It forgets what was put off, too.
        pending.write(tx).await?;
        shorten(pending, &record, &all, going)?;
    }
    Ok(Known::New(Box::new(Judged { settled, latest })))
}

/// What both say, in the place of either. The base stays what it is: the disagreement is the moment after it.
fn conflict(is_base: bool, one: &Step, other: &Step) -> Step {
    let words = one.change.words().union(&other.change.words()).cloned().collect();
    Step { version: one.version + u64::from(is_base), at: one.at, change: Change::Conflict(words) }
}

/// The known versions in their order; when a later snapshot has overtaken them, or there are none, the record as it stands is the base.
fn known(pending: &mut Pending, before: &Record, steps: Vec<Step>) -> Result<Vec<Step>, StoreError> {
    let stamp = before.key().3;
    if steps.last().is_some_and(|s| s.version >= stamp.version) {
        return Ok(steps);
    }
    let base = Step { version: stamp.version, at: stamp.as_of, change: Change::Whole(before.clone()) };
    pending.forget(before, stamp.version);
    pending.step(before, &base)?;
    Ok(vec![base])
}

/// The oldest versions become one base, as they stand.
fn shorten(pending: &mut Pending, base: &Record, all: &[Step], going: Going<'_>) -> Result<(), StoreError> {
    let Some(old) = all.len().checked_sub(KEPT).filter(|n| *n > 0).and_then(|n| all.get(1..=n)) else { return Ok(()) };
    let (Some(settled), Some(last)) = (settle(base, old, going), old.last()) else { return Ok(()) };
    let record = settled.record;
    // The base keeps the age of its record and takes the place of the last version that went into it.
    let step = Step { version: last.version, at: record.key().3.as_of, change: Change::Whole(record.clone()) };
    pending.forget(&record, last.version);
    pending.step(&record, &step)
}
