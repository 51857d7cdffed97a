//! OR-02: drug names, strengths and forms exactly as in the sources. Knows names from the formulary, from the sources,
//! from a list of common names and from the endings that drug names share.

use super::Finding;
use super::fold::{fold, rx};
use super::scene::Scene;
use serde::Deserialize;
use std::ops::Range;
use std::sync::LazyLock;

pub(super) const DATA: &str = include_str!("../../../guardrails/rules-output/drugs.toml");

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Names {
    /// Common names and look-alikes.
    names: Vec<String>,
    /// Endings of generic names.
    endings: Vec<String>,
    /// Words with such endings that are no drugs.
    plain: Vec<String>,
    /// Dose forms, English and Spanish, one list a form.
    forms: Vec<Vec<String>>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| toml::from_str(DATA).unwrap_or_default());

/// Findings for names, strengths and forms that no own source holds.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut out = unknown_names(scene);
    out.extend(strengths(scene));
    out.extend(zeros(scene));
    out.extend(forms(scene));
    out
}

fn unknown_names(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found: Vec<Range<usize>> =
        scene.drugs.iter().filter(|(n, _)| !held(scene, n)).map(|(_, r)| r.clone()).collect();
    let in_sources: Vec<String> = scene.own().flat_map(|g| source_names(scene, g.source.text.as_str())).collect();
    for r in rx!(r"[a-z]{4,}").ranges(&scene.folded.text) {
        let word = scene.folded.slice(&r);
        let listed = NAMES.names.iter().any(|n| n == word) || ends_like_a_drug(word);
        let swapped = word.len() > 6 && in_sources.iter().any(|n| near(n, word));
        if (listed || swapped) && !held(scene, word) {
            found.push(r);
        }
    }
    found.into_iter().map(|r| scene.finding("OR-02", &r, "a drug name that no source holds")).collect()
}

fn held(scene: &Scene<'_>, name: &str) -> bool {
    let name = fold(name);
    let stem = name.strip_suffix('s').unwrap_or(&name);
    scene.own().any(|g| has_word(&g.folded.text, &name) || (stem.len() > 4 && has_word(&g.folded.text, stem)))
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        edge(text.get(..at).and_then(|t| t.chars().next_back()))
            && edge(text.get(at + word.len()..).and_then(|t| t.chars().next()))
    })
}

fn ends_like_a_drug(word: &str) -> bool {
    word.len() > 6 && NAMES.endings.iter().any(|e| word.ends_with(e.as_str())) && !NAMES.plain.iter().any(|p| p == word)
}

fn source_names(scene: &Scene<'_>, text: &str) -> Vec<String> {
    let known = (scene.ctx.drugs)(text).into_iter().map(|(n, _)| fold(&n));
    known.filter(|n| n.len() > 6 && !n.contains(' ')).collect()
}

