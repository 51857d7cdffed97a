//! Days, weekdays, months and times of a folded text, English and Spanish.

use super::super::fold::{Groups, rx};
use super::{Claims, Day, Value};
use jiff::Timestamp;

const MONTH: &str = r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|enero|ene|febrero|marzo|abril|abr|mayo|junio|julio|agosto|ago|septiembre|setiembre|octubre|noviembre|diciembre|dic)\b\.?";
const WEEKDAY: &str = r"(?:\b(mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|lunes|lun|martes|miercoles|mie|jueves|jue|viernes|vie|sabado|sab|domingo|dom)\b\.?,?\s+)?";

/// Claims all dates and times.
pub fn scan(text: &str, claims: &mut Claims) {
    iso(text, claims);
    slashes(text, claims);
    day_ranges(text, claims);
    named(text, claims);
    times(text, claims);
    loose(text, claims);
}

fn iso(text: &str, claims: &mut Claims) {
    for g in
        rx!(r"\b(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(z|[+-]\d{2}:\d{2})?)?").groups(text)
    {
        let Some(day) = day(g.number(1), g.number(2), g.number(3), None) else { continue };
        let mut values = vec![Value::Date(day)];
        if let (Some(h), Some(m)) = (g.number(4), g.number(5)) {
            let instant = g.text(0).to_uppercase().replace(' ', "T").parse::<Timestamp>().ok();
            values.extend(minutes(h, m).map(|t| Value::Time(t, None, instant)));
        }
        claims.put(g.range(0), values);
    }
}

fn slashes(text: &str, claims: &mut Claims) {
    for g in rx!(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?\b").groups(text) {
        let year = g.number(3).map(|y| if y < 100 { 2000 + y } else { y });
        let (a, b) = (g.number(1), g.number(2));
        let swapped = a.is_some_and(|x| x > 12);
        let found = if swapped { day(year, b, a, None) } else { day(year, a, b, None) };
        if let Some(d) = found {
            claims.put(g.range(0), [Value::Date(d)]);
        }
    }
}

/// "Tue 24 - Thu 26 Nov", "Nov 24-26", "del 24 al 26 de noviembre": the first day borrows the month.
fn day_ranges(text: &str, claims: &mut Claims) {
    let lead = format!(
        r"{WEEKDAY}\b(\d{{1,2}})\s*(?:-|to|and|al|a|y|through)\s*(?:el\s+)?{WEEKDAY}(\d{{1,2}})(?:\s+de)?\s+{MONTH}(?:,?(?:\s+de)?\s+(\d{{4}}))?"
    );
    static LEAD: std::sync::OnceLock<super::super::fold::Rx> = std::sync::OnceLock::new();
    for g in LEAD.get_or_init(|| super::super::fold::Rx::new(&lead)).groups(text) {
        let (month, year) = (month(g.text(5)), g.number(6));
        let first = day(year, month, g.number(2), weekday(g.text(1)));
        let last = day(year, month, g.number(4), weekday(g.text(3)));
        claims.put(g.range(0), [first, last].into_iter().flatten().map(Value::Date));
    }
    let tail = format!(r"\b{MONTH}\s+(\d{{1,2}})\s*(?:-|to|and|through)\s*{WEEKDAY}(\d{{1,2}})\b(?:,?\s+(\d{{4}}))?");
    static TAIL: std::sync::OnceLock<super::super::fold::Rx> = std::sync::OnceLock::new();
    for g in TAIL.get_or_init(|| super::super::fold::Rx::new(&tail)).groups(text) {
        let (month, year) = (month(g.text(1)), g.number(5));
        let days = [day(year, month, g.number(2), None), day(year, month, g.number(4), weekday(g.text(3)))];
        claims.put(g.range(0), days.into_iter().flatten().map(Value::Date));
    }
}

