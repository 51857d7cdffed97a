//! What a signer says of a release, and the file with it: name, licence, state, time, who has read the fixed texts, and what goes live. The
//! signature covers the digest of the release and the statement byte for byte.

use super::keys::{PrivateKey, PublicKey};
use super::manifest::canonical;
use crate::domain::lang::Lang;
use crate::policy::modes::Grant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Files of signatures begin and end so.
const FILE: (&str, &str) = ("signature-", ".json");
/// What a signature of this form is for: no other thing that the key signs can be taken for it.
const CONTEXT: &str = "apothecary release 1";
/// Every topic, records and what has no page included.
const ALL: &str = "all";

/// What goes live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Languages.
    pub languages: BTreeSet<Lang>,
    /// Ids of pages, or `all` alone.
    pub topics: BTreeSet<String>,
}

impl Reach {
    /// `all`, or ids of pages with commas between, and languages likewise.
    ///
    /// # Errors
    /// What is no such list.
    pub fn parse(topics: &str, languages: &str) -> Result<Self, String> {
        let parts =
            |list: &str| list.split(',').map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect::<Vec<_>>();
        let languages = parts(languages).iter().map(|l| l.parse()).collect::<Result<BTreeSet<Lang>, _>>()?;
        let reach = Self { languages, topics: parts(topics).into_iter().collect() };
        reach.check().map(|()| reach)
    }

    fn check(&self) -> Result<(), String> {
        if self.topics.is_empty() || self.languages.is_empty() {
            return Err("it names no topic or no language; write --live all or --live DL1,RF1, and --lang en".into());
        }
        if self.topics.contains(ALL) && self.topics.len() > 1 {
            return Err("`all` holds every topic; name nothing beside it".into());
        }
        let wrong = self.topics.iter().find(|t| t.is_empty() || !t.bytes().all(|b| b.is_ascii_alphanumeric()));
        if let Some(wrong) = wrong {
            return Err(format!("`{wrong}` is no topic: the id of a page such as DL1, or all"));
        }
        let foreign = self.languages.iter().find(|l| !l.supported());
        foreign.map_or(Ok(()), |l| Err(format!("`{l}`: the assistant answers in en and es only")))
    }

    /// The topics that it names one by one.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().map(String::as_str).filter(|t| *t != ALL)
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
        let languages: Vec<String> = self.languages.iter().map(ToString::to_string).collect();
        write!(f, "{} in {}", topics.join(", "), languages.join(", "))
    }
}

/// What a signer says. In order of name, as the file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Digest of the release.
    pub digest: String,
    /// Number of the signer's licence.
    pub licence: String,
    /// What goes live.
    pub live: Reach,
    /// Who signs.
    pub name: String,
    /// Who has read the fixed texts, by language.
    pub read: BTreeMap<Lang, String>,
    /// The state that gave the licence, two letters.
    pub state: String,
    /// When.
    pub time: Timestamp,
}

impl Statement {
    /// That each field says something on one line.
    ///
    /// # Errors
    /// The field, and what to write.
    pub fn check(&self) -> Result<(), String> {
        let written = [("--name", &self.name), ("--licence", &self.licence)];
        let read = self.read.values().map(|name| ("--read", name));
        for (option, text) in written.into_iter().chain(read) {
            if text.trim().is_empty() || text.chars().any(char::is_control) {
                return Err(format!("{option} is empty or holds a line break; write one line"));
            }
        }
        if self.state.len() != 2 || !self.state.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(format!("--state `{}` is not two capital letters such as ME", self.state));
        }
        self.live.check()
    }

    /// What it lets the assistant answer by itself.
    pub(super) fn grant(&self) -> Grant {
        let all = self.live.topics.contains(ALL);
        Grant { topics: (!all).then(|| self.live.topics.clone()), langs: self.live.languages.clone() }
    }
}

/// A statement, signed. In order of name, as the file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Who signed.
    pub key: PublicKey,
    /// 64 bytes, hex.
    pub signature: String,
    /// What was signed.
    pub statement: Statement,
}

/// Whether a file of a release is a signature's.
pub(super) fn is_signature(file: &str) -> bool {
    file.starts_with(FILE.0) && file.ends_with(FILE.1) && !file.contains('/')
}

impl Signature {
    pub(super) fn new(key: &PrivateKey, statement: Statement) -> Self {
        let signature = hex::encode(key.sign(&message(key.public(), &statement)));
        Self { key: key.public(), signature, statement }
    }

    /// The file.
    pub(super) fn text(&self) -> String {
        canonical(self)
    }
    /// Its name, the `n`th of this key.
    pub(super) fn file(&self, n: usize) -> String {
        format!("{}{}-{n}{}", FILE.0, self.key.short(), FILE.1)
    }

    /// A signature that holds for the release of that digest.
    pub(super) fn parse(file: &str, bytes: &[u8], digest: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_slice(bytes).map_err(|e| format!("{file} does not read: {e}"))?;
        if read.text().as_bytes() != bytes {
            return Err(format!("{file} is not as this program writes it"));
        }
        let wrong = |why: String| format!("{file} was changed: {why}");
        read.statement.check().map_err(wrong)?;
        let signature = hex::decode(&read.signature).map_err(|e| wrong(e.to_string()))?;
        if hex::encode(&signature) != read.signature {
            return Err(wrong("its signature is spelled otherwise".into()));
        }
        read.key.verify(&message(read.key, &read.statement), &signature).map_err(wrong)?;
        if read.statement.digest != digest {
            return Err(format!("{file} signs another release, {}", read.statement.digest));
        }
        Ok(read)
    }
}

/// The bytes that are signed.
fn message(key: PublicKey, statement: &Statement) -> Vec<u8> {
    format!("{CONTEXT}\n{key}\n{}", canonical(statement)).into_bytes()
}
