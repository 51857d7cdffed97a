//! Compiled rules. Patterns are regular expressions on the folded form, between word borders, with three shorthands:
//! `{name}` is the part of that name in `[words]`, ` ~ ` at most four words between, ` ~~ ` at most ten; neither crosses
//! a sentence end.

use super::file::{Drug, Rule, wrong};
use super::lexicon::Lexicon;
use super::{RuleHit, RulesError};
use regex::bytes::{Regex, RegexBuilder};
use std::collections::BTreeMap;

#[derive(Debug)]
struct Compiled {
    hit: RuleHit,
    any: Option<Regex>,
    all: Vec<Regex>,
    unless: Option<Regex>,
    drug: Option<Drug>,
}

/// A list of rules ready to match.
#[derive(Debug)]
pub(super) struct Matcher {
    rules: Vec<Compiled>,
}

impl Matcher {
    /// # Errors
    /// A pattern that does not compile or names unknown words.
    pub(super) fn compile(rules: Vec<Rule>, words: &BTreeMap<String, String>) -> Result<Self, RulesError> {
        let rules = rules.into_iter().map(|r| compile(r, words)).collect::<Result<_, _>>()?;
        Ok(Self { rules })
    }

    /// The rules that match a folded text.
    pub(super) fn hits(&self, folded: &str, lexicon: &Lexicon) -> Vec<RuleHit> {
        let bytes = folded.as_bytes();
        let drugs = std::cell::OnceCell::new();
        let has = |want: Drug| {
            let (any, critical) = *drugs.get_or_init(|| lexicon.kinds(folded));
            if want == Drug::Any { any } else { critical }
        };
        let matches = |r: &&Compiled| {
            r.any.as_ref().is_none_or(|p| p.is_match(bytes))
                && r.all.iter().all(|p| p.is_match(bytes))
                && r.drug.is_none_or(has)
                && !r.unless.as_ref().is_some_and(|p| p.is_match(bytes))
        };
        self.rules.iter().filter(matches).map(|r| r.hit.clone()).collect()
    }
}

fn compile(rule: Rule, words: &BTreeMap<String, String>) -> Result<Compiled, RulesError> {
    let fail = |reason: String| wrong(&rule.file, &rule.id, &reason);
    let joined = |patterns: &[String]| -> Result<Option<Regex>, RulesError> {
        if patterns.is_empty() { Ok(None) } else { pattern(&patterns.join("|"), words).map(Some).map_err(fail) }
    };
    Ok(Compiled {
        any: joined(&rule.any)?,
        all: rule.all.iter().map(|p| pattern(p, words).map_err(fail)).collect::<Result<_, _>>()?,
        unless: joined(&rule.unless)?,
        drug: rule.drug,
        hit: RuleHit { rule: rule.id.clone(), risk: rule.risk, score: rule.score, sure: rule.sure },
    })
}

/// Expands shorthands and compiles without Unicode tables: the folded form is ASCII where it matters.
fn pattern(text: &str, words: &BTreeMap<String, String>) -> Result<Regex, String> {
    let mut out = text.to_string();
    // Words may use words; three rounds are enough and a cycle cannot hang.
    for _ in 0..3 {
        for (name, part) in words {
            out = out.replace(&format!("{{{name}}}"), &format!("(?:{part})"));
        }
    }
    if let Some(at) =
        out.find('{').and_then(|at| out.get(at..)).filter(|s| s.chars().nth(1).is_some_and(char::is_alphabetic))
    {
        return Err(format!("unknown words near `{}`", at.chars().take(20).collect::<String>()));
    }
    let gap = |n: u8| format!("(?: [^ .][^ ]*){{0,{n}}} ");
    out = out.replace(" ~~ ", &gap(10)).replace(" ~ ", &gap(4));
    RegexBuilder::new(&format!(r"(?:^|[ /\[<>:=])(?:{out})(?:[ /\]<>:=]|$)"))
        .unicode(false)
        .size_limit(4 << 20)
        .build()
        .map_err(|e| format!("bad pattern: {e}"))
}
