//! OR-01: every number, date, time, price, count, telephone, link and id of the draft stands in a source with the same
//! unit and role. Nothing is computed: "in 3 days" and sums are not in the sources, so they fail.

use super::Finding;
use super::fold::rx;
use super::items::{Bound, Day, Item, Role, Unit, Value};
use super::scene::{Ground, Scene};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Help lines that a fixed text may name anywhere: emergency, crisis, Poison Help.
pub const HELP_LINES: &[&str] = &["911", "988", "8002221222"];

/// One finding for each item of the draft that no own source supports.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let unsupported = scene.items.iter().filter(|item| !supported(scene, item));
    unsupported.map(|item| scene.finding("OR-01", &item.span, what(&item.value))).collect()
}

fn what(value: &Value) -> &'static str {
    match value {
        Value::Quantity { unit: Unit::Money, .. } => "an amount that no source holds in this role",
        Value::Quantity { .. } => "a number that no source holds with this unit",
        Value::Date(_) | Value::Weekday(_) | Value::Month(..) | Value::Relative(_) => "a date that no source holds",
        Value::Time(..) | Value::AllHours => "a time that no source holds",
        Value::Url(_) | Value::Email(_) => "an address that no source holds",
        Value::Phone(_) => "a telephone number that no source holds",
        Value::Id(_) => "an id that no source holds",
    }
}

/// Does an own source hold it, in a role that the draft's words allow?
pub fn supported(scene: &Scene<'_>, item: &Item) -> bool {
    if let Value::Phone(digits) = &item.value
        && HELP_LINES.contains(&digits.as_str())
    {
        return true;
    }
    if weekday_is_wrong(scene, &item.value) {
        return false;
    }
    let about = neighbours(scene, item);
    scene.own().filter(|g| about.iter().all(|key| fits_subject(g, key))).any(|g| held(scene, item, g))
}

fn held(scene: &Scene<'_>, item: &Item, g: &Ground<'_>) -> bool {
    let sentence = scene.sentence_text(item.span.start);
    let by_item =
        g.items.iter().any(|s| role_fits(s, sentence) && same(scene, item, s) && !half_window(scene, item, s, g));
    by_item || by_words(&item.value, g)
}

/// One end of a window of days, told without the other and without a word such as "by": not what the source says.
fn half_window(scene: &Scene<'_>, item: &Item, source: &Item, g: &Ground<'_>) -> bool {
    let Value::Date(day) = &source.value else { return false };
    let joins = |a: &Item, b: &Item| {
        let gap = g.folded.text.get(a.span.end..b.span.start).map(str::trim);
        a.span == b.span
            || matches!(
                gap,
                Some("to" | "-" | "and" | "al" | "a" | "y" | "y el" | "through" | "until" | "hasta" | "hasta el" | "/")
            )
    };
    let other = g.items.iter().find_map(|i| match &i.value {
        Value::Date(d) if i.role == Role::Text && d != day && (joins(i, source) || joins(source, i)) => Some(d),
        _ => None,
    });
    let Some(other) = other else { return false };
    let s = scene.sentence(item.span.start);
    let both = scene
        .items
        .iter()
        .any(|i| s.contains(&i.span.start) && matches!(&i.value, Value::Date(d) if same_day(scene, d, other)));
    let limit = rx!(
        r"\bby\b|\bearl|\blatest\b|\bfrom\b|\bbetween\b|\bup to\b|\buntil\b|\blater than\b|\bstart|\bends?\b|\bafter\b|\bbefore\b|\bdesde\b|\bhasta\b|\bentre\b|\bmas tardar\b|\ba partir\b|\bantes\b"
    );
    !both && !limit.is_match(scene.folded.slice(&s))
}

/// What no item of the source shows: ids of sources, words such as "day and night".
fn by_words(value: &Value, g: &Ground<'_>) -> bool {
    match value {
        Value::Id(id) => super::fold::fold(&g.source.id).split(':').any(|part| part == id),
        Value::AllHours => {
            rx!(r"24 hours|24 horas|day (?:and|or) night|dia y noche|dia o noche|any hour|cualquier hora|7 days a week")
                .is_match(&g.folded.text)
        }
        Value::Quantity { number, unit: Unit::Strict("day"), .. } if *number == 1.0 => {
            rx!(r"next[- ]day|daily|cada dia|al dia").is_match(&g.folded.text)
        }
        Value::Relative(1) => rx!(r"\btomorrow\b|\bmanana\b").is_match(&g.folded.text),
        _ => false,
    }
}

