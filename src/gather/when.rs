//! Which of their orders somebody means by its day: "the one from last week", "the order I made on Monday", "el de ayer". Only words that
//! pick an order count; "it should have come yesterday" picks none. The words are data (`guardrails/subjects.toml`).

use crate::policy::subjects::{Day, subjects};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use std::ops::RangeInclusive;

/// The days that a message picks an order by, seen from `today`.
pub(super) fn picked(text: &str, today: Date) -> Option<RangeInclusive<Date>> {
    let lower = text.to_lowercase();
    let day = subjects().picks.iter().find(|p| p.words.is_match(&lower))?.day;
    days(day, today)
}

fn days(day: Day, today: Date) -> Option<RangeInclusive<Date>> {
    let back = |n: i64| today.checked_sub(n.days()).ok();
    match day {
        Day::Back { days } => back(days.into()).map(|d| d..=d),
        // A week is meant loosely: what is eleven days old is "from last week", too.
        Day::LastWeek => Some(back(13)?..=back(3)?),
        Day::LastMonth => {
            let last = today.first_of_month().checked_sub(1.day()).ok()?;
            Some(last.first_of_month()..=last)
        }
        Day::Weekday { of } => {
            let weekday = Weekday::from_monday_one_offset(of).ok()?;
            let since = i64::from(today.weekday().since(weekday));
            back(if since == 0 { 7 } else { since }).map(|d| d..=d)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn words_that_pick_an_order_by_its_day_give_the_days() {
        let friday = date(2026, 11, 20);
        let one = |d: i8| Some(date(2026, 11, d)..=date(2026, 11, d));
        assert_eq!(picked("what about the one from yesterday?", friday), one(19));
        assert_eq!(picked("the order I placed on Monday", friday), one(16));
        assert_eq!(picked("y el del lunes?", friday), one(16));
        assert_eq!(picked("the one from friday", friday), one(13), "not today");
        assert_eq!(picked("where's the order from last week", friday), Some(date(2026, 11, 7)..=date(2026, 11, 17)));
        assert_eq!(picked("el pedido de la semana pasada", friday), Some(date(2026, 11, 7)..=date(2026, 11, 17)));
        assert_eq!(picked("the one from last month", friday), Some(date(2026, 10, 1)..=date(2026, 10, 31)));
        for text in
            ["it was supposed to come yesterday", "where is my order", "you were closed last week", "llega el lunes?"]
        {
            assert_eq!(picked(text, friday), None, "{text}");
        }
    }
}
