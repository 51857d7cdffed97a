//! Numbers, dates and addresses: one regular expression a line, with a check where the shape alone says too little.

use super::{PhiKind, PhiSpan};
use regex::{Captures, Regex};
use std::sync::LazyLock;

const DATE: &str = r"(?:\d{1,2}[/.\-]\d{1,2}[/.\-](?:19|20)?\d{2}|(?:19|20)\d{2}-\d{1,2}-\d{1,2}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?(?:,? (?:19|20)\d{2})?|\d{1,2} de (?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)(?: (?:de|del) (?:19|20)\d{2})?)";
const STREET: &str = r"(?:st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|ct|court|way|pl|place|cir|circle|ter|terrace|hwy|highway|pkwy|parkway|trl|trail|loop)";
/// People born later than this are too young to write; a bare date this old is taken for a birthday.
const BIRTH_YEAR_MAX: u32 = 2015;

type Check = fn(&str) -> Option<PhiKind>;
struct Pattern {
    regex: Regex,
    check: Check,
}

/// More specific patterns first: they win ties.
fn table() -> Vec<(String, Check)> {
    let number = r"\s*(?:is|es|id|card|#|no\.?|num\.?|number|numero|número|nº|:|-|\s)*\s*";
    vec![
        (r"[\p{L}\d_.+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+".into(), |_| Some(PhiKind::Email)),
        (format!(r"(?:\bdob\b|\bd\.o\.b\.?|\bborn\b|birth ?da(?:y|te)|date of birth|\bnac(?:i|í|ido|ida|imiento)\b|cumplea[nñ]os)[\s:,\-]*(?:is|on|es|el|was|:)?\s*({DATE}|\d{{8}}\b)"), |_| Some(PhiKind::Dob)),
        (r"\b(\d{3}[- ]\d{2}[- ]\d{4})\b".into(), ssn),
        (r"\b(?:ssn|social(?: security)?|seguro social)(?: number)?[\s:#]*(?:is|es)?\s*(\d{9}|\d{4})\b".into(), |_| Some(PhiKind::Ssn)),
        (r"\b\d(?:[ -]?\d){12,18}\b".into(), card),
        (r"\b(?:rx|script|prescription|receta)(?:-|\s*(?:id|#|no\.?|num\.?|number|numero|número|:)*\s*)\d[\d-]{4,}\b".into(), |_| Some(PhiKind::Rx)),
        (r"\border\b".to_string() + number + r"((?:[a-z]{1,3}-)?\d[\d-]{3,}\d)\b", |_| Some(PhiKind::Order)),
        (format!(r"\b(?:order|orden|pedido|ord){number}(?:[a-z]{{1,3}}-)?\d[\d-]{{2,}}\d\b"), |_| Some(PhiKind::Order)),
        (r"\b\d{2}-\d{5}\b".into(), |_| Some(PhiKind::Order)),
        (format!(r"\b(?:member|miembro|subscriber|policy|p[oó]liza|group|grupo|bin|pcn|medicare|medicaid|mbi|insurance){number}([a-z]{{0,4}}\d[a-z\d-]{{3,}})\b"), |_| Some(PhiKind::Member)),
        (r"\b1z[\da-z]{16}\b|\b9[2-5]\d{18,20}\b".into(), |_| Some(PhiKind::OtherId)),
        (format!(r"\b(?:tracking|guia|npi|dea|mrn|license|licencia|passport|account|acct|cuenta|patient id|record){number}([a-z]{{0,3}}\d[a-z\d-]{{3,}})\b"), |_| Some(PhiKind::OtherId)),
        (r"(?:\+?1[-. ]?)?(?:\([2-9]\d{2}\)|\b[2-9]\d{2})[-. ]?\d{3}[-. ]?\d{4}\b|\b\d{3}-\d{4}\b".into(), phone),
        (format!(r"\b\d{{1,6}} (?:[\p{{L}}\d'.]+ ){{1,4}}?{STREET}\b\.?(?:,? (?:apt|unit|suite|ste|lot|#)\.? ?#?[\da-z]+)?(?:(?:,? [\p{{L}} .]{{2,25}}?)?,? [a-z]{{2}},? \d{{5}}(?:-\d{{4}})?\b)?"), |_| Some(PhiKind::Address)),
        (r"\b(?:p\.?\s?o\.? ?box|rural route|rr|apartado) #?\d+(?: box \d+)?(?:,? [\p{L} .]{2,25},? [a-z]{2},? \d{5}\b)?".into(), |_| Some(PhiKind::Address)),
        (r"\b(?:calle|avenida|carretera) (?:[\p{L}\d.]+ ){1,4}?#?\d+\b".into(), |_| Some(PhiKind::Address)),
        (format!(r"\b({DATE})\b"), date),
        (r"\b(?:on|since|by|until|before|after|due|desde|para el|el d[ií]a|antes del) (\d{1,2}/\d{1,2})\b".into(), date),
    ]
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let compile =
        |(text, check): (String, Check)| Regex::new(&format!("(?i){text}")).ok().map(|regex| Pattern { regex, check });
    table().into_iter().filter_map(compile).collect()
});

pub(super) fn find(text: &str) -> Vec<PhiSpan> {
    let digits = text.bytes().any(|b| b.is_ascii_digit());
    if !digits && !text.contains('@') {
        return Vec::new();
    }
    PATTERNS.iter().flat_map(|p| p.regex.captures_iter(text).filter_map(|c| span(p, &c))).collect()
}

fn span(pattern: &Pattern, found: &Captures<'_>) -> Option<PhiSpan> {
    let part = found.get(1).or_else(|| found.get(0))?;
    let kind = (pattern.check)(part.as_str())?;
    Some(PhiSpan { start: part.start(), end: part.end(), kind })
}

fn ssn(text: &str) -> Option<PhiKind> {
    let d: String = text.chars().filter(char::is_ascii_digit).collect();
    let part = |a: usize, b: usize| d.get(a..b).and_then(|s| s.parse::<u32>().ok()).unwrap_or(0);
    let valid = part(0, 3) != 0 && part(0, 3) != 666 && part(0, 3) < 900 && part(3, 5) != 0 && part(5, 9) != 0;
    valid.then_some(PhiKind::Ssn)
}

/// Luhn's check digit.
fn card(text: &str) -> Option<PhiKind> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(i, d)| if i % 2 == 0 { *d } else { d * 2 / 10 + d * 2 % 10 }).sum();
    ((13..=19).contains(&digits.len()) && sum.is_multiple_of(10) && digits.iter().any(|d| *d != 0))
        .then_some(PhiKind::Card)
}

fn phone(text: &str) -> Option<PhiKind> {
    let n = text.chars().filter(char::is_ascii_digit).count();
    (n >= 7).then_some(PhiKind::Phone)
}

/// A full date with a year that fits a birth is a birthday, any other a date.
fn date(text: &str) -> Option<PhiKind> {
    let numbers: Vec<u32> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|s| s.parse().ok()).collect();
    let small = text.contains('/') && numbers.len() == 2;
    if small && !(matches!(numbers.first(), Some(1..=12)) && matches!(numbers.get(1), Some(1..=31))) {
        return None;
    }
    let year = numbers.iter().copied().find(|n| *n >= 1900);
    Some(if year.is_some_and(|y| y <= BIRTH_YEAR_MAX) { PhiKind::Dob } else { PhiKind::Date })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pattern_compiles() {
        assert_eq!(super::PATTERNS.len(), super::table().len());
    }
}