/// A change time or a first day in force is not a delivery time: the sentence must speak of it as such.
fn role_fits(source: &Item, sentence: &str) -> bool {
    match source.role {
        Role::Text => true,
        Role::AsOf => rx!(r"\bas of\b|\bupdated?\b|\blast\b|\bchecked\b|\bsince\b|\bscan|\bat the time|\bal\b|\bactualiz|\bultim|\bdesde\b|\bsegun\b|\ba partir|\ba las\b|\ba fecha|\brecord|\bregistro|\bstatus").is_match(sentence),
        Role::Effective => rx!(r"\beffective\b|\bin (?:force|effect)\b|\bsince\b|\bas of\b|\bfrom\b|\bvigente|\ben vigor|\bdesde\b|\ba partir|\bpolicy\b|\bpolitica").is_match(sentence),
    }
}

/// Do two items say the same?
pub fn same(scene: &Scene<'_>, draft: &Item, source: &Item) -> bool {
    match (&draft.value, &source.value) {
        (Value::Quantity { .. }, Value::Quantity { .. }) => same_quantity(scene, draft, source),
        (Value::Date(a), Value::Date(b)) => same_day(scene, a, b),
        (Value::Date(a), Value::Time(_, _, Some(at))) => local_days(scene, *at).iter().any(|d| same_date(a, *d)),
        (Value::Weekday(w), Value::Weekday(v)) => w == v,
        (Value::Weekday(w), Value::Date(d)) => {
            date_of(scene, d).is_some_and(|d| d.weekday().to_monday_one_offset() == *w)
        }
        (Value::Month(m, y), Value::Month(n, z)) => m == n && (y.is_none() || z.is_none() || y == z),
        (Value::Month(m, y), Value::Date(d)) => *m == d.month && (y.is_none() || d.year.is_none() || *y == d.year),
        (Value::Relative(by), Value::Date(d)) => relative(scene, *by).is_some_and(|r| same_date(d, r)),
        (Value::Relative(a), Value::Relative(b)) => a == b,
        (Value::Time(a, zone, _), Value::Time(b, other, at)) => same_time(scene, (*a, *zone), (*b, *other, *at)),
        (Value::Url(a), Value::Url(b)) => a == b,
        (Value::Quantity { number, unit: Unit::Bare | Unit::Noun(_), .. }, Value::Date(d)) => {
            d.year.is_some_and(|y| f64::from(y) == *number)
        }
        (Value::AllHours, Value::AllHours) => true,
        (Value::Email(a), Value::Email(b)) | (Value::Phone(a), Value::Phone(b)) | (Value::Id(a), Value::Id(b)) => {
            a == b
        }
        _ => false,
    }
}

fn same_quantity(scene: &Scene<'_>, draft: &Item, source: &Item) -> bool {
    let (
        Value::Quantity { number: a, unit: u, range: r, bound: d },
        Value::Quantity { number: b, unit: v, range: s, bound: e },
    ) = (&draft.value, &source.value)
    else {
        return false;
    };
    let equal = (a - b).abs() < 0.005 && u.fits(v);
    let opposite = matches!((d, e), (Bound::Upper, Bound::Lower) | (Bound::Lower, Bound::Upper));
    let ends = match (r, s) {
        (None, None) => !opposite,
        (Some(x), Some(y)) => x == y,
        // One end of a range is told as a limit, never as the value.
        (None, Some((low, high))) => {
            (a == high && (*d == Bound::Upper || loose(scene, draft)))
                || (a == low && (*d == Bound::Lower || loose(scene, draft)))
        }
        (Some(_), None) => false,
    };
    equal && ends
}

fn loose(scene: &Scene<'_>, draft: &Item) -> bool {
    let unit_is_date_like = matches!(&draft.value, Value::Quantity { unit: Unit::Bare, .. });
    let sentence = scene.sentence_text(draft.span.start);
    unit_is_date_like || rx!(r"\b(?:latest|earliest|longest|shortest|or so|maximum|minimum|low|high|lowest|highest|como maximo|como minimo)\b").is_match(sentence)
}

fn weekday_is_wrong(scene: &Scene<'_>, value: &Value) -> bool {
    let Value::Date(day) = value else { return false };
    let Some(named) = day.weekday else { return false };
    date_of(scene, day).is_some_and(|d| d.weekday().to_monday_one_offset() != named)
}

/// The day with a year: the written one, else the year that brings it nearest to the present.
pub fn date_of(scene: &Scene<'_>, day: &Day) -> Option<Date> {
    let today = today(scene);
    if let Some(year) = day.year {
        return Date::new(year, day.month, day.day).ok();
    }
    let near = |y: i16| Date::new(y, day.month, day.day).ok();
    let far = |d: &Date| (d.duration_since(today).as_hours()).abs();
    [today.year() - 1, today.year(), today.year() + 1].into_iter().filter_map(near).min_by_key(far)
}

/// Today where the customer is.
pub fn today(scene: &Scene<'_>) -> Date {
    scene.ctx.now.to_zoned(scene.ctx.zone.clone()).date()
}

