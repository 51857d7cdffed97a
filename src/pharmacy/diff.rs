//! What differs between two pharmacy folders, in words: pages and the sentences in them, constants with the pages that use them, states,
//! questions and medicines. Which of the two is published is `versions`'.

use super::{Constant, Page, Pharmacy, StateEntry};
use crate::domain::evidence::PageMeta;
use crate::domain::words::alike;
use std::collections::{BTreeMap, BTreeSet};

/// Sentences that share this much of their words are one sentence, changed.
const SAME: f32 = 0.5;

/// One line a difference, those that belong to the line before set in; none when the two say the same.
#[must_use]
pub fn diff(old: &Pharmacy, new: &Pharmacy) -> Vec<String> {
    let mut out = pages(old, new);
    out.extend(constants(old, new));
    out.extend(states(old, new));
    out.extend(counted("questions", &questions(old), &questions(new)));
    out.extend(counted("steps on order cards", &steps(old), &steps(new)));
    out.extend(counted("medicines", &medicines(old), &medicines(new)));
    out
}

fn pages(old: &Pharmacy, new: &Pharmacy) -> Vec<String> {
    let by_file =
        |p: &Pharmacy| p.pages.iter().map(|page| (page.file.clone(), page.clone())).collect::<BTreeMap<_, _>>();
    let (old, new) = (by_file(old), by_file(new));
    let files: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let one = |file: &String| match (old.get(file), new.get(file)) {
        (None, Some(page)) => vec![format!("page added: {}", named(page))],
        (Some(page), None) => vec![format!("page removed: {}", named(page))],
        (Some(was), Some(is)) => changed(was, is),
        (None, None) => Vec::new(),
    };
    files.into_iter().flat_map(one).collect()
}

fn named(page: &Page) -> String {
    format!("{} “{}” ({})", page.meta.id.as_str(), page.meta.title, page.file)
}

fn changed(was: &Page, is: &Page) -> Vec<String> {
    let mut lines = fields(&was.meta, &is.meta);
    let (old, new) = (sections(was), sections(is));
    for heading in old.keys().chain(new.keys().filter(|h| !old.contains_key(*h))) {
        let text = |all: &BTreeMap<&str, Vec<String>>| all.get(heading).cloned().unwrap_or_default();
        let (a, b) = (&text(&old), &text(&new));
        lines.extend(sentences(a, b).into_iter().map(|l| format!("  “{heading}”: {l}")));
    }
    if !lines.is_empty() {
        lines.insert(0, format!("page changed: {}", named(is)));
    }
    lines
}

/// Sentences by heading.
fn sections(page: &Page) -> BTreeMap<&str, Vec<String>> {
    let mut out: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for p in &page.passages {
        out.entry(&p.heading).or_default().extend(p.sentences.iter().cloned());
    }
    out
}

