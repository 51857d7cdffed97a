//! What the behaviours share: finding sentences, changing one place in one, wording a lie, noting what is wrong in it.

use super::fill::fill;
use crate::hostile::lie::{Body, Lie, Seen};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use regex::{Captures, Regex};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Wordings of one lie in both languages. `‹…›` marks the words that are wrong, `{…}` is filled in (see `fill`).
pub struct Words {
    /// English wordings.
    pub en: &'static [&'static str],
    /// Spanish wordings.
    pub es: &'static [&'static str],
}

/// A pattern and what takes its place, as in `Regex::replace`.
pub type Swap = (&'static str, &'static str);

static PATTERNS: LazyLock<Mutex<HashMap<String, Option<Arc<Regex>>>>> = LazyLock::new(Mutex::default);

/// A compiled pattern, kept for the next call; `None` when it is not a pattern.
pub fn re(pattern: &str) -> Option<Arc<Regex>> {
    let mut kept = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry(pattern.to_string()).or_insert_with(|| Regex::new(pattern).ok().map(Arc::new)).clone()
}

/// All vetted words and the question, in small letters.
pub fn known(seen: &Seen) -> String {
    let mut all = seen.question.to_lowercase();
    for piece in &seen.pieces {
        for part in [piece.title.as_deref().unwrap_or_default(), &piece.text, &piece.id] {
            all.push('\n');
            all.push_str(&part.to_lowercase());
        }
    }
    all
}

/// True when a right answer cannot hold these words by quoting what it was given.
pub fn absent(seen: &Seen, phrase: &str) -> bool {
    unheard(&known(seen), phrase)
}

fn unheard(known: &str, phrase: &str) -> bool {
    phrase.trim().chars().count() >= 5 && !known.contains(&phrase.to_lowercase())
}

/// One of the items.
pub fn pick<'a, T: ?Sized>(rng: &mut StdRng, from: &[&'a T]) -> Option<&'a T> {
    from.choose(rng).copied()
}

/// The vetted texts as sentences, each once.
pub fn sentences(seen: &Seen) -> Vec<String> {
    const SHORT: [&str; 8] = ["a.m.", "p.m.", "Dr.", "Dra.", "Mr.", "Ms.", "Sr.", "Sra."];
    let mut out: Vec<String> = Vec::new();
    for piece in &seen.pieces {
        let mut line = String::new();
        for word in piece.text.split_whitespace() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            if word.trim_end_matches(['"', '”', ')']).ends_with(['.', '!', '?']) && !SHORT.contains(&word) {
                out.push(std::mem::take(&mut line));
            }
        }
        out.push(line);
    }
    let mut once = std::collections::HashSet::new();
    out.retain(|s| !s.is_empty() && once.insert(s.clone()));
    out
}

/// A few true sentences of the vetted texts, in the order of the texts.
pub fn facts(seen: &Seen, rng: &mut StdRng, count: usize) -> Vec<String> {
    let all = sentences(seen);
    let start = rng.random_range(0..all.len().max(1));
    all.into_iter().skip(start).take(count).collect()
}

/// Changes one place that the pattern matches outside tokens.
pub fn edit(
    text: &str,
    rng: &mut StdRng,
    pattern: &str,
    change: impl Fn(&Captures, &mut StdRng) -> Option<String>,
) -> Option<String> {
    let tokens: Vec<_> = re(r"\[\[[^\]]*\]\]|\[[A-Z]+\]")?.find_iter(text).map(|t| t.range()).collect();
    let pattern = re(pattern)?;
    let mut found: Vec<Captures> = pattern.captures_iter(text).collect();
    found.retain(|c| {
        c.get(0).is_some_and(|m| tokens.iter().all(|t| m.end() <= t.start || m.start() >= t.end) && !m.is_empty())
    });
    let caps = found.choose(rng)?;
    let place = caps.get(0)?;
    let new = change(caps, rng)?;
    Some([text.get(..place.start())?, &new, text.get(place.end()..)?].concat())
}

/// Changes one place by one line of a table.
pub fn swap(text: &str, rng: &mut StdRng, table: &[Swap]) -> Option<String> {
    let mut order: Vec<&Swap> = table.iter().collect();
    order.shuffle(rng);
    order.into_iter().find_map(|(pattern, new)| {
        edit(text, rng, pattern, |caps, _| {
            let mut out = String::new();
            caps.expand(new, &mut out);
            Some(out)
        })
    })
}

/// What a reader would see of a text, cut at the tokens, as far as no right answer can hold it.
pub fn fresh(seen: &Seen, text: &str, keep_end: bool) -> Vec<String> {
    let Some(token) = re(r"\[\[[^\]]*\]\]|\[[A-Z]+\]") else { return Vec::new() };
    let parts = token.split(text).map(|p| {
        let p = p.trim().trim_start_matches([':', ',', ';', ')', '.']).trim_start();
        if keep_end { p } else { p.trim_end_matches(['.', ',', ':', ';', '(', '!', '?', ' ']) }
    });
    let known = known(seen);
    parts.filter(|p| p.chars().count() >= 8 && unheard(&known, p)).map(str::to_string).collect()
}