fn relative(scene: &Scene<'_>, by: i8) -> Option<Date> {
    if by > 0 { today(scene).tomorrow().ok() } else { today(scene).yesterday().ok() }
}

fn same_date(a: &Day, b: Date) -> bool {
    a.month == b.month() && a.day == b.day() && a.year.is_none_or(|y| y == b.year())
}

fn same_day(scene: &Scene<'_>, a: &Day, b: &Day) -> bool {
    let years = match (a.year, b.year) {
        (Some(x), Some(y)) => x == y,
        (Some(x), None) => date_of(scene, b).is_some_and(|d| d.year() == x),
        _ => true,
    };
    a.month == b.month && a.day == b.day && years
}

/// The days on which a moment falls: where it was written is a date of its own, here the customer's.
fn local_days(scene: &Scene<'_>, at: Timestamp) -> Vec<Date> {
    vec![at.to_zoned(scene.ctx.zone.clone()).date()]
}

fn same_time(scene: &Scene<'_>, a: (i16, Option<&str>), b: (i16, Option<&str>, Option<Timestamp>)) -> bool {
    let clock = |at: Timestamp, zone: TimeZone| {
        let t = at.to_zoned(zone).time();
        i16::from(t.hour()) * 60 + i16::from(t.minute())
    };
    let zone = |name: &str| TimeZone::get(name).unwrap_or(TimeZone::UTC);
    match (a, b) {
        ((m, Some(z)), (_, _, Some(at))) => clock(at, zone(z)) == m,
        ((m, None), (n, _, Some(at))) => m == n || clock(at, scene.ctx.zone.clone()) == m,
        ((m, Some(z)), (n, Some(y), None)) if z != y => {
            shift(scene, z, y).is_some_and(|s| (m - n - s).rem_euclid(1440) == 0)
        }
        ((m, _), (n, _, None)) => m == n,
    }
}

/// Minutes by which zone `a` is ahead of zone `b` at present.
fn shift(scene: &Scene<'_>, a: &str, b: &str) -> Option<i16> {
    let seconds = |name: &str| TimeZone::get(name).ok().map(|z| z.to_offset(scene.ctx.now).seconds());
    Some(((seconds(a)? - seconds(b)?) / 60) as i16)
}

/// Drug names and order numbers beside the item: its source must speak of the same, if it speaks of any.
fn neighbours(scene: &Scene<'_>, item: &Item) -> Vec<String> {
    let sentence = scene.sentence(item.span.start);
    let inside = |r: &std::ops::Range<usize>| sentence.start <= r.start && r.end <= sentence.end;
    let mut keys: Vec<String> =
        scene.drugs.iter().filter(|(_, r)| inside(r)).map(|(n, _)| super::fold::fold(n)).collect();
    keys.sort();
    keys.dedup();
    // With two drugs in one sentence it is not decidable here which one the number belongs to.
    if keys.len() == 1 && !matches!(item.value, Value::Id(_) | Value::Phone(_) | Value::Url(_)) {
        keys
    } else {
        Vec::new()
    }
}

fn fits_subject(g: &Ground<'_>, key: &str) -> bool {
    !g.source.kind.personal()
        || g.folded.text.contains(key)
        || !rx!(r"\d\s?(?:mg|mcg|ml|units?|g)\b").is_match(&g.folded.text)
}

#[cfg(test)]
mod tests {
    use super::super::case::tests::broken;

    #[test]
    fn the_same_number_in_another_role_fails() {
        let page = "Standard shipping takes 3 to 5 business days. Call within 30 days. The fee is $12.";
        assert_eq!(
            broken(page, "It takes three to five business days, and the fee is 12.00 USD."),
            Vec::<String>::new()
        );
        for bad in [
            "It takes 3 to 5 days.",
            "It takes 5 business days.",
            "The fee is $30.",
            "Call after 30 days.",
            "It takes 8 business days.",
        ] {
            assert_eq!(broken(page, bad), ["OR-01"], "{bad}");
        }
    }

    #[test]
    fn dates_and_times_are_compared_as_such() {
        let record =
            "The carrier estimates delivery 2026-11-24 to 2026-11-26. Last scan Waco, 2026-11-20T06:48:00-06:00.";
        assert_eq!(broken(record, "The carrier estimates delivery Tue 24 – Thu 26 Nov."), Vec::<String>::new());
        assert_eq!(broken(record, "The last scan was at 6:48 am CT on November 20."), Vec::<String>::new());
        assert_eq!(broken(record, "The carrier estimates delivery Wed 24 Nov."), ["OR-01"]);
        assert_eq!(broken(record, "The last scan was at 7:48 am CT."), ["OR-01"]);
    }
}
