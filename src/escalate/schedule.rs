//! When an attempt at a webhook follows another: the schedule, its jitter, and what a receiver asks for with Retry-After.

use crate::store::outbox::Next;
use jiff::{SignedDuration, Timestamp};
use std::time::UNIX_EPOCH;

/// Seconds between attempts for P0 and P1, then the tail that all share.
const URGENT: [i64; 6] = [0, 1, 3, 10, 30, 60];
const TAIL: [i64; 6] = [300, 1_800, 7_200, 18_000, 36_000, 36_000];
/// The tail is longer by up to this share, so that receivers are not hit by all at once.
const JITTER: f64 = 0.1;
/// A receiver may put us off for so long at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(10);

/// When the next attempt is due after `attempts` failures; `Dead` after the last. `dice`, from 0 to 1, sets the jitter.
#[must_use]
pub fn next(attempts: u32, urgent: bool, now: Timestamp, dice: f64) -> Next {
    let schedule: Vec<i64> =
        if urgent { URGENT.iter().chain(&TAIL).copied().collect() } else { std::iter::once(0).chain(TAIL).collect() };
    let Some(seconds) = schedule.get(attempts as usize) else { return Next::Dead };
    let share = if *seconds >= TAIL[0] { JITTER * dice.clamp(0.0, 1.0) } else { 0.0 };
    let wait = SignedDuration::from_secs(*seconds).mul_f64(1.0 + share);
    now.checked_add(wait).map_or(Next::Dead, Next::At)
}

/// Not before what the receiver asked for.
#[must_use]
pub fn put_off(next: Next, asked: Option<SignedDuration>, now: Timestamp) -> Next {
    let asked = asked.and_then(|wait| now.checked_add(wait.min(LONGEST)).ok());
    match (next, asked) {
        (Next::At(at), Some(asked)) => Next::At(at.max(asked)),
        (next, _) => next,
    }
}

/// What a Retry-After header asks for: seconds, or an HTTP date.
#[must_use]
pub fn retry_after(value: &str, now: Timestamp) -> Option<SignedDuration> {
    if let Ok(seconds) = value.trim().parse::<u32>() {
        return Some(SignedDuration::from_secs(i64::from(seconds)));
    }
    let since = httpdate::parse_http_date(value.trim()).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let at = Timestamp::from_second(i64::try_from(since.as_secs()).ok()?).ok()?;
    Some(at.duration_since(now)).filter(SignedDuration::is_positive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(784_111_700).unwrap()
    }
    fn after(next: Next) -> Option<i64> {
        match next {
            Next::At(at) => Some(at.duration_since(now()).as_secs()),
            Next::Dead => None,
        }
    }

    #[test]
    fn urgent_events_retry_within_the_minute_and_end_dead() {
        let at = |n, urgent| after(next(n, urgent, now(), 0.0));
        assert_eq!((at(1, true), at(5, true), at(6, true), at(12, true)), (Some(1), Some(60), Some(300), None));
        assert_eq!((at(1, false), at(7, false)), (Some(300), None));
    }

    #[test]
    fn only_the_tail_has_jitter_and_at_most_a_tenth() {
        assert_eq!(after(next(5, true, now(), 1.0)), Some(60));
        assert_eq!(after(next(1, false, now(), 1.0)), Some(330));
        assert_eq!(after(next(5, false, now(), 0.5)), Some(37_800));
        assert_eq!(after(next(1, false, now(), 9.0)), Some(330));
    }

    #[test]
    fn a_receiver_may_put_us_off_in_seconds_or_by_a_date_up_to_ten_hours() {
        let asked = |value| retry_after(value, now()).map(|d| d.as_secs());
        assert_eq!((asked("120"), asked("Sun, 06 Nov 1994 08:49:37 GMT")), (Some(120), Some(77)));
        assert_eq!((asked("soon"), asked("-3"), asked("Sun, 06 Nov 1993 08:49:37 GMT")), (None, None, None));
        let first = next(1, true, now(), 0.0);
        let off = |seconds| after(put_off(first, Some(SignedDuration::from_secs(seconds)), now()));
        assert_eq!((off(0), off(120), off(9_999_999)), (Some(1), Some(120), Some(36_000)));
        assert_eq!(put_off(Next::Dead, Some(LONGEST), now()), Next::Dead);
    }
}