fn named(text: &str, claims: &mut Claims) {
    let month_first = format!(r"{WEEKDAY}\b{MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?");
    static FIRST: std::sync::OnceLock<super::super::fold::Rx> = std::sync::OnceLock::new();
    let month_last = format!(
        r"{WEEKDAY}\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+(?:de|of))?\s+{MONTH}(?:,?(?:\s+(?:de|del))?\s+(\d{{4}}))?"
    );
    static LAST: std::sync::OnceLock<super::super::fold::Rx> = std::sync::OnceLock::new();
    for g in LAST.get_or_init(|| super::super::fold::Rx::new(&month_last)).groups(text) {
        put_named(&g, g.text(3), g.number(2), claims);
    }
    for g in FIRST.get_or_init(|| super::super::fold::Rx::new(&month_first)).groups(text) {
        put_named(&g, g.text(2), g.number(3), claims);
    }
}

fn put_named(g: &Groups<'_>, name: &str, number: Option<i64>, claims: &mut Claims) {
    if let Some(d) = day(g.number(4), month(name), number, weekday(g.text(1))) {
        claims.put(g.range(0), [Value::Date(d)]);
    }
}

fn times(text: &str, claims: &mut Claims) {
    let zone = r"(?:,?\s*(?:\(?(ct|cst|cdt|et|est|edt|mt|mst|mdt|pt|pst|pdt|akt|hst|central(?: time)?|eastern(?: time)?|mountain(?: time)?|pacific(?: time)?|hora del centro|hora del este|hora del pacifico|hora de la montana|hora central)\b))?";
    let pattern = format!(
        r"\b(\d{{1,2}})(?::(\d{{2}}))?\s?(a\.?\s?m\b\.?|p\.?\s?m\b\.?|de la manana|de la tarde|de la noche){zone}|\b(\d{{1,2}}):(\d{{2}})\b{zone}|\b(noon|midnight|mediodia|medianoche)\b{zone}"
    );
    static TIME: std::sync::OnceLock<super::super::fold::Rx> = std::sync::OnceLock::new();
    for g in TIME.get_or_init(|| super::super::fold::Rx::new(&pattern)).groups(text) {
        let half = |h: i64, pm: bool| if pm { h % 12 + 12 } else { h % 12 };
        let time = if let Some(h) = g.number(1) {
            minutes(
                half(h, g.text(3).starts_with('p') || g.text(3).contains("tarde") || g.text(3).contains("noche")),
                g.number(2).unwrap_or(0),
            )
        } else if let (Some(h), Some(m)) = (g.number(5), g.number(6)) {
            minutes(h, m)
        } else {
            Some(if matches!(g.text(8), "noon" | "mediodia") { 720 } else { 0 })
        };
        let named = [4, 7, 9].iter().map(|i| g.text(*i)).find(|z| !z.is_empty()).and_then(zone_name);
        if let Some(t) = time {
            claims.put(g.range(0), [Value::Time(t, named, None)]);
        }
    }
}

/// Weekdays, months and "tomorrow" that stand alone.
fn loose(text: &str, claims: &mut Claims) {
    for r in rx!(r"\b(?:mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|lunes|martes|miercoles|jueves|viernes|sabados?|domingos?)\b").ranges(text) {
        if let Some(w) = text.get(r.clone()).and_then(weekday) {
            claims.put(r, [Value::Weekday(w)]);
        }
    }
    for g in rx!(r"\b(january|february|april|june|july|august|september|october|november|december|enero|febrero|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\b(?:(?: de| of|,)? (\d{4}))?").groups(text) {
        if let Some(m) = month(g.text(1)) {
            claims.put(g.range(0), [Value::Month(m as i8, g.number(2).map(|y| y as i16))]);
        }
    }
    for g in rx!(r"\b(tomorrow|yesterday|ayer|(?:para |llega |sale )manana)\b").groups(text) {
        let back = matches!(g.text(1), "yesterday" | "ayer");
        claims.put(g.range(0), [Value::Relative(if back { -1 } else { 1 })]);
    }
}

