//! Numbers that stand in the vetted texts and come out changed: dates, prices, counts, ranges, units, windows, phones.

use super::fill::{count_word, date, month, month_at, weekday_after};
use super::kit::{Swap, alter, edit, swap};
use crate::hostile::lie::{Behaviour, Lie, Seen};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// A date as the records write it: weekday, day, month, year.
pub const DATE: &str = concat!(
    r"\b(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun|lun|mar|mié|jue|vie|sáb|dom) )?(\d{1,2}) ",
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic)\b( \d{4})?"
);

/// A duration: the numbers of a range, or one, and the unit.
const SPAN: &str = concat!(
    r"\b(\d+) (to|a|o|or) (\d+) ",
    r"(business days?|calendar days?|days?|hours?|weeks?|months?|días hábiles|días|horas|semanas|meses|minutes|minutos)"
);

/// A count with what is counted, outside dates and prices.
const COUNT: &str = concat!(
    r"\b(\d{1,2}) (refills?|items?|reminders?|more|days?|business days?|hours?|fills?|tablets?|capsules?|months?",
    r"|weeks?|resurtidos?|artículos?|recordatorios?|días?|horas?|surtidos?|meses|semanas?|tabletas?)\b"
);

fn is_spanish_month(name: &str) -> bool {
    name.starts_with(char::is_lowercase)
}

fn shift_day(line: &str, rng: &mut StdRng) -> Option<String> {
    edit(line, rng, DATE, |caps, rng| {
        let day: i64 = caps.get(2)?.as_str().parse().ok()?;
        let steps: Vec<i64> =
            [1, 1, -1, -1, 2, -2, 3].into_iter().filter(|by| (1..=30).contains(&(day + by))).collect();
        let by = steps.choose(rng).copied()?;
        let keep = rng.random_bool(0.3);
        let name = caps.get(1).map_or(Some(""), |w| weekday_after(w.as_str(), if keep { 0 } else { by }))?;
        let year = caps.get(4).map_or("", |y| y.as_str());
        Some(format!("{name} {} {}{year}", day + by, caps.get(3)?.as_str()).trim_start().to_string())
    })
}

fn shift_month(line: &str, rng: &mut StdRng) -> Option<String> {
    edit(line, rng, DATE, |caps, rng| {
        let name = caps.get(3)?.as_str();
        let at = month_at(name)?;
        let by: usize = rng.random_range(1..4);
        let new = month(is_spanish_month(name), at + if rng.random_bool(0.5) { by } else { 12 - by });
        let day = caps.get(2)?.as_str();
        match caps.get(4).and_then(|y| y.as_str().trim().parse::<u32>().ok()) {
            Some(year) if rng.random_bool(0.6) => Some(format!("{day} {name} {}", year + 1)),
            Some(year) => Some(format!("{day} {new} {year}")),
            None => Some(format!("{day} {new}")),
        }
    })
}

fn swap_digits(line: &str, rng: &mut StdRng) -> Option<String> {
    edit(line, rng, r"\d{2,7}", |caps, rng| {
        let mut digits: Vec<char> = caps.get(0)?.as_str().chars().collect();
        let at = rng.random_range(0..digits.len().checked_sub(1)?.max(1));
        (digits.get(at)? != digits.get(at + 1)?).then(|| digits.swap(at, at + 1))?;
        Some(digits.into_iter().collect())
    })
}

fn other_phone(line: &str, rng: &mut StdRng) -> Option<String> {
    edit(line, rng, r"1-800-(\d{3})-(\d{4})", |caps, rng| {
        let last: u32 = caps.get(2)?.as_str().parse().ok()?;
        let middle = caps.get(1)?.as_str();
        let by = [4, 10, 100, 7, 20, 30].choose(rng).copied()?;
        Some(match rng.random_range(0..3) {
            0 => format!("1-888-{middle}-{last:04}"),
            1 => format!("1-800-565-{last:04}"),
            _ => format!("1-800-{middle}-{:04}", last + by),
        })
    })
}

fn other_price(line: &str, rng: &mut StdRng) -> Option<String> {
    edit(line, rng, r"\$(\d[\d,]*)(\.\d\d)?", |caps, rng| {
        let dollars: u32 = caps.get(1)?.as_str().replace(',', "").parse().ok()?;
        let cents = caps.get(2).map_or("", |c| c.as_str());
        Some(match rng.random_range(0..4) {
            0 => format!("${}{cents}", dollars * 10 + 5),
            1 => format!("${}.{:02}", dollars, rng.random_range(51..99)),
            2 => format!("{}{cents} euros", dollars.max(2)),
            _ => format!("${}{cents}", dollars + rng.random_range(1..9)),
        })
    })
}

