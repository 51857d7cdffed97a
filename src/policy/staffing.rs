//! `staffing.toml`: opening hours by role, and the clock that a ticket's promise is computed from.

use crate::domain::route::{Priority, Queue};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan, Zoned};
use serde::Deserialize;
use std::collections::BTreeMap;

/// How a ticket may end (DOMAIN.md 8.5); the last four are the learning labels.
pub const DISPOSITIONS: [&str; 50] = [
    "CLIN-COUNSEL",
    "CLIN-INTERACTION",
    "CLIN-DOSE",
    "CLIN-MISSED",
    "CLIN-SIDEFX",
    "CLIN-PREG",
    "CLIN-PEDS",
    "CLIN-REFERRED-PRESCRIBER",
    "EMERG-911",
    "EMERG-POISON",
    "CRISIS-988",
    "CRISIS-WELFARE-CHECK",
    "ERR-CONFIRMED",
    "ERR-NOT",
    "ERR-LOOKS-DIFFERENT",
    "TEMP-REPLACE",
    "TEMP-OK-BY-RPH",
    "AE-LOGGED",
    "AE-MEDWATCH-FILED",
    "QUALITY-DSCSA",
    "GAP-LOCAL-FILL",
    "GAP-EMERGENCY-SUPPLY",
    "GAP-EXPEDITED",
    "CS-REVIEW",
    "CS-LOSS-REPORT",
    "DIV-CONCERN",
    "PRIV-DENIED",
    "PRIV-BREACH-REVIEW",
    "PRIV-CONFCOMM",
    "ACCT-TAKEOVER",
    "SVC-STATUS",
    "SVC-REPLACE",
    "SVC-REFUND",
    "SVC-ADDRESS",
    "INS-UPDATE",
    "INS-PA",
    "INS-APPEAL",
    "PRICE-EXPLAIN",
    "RX-TRANSFER",
    "RX-RENEW",
    "COMPLAINT",
    "LEGAL",
    "LANG-INTERP",
    "ABUSE-ENDED",
    "NOANSWER-3X",
    "DUP",
    "BOT-SHOULD-HAVE-ANSWERED",
    "BOT-WRONG",
    "BOT-TONE",
    "KB-GAP",
];

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    days: Vec<String>,
    opens: String,
    closes: String,
    on_call: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    zone: String,
    holidays: Vec<Date>,
    role: BTreeMap<String, Role>,
    minutes: BTreeMap<Priority, i64>,
    claim: Claim,
    ladder: Vec<Rung>,
    customer: Customer,
    calls: Calls,
    load: Load,
}

/// How long people need.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    minutes_per_case: i64,
}

/// How long a claim holds without a sign of life.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    seconds: i64,
}

/// How long a customer is waited for.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Customer {
    silent_hours: i64,
}

/// When customers may be called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calls {
    earliest: String,
    latest: String,
    hours: i64,
}

/// Who is called when an urgent ticket has waited so long for a claim.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// Seconds since the ticket began to wait.
    pub after: i64,
    /// A word for the pager: `lead`, `on_call`, `in_charge`.
    pub call: String,
}

/// Parsed staffing: who is there when.
#[derive(Debug, Clone)]
pub struct Staffing {
    zone: TimeZone,
    holidays: Vec<Date>,
    pharmacist: Shift,
    care: Shift,
    minutes: BTreeMap<Priority, i64>,
    ladder: Vec<Rung>,
    lease: SignedDuration,
    silent: SignedDuration,
    minutes_per_case: i64,
    /// Minutes of the customer's day between which they are called, and the length of a window.
    calls: (i64, i64, i64),
}

#[derive(Debug, Clone)]
struct Shift {
    days: Vec<Weekday>,
    opens: i64,
    closes: i64,
    on_call: bool,
}

