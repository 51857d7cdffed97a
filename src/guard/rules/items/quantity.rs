//! Amounts with units: counts, durations, money, percentages, strengths, temperatures.

use super::super::fold::rx;
use super::units::unit_after;
use super::{Claims, Value, words};
use crate::domain::lang::Lang;
use std::ops::Range;

/// What a number counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// US cents.
    Money,
    /// A unit that never stands for another: `business_day`, `day`, `hour`, `percent`, `mg`, …
    Strict(&'static str),
    /// A counted thing with its canonical name: `item`, `refill`, …
    Thing(&'static str),
    /// Another noun.
    Noun(String),
    /// No noun beside it.
    Bare,
}

/// "up to" or "at least" before a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// None written.
    None,
    /// At most.
    Upper,
    /// At least.
    Lower,
}

impl Unit {
    /// May both mean the same?
    pub fn fits(&self, other: &Unit) -> bool {
        match (self, other) {
            (a, b) if a == b => true,
            (Unit::Money | Unit::Strict(_), Unit::Bare) => false,
            (Unit::Bare, Unit::Strict(s)) => *s != "percent",
            (Unit::Thing(_), Unit::Thing(_))
            | (Unit::Money | Unit::Strict(_), _)
            | (_, Unit::Money | Unit::Strict(_)) => false,
            _ => true,
        }
    }
}

struct Number {
    span: Range<usize>,
    value: f64,
    money: bool,
}

/// Claims every number that is left.
pub fn scan(text: &str, lang: Lang, claims: &mut Claims) {
    let numbers = numbers(text, lang, claims);
    let mut i = 0;
    while let Some(first) = numbers.get(i) {
        let next = numbers
            .get(i + 1)
            .filter(|n| is_range(text, first.span.start, first.span.end..n.span.start) && n.value > first.value);
        match next {
            Some(second) => {
                put_range(text, first, second, claims);
                i += 2;
            }
            None => {
                put_one(text, first, numbers.get(i + 1), claims);
                i += 1;
            }
        }
    }
}

fn numbers(text: &str, lang: Lang, claims: &Claims) -> Vec<Number> {
    let mut out: Vec<Number> = Vec::new();
    for g in rx!(r"(?:(us\$|\$)\s?)?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:,\d{2}\b)?)(\s?(?:usd|dollars?|dolares|dolar|bucks)\b)?").groups(text) {
        let money = !g.text(1).is_empty() || !g.text(3).is_empty();
        if let Some(value) = parse(g.text(2)) {
            let start = if g.text(1).is_empty() { g.range(2).start } else { g.range(1).start };
            out.push(Number { span: start..g.range(0).end, value, money });
        }
    }
    for (span, value) in words::scan(text, lang) {
        let tail = text.get(span.end..).unwrap_or_default();
        let money = rx!(r"^\s(?:usd|dollars?|dolares)\b").is_match(tail);
        out.push(Number { span, value, money });
    }
    for g in rx!(r"\b(one|a|an|un|una)[\s-](?:business |working )?(?:day|hour|week|month|year|minute|dia|hora|semana|mes|ano|minuto)\b").groups(text) {
        out.push(Number { span: g.range(1), value: 1.0, money: false });
    }
    out.retain(|n| claims.free(&n.span));
    out.sort_by_key(|n| n.span.start);
    out
}

fn parse(digits: &str) -> Option<f64> {
    let decimal_comma = rx!(r"^\d+,\d{2}$").is_match(digits);
    let plain = if decimal_comma { digits.replace(',', ".") } else { digits.replace(',', "") };
    plain.parse().ok()
}

fn is_range(text: &str, start: usize, gap: Range<usize>) -> bool {
    let gap = text.get(gap).unwrap_or("?").trim();
    let before = text.get(..start).unwrap_or_default().trim_end();
    let between = before.ends_with("between") || before.ends_with("entre");
    // "24 hours to 48 hours": the first end may carry its own unit.
    let gap = gap.trim_start_matches(|c: char| {
        c.is_ascii_alphabetic() && !gap.starts_with("to") && !gap.starts_with("a") && !gap.starts_with("h")
    });
    matches!(gap.trim(), "-" | "to" | "a" | "through" | "hasta" | "-to-" | "- to -")
        || (between && matches!(gap.trim(), "and" | "y"))
}

fn put_range(text: &str, a: &Number, b: &Number, claims: &mut Claims) {
    let money = a.money || b.money;
    let unit = if money { Unit::Money } else { unit_after(text, b.span.end) };
    let scale = if money { 100.0 } else { 1.0 };
    let range = Some((a.value * scale, b.value * scale));
    for n in [a, b] {
        claims.put(
            n.span.clone(),
            [Value::Quantity { number: n.value * scale, unit: unit.clone(), range, bound: Bound::None }],
        );
    }
}

