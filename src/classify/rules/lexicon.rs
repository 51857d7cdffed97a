//! Drug names: which words of a text are medicines, whether a gap in taking them is dangerous, which look alike.

use super::RulesError;
use super::file::DrugClass;
use std::collections::HashMap;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// Names this long or longer also match with one letter wrong, missing, doubled or swapped.
const FUZZY_FROM: usize = 6;
/// Names have at most this many words.
const MAX_WORDS: usize = 3;

/// The drug names of `lexicon.toml`.
#[derive(Debug, Clone)]
pub struct Lexicon {
    names: HashMap<String, usize>,
    fuzzy: HashMap<u8, Vec<(String, usize)>>,
    classes: Vec<(String, bool)>,
    look_alike: Vec<(String, String)>,
}

/// A drug name found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// The lexicon's spelling, lower case without accents.
    pub name: &'a str,
    /// Byte range in the text.
    pub span: Range<usize>,
    /// The drug class.
    pub class: &'a str,
    /// True when being without it is dangerous.
    pub critical: bool,
    /// False when it matched with one letter off.
    pub exact: bool,
}

impl Lexicon {
    pub(super) fn new(classes: Vec<DrugClass>, look_alike: Vec<(String, String)>) -> Result<Self, RulesError> {
        if classes.is_empty() {
            return Err(RulesError::Missing("no drug class found; restore lexicon.toml".into()));
        }
        let (mut names, mut fuzzy) = (HashMap::new(), HashMap::<u8, Vec<(String, usize)>>::new());
        for (i, class) in classes.iter().enumerate() {
            for name in &class.names {
                let name = fold(name);
                if let Some(first) = name.bytes().next().filter(|_| name.len() >= FUZZY_FROM && !name.contains(' ')) {
                    fuzzy.entry(first).or_default().push((name.clone(), i));
                }
                if names.insert(name.clone(), i).is_some() {
                    return Err(RulesError::Missing(format!(
                        "the drug name {name} stands twice in the lexicon; keep one"
                    )));
                }
            }
        }
        let classes = classes.into_iter().map(|c| (c.name, c.critical)).collect();
        Ok(Self { names, fuzzy, classes, look_alike })
    }

    /// Number of names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True when there is no name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Pairs of names that are mistaken for each other.
    #[must_use]
    pub fn look_alike(&self) -> &[(String, String)] {
        &self.look_alike
    }

    /// Every drug named in `text`, any form of it, in order; the longest name wins.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Found<'_>> {
        let words = words(text);
        let mut out = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let found = (1..=MAX_WORDS).rev().find_map(|n| self.at(words.get(at..at + n)?).map(|f| (n, f)));
            match found {
                Some((n, f)) => {
                    out.push(f);
                    at += n;
                }
                None => at += 1,
            }
        }
        out
    }

    /// Whether any drug, and whether a critical one, is named.
    pub(super) fn kinds(&self, text: &str) -> (bool, bool) {
        let found = self.find(text);
        (!found.is_empty(), found.iter().any(|f| f.critical))
    }

    fn at(&self, run: &[(Range<usize>, String)]) -> Option<Found<'_>> {
        let (first, last) = (run.first()?, run.last()?);
        let span = first.0.start..last.0.end;
        if run.len() > 1 {
            let joined = run.iter().map(|(_, w)| w.as_str()).collect::<Vec<_>>().join(" ");
            return self.names.get_key_value(joined.as_str()).map(|(n, i)| self.found(n, *i, span, true));
        }
        let word = first.1.as_str();
        if let Some((name, i)) = self.names.get_key_value(word) {
            return Some(self.found(name, *i, span, true));
        }
        let singular = word.strip_suffix('s').unwrap_or(word);
        if let Some((name, i)) = self.names.get_key_value(singular) {
            return Some(self.found(name, *i, span, true));
        }
        let near = self.fuzzy.get(word.as_bytes().first()?)?.iter().find(|(n, _)| one_off(n, word))?;
        Some(self.found(&near.0, near.1, span, false))
    }

    fn found<'a>(&'a self, name: &'a str, class: usize, span: Range<usize>, exact: bool) -> Found<'a> {
        let (class, critical) = self.classes.get(class).map_or(("", false), |(c, k)| (c.as_str(), *k));
        Found { name, span, class, critical, exact }
    }
}

fn fold(text: &str) -> String {
    text.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// Runs of letters (digits inside a word allowed, as in `7up`), folded, with their place.
fn words(text: &str) -> Vec<(Range<usize>, String)> {
    let mut out = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        match (start, c.is_alphanumeric()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                out.push((from..at, fold(text.get(from..at).unwrap_or_default())));
                start = None;
            }
            _ => {}
        }
    }
    out
}

/// True when the words differ by one letter put in, left out, changed, or two neighbours swapped.
fn one_off(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 1 || b.len() < FUZZY_FROM - 1 {
        return false;
    }
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let tail = |skip_a: usize, skip_b: usize| a.get(head + skip_a..) == b.get(head + skip_b..);
    let swapped =
        a.get(head) == b.get(head + 1) && a.get(head + 1) == b.get(head) && a.get(head).is_some() && tail(2, 2);
    match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Equal => tail(1, 1) || swapped,
        std::cmp::Ordering::Greater => tail(1, 0),
        std::cmp::Ordering::Less => tail(0, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon() -> Lexicon {
        let class = |name: &str, critical, names: &[&str]| DrugClass {
            name: name.into(),
            critical,
            names: names.iter().map(|s| (*s).into()).collect(),
        };
        Lexicon::new(
            vec![class("insulin", true, &["insulin", "blood thinner"]), class("statin", false, &["atorvastatin"])],
            vec![],
        )
        .unwrap()
    }

    #[test]
    fn finds_exact_plural_near_and_many_word_names() {
        let l = lexicon();
        let found = l.find("my Insulín, atorvastatn and Blood  Thinner");
        let names: Vec<_> = found.iter().map(|f| (f.name, f.critical, f.exact)).collect();
        assert_eq!(names, [("insulin", true, true), ("atorvastatin", false, false), ("blood thinner", true, true)]);
        assert_eq!(found[0].span, 3..11);
        assert!(l.find("i insist").is_empty());
    }
}