fn minutes(h: i64, m: i64) -> Option<i16> {
    ((0..24).contains(&h) && (0..60).contains(&m)).then_some((h * 60 + m) as i16)
}

fn day(year: Option<i64>, month: Option<i64>, day: Option<i64>, weekday: Option<i8>) -> Option<Day> {
    let (m, d) = (month?, day?);
    ((1..=12).contains(&m) && (1..=31).contains(&d)).then_some(Day {
        year: year.map(|y| y as i16),
        month: m as i8,
        day: d as i8,
        weekday,
    })
}

fn month(name: &str) -> Option<i64> {
    const STARTS: &[(&str, i64)] = &[
        ("jan", 1),
        ("ene", 1),
        ("feb", 2),
        ("mar", 3),
        ("ap", 4),
        ("ab", 4),
        ("may", 5),
        ("jun", 6),
        ("jul", 7),
        ("au", 8),
        ("ag", 8),
        ("se", 9),
        ("oc", 10),
        ("no", 11),
        ("de", 12),
        ("di", 12),
    ];
    STARTS.iter().find(|(s, _)| name.starts_with(s)).map(|(_, m)| *m)
}

fn weekday(name: &str) -> Option<i8> {
    const STARTS: &[(&str, i8)] = &[
        ("mon", 1),
        ("lun", 1),
        ("tue", 2),
        ("mar", 2),
        ("wed", 3),
        ("mie", 3),
        ("thu", 4),
        ("jue", 4),
        ("fri", 5),
        ("vie", 5),
        ("sat", 6),
        ("sab", 6),
        ("sun", 7),
        ("dom", 7),
    ];
    STARTS.iter().find(|(s, _)| name.starts_with(s)).map(|(_, w)| *w)
}

fn zone_name(code: &str) -> Option<&'static str> {
    Some(match code.chars().next()? {
        'c' => "America/Chicago",
        'e' => "America/New_York",
        'm' => "America/Denver",
        'p' => "America/Los_Angeles",
        'a' => "America/Anchorage",
        'h' if code.starts_with("hst") => "Pacific/Honolulu",
        'h' if code.contains("este") => "America/New_York",
        'h' if code.contains("pacifico") => "America/Los_Angeles",
        'h' if code.contains("montana") => "America/Denver",
        'h' => "America/Chicago",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::fold::fold;
    use super::super::scan;
    use super::*;
    use crate::domain::lang::Lang;

    fn days(text: &str) -> Vec<(i8, i8)> {
        let pick = |v| if let Value::Date(d) = v { Some((d.month, d.day)) } else { None };
        scan(&fold(text), Lang::En).into_iter().filter_map(|i| pick(i.value)).collect()
    }

    #[test]
    fn one_day_in_many_forms() {
        for form in [
            "Mon 23 Nov",
            "Nov 23",
            "11/23/2026",
            "23 de noviembre de 2026",
            "2026-11-23",
            "Monday, November 23rd, 2026",
            "lun. 23 nov.",
        ] {
            assert_eq!(days(form), [(11, 23)], "{form}");
        }
        assert_eq!(days("Tue 24 – Thu 26 Nov"), [(11, 24), (11, 26)]);
        assert_eq!(days("Nov 24-26"), [(11, 24), (11, 26)]);
    }

    #[test]
    fn times_and_zones() {
        let time = |t: &str| {
            scan(&fold(t), Lang::En)
                .into_iter()
                .find_map(|i| if let Value::Time(m, z, _) = i.value { Some((m, z)) } else { None })
        };
        assert_eq!(time("3:12 pm CT"), Some((912, Some("America/Chicago"))));
        assert_eq!(time("15:12"), Some((912, None)));
        assert_eq!(time("2 p.m. Central Time"), Some((840, Some("America/Chicago"))));
        assert_eq!(time("2 p.m., hora del Centro"), Some((840, Some("America/Chicago"))));
    }
}