fn put_one(text: &str, n: &Number, next: Option<&Number>, claims: &mut Claims) {
    let shares =
        |m: &&Number| matches!(text.get(n.span.end..m.span.start).map(str::trim), Some("or" | "o" | "and" | "y" | ","));
    let mut unit = if n.money { Unit::Money } else { unit_after(text, n.span.end) };
    if let (Unit::Bare, Some(next)) = (&unit, next.filter(shares)) {
        unit = if next.money { Unit::Money } else { unit_after(text, next.span.end) };
    }
    let scale = if unit == Unit::Money { 100.0 } else { 1.0 };
    let bound = bound_before(text.get(..n.span.start).unwrap_or_default(), text.get(n.span.end..).unwrap_or_default());
    claims.put(n.span.clone(), [Value::Quantity { number: n.value * scale, unit, range: None, bound }]);
}

fn bound_before(before: &str, after: &str) -> Bound {
    let start = before.len().saturating_sub(40);
    let tail = (start..=before.len()).find_map(|i| before.get(i..)).unwrap_or_default();
    let lower = rx!(
        r"(?:(?:no|not) (?:less|fewer) than|no menos de|\bat least|\bminimum(?: of)?|\bas few as|\bfrom|\bstarting at|al menos|por lo menos|\bminimo(?: de)?|\bdesde|a partir de|\bde)\s*(?:the |los |las |el |un |una |~|about )?$"
    );
    let upper = rx!(
        r"(?:\bup to|\bwithin|\bat most|\b(?:no|not) more than|\bless than|\bfewer than|\bunder|\bbelow|\bmaximum(?: of)?|\bas many as|\buntil|\bhasta|\bmenos de|\bmaximo(?: de)?|\bdentro de|\bno mas de|\ba mas tardar|\bby|\blimited to)\s*(?:the |los |las |el |un |una |~|about )?$"
    );
    let over = rx!(
        r"(?:\bmore than|\bafter|\bdespues de|\bover|\babove|\bolder than|\bmas de)\s*(?:the |los |las |el |un |una |~|about )?$"
    );
    if rx!(r"^\s*\+|^(?:\s?[a-z]+){0,2} or (?:more|older|later|over)\b|^(?:\s?[a-z]+){0,2} o mas\b").is_match(after) {
        Bound::Lower
    } else if rx!(r"^(?:\s?[a-z]+){0,2} or (?:less|fewer|under)\b|^(?:\s?[a-z]+){0,2} o menos\b").is_match(after) {
        Bound::Upper
    } else if rx!(r"no menos de\s*$|(?:no|not) (?:less|fewer) than\s*$").is_match(tail) {
        Bound::Lower
    } else if upper.is_match(tail) {
        Bound::Upper
    } else if over.is_match(tail) || (lower.is_match(tail) && !tail.trim_end().ends_with(" de")) {
        Bound::Lower
    } else {
        Bound::None
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Value, scan};
    use super::*;

    fn units(text: &str, lang: Lang) -> Vec<(f64, Unit)> {
        let pick = |v| if let Value::Quantity { number, unit, .. } = v { Some((number, unit)) } else { None };
        scan(&super::super::super::fold::fold(text), lang).into_iter().filter_map(|i| pick(i.value)).collect()
    }

    #[test]
    fn units_come_from_the_words_beside() {
        assert_eq!(units("$12, 12.00 USD and twelve dollars", Lang::En), vec![(1200.0, Unit::Money); 3]);
        assert_eq!(
            units("5 días hábiles o 48 horas", Lang::Es),
            vec![(5.0, Unit::Strict("business_day")), (48.0, Unit::Strict("hour"))]
        );
        assert_eq!(
            units("a 30-day supply of 30 tablets", Lang::En),
            vec![(30.0, Unit::Strict("day")), (30.0, Unit::Thing("tablet"))]
        );
        assert_eq!(
            units("3 to 5 business days", Lang::En),
            vec![(3.0, Unit::Strict("business_day")), (5.0, Unit::Strict("business_day"))]
        );
    }

    #[test]
    fn bounds_are_read() {
        assert_eq!(bound_before("takes up to ", " days"), Bound::Upper);
        assert_eq!(bound_before("no less than ", ""), Bound::Lower);
        assert_eq!(bound_before("it takes ", " days or more"), Bound::Lower);
    }
}
