//! Phrase rules: `guardrails/rules-output/phrases.toml` holds the words, this file how they are matched.

use super::Finding;
use super::SourceKind;
use super::fold::{Rx, fold};
use super::scene::Scene;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The words, compiled into the program: a rule cannot be lost with a file.
pub(super) const DATA: &str = include_str!("../../../guardrails/rules-output/phrases.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPhrase {
    rule: String,
    what: String,
    any: Vec<String>,
    #[serde(default)]
    unless: Option<String>,
    #[serde(default)]
    only_if: Option<String>,
    #[serde(default)]
    source_frees: bool,
    #[serde(default)]
    record_frees: bool,
    #[serde(default)]
    question_frees: Option<String>,
    #[serde(default)]
    last_sentence: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    phrase: Vec<RawPhrase>,
}

struct Phrase {
    raw: RawPhrase,
    any: Vec<Rx>,
    unless: Option<Rx>,
    only_if: Option<Rx>,
    question_frees: Option<Rx>,
}

type Table = BTreeMap<String, Vec<Phrase>>;

static TABLE: LazyLock<Result<Table, String>> = LazyLock::new(|| parse(DATA));

fn parse(data: &str) -> Result<Table, String> {
    let file: RawFile = toml::from_str(data).map_err(|e| e.to_string())?;
    let mut table = Table::new();
    for raw in file.phrase {
        let rx = |p: &String| -> Result<Rx, String> {
            let folded: String = fold_pattern(p);
            regex::Regex::new(&folded).map(|_| Rx::new(&folded)).map_err(|e| format!("{}: {e}", raw.rule))
        };
        let any = raw.any.iter().map(rx).collect::<Result<_, _>>()?;
        let unless = raw.unless.as_ref().map(rx).transpose()?;
        let only_if = raw.only_if.as_ref().map(rx).transpose()?;
        let question_frees = raw.question_frees.as_ref().map(rx).transpose()?;
        table.entry(raw.rule.clone()).or_default().push(Phrase { raw, any, unless, only_if, question_frees });
    }
    Ok(table)
}

/// Accents go, as in the texts; escapes such as `\S` keep their case.
fn fold_pattern(pattern: &str) -> String {
    pattern.chars().map(|c| if c.is_ascii() { c.to_string() } else { fold(&c.to_string()) }).collect()
}

/// Why the phrase file does not parse, if so: then every draft is held.
pub fn broken_data() -> Option<&'static str> {
    TABLE.as_ref().err().map(String::as_str)
}

/// All hits of one rule's phrases.
pub fn hits(scene: &Scene<'_>, rule: &'static str) -> Vec<Finding> {
    let list = TABLE.as_ref().ok().and_then(|t| t.get(rule)).map(Vec::as_slice).unwrap_or_default();
    list.iter().flat_map(|p| p.hits(scene, rule)).collect()
}

impl Phrase {
    fn hits(&self, scene: &Scene<'_>, rule: &'static str) -> Vec<Finding> {
        let question = fold(scene.ctx.question);
        if self.question_frees.as_ref().is_some_and(|r| r.is_match(&question)) {
            return Vec::new();
        }
        let last = scene.sentences.last().map_or(0, |r| r.start);
        let mut out = Vec::new();
        for at in self.any.iter().flat_map(|r| r.ranges(&scene.folded.text)) {
            let sentence = scene.sentence_text(at.start);
            let words = scene.folded.slice(&at);
            let free = self.unless.as_ref().is_some_and(|r| r.is_match(sentence))
                || self.only_if.as_ref().is_some_and(|r| !r.is_match(sentence))
                || (self.raw.source_frees && scene.of(SourceKind::Policy).any(|g| g.folded.text.contains(words)))
                || (self.raw.record_frees && scene.supported(words))
                || (self.raw.last_sentence && at.start < last)
                || in_label_quote(scene, sentence);
            if !free {
                out.push(scene.finding(rule, &at, self.raw.what.clone()));
            }
        }
        out
    }
}

/// A verified label may be quoted; whether it is quoted rightly is OR-06.
fn in_label_quote(scene: &Scene<'_>, sentence: &str) -> bool {
    scene.of(SourceKind::Label).any(|g| super::label::quotes(sentence, &g.folded.text))
}

macro_rules! rules {
    ($($name:ident $id:literal)*) => { $(
        #[doc = concat!("The phrases of ", $id, ".")]
        pub fn $name(scene: &Scene<'_>) -> Vec<Finding> { hits(scene, $id) }
    )* };
}
rules! {
    clinical "OR-05" diagnosis "OR-07" decision "OR-16" secrets "OR-17" guessing "OR-22" tone "OR-26" marketing "OR-27"
    collecting "OR-28" actions "OR-29" reopening "OR-33"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrase_file_parses() {
        assert_eq!(broken_data(), None);
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let bad = "[[phrase]]\nrule = \"OR-05\"\nwhat = \"x\"\nany = [\"(\"]\n";
        assert!(parse(bad).err().unwrap().starts_with("OR-05"));
    }
}
