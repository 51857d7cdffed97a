//! Plain text helpers: folding, sentences, words, clauses.

use regex::Regex;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A pattern that is written in this crate; one that does not compile fails the tests and never matches elsewhere.
pub fn re(pattern: &str) -> Regex {
    debug_assert!(Regex::new(pattern).is_ok(), "pattern {pattern}");
    let mut wanted = pattern;
    loop {
        match Regex::new(wanted) {
            Ok(regex) => return regex,
            Err(_) => wanted = r"[^\s\S]",
        }
    }
}

/// Lower case without accents.
pub fn fold(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// Folded, one space between words, without markdown stars, quotes and closing marks: the key of a sentence.
pub fn key(text: &str) -> String {
    let plain: String = fold(text).chars().map(|c| if "*\"“”«»'’‘`".contains(c) { ' ' } else { c }).collect();
    let joined = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    joined.trim_matches(|c: char| ".!?¿¡:;, ".contains(c)).to_string()
}

const SHORT: &[&str] = &[
    "Dr", "Dra", "Mr", "Mrs", "Ms", "St", "Sr", "Sra", "No", "a.m", "p.m", "a. m", "p. m", "vs", "Inc", "Ste", "Apt",
    "EE. UU",
];

/// The sentences of a text, in order, each without its line break.
pub fn sentences(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines() {
        let chars: Vec<char> = line.chars().collect();
        let mut from = 0;
        for i in 0..chars.len() {
            if ends_here(&chars, from, i) {
                push(&mut out, &chars[from..=i]);
                from = i + 1;
            }
        }
        push(&mut out, &chars[from..]);
    }
    out
}

fn push(out: &mut Vec<String>, chars: &[char]) {
    let s: String = chars.iter().collect();
    let s = s.trim();
    if s.chars().any(char::is_alphanumeric) {
        out.push(s.to_string());
    }
}

fn ends_here(chars: &[char], from: usize, i: usize) -> bool {
    if !matches!(chars[i], '.' | '!' | '?') {
        return false;
    }
    let mut j = i + 1;
    while j < chars.len() && "*\"”»)".contains(chars[j]) {
        j += 1;
    }
    if j < chars.len() && !chars[j].is_whitespace() {
        return false;
    }
    if chars[i] != '.' {
        return true;
    }
    let before: String = chars[from..i].iter().collect();
    if SHORT.iter().any(|s| before.ends_with(s) && !before.ends_with(&format!("o{s}")) && word_edge(&before, s)) {
        let next = chars[j..].iter().find(|c| !c.is_whitespace());
        let title = before.chars().last().is_some_and(|c| c != 'm');
        return !title && next.is_none_or(|c| c.is_uppercase() || *c == '¿' || *c == '¡');
    }
    true
}

fn word_edge(before: &str, short: &str) -> bool {
    let head = &before[..before.len() - short.len()];
    head.chars().last().is_none_or(|c| !c.is_alphabetic())
}

/// The folded words (letters and digits) of a text.
pub fn words(text: &str) -> Vec<String> {
    fold(text).split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_string).collect()
}

/// Whether `needle` stands in `hay` with no letter or digit directly beside it (both folded by the caller).
pub fn has_word(hay: &str, needle: &str) -> bool {
    if needle.is_empty() {
        return false;
    }
    hay.match_indices(needle).any(|(i, _)| {
        let left = hay[..i].chars().last().is_none_or(|c| !c.is_alphanumeric());
        let right = hay[i + needle.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric());
        left && right
    })
}

/// Whether a text reads as Spanish.
pub fn spanish(text: &str) -> bool {
    let es = ["el", "la", "de", "su", "que", "es", "un", "una", "los", "por", "con", "para", "se", "no", "y"];
    let en = ["the", "is", "of", "your", "you", "and", "to", "it", "this", "a", "was", "for", "on", "has"];
    let all = words(text);
    let count = |list: &[&str]| all.iter().filter(|w| list.contains(&w.as_str())).count();
    count(&es) > count(&en)
}