/// One or two letters apart, but not the same and not a plural.
fn near(name: &str, word: &str) -> bool {
    let plural = word.strip_suffix('s') == Some(name) || name.strip_suffix('s') == Some(word);
    name != word
        && !plural
        && name.as_bytes().first() == word.as_bytes().first()
        && name.len().abs_diff(word.len()) <= 1
        && distance(name, word) <= 2
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for ((y, up), diagonal) in b.iter().zip(row.iter().skip(1)).zip(row.iter()) {
            left = (diagonal + usize::from(x != *y)).min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// A strength beside a drug must stand beside the same drug in a source; any other must stand somewhere.
fn strengths(scene: &Scene<'_>) -> Vec<Finding> {
    let rx = rx!(
        r"\b\d+(?:[.,]\d+)?\s?(?:mg|mcg|ug|g|ml|units?|unidades|iu|meq)\b(?:\s?/\s?\d*(?:\.\d+)?\s?(?:mg|mcg|ml|units?))?"
    );
    let squash = |t: &str| t.replace([' ', '\n'], "");
    let mut out = Vec::new();
    for r in rx.ranges(&scene.folded.text) {
        let strength = squash(scene.folded.slice(&r));
        let drug =
            scene.drugs.iter().rfind(|(_, d)| d.end <= r.start && r.start - d.end < 12).map(|(n, _)| squash(&fold(n)));
        let near_it = |t: &str| match &drug {
            Some(d) => t
                .match_indices(d.as_str())
                .any(|(at, _)| t.get(at + d.len()..).is_some_and(|rest| starts_with_strength(rest, &strength))),
            None => starts_anywhere(t, &strength),
        };
        if !scene.own().any(|g| near_it(&squash(&g.folded.text))) {
            out.push(scene.finding("OR-02", &r, "a strength that no source holds for this drug"));
        }
    }
    out
}

fn starts_with_strength(rest: &str, strength: &str) -> bool {
    // "metformin 500 mg", "metformin er 500 mg", "Eliquis (apixaban) 5 mg"
    let window: String = rest.chars().take(30 + strength.len()).collect();
    starts_anywhere(&window, strength)
}

fn starts_anywhere(text: &str, strength: &str) -> bool {
    text.match_indices(strength)
        .any(|(at, _)| !text.get(..at).is_some_and(|t| t.ends_with(|c: char| c.is_ascii_digit() || c == '.')))
}

fn zeros(scene: &Scene<'_>) -> Vec<Finding> {
    let bad = rx!(r"\b\d+\.\d*0\s?(?:mg|mcg|g|ml|units?)\b|(?:^|[\s(])\.\d+\s?(?:mg|mcg|g|ml|units?)\b");
    bad.ranges(&scene.folded.text)
        .iter()
        .map(|r| scene.finding("OR-02", r, "a trailing zero or a missing leading zero"))
        .collect()
}

/// A form beside a drug name must be one that a source names.
fn forms(scene: &Scene<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for form in &NAMES.forms {
        let in_source = scene.own().any(|g| form.iter().any(|w| has_word(&g.folded.text, w)));
        for word in form.iter().filter(|_| !in_source) {
            let hit = scene.folded.text.match_indices(word.as_str()).map(|(at, w)| at..at + w.len());
            let beside = |r: &Range<usize>| {
                let s = scene.sentence(r.start);
                has_word(scene.folded.slice(&s), word)
                    && scene.drugs.iter().any(|(_, d)| s.start <= d.start && d.end <= s.end)
            };
            out.extend(hit.filter(beside).map(|r| scene.finding("OR-02", &r, "a dose form that no source holds")));
        }
    }
    out
}

/// Names that stand before a strength in a source: `X 10 mg`.
pub fn named_with_strength(text: &str) -> Vec<String> {
    let found =
        rx!(r"(?i)\b([a-z][a-z-]{4,})(?: (?:er|xr|dr|sr|hcl))? \(?\d+(?:\.\d+)? ?(?:mg|mcg|ml|units)\b").groups(text);
    let skip = ["about", "strength", "least", "tablet", "capsule", "every", "their", "takes"];
    found.iter().map(|g| g.text(1).to_lowercase()).filter(|n| !skip.contains(&n.as_str())).collect()
}

/// Whole-word, case-insensitive places of the names.
#[must_use]
pub fn find_names(text: &str, names: &[String]) -> Vec<(String, Range<usize>)> {
    // Lower-casing ASCII only keeps the byte places.
    let low = text.to_ascii_lowercase();
    let mut out = Vec::new();
    for name in names {
        let key = name.to_ascii_lowercase();
        for (at, hit) in low.match_indices(&key) {
            let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            let left = edge(low.get(..at).and_then(|t| t.chars().next_back()));
            let right = edge(low.get(at + hit.len()..).and_then(|t| t.chars().next()));
            if left
                && right
                && let Some(found) = text.get(at..at + hit.len())
            {
                out.push((found.to_owned(), at..at + hit.len()));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::case::tests::broken;
    use super::*;

    #[test]
    fn the_name_lists_parse() {
        assert!(toml::from_str::<Names>(DATA).is_ok_and(|n| n.names.len() > 50 && n.forms.len() > 5));
    }

    #[test]
    fn swapped_names_and_strengths_fail() {
        let record = "metformin 500 mg tablet: filled. lisinopril 20 mg tablet: filled.";
        assert_eq!(broken(record, "Your metformin 500 mg tablet is filled."), Vec::<String>::new());
        for bad in [
            "Your metoprolol is filled.",
            "Your metfornin is filled.",
            "Your Glucophage is filled.",
            "Your metformin 500 mg capsule is filled.",
        ] {
            assert_eq!(broken(record, bad), ["OR-02"], "{bad}");
        }
        assert!(broken(record, "Your lisinopril 500 mg tablet is filled.").contains(&"OR-02".to_owned()));
        assert!(broken(record, "Your metformin 500.0 mg tablet is filled.").contains(&"OR-02".to_owned()));
    }
}
