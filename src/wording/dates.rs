//! Days and moments in words, in the customer's zone and language; the zone is always printed.

use crate::domain::lang::Lang;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

const MONTHS: [(&str, &str); 12] = [
    ("Jan", "ene"),
    ("Feb", "feb"),
    ("Mar", "mar"),
    ("Apr", "abr"),
    ("May", "may"),
    ("Jun", "jun"),
    ("Jul", "jul"),
    ("Aug", "ago"),
    ("Sep", "sep"),
    ("Oct", "oct"),
    ("Nov", "nov"),
    ("Dec", "dic"),
];

/// `Mon 23 Nov` or `lun 23 nov`.
#[must_use]
pub fn day(date: Date, lang: Lang) -> String {
    let (en, es) = match date.weekday() {
        Weekday::Monday => ("Mon", "lun"),
        Weekday::Tuesday => ("Tue", "mar"),
        Weekday::Wednesday => ("Wed", "mié"),
        Weekday::Thursday => ("Thu", "jue"),
        Weekday::Friday => ("Fri", "vie"),
        Weekday::Saturday => ("Sat", "sáb"),
        Weekday::Sunday => ("Sun", "dom"),
    };
    format!("{} {} {}", lang.pick(en, es), date.day(), month(date, lang))
}

/// `1 Oct 2026` or `1 oct 2026`.
#[must_use]
pub fn full_day(date: Date, lang: Lang) -> String {
    format!("{} {} {}", date.day(), month(date, lang), date.year())
}

/// `3:12 pm CT, 20 Nov` or `3:12 pm CT, 20 nov`.
#[must_use]
pub fn moment(at: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    let z = at.to_zoned(zone.clone());
    format!("{}, {} {}", clock(at, zone), z.day(), month(z.date(), lang))
}

/// `3:12 pm CT`.
#[must_use]
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let z = at.to_zoned(zone.clone());
    let (hour, half) = (z.hour(), if z.hour() < 12 { "am" } else { "pm" });
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{hour}:{:02} {half} {}", z.minute(), zone_word(&z.strftime("%Z").to_string()))
}

/// The short name that people use: `CST` and `CDT` are `CT`.
fn zone_word(abbreviation: &str) -> String {
    match abbreviation {
        "CST" | "CDT" => "CT".into(),
        "EST" | "EDT" => "ET".into(),
        "MST" | "MDT" => "MT".into(),
        "PST" | "PDT" => "PT".into(),
        other => other.into(),
    }
}

fn month(date: Date, lang: Lang) -> &'static str {
    let index = usize::try_from(date.month() - 1).unwrap_or_default();
    MONTHS.get(index).map_or("", |(en, es)| lang.pick(*en, *es))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_persons_zone() {
        let at: Timestamp = "2026-11-20T21:12:00Z".parse().unwrap();
        let chicago = TimeZone::get("America/Chicago").unwrap();
        assert_eq!(moment(at, &chicago, Lang::En), "3:12 pm CT, 20 Nov");
        assert_eq!(moment(at, &TimeZone::get("America/New_York").unwrap(), Lang::Es), "4:12 pm ET, 20 nov");
        assert_eq!(day("2026-11-24".parse().unwrap(), Lang::En), "Tue 24 Nov");
        assert_eq!(full_day("2026-10-01".parse().unwrap(), Lang::Es), "1 oct 2026");
    }
}