impl Staffing {
    /// # Errors
    /// The place and reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: Raw = toml::from_str(text).map_err(|e| e.to_string())?;
        let role = |name: &str| raw.role.get(name).ok_or_else(|| format!("[role.{name}] is missing")).and_then(shift);
        if let Some(p) = [Priority::P0, Priority::P1, Priority::P2, Priority::P3, Priority::P4]
            .iter()
            .find(|p| !raw.minutes.contains_key(p))
        {
            return Err(format!("[minutes] lacks {p:?}"));
        }
        if raw.ladder.is_empty() || !raw.ladder.is_sorted_by(|a, b| a.after < b.after) {
            return Err("[[ladder]] wants at least one rung, each with a longer `after` than the one before".into());
        }
        if raw.load.minutes_per_case <= 0 {
            return Err("[load] minutes_per_case must be at least 1".into());
        }
        if raw.claim.seconds < 10 {
            return Err("[claim] seconds: 10 or more, or a slow line loses the case".into());
        }
        let calls = (minute_of(&raw.calls.earliest)?, minute_of(&raw.calls.latest)?, raw.calls.hours * 60);
        if calls.2 <= 0 || calls.0 + calls.2 > calls.1 {
            return Err("[calls] no window of `hours` fits between `earliest` and `latest`".into());
        }
        Ok(Self {
            minutes_per_case: raw.load.minutes_per_case,
            lease: SignedDuration::from_secs(raw.claim.seconds),
            silent: SignedDuration::from_hours(raw.customer.silent_hours),
            calls,
            zone: TimeZone::get(&raw.zone).map_err(|e| format!("zone: {e}"))?,
            pharmacist: role("pharmacist")?,
            care: role("care")?,
            holidays: raw.holidays,
            minutes: raw.minutes,
            ladder: raw.ladder,
        })
    }

    /// The pharmacy's own zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Who is called, one after the other, about an urgent ticket that nobody has claimed since `since`.
    #[must_use]
    pub fn called(&self, since: Timestamp, now: Timestamp) -> &[Rung] {
        let waited = now.duration_since(since).as_secs();
        let reached = self.ladder.iter().take_while(|rung| rung.after <= waited).count();
        self.ladder.get(..reached).unwrap_or_default()
    }

    /// The rungs of the ladder, the first call first.
    #[must_use]
    pub fn ladder(&self) -> &[Rung] {
        &self.ladder
    }

    /// Minutes to the first human message.
    #[must_use]
    pub fn minutes(&self, priority: Priority) -> i64 {
        self.minutes.get(&priority).copied().unwrap_or(60)
    }

    /// When a ticket must have its first human message. P0 and P1 run on clock time, the others on opening time.
    #[must_use]
    pub fn due(&self, now: Timestamp, priority: Priority, queue: Queue) -> Timestamp {
        let minutes = self.minutes(priority);
        if priority <= Priority::P1 {
            return now.checked_add(minutes.minutes()).unwrap_or(now);
        }
        self.add_open_minutes(now, minutes, self.shift(queue))
    }

    /// The time that may be promised: `due` when the role is open or on call now, or when its next opening is known.
    /// `None` for a P0 or P1 that nobody is there to keep: then the phone line is printed, never a guess.
    #[must_use]
    pub fn promise(&self, now: Timestamp, priority: Priority, queue: Queue, signed_in: usize) -> Option<Timestamp> {
        let shift = self.shift(queue);
        let urgent = priority <= Priority::P1;
        let there = signed_in > 0 || shift.on_call || self.is_open(&now.to_zoned(self.zone.clone()), shift);
        (there || !urgent).then(|| self.due(now, priority, queue))
    }

    /// What a person needs for one case, for the forecast of waits.
    #[must_use]
    pub fn minutes_per_case(&self) -> i64 {
        self.minutes_per_case
    }

    /// Whether the role is there for the whole of a window.
    #[must_use]
    pub fn there(&self, from: Timestamp, until: Timestamp, queue: Queue) -> bool {
        let shift = self.shift(queue);
        let last = until.checked_sub(1.minute()).unwrap_or(until);
        [from, last].iter().all(|t| self.is_open(&t.to_zoned(self.zone.clone()), shift))
    }

    /// A claim holds so long without a sign of life.
    #[must_use]
    pub fn lease(&self) -> SignedDuration {
        self.lease
    }

    /// An answer that the customer did not come back to for so long is the last word.
    #[must_use]
    pub fn silent(&self) -> SignedDuration {
        self.silent
    }

    /// The next windows in which a call can be promised: the role is there for the whole of it, and it is day where the customer
    /// is. The first begins at least an hour from now.
    #[must_use]
    pub fn windows(&self, now: Timestamp, queue: Queue, customer: &TimeZone, n: usize) -> Vec<(Timestamp, Timestamp)> {
        let (earliest, latest, length) = self.calls;
        let soonest = now.checked_add(1.hour()).unwrap_or(now);
        let mut found = Vec::new();
        for offset in 0..14i64 {
            let day = now.to_zoned(customer.clone()).date().checked_add(Span::new().days(offset));
            let Ok(day) = day else { break };
            let starts = (0..).map(|i| earliest + i * length).take_while(|start| start + length <= latest);
            for start in starts {
                let ends = (at_minute(day, start, customer), at_minute(day, start + length, customer));
                let (Some(from), Some(until)) = ends else { continue };
                if from >= soonest && self.there(from, until, queue) {
                    found.push((from, until));
                }
                if found.len() == n {
                    return found;
                }
            }
        }
        found
    }

    fn shift(&self, queue: Queue) -> &Shift {
        if matches!(queue, Queue::Clinical | Queue::Safety) { &self.pharmacist } else { &self.care }
    }

    fn is_open(&self, at: &Zoned, shift: &Shift) -> bool {
        let minute = i64::from(at.hour()) * 60 + i64::from(at.minute());
        self.open_day(at.date(), shift) && (shift.opens..shift.closes).contains(&minute)
    }

    fn open_day(&self, day: Date, shift: &Shift) -> bool {
        let always = shift.closes - shift.opens >= 24 * 60;
        shift.days.contains(&day.weekday()) && (always || !self.holidays.contains(&day))
    }

    /// Opening time is counted as it passes, not as clocks show it: a night in which the hour changes has 23 or 25 of them.
    fn add_open_minutes(&self, now: Timestamp, minutes: i64, shift: &Shift) -> Timestamp {
        let today = now.to_zoned(self.zone.clone()).date();
        let mut left = SignedDuration::from_mins(minutes);
        for offset in 0..30i64 {
            let Ok(day) = today.checked_add(Span::new().days(offset)) else { break };
            let at = |minute| at_minute(day, minute, &self.zone);
            let (true, Some(opens), Some(closes)) = (self.open_day(day, shift), at(shift.opens), at(shift.closes))
            else {
                continue;
            };
            let from = now.max(opens);
            let open = closes.duration_since(from).max(SignedDuration::ZERO);
            if left <= open {
                return from.checked_add(left).unwrap_or(now);
            }
            left -= open;
        }
        now
    }
}

