//! `guardrails/` parsed and checked: what each label leads to, fixed texts, staffing, and the digest that every
//! audit record carries. Reads files once at start; knows nothing of models, stores or HTTP.

pub mod asks;
pub mod guards;
pub mod modes;
pub mod phrases;
pub mod replies;
pub mod retention;
pub mod staffing;
pub mod subjects;
pub mod texts;

use guards::Guards;
use modes::Modes;
use phrases::Phrases;
use replies::Replies;
use sha2::{Digest, Sha256};
use staffing::Staffing;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use texts::Texts;

/// What is wrong with the guard policy, and where.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}; restore it from the repository or pass --guardrails DIR")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not parse.
    #[error("{path}: {reason}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// The files contradict each other.
    #[error("guard policy: {0}")]
    Check(String),
}

/// The files of the policy itself, in the order in which its digest takes them.
pub const FILES: [&str; 7] =
    ["guards.toml", "texts.toml", "staffing.toml", "phrases.toml", "regions.toml", "replies.toml", "modes.toml"];

/// The checked guard policy.
#[derive(Debug, Clone)]
pub struct GuardPolicy {
    /// Labels, thresholds and limits.
    pub guards: Guards,
    /// Fixed texts.
    pub texts: Texts,
    /// Words of facts and frames.
    pub phrases: Phrases,
    /// Prepared replies of staff.
    pub replies: Replies,
    /// Staffing.
    pub staffing: Staffing,
    /// What the assistant does by itself.
    pub modes: Modes,
    /// State → the zone in which most of it lives.
    pub regions: BTreeMap<String, String>,
    /// sha256 over the policy files and thresholds, hex.
    pub digest: String,
}

impl GuardPolicy {
    /// Reads [`FILES`] of `dir` and `model/thresholds.json`.
    ///
    /// # Errors
    /// [`PolicyError`] naming the file and the place: unknown keys, a label without threshold, a text that does not exist.
    pub fn load(dir: &Path) -> Result<Self, PolicyError> {
        let mut hash = Sha256::new();
        let mut read = |name: &str| -> Result<String, PolicyError> {
            let path = dir.join(name);
            let text = std::fs::read_to_string(&path).map_err(|source| PolicyError::Read { path, source })?;
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
            Ok(text)
        };
        let [guards, texts, staffing, phrases, regions, replies, modes] = FILES.map(&mut read);
        let thresholds = read("model/thresholds.json")?;
        asks::learn();
        let policy = Self {
            guards: Guards::parse(&guards?, &thresholds).map_err(|reason| parse(dir, "guards.toml", reason))?,
            texts: Texts::parse(&texts?).map_err(|reason| parse(dir, "texts.toml", reason))?,
            staffing: Staffing::parse(&staffing?).map_err(|reason| parse(dir, "staffing.toml", reason))?,
            modes: Modes::parse(&modes?).map_err(|reason| parse(dir, "modes.toml", reason))?,
            replies: Replies::parse(&replies?).map_err(|reason| parse(dir, "replies.toml", reason))?,
            phrases: Phrases::parse(&phrases?).map_err(|reason| parse(dir, "phrases.toml", reason))?,
            regions: toml::from_str(&regions?).map_err(|e| parse(dir, "regions.toml", e.to_string()))?,
            digest: hex::encode(hash.finalize()),
        };
        policy.check()?;
        Ok(policy)
    }

    fn check(&self) -> Result<(), PolicyError> {
        for (risk, rule) in self.guards.risks() {
            if let Some(missing) = rule.texts.iter().find(|id| !self.texts.has(id)) {
                return Err(PolicyError::Check(format!("{risk} names the text {missing}, which texts.toml lacks")));
            }
        }
        match texts::REQUIRED.iter().find(|id| !self.texts.has(id)) {
            Some(missing) => Err(PolicyError::Check(format!("texts.toml lacks {missing}, which the flows need"))),
            None => Ok(()),
        }
    }
}

fn parse(dir: &Path, name: &str, reason: String) -> PolicyError {
    PolicyError::Parse { path: dir.join(name), reason }
}
