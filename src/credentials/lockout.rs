//! How long a name is locked after failed sign-ins in a row: guessing gets slower and slower, and nobody is locked out for good.

use jiff::SignedDuration;

/// So many failures in a row cost nothing: people mistype.
const FREE: u32 = 4;
/// The first lock, in seconds; each further failure doubles it.
const FIRST: i64 = 30;
/// The longest lock, in seconds.
const LONGEST: i64 = 15 * 60;

/// The lock that follows the given number of failures in a row; `None` while they are few.
#[must_use]
pub fn delay(failed: u32) -> Option<SignedDuration> {
    let doublings = failed.checked_sub(FREE + 1)?.min(10);
    Some(SignedDuration::from_secs((FIRST << doublings).min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_doubles_from_the_fifth_failure_on_and_has_an_end() {
        let seconds: Vec<i64> = (0..=12).map(|n| delay(n).map_or(0, |d| d.as_secs())).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(delay(u32::MAX).map(|d| d.as_secs()), Some(LONGEST));
    }
}
