//! OR-31: a sentence that says the same as an earlier answer but with other values, without the word "correction".

use super::fold::{Folded, rx};
use super::items::{self, Item, Unit, Value};
use super::scene::Scene;
use super::{Finding, language, split};
use std::ops::Range;

/// Sentences whose words are nearly those of an earlier answer's sentence while their values differ in kind-for-kind.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    if rx!(r"\bcorrect(?:ion|ed|ing)?\b|\bcorreg|\bcorreccion|\bi was wrong|\bearlier i|\bi said|\bme equivoque|\bantes (?:le )?dije|\bhas changed|\bchanged since|\bha cambiado|\bnow\b|\bahora\b|\bupdate").is_match(&scene.folded.text) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for answer in scene.ctx.history {
        let earlier = Folded::new(answer);
        let values = items::scan(&earlier.text, language::guess(answer));
        for old in split::sentences(answer).iter().map(|r| earlier.range(r)) {
            let then = inside(&values, &old);
            for new in &scene.sentences {
                let now = inside(&scene.items, new);
                if alike(scene.folded.slice(new), earlier.slice(&old)) && differ(&now, &then) {
                    out.push(scene.finding("OR-31", new, "contradicts an earlier answer"));
                }
            }
        }
    }
    out
}

fn inside<'i>(items: &'i [Item], r: &Range<usize>) -> Vec<&'i Item> {
    items.iter().filter(|i| r.start <= i.span.start && i.span.end <= r.end).collect()
}

fn content(sentence: &str) -> Vec<&str> {
    let small = [
        "the", "a", "an", "is", "are", "your", "you", "to", "of", "it", "and", "in", "el", "la", "los", "las", "de",
        "su", "es", "en", "y", "un", "una",
    ];
    let words = sentence.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 1 && !small.contains(w));
    let mut list: Vec<&str> = words.collect();
    list.sort_unstable();
    list.dedup();
    list
}

fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (content(a), content(b));
    let shared = a.iter().filter(|w| b.contains(w)).count();
    shared >= 3 && shared * 10 >= (a.len() + b.len() - shared) * 6
}

/// Same kinds of values, ids all the same, and one that the other lacks.
fn differ(now: &[&Item], then: &[&Item]) -> bool {
    let kind = |i: &&Item| match &i.value {
        Value::Quantity { unit: Unit::Bare | Unit::Noun(_), .. } => "count".to_owned(),
        Value::Quantity { unit, .. } => format!("{unit:?}"),
        Value::Date(_) | Value::Weekday(_) => "date".to_owned(),
        Value::Time(..) => "time".to_owned(),
        _ => "name".to_owned(),
    };
    let kinds = |list: &[&Item]| {
        let mut k: Vec<String> = list.iter().map(kind).collect();
        k.sort();
        k.dedup();
        k
    };
    let names = |list: &[&Item]| list.iter().filter(|i| kind(i) == "name").map(|i| i.value.clone()).collect::<Vec<_>>();
    let same = |a: &Item, b: &Item| match (&a.value, &b.value) {
        (Value::Quantity { number: x, .. }, Value::Quantity { number: y, .. }) => (x - y).abs() < 0.005,
        (Value::Date(x), Value::Date(y)) => (x.month, x.day) == (y.month, y.day),
        (x, y) => x == y,
    };
    !now.is_empty()
        && kinds(now) == kinds(then)
        && names(now) == names(then)
        && now.iter().any(|n| !then.iter().any(|t| same(n, t)))
}
