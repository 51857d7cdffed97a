//! Deterministic rules (`guardrails/rules/*.toml`): which risk a text shows without any model.
//! A rule says what it found; whether that fires alone is its `sure`, what follows is decided in `guard`.

mod file;
pub mod lexicon;
mod matcher;

use crate::classify::normalise::Normalised;
use crate::domain::labels::Risk;
use lexicon::Lexicon;
use matcher::Matcher;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What is wrong with the rule files, and where.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The folder or a file cannot be read.
    #[error("cannot read rules at {path}: {source}; restore the folder from the repository")]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not parse.
    #[error("{file}: {reason}")]
    Parse {
        /// The file.
        file: String,
        /// Where and why.
        reason: String,
    },
    /// A rule is wrong.
    #[error("{file}: rule {rule}: {reason}")]
    Rule {
        /// The file.
        file: String,
        /// The rule's id.
        rule: String,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// A part that every rule set needs is missing.
    #[error("rules: {0}")]
    Missing(String),
}

/// One rule that matched.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleHit {
    /// The rule's id, for the audit record.
    pub rule: String,
    /// The class it speaks for.
    pub risk: Risk,
    /// Strength in 0 to 1; to be combined with the model's probability by the larger of the two.
    pub score: f32,
    /// True when the rule fires alone.
    pub sure: bool,
}

/// All rules, compiled once at start.
#[derive(Debug)]
pub struct RuleSet {
    message: Matcher,
    planted: Matcher,
    lexicon: Lexicon,
    digest: String,
}

impl RuleSet {
    /// Reads every `*.toml` of `dir`, in order of name.
    ///
    /// # Errors
    /// [`RulesError`] naming the file and the rule.
    pub fn load(dir: &Path) -> Result<Self, RulesError> {
        let read = |path: PathBuf| {
            let text =
                std::fs::read_to_string(&path).map_err(|source| RulesError::Read { path: path.clone(), source })?;
            Ok((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text))
        };
        let entries = std::fs::read_dir(dir).map_err(|source| RulesError::Read { path: dir.into(), source })?;
        let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|e| e.path()).collect();
        paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
        paths.sort();
        let files = paths.into_iter().map(read).collect::<Result<Vec<_>, RulesError>>()?;
        Self::parse(&files)
    }

    /// Compiles rule files given as (name, text).
    ///
    /// # Errors
    /// [`RulesError`] naming the file and the rule; also when no file holds a rule or a drug.
    pub fn parse(files: &[(String, String)]) -> Result<Self, RulesError> {
        let mut hash = Sha256::new();
        for (name, text) in files {
            for part in [name, text] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        }
        let raw = file::read(files)?;
        let (planted, message) = raw.rules.into_iter().partition::<Vec<_>, _>(|r| r.planted);
        if message.is_empty() {
            return Err(RulesError::Missing("no rule found; restore guardrails/rules from the repository".into()));
        }
        Ok(Self {
            message: Matcher::compile(message, &raw.words)?,
            planted: Matcher::compile(planted, &raw.words)?,
            lexicon: Lexicon::new(raw.classes, raw.look_alike)?,
            digest: hex::encode(hash.finalize()),
        })
    }

    /// The rules that match a message, or what is hidden in it in encoded form; each rule at most once.
    #[must_use]
    pub fn judge(&self, text: &Normalised) -> Vec<RuleHit> {
        let mut hits = self.message.hits(text.folded(), &self.lexicon);
        for hidden in text.hidden() {
            for hit in self.message.hits(hidden, &self.lexicon) {
                if hits.iter().all(|h| h.rule != hit.rule) {
                    hits.push(hit);
                }
            }
        }
        hits
    }

    /// The rules of kind `planted` that match a retrieved passage: instructions to the model inside a text.
    #[must_use]
    pub fn planted(&self, passage: &str) -> Vec<RuleHit> {
        let text = Normalised::of(passage);
        let views = std::iter::once(text.folded()).chain(text.hidden().iter().map(String::as_str));
        let mut hits: Vec<RuleHit> = Vec::new();
        for hit in views.flat_map(|v| self.planted.hits(v, &self.lexicon)) {
            if hits.iter().all(|h| h.rule != hit.rule) {
                hits.push(hit);
            }
        }
        hits
    }

    /// The drug names and their classes.
    #[must_use]
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// sha256 over the files, hex; goes into every audit record.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

#[cfg(test)]
mod tests;