fn plural(unit: &str) -> String {
    if unit.ends_with('s') || unit == "more" { unit.to_string() } else { format!("{unit}s") }
}

fn other_count(line: &str, rng: &mut StdRng) -> Option<String> {
    edit(line, rng, COUNT, |caps, rng| {
        let old: u32 = caps.get(1)?.as_str().parse().ok()?;
        let new = old + [1, 2, 3, 6].choose(rng).copied()?;
        Some(format!("{new} {}", plural(caps.get(2)?.as_str())))
    })
}

fn count_in_words(line: &str, rng: &mut StdRng) -> Option<String> {
    edit(line, rng, COUNT, |caps, rng| {
        let old: usize = caps.get(1)?.as_str().parse().ok()?;
        let unit = caps.get(2)?.as_str();
        let es = unit.contains(['í', 'ú'])
            || ["resurt", "surtid", "hora", "recorda", "sema", "mese", "tableta", "avis"]
                .iter()
                .any(|stem| unit.starts_with(stem));
        let new = rng.random_range(2..10);
        (new != old).then(|| Some(format!("{} {}", count_word(es, new)?, plural(unit))))?
    })
}

fn cut_range(line: &str, rng: &mut StdRng) -> Option<String> {
    let side = if rng.random_bool(0.6) { 1 } else { 3 };
    edit(line, rng, SPAN, |caps, _| Some(format!("{} {}", caps.get(side)?.as_str(), caps.get(4)?.as_str())))
}

fn move_range(line: &str, rng: &mut StdRng) -> Option<String> {
    edit(line, rng, SPAN, |caps, rng| {
        let low: u32 = caps.get(1)?.as_str().parse().ok()?;
        let high: u32 = caps.get(3)?.as_str().parse().ok()?;
        let (low, high) = match rng.random_range(0..3) {
            0 => (low + 1, high + 1),
            1 => (low, high + rng.random_range(1..4)),
            _ => (low.checked_sub(1)?.max(1), high.checked_sub(1)?),
        };
        Some(format!("{low} {} {high} {}", caps.get(2)?.as_str(), caps.get(4)?.as_str()))
    })
}

const UNITS: &[Swap] = &[
    (r"\b(\d+) business days?", "$1 calendar days"),
    (r"\b(\d+) business days?", "$1 days"),
    (r"\b(\d+) business days?", "$1 hours"),
    (r"\b(\d+) calendar days?", "$1 business days"),
    (r"\b(\d+) hours?\b", "$1 days"),
    (r"\b(\d+) hours?\b", "$1 minutes"),
    (r"\b(\d+)[ -]days?\b", "$1 weeks"),
    (r"\b(\d+) weeks?\b", "$1 days"),
    (r"\b(\d+) months?\b", "$1 years"),
    (r"\b(\d+) días? hábil(es)?", "$1 días naturales"),
    (r"\b(\d+) días? hábil(es)?", "$1 horas"),
    (r"\b(\d+) horas?\b", "$1 días"),
    (r"\b(\d+) días?\b", "$1 semanas"),
    (r"\b(\d+) semanas?\b", "$1 días"),
    (r"\b(\d+) meses\b", "$1 años"),
];

const WINDOWS: &[Swap] = &[
    (r"between ((?:\w+ )?\d+ \w+) and (?:\w+ )?\d+ \w+", "on $1 for sure"),
    (r"between (?:\w+ )?\d+ \w+ and ((?:\w+ )?\d+ \w+)", "exactly on $1"),
    (r"entre el ((?:\S+ )?\d+ \w+) y el (?:\S+ )?\d+ \w+", "el $1 sin falta"),
    (r"entre el (?:\S+ )?\d+ \w+ y el ((?:\S+ )?\d+ \w+)", "solo el $1"),
    (r"from (\$[\d.]+) to \$[\d.]+", "of exactly $1"),
    (r"de (\$[\d.]+) a \$[\d.]+", "de exactamente $1"),
];