fn at_minute(day: Date, minute: i64, zone: &TimeZone) -> Option<Timestamp> {
    let midnight = day.to_datetime(Time::midnight()).to_zoned(zone.clone()).ok()?;
    midnight.datetime().checked_add(minute.minutes()).ok()?.to_zoned(zone.clone()).ok().map(|z| z.timestamp())
}

fn shift(role: &Role) -> Result<Shift, String> {
    Ok(Shift {
        days: role.days.iter().map(|d| weekday(d)).collect::<Result<_, _>>()?,
        opens: minute_of(&role.opens)?,
        closes: minute_of(&role.closes)?,
        on_call: role.on_call,
    })
}

fn weekday(name: &str) -> Result<Weekday, String> {
    const NAMES: [(&str, Weekday); 7] = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];
    NAMES
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, d)| *d)
        .ok_or_else(|| format!("`{name}` is no day: expected mon to sun"))
}

fn minute_of(clock: &str) -> Result<i64, String> {
    let parsed = clock.split_once(':').and_then(|(h, m)| Some((h.parse::<i64>().ok()?, m.parse::<i64>().ok()?)));
    match parsed {
        Some((h, m)) if (0..=24).contains(&h) && (0..60).contains(&m) && h * 60 + m <= 1440 => Ok(h * 60 + m),
        _ => Err(format!("`{clock}` is no time of day: expected HH:MM up to 24:00")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staffing() -> Staffing {
        Staffing::parse(include_str!("../../guardrails/staffing.toml")).unwrap()
    }

    #[test]
    fn urgent_tickets_run_on_clock_time_and_others_on_opening_time() {
        let s = staffing();
        let friday: Timestamp = "2026-11-20T19:30:00-06:00".parse().unwrap();
        assert_eq!(
            s.due(friday, Priority::P1, Queue::Clinical),
            "2026-11-20T19:40:00-06:00".parse::<Timestamp>().unwrap()
        );
        // One business hour from 7:30 pm: half an hour left today, half an hour on Saturday from 8 am.
        assert_eq!(
            s.due(friday, Priority::P2, Queue::Service),
            "2026-11-21T08:30:00-06:00".parse::<Timestamp>().unwrap()
        );
        // Thanksgiving is closed for customer care.
        let eve: Timestamp = "2026-11-25T19:59:00-06:00".parse().unwrap();
        assert_eq!(s.due(eve, Priority::P2, Queue::Service), "2026-11-27T08:59:00-06:00".parse::<Timestamp>().unwrap());
    }

    #[test]
    fn clocks_run_through_the_nights_when_the_hour_changes() {
        let (s, at) = (staffing(), |text: &str| text.parse::<Timestamp>().unwrap());
        // Four hours of opening time from Saturday 7:30 pm: half an hour then, the rest on Monday from 8 am, which is summer time.
        let spring = s.due(at("2026-03-07T19:30:00-06:00"), Priority::P3, Queue::Service);
        assert_eq!(spring, at("2026-03-09T11:30:00-05:00"));
        // Who is there day and night is there through the hour that comes twice, and through the one that is left out.
        let autumn = s.due(at("2026-10-31T23:00:00-05:00"), Priority::P3, Queue::Clinical);
        assert_eq!(autumn, at("2026-11-01T02:00:00-06:00"));
        let night = s.due(at("2026-03-08T01:30:00-06:00"), Priority::P2, Queue::Clinical);
        assert_eq!(night, at("2026-03-08T03:30:00-05:00"));
        assert_eq!(
            s.due(at("2026-03-08T01:59:00-06:00"), Priority::P0, Queue::Safety),
            at("2026-03-08T03:01:00-05:00")
        );
    }

    #[test]
    fn a_call_is_offered_when_somebody_is_there_and_it_is_day_where_the_customer_is() {
        let s = staffing();
        let hawaii = TimeZone::get("Pacific/Honolulu").unwrap();
        let friday: Timestamp = "2026-11-20T15:12:00-06:00".parse().unwrap();
        let spoken = |queue, zone: &TimeZone| -> Vec<String> {
            let windows = s.windows(friday, queue, zone, 3);
            windows.iter().map(|(from, _)| from.to_zoned(zone.clone()).strftime("%a %H:%M").to_string()).collect()
        };
        assert_eq!(spoken(Queue::Clinical, s.zone()), ["Fri 17:00", "Sat 09:00", "Sat 11:00"]);
        // Care is there until 8 pm in Chicago, which is 4 pm in Honolulu.
        assert_eq!(spoken(Queue::Service, &hawaii), ["Fri 13:00", "Sat 09:00", "Sat 11:00"]);
        // From Wednesday evening on: Thanksgiving is closed.
        let eve: Timestamp = "2026-11-25T19:00:00-06:00".parse().unwrap();
        let (from, _) = s.windows(eve, Queue::Service, s.zone(), 1)[0];
        assert_eq!(from, "2026-11-27T09:00:00-06:00".parse::<Timestamp>().unwrap());
    }

    #[test]
    fn an_urgent_promise_needs_somebody() {
        let s = staffing();
        let night: Timestamp = "2026-11-21T02:00:00-06:00".parse().unwrap();
        assert!(s.promise(night, Priority::P1, Queue::Service, 0).is_none());
        assert!(s.promise(night, Priority::P1, Queue::Service, 1).is_some());
        assert!(s.promise(night, Priority::P1, Queue::Clinical, 0).is_some(), "a pharmacist is on call");
        assert!(s.promise(night, Priority::P3, Queue::Service, 0).is_some(), "the next opening is known");
    }
}
