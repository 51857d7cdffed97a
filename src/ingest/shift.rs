//! Moves every date of a feed by whole weeks, for the demo: weekdays stay what they were. Birth dates stay.

use crate::domain::facts::{Record, Stamp};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Versions are moments in microseconds; what lies below this is none.
const MOMENT: u64 = 1_000_000_000_000_000;

struct By(i64);

impl By {
    fn moment(&self, t: &mut Timestamp) {
        let by = SignedDuration::from_hours(self.0.saturating_mul(7 * 24));
        *t = t.saturating_add(by).unwrap_or(*t);
    }
    fn day(&self, d: &mut Date) {
        *d = shift_date(*d, self.0);
    }
    fn moments<'a>(&self, all: impl IntoIterator<Item = &'a mut Option<Timestamp>>) {
        all.into_iter().flatten().for_each(|t| self.moment(t));
    }
    fn days<'a>(&self, all: impl IntoIterator<Item = &'a mut Option<Date>>) {
        all.into_iter().flatten().for_each(|d| self.day(d));
    }
    fn stamp(&self, s: &mut Stamp) {
        self.moment(&mut s.as_of);
        if s.version >= MOMENT {
            s.version = s.version.saturating_add_signed(self.0.saturating_mul(7 * 24 * 3_600_000_000));
        }
    }
}

/// A day so many weeks later; the same day when that leaves the calendar.
#[must_use]
pub fn shift_date(day: Date, weeks: i64) -> Date {
    i32::try_from(weeks).ok().and_then(|w| day.checked_add(i64::from(w).weeks()).ok()).unwrap_or(day)
}

/// Shifts all dates and times of the records by whole weeks (negative: back); texts and birth dates stay.
pub fn shift(records: &mut [Record], weeks: i64) {
    let by = By(weeks.clamp(-5_000, 5_000));
    for record in records {
        match record {
            Record::Patient { stamp, .. } | Record::Medication { stamp, .. } => by.stamp(stamp),
            Record::Prescription(r) => {
                by.stamp(&mut r.stamp);
                let d = &mut r.details;
                by.moments([&mut d.since, &mut d.due, &mut d.contacted_at, &mut d.handed_over]);
                by.days([&mut r.valid_until, &mut r.pays_again_on, &mut d.sent_on, &mut d.written_on]);
            }
            Record::Order(r) => {
                by.stamp(&mut r.stamp);
                by.moments([&mut r.details.placed, &mut r.details.since, &mut r.details.due]);
                by.days(r.refund.as_mut().map(|(_, on)| on));
            }
            Record::Shipment(r) => {
                by.stamp(&mut r.stamp);
                let d = &mut r.details;
                by.moments([&mut r.delivered, &mut d.since, &mut d.due, &mut d.scanned_at]);
                by.days([&mut d.hold_until]);
                if let Some((from, to)) = &mut r.window {
                    by.day(from);
                    by.day(to);
                }
            }
            Record::Price(r) => by.stamp(&mut r.stamp),
            Record::Stock(r) => {
                by.stamp(&mut r.stamp);
                if let Some((on, _)) = &mut r.expected {
                    by.day(on);
                }
            }
            Record::Grant(r) => {
                by.stamp(&mut r.stamp);
                by.days([&mut r.period.0, &mut r.period.1]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_stay() {
        let day: Date = "2026-11-20".parse().unwrap();
        assert_eq!(shift_date(day, -3).to_string(), "2026-10-30");
        assert_eq!(shift_date(day, 8).weekday(), day.weekday());
    }
}