/// Fields of the front matter, as they stand in the file.
fn fields(was: &PageMeta, is: &PageMeta) -> Vec<String> {
    let all = |m: &PageMeta| match serde_json::to_value(m) {
        Ok(serde_json::Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (old, new) = (all(was), all(is));
    let differ = new.into_iter().filter(|(field, value)| old.get(field) != Some(value));
    differ
        .map(|(field, value)| format!("  {field}: {} → {value}", old.get(&field).unwrap_or(&serde_json::Value::Null)))
        .collect()
}

/// Sentences that went, came, or became another.
fn sentences(was: &[String], is: &[String]) -> Vec<String> {
    let gone: Vec<&String> = was.iter().filter(|s| !is.contains(s)).collect();
    let mut came: Vec<&String> = is.iter().filter(|s| !was.contains(s)).collect();
    let mut out = Vec::new();
    for old in gone {
        let nearest = came.iter().map(|new| alike(old, new)).enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        match nearest.filter(|(_, how)| *how >= SAME) {
            Some((at, _)) => out.push(format!("“{old}” → “{}”", came.remove(at))),
            None => out.push(format!("“{old}” is gone")),
        }
    }
    out.extend(came.into_iter().map(|new| format!("“{new}” is new")));
    if out.is_empty() && was != is {
        out.push("the same sentences in another order".to_owned());
    }
    out
}

fn constants(old: &Pharmacy, new: &Pharmacy) -> Vec<String> {
    let entries = |p: &Pharmacy| p.constants.list().iter().map(|c| (c.named(), c.clone())).collect::<BTreeMap<_, _>>();
    let (was, is) = (entries(old), entries(new));
    let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let mut out = Vec::new();
    for key in keys {
        let line = match (was.get(key), is.get(key)) {
            (None, Some(c)) => format!("constant added: {key}: {}", c.value),
            (Some(c), None) => format!("constant removed: {key}: {}", c.value),
            (Some(a), Some(b)) if differ(a, b) => format!("constant changed: {key}: {} → {}", told(a, b), told(b, a)),
            _ => continue,
        };
        let id = was.get(key).or(is.get(key)).map(|c| c.id.as_str()).unwrap_or_default();
        out.push(format!("{line}; {}", used_by(new, id)));
    }
    if old.constants.links() != new.constants.links() {
        out.push(format!("links: {:?} → {:?}", old.constants.links(), new.constants.links()));
    }
    out
}

fn differ(a: &Constant, b: &Constant) -> bool {
    let rest = |c: &Constant| (c.value_es.clone(), c.low, c.high, c.number, c.unit.clone(), c.fixed);
    a.value != b.value || rest(a) != rest(b)
}

/// The value, or where that is the same as the other's, all that may differ.
fn told(c: &Constant, other: &Constant) -> String {
    if c.value != other.value {
        return c.value.clone();
    }
    let number = |n: Option<f64>| n.map_or_else(|| "none".to_owned(), |n| n.to_string());
    let (es, unit) = (c.value_es.as_deref().unwrap_or("none"), c.unit.as_deref().unwrap_or("none"));
    let (low, high, one) = (number(c.low), number(c.high), number(c.number));
    format!("{} (es {es}, low {low}, high {high}, number {one}, unit {unit}, fixed {})", c.value, c.fixed)
}

fn used_by(pharmacy: &Pharmacy, id: &str) -> String {
    let pages = pharmacy.pages.iter().filter(|p| p.meta.constants.iter().any(|c| c == id));
    let files: Vec<&str> = pages.map(|p| p.file.trim_start_matches("policies/")).collect();
    if files.is_empty() { "no page uses it".to_owned() } else { format!("used by {}", files.join(", ")) }
}

fn states(old: &Pharmacy, new: &Pharmacy) -> Vec<String> {
    let mut out = Vec::new();
    for (code, is) in new.states.iter() {
        let was = texts(old.states.get(code));
        for ((field, a), (_, b)) in was.into_iter().zip(texts(is)).filter(|(a, b)| a != b) {
            out.push(format!("state changed: {code} {field}: “{a}” → “{b}”"));
        }
    }
    out
}

fn texts(s: &StateEntry) -> Vec<(&'static str, String)> {
    let codes =
        |list: &[crate::domain::states::StateCode]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let hours = s.clock_hours.map(|h| format!("{h} {}", if s.clock_business { "business hours" } else { "hours" }));
    vec![
        ("words", s.words.en.clone()),
        ("words_es", s.words.es.clone()),
        ("sentence", s.sentence.en.clone()),
        ("sentence_es", s.sentence.es.clone()),
        ("next_step", s.next_step.en.clone()),
        ("next_step_es", s.next_step.es.clone()),
        ("meanwhile", s.meanwhile.en.clone()),
        ("meanwhile_es", s.meanwhile.es.clone()),
        ("clock", s.clock.en.clone()),
        ("clock_es", s.clock.es.clone()),
        ("clock_hours", hours.unwrap_or_default()),
        ("handover", format!("{:?}", s.handover)),
        ("also", s.also.join(" ")),
        ("queue", format!("{:?}", s.queue)),
        ("to", codes(&s.to)),
        ("to_cold", codes(&s.to_cold)),
    ]
}

fn questions(p: &Pharmacy) -> Vec<String> {
    p.questions.iter().map(|q| format!("{q:?}")).collect()
}

fn steps(p: &Pharmacy) -> Vec<String> {
    p.steps.list().map(|entry| format!("{entry:?}")).collect()
}

fn medicines(p: &Pharmacy) -> Vec<String> {
    p.drugs.list().iter().map(|d| format!("{d:?}")).collect()
}

/// Of long lists only how many entries went and came.
fn counted(what: &str, was: &[String], is: &[String]) -> Option<String> {
    let (old, new): (BTreeSet<&String>, BTreeSet<&String>) = (was.iter().collect(), is.iter().collect());
    let (gone, came) = (old.difference(&new).count(), new.difference(&old).count());
    (gone + came > 0).then(|| format!("{what}: {came} new or changed, {gone} gone or changed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn sample() -> Pharmacy {
        Pharmacy::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("index"), None).unwrap()
    }

    #[test]
    fn nothing_differs_from_itself() {
        let all = sample();
        assert!(diff(&all, &all).is_empty());
    }

    #[test]
    fn pages_sentences_constants_and_states_are_told_in_words() {
        let (old, mut new) = (sample(), sample());
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("index/constants.toml")).unwrap();
        let text = text.replace("value = \"3 to 5 business days\"", "value = \"4 to 6 business days\"");
        new.constants = super::super::Constants::parse(&text, "constants.toml").unwrap();
        let states = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("index/states.toml")).unwrap();
        let (from, _) = states.split_once("next_step = \"").map(|(_, rest)| rest.split_once('"').unwrap()).unwrap();
        new.states = super::super::States::parse(&states.replacen(from, "Wait a little.", 1), "states.toml").unwrap();
        let at = new.pages.iter().position(|p| p.file == "policies/DL1.md").unwrap();
        let gone = new.pages.remove(at + 1);
        let page = &mut new.pages[at];
        page.meta.version = 3;
        let first = &mut page.passages[0].sentences[0];
        *first = first.replace("3 to 5", "4 to 6");
        page.passages[0].sentences.push("Nothing else changes.".into());
        new.questions.pop();
        let lines = diff(&old, &new);
        let has =
            |parts: &[&str]| assert!(lines.iter().any(|l| parts.iter().all(|p| l.contains(p))), "{parts:?} {lines:#?}");
        has(&["page changed: DL1 “Delivery times” (policies/DL1.md)"]);
        has(&["  version: 2 → 3"]);
        has(&[
            "“How long does delivery take?”: “A new order",
            "3 to 5 business days after",
            "” → “A new order",
            "4 to 6",
        ]);
        has(&["“Nothing else changes.” is new"]);
        has(&["page removed", &gone.file]);
        has(&[
            "constant changed: REFILL_DELIVERY from 2026-10-01: 3 to 5 business days → 4 to 6 business days",
            "used by",
            "DL1.md",
        ]);
        has(&["state changed", "next_step", "→ “Wait a little.”"]);
        has(&["questions: 0 new or changed, 1 gone or changed"]);
        assert!(!lines.iter().any(|l| l.contains("medicines") || l.contains("page added")), "{lines:#?}");
    }
}