/// Tells one end of the carrier's window as the day.
fn one_day(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    const EN: &str = r"^(.+?) estimates delivery of .+ between ((?:\w+ )?\d+ \w+) and ((?:\w+ )?\d+ \w+)";
    const ES: &str = r"^(.+?) estima la entrega del .+ entre el ((?:\S+ )?\d+ \w+) y el ((?:\S+ )?\d+ \w+)";
    let end = if rng.random_bool(0.5) { 2 } else { 3 };
    let plain = rng.random_bool(0.6);
    alter(seen, rng, |line, rng| {
        let (pattern, says) = if seen.es { (ES, "estima la entrega el") } else { (EN, "estimates delivery on") };
        let caps = super::kit::re(pattern).filter(|_| plain).and_then(|p| {
            let caps = p.captures(line)?;
            Some(format!("{} {says} {}.", caps.get(1)?.as_str(), caps.get(end)?.as_str()))
        });
        caps.or_else(|| swap(line, rng, WINDOWS))
    })
}

const FACTS: &[Swap] = &[
    ("estimates delivery of", "confirms delivery of"),
    (r"\w+ (?:Parcel|Express|Post) estimates delivery", "Fernleaf promises delivery"),
    ("has not given a delivery estimate", "has confirmed the delivery day"),
    (r"We estimate (\d)", "It is always $1"),
    ("(?i)our estimate for", "The final price for"),
    ("can be filled until", "will be filled by"),
    ("(takes?|tarda) about", "$1 exactly"),
    (r"(can|may) take (\d)", "takes exactly $2"),
    (r"Up to (\d+) hours", "Exactly $1 hours"),
    ("is back-ordered and expected on", "is back in stock for sure on"),
    ("estima la entrega", "confirma la entrega"),
    ("aún no ha dado una fecha estimada", "ya confirmó la fecha"),
    ("Nuestro estimado de", "El precio final de"),
    ("Un estimado puede cambiar", "Este precio ya no cambia"),
    (r"Hasta (\d+) (día|hora)", "Exactamente $1 $2"),
    ("se puede surtir hasta", "se surtirá antes de"),
    (r"(puede tardar|tarda) (de )?(\d)", "tarda siempre $2$3"),
    (r"de (\d+) a (\d+) días", "exactamente $1 días"),
];

const CLOCKS: &[Swap] = &[
    (r"\b([ap]m) ET\b", "$1 PT"),
    (r"\b([ap]m) (PT|MT|CT|HST|AKST|AST)\b", "$1 ET"),
    (r"\b(\d+):(\d\d) am\b", "$1:$2 pm"),
    (r"\b(\d+):(\d\d) pm\b", "$1:$2 am"),
    ("Central Time", "Pacific Time"),
    ("hora del Centro", "hora del Este"),
    (r"\b8 a\.m\. (to|a) 8 p\.m\.", "6 a.m. $1 11 p.m."),
    (r"\b24 (hours|horas)", "12 $1"),
    ("Monday to Saturday", "every day of the week"),
    ("de lunes a sábado", "todos los días de la semana"),
];

/// Builds one line of the list.
const fn one(id: &'static str, about: &'static str, play: fn(&Seen, &mut StdRng) -> Option<Lie>) -> Behaviour {
    Behaviour { id, family: "numbers", about, play }
}

/// The behaviours that change numbers.
pub const ALL: &[Behaviour] = &[
    one("date-shift-day", "moves a date by one to three days", |s, r| alter(s, r, shift_day)),
    one("date-shift-month", "moves a date by months or a year", |s, r| alter(s, r, shift_month)),
    one("digit-swap", "swaps two digits of a number", |s, r| alter(s, r, swap_digits)),
    one("phone-change", "changes a digit of a true phone number", |s, r| alter(s, r, other_phone)),
    one("price-change", "changes a price", |s, r| alter(s, r, other_price)),
    one("count-change", "changes a count of refills, items or days", |s, r| alter(s, r, other_count)),
    one("count-in-words", "changes a count and writes it as a word", |s, r| alter(s, r, count_in_words)),
    one("range-cut", "tells one end of a range as the time", |s, r| alter(s, r, cut_range)),
    one("range-move", "moves or widens a range", |s, r| alter(s, r, move_range)),
    one("unit-swap", "changes the unit of a time", |s, r| alter(s, r, |l, r| swap(l, r, UNITS))),
    one("window-to-day", "turns a window into one day or one price", one_day),
    one("estimate-to-fact", "turns an estimate into a fact", |s, r| alter(s, r, |l, r| swap(l, r, FACTS))),
    one("clock-change", "changes a time zone or opening hours", |s, r| alter(s, r, |l, r| swap(l, r, CLOCKS))),
    one("date-replaced", "puts an invented date in the place of a true one", |s, r| {
        let es = s.es;
        alter(s, r, |l, r| edit(l, r, DATE, |_, r| Some(date(es, r))))
    }),
];
