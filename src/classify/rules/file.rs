//! The TOML form of rule files: `[words]` (named parts of patterns), `[[rule]]`, `[[class]]` and `look_alike` (drugs).

use super::RulesError;
use crate::domain::labels::Risk;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Which drug a rule asks for beside its patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Drug {
    Any,
    Critical,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Message,
    Planted,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    words: BTreeMap<String, String>,
    #[serde(default)]
    rule: Vec<RawRule>,
    #[serde(default)]
    class: Vec<DrugClass>,
    #[serde(default)]
    look_alike: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    risk: Risk,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    sure: bool,
    score: Option<f32>,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    all: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    drug: Option<Drug>,
}

/// One drug class of the lexicon.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DrugClass {
    pub(super) name: String,
    #[serde(default)]
    pub(super) critical: bool,
    pub(super) names: Vec<String>,
}

/// A checked rule, its patterns not yet compiled.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) file: String,
    pub(super) id: String,
    pub(super) risk: Risk,
    pub(super) planted: bool,
    pub(super) sure: bool,
    pub(super) score: f32,
    pub(super) any: Vec<String>,
    pub(super) all: Vec<String>,
    pub(super) unless: Vec<String>,
    pub(super) drug: Option<Drug>,
}

/// All files together.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) words: BTreeMap<String, String>,
    pub(super) rules: Vec<Rule>,
    pub(super) classes: Vec<DrugClass>,
    pub(super) look_alike: Vec<(String, String)>,
}

/// Parses and checks every file; ids are unique over all of them.
pub(super) fn read(files: &[(String, String)]) -> Result<Read, RulesError> {
    let mut out = Read::default();
    for (name, text) in files {
        let raw: RawFile =
            toml::from_str(text).map_err(|e| RulesError::Parse { file: name.clone(), reason: e.to_string() })?;
        out.words.extend(raw.words);
        out.classes.extend(raw.class);
        out.look_alike.extend(raw.look_alike);
        for rule in raw.rule {
            let rule = check(name, rule)?;
            if out.rules.iter().any(|r| r.id == rule.id) {
                return Err(wrong(name, &rule.id, "the id is used twice; give each rule its own"));
            }
            out.rules.push(rule);
        }
    }
    Ok(out)
}

fn check(file: &str, raw: RawRule) -> Result<Rule, RulesError> {
    let score = raw.score.unwrap_or(if raw.sure { 1.0 } else { 0.6 });
    if !(0.0..=1.0).contains(&score) {
        return Err(wrong(file, &raw.id, "score must lie in 0 to 1"));
    }
    if raw.any.is_empty() && raw.all.is_empty() {
        return Err(wrong(file, &raw.id, "it has neither `any` nor `all`, so it would match every text"));
    }
    let planted = raw.kind == Kind::Planted;
    Ok(Rule {
        file: file.into(),
        id: raw.id,
        risk: raw.risk,
        planted,
        sure: raw.sure,
        score,
        any: raw.any,
        all: raw.all,
        unless: raw.unless,
        drug: raw.drug,
    })
}

/// The error that names a rule.
pub(super) fn wrong(file: &str, rule: &str, reason: &str) -> RulesError {
    RulesError::Rule { file: file.into(), rule: rule.into(), reason: reason.into() }
}