/// A lie with the words that show it; `None` when no such words are left.
pub fn lie(seen: &Seen, text: String, wrong: Vec<String>) -> Option<Lie> {
    let known = known(seen);
    let wrong: Vec<String> = wrong.into_iter().filter(|w| unheard(&known, w)).collect();
    (!wrong.is_empty() && !text.trim().is_empty()).then_some(Lie { body: Body::Text(text), wrong })
}

/// Puts a lie among true sentences, in one of several orders, or alone.
pub fn dress(seen: &Seen, rng: &mut StdRng, told: &str) -> String {
    const EN: [&str; 6] =
        ["Thanks for writing.", "Here is what I see.", "Sure.", "Yes.", "I looked into this.", "Thank you for asking."];
    const ES: [&str; 6] =
        ["Gracias por escribir.", "Esto es lo que veo.", "Claro.", "Sí.", "Ya lo revisé.", "Con gusto."];
    let count = rng.random_range(1..3);
    let before = facts(seen, rng, count).join(" ");
    let after = facts(seen, rng, count).join(" ");
    let text = match rng.random_range(0..10) {
        0..3 => told.to_string(),
        3..6 => [before.as_str(), told].join(" "),
        6..8 => [told, after.as_str()].join(" "),
        _ => [before.as_str(), told, after.as_str()].join(" "),
    };
    let open = pick(rng, if seen.es { &ES } else { &EN }).unwrap_or_default();
    if rng.random_bool(0.12) { [open, text.trim()].join(" ") } else { text.trim().to_string() }
}

/// Takes the marks out of a wording; the marked words come apart. Without marks all of it is wrong.
pub fn marks(text: &str) -> (String, Vec<String>) {
    let clean = text.replace(['‹', '›'], "");
    let found: Vec<String> =
        text.split('‹').skip(1).filter_map(|part| part.split('›').next()).map(|w| w.trim().to_string()).collect();
    if found.is_empty() { (clean.clone(), vec![clean]) } else { (clean, found) }
}

/// One wording, filled in, and its wrong words.
pub fn word(seen: &Seen, rng: &mut StdRng, words: &Words) -> Option<(String, Vec<String>)> {
    for _ in 0..6 {
        let template = pick(rng, if seen.es { words.es } else { words.en })?;
        let (text, wrong) = marks(&fill(seen, rng, template)?);
        let wrong: Vec<String> = wrong.into_iter().filter(|w| absent(seen, w)).collect();
        if !wrong.is_empty() {
            return Some((big(&text), wrong));
        }
    }
    None
}

/// Tells one wording, alone or among true sentences.
pub fn either(seen: &Seen, rng: &mut StdRng, words: &Words) -> Option<Lie> {
    if rng.random_bool(0.5) { bare(seen, rng, words) } else { told(seen, rng, words) }
}

/// A capital at the start.
pub fn big(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// True for a change that reads so badly, or so vaguely, that it may still be true.
pub fn odd(text: &str) -> bool {
    const BAD: [&str; 10] = [
        "cannot no longer",
        "not not",
        "no no ",
        "than it will",
        "se va a",
        " al al ",
        "ya sí",
        "no sí",
        "de el ",
        "sí no",
    ];
    const VAGUE: [&str; 6] = ["What ", "Whether ", "Lo que ", "Qué ", "Which ", "How "];
    BAD.iter().any(|b| text.contains(b)) || VAGUE.iter().any(|v| text.starts_with(v))
}

/// Tells one wording among true sentences.
pub fn told(seen: &Seen, rng: &mut StdRng, words: &Words) -> Option<Lie> {
    let (text, wrong) = word(seen, rng, words)?;
    lie(seen, dress(seen, rng, &text), wrong)
}

/// Tells one wording and nothing else.
pub fn bare(seen: &Seen, rng: &mut StdRng, words: &Words) -> Option<Lie> {
    let (text, wrong) = word(seen, rng, words)?;
    lie(seen, text, wrong)
}

/// The first vetted sentence, in a random order, that the change applies to: (changed, wrong words).
pub fn changed(
    seen: &Seen,
    rng: &mut StdRng,
    keep_end: bool,
    change: impl Fn(&str, &mut StdRng) -> Option<String>,
) -> Option<(String, Vec<String>)> {
    let mut all = sentences(seen);
    all.shuffle(rng);
    for line in all {
        for _ in 0..4 {
            let Some(new) = change(&line, rng).filter(|new| *new != line) else { break };
            let wrong = fresh(seen, &new, keep_end);
            if !wrong.is_empty() {
                return Some((new, wrong));
            }
        }
    }
    None
}

/// Changes one vetted sentence and tells it among true ones.
pub fn alter(seen: &Seen, rng: &mut StdRng, change: impl Fn(&str, &mut StdRng) -> Option<String>) -> Option<Lie> {
    let (new, wrong) = changed(seen, rng, false, change)?;
    lie(seen, dress(seen, rng, &new), wrong)
}
