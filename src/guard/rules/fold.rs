//! A text in lower case without accents, with the way back to its bytes; patterns are matched on this form.

use regex::Regex;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// A folded text and where each of its bytes came from.
pub struct Folded {
    /// Lower case, no accents, plain quotes, dashes and blanks; invisible characters gone.
    pub text: String,
    at: Vec<usize>,
}

impl Folded {
    /// Folds a text.
    pub fn new(raw: &str) -> Self {
        let (mut text, mut at) = (String::with_capacity(raw.len()), Vec::with_capacity(raw.len() + 1));
        for (from, c) in raw.char_indices() {
            for low in fold_char(c) {
                text.push(low);
                at.resize(text.len(), from);
            }
        }
        at.push(raw.len());
        Self { text, at }
    }
    /// The range of the raw text that a folded range stands for.
    pub fn raw(&self, folded: &Range<usize>) -> Range<usize> {
        let get = |i: usize| self.at.get(i).copied().unwrap_or_default();
        let last = self.at.last().copied().unwrap_or_default();
        let end = if folded.end >= self.text.len() { last } else { get(folded.end) };
        get(folded.start)..end.max(get(folded.start))
    }
    /// The folded range of a raw one.
    pub fn range(&self, raw: &Range<usize>) -> Range<usize> {
        let find = |x: usize| self.at.partition_point(|a| *a < x).min(self.text.len());
        find(raw.start)..find(raw.end)
    }
    /// The folded text of a folded range.
    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

/// The folded form alone.
pub fn fold(raw: &str) -> String {
    raw.chars().flat_map(fold_char).collect()
}

fn fold_char(c: char) -> Vec<char> {
    match c {
        '’' | '‘' | '´' | '`' => vec!['\''],
        '“' | '”' | '«' | '»' => vec!['"'],
        '–' | '—' | '−' | '‐' | '‑' => vec!['-'],
        '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}' => vec![' '],
        _ if crate::domain::text::is_invisible(c) => Vec::new(),
        _ if c.is_ascii() => vec![c.to_ascii_lowercase()],
        _ => c
            .nfkd()
            .filter(|d| !unicode_normalization::char::is_combining_mark(*d))
            .flat_map(char::to_lowercase)
            .collect(),
    }
}

/// A pattern of this code; one that does not compile finds nothing, which its own tests would show.
pub struct Rx(Option<Regex>);

impl Rx {
    /// Compiles; `(?i)` is not needed on folded text.
    pub fn new(pattern: &str) -> Self {
        debug_assert!(Regex::new(pattern).is_ok(), "{pattern}");
        Self(Regex::new(pattern).ok())
    }
    /// True if it occurs.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|r| r.is_match(text))
    }
    /// The places where it occurs.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        self.0.as_ref().map(|r| r.find_iter(text).map(|m| m.range()).collect()).unwrap_or_default()
    }
    /// The groups of each place; group 0 is the whole, absent groups are `None`.
    pub fn groups<'t>(&self, text: &'t str) -> Vec<Groups<'t>> {
        let Some(regex) = &self.0 else { return Vec::new() };
        let take = |c: regex::Captures<'t>| (0..c.len()).map(|i| c.get(i).map(|m| (m.as_str(), m.range()))).collect();
        regex.captures_iter(text).map(|c| Groups(take(c))).collect()
    }
}

/// One match with its groups.
pub struct Groups<'t>(Vec<Option<(&'t str, Range<usize>)>>);

impl<'t> Groups<'t> {
    /// The text of a group, `""` if absent.
    pub fn text(&self, i: usize) -> &'t str {
        self.0.get(i).and_then(|g| g.as_ref()).map_or("", |g| g.0)
    }
    /// The place of a group, empty at 0 if absent.
    pub fn range(&self, i: usize) -> Range<usize> {
        self.0.get(i).and_then(|g| g.as_ref()).map_or(0..0, |g| g.1.clone())
    }
    /// A group as a number.
    pub fn number(&self, i: usize) -> Option<i64> {
        self.text(i).parse().ok()
    }
}

/// A pattern that is compiled once.
macro_rules! rx {
    ($pattern:expr) => {{
        static RX: std::sync::LazyLock<$crate::guard::rules::fold::Rx> =
            std::sync::LazyLock::new(|| $crate::guard::rules::fold::Rx::new($pattern));
        &*RX
    }};
}
pub(super) use rx;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_go_there_and_back() {
        let raw = "Él “paga” $5\u{200b}0 — mañana";
        let f = Folded::new(raw);
        assert_eq!(f.text, "el \"paga\" $50 - manana");
        let at = f.text.find("$50").unwrap();
        assert_eq!(&raw[f.raw(&(at..at + 3))], "$5\u{200b}0");
        let from = raw.find("mañana").unwrap();
        assert_eq!(f.slice(&f.range(&(from..raw.len()))), "manana");
    }
}
