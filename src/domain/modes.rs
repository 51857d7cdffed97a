//! How far the assistant may answer by itself, and what such a rule is about. Which rules hold is `policy::modes`'s and, for what was
//! stopped while the server runs, the store's.

use super::labels::Intent;
use super::lang::Lang;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// From the freest to the strictest: of several rules the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It answers.
    #[default]
    Live,
    /// It drafts; a licensed person reads, edits and sends.
    Suggest,
    /// A fixed text and a case for a person.
    Off,
}

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything that is not a fixed text of the guards.
    All,
    /// Answers from one page (`DL5`).
    Topic(String),
    /// One intent (`I14`).
    Intent(Intent),
    /// One language.
    Lang(Lang),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::All => f.write_str("all"),
            Scope::Topic(id) => write!(f, "topic:{id}"),
            Scope::Intent(intent) => write!(f, "intent:{intent}"),
            Scope::Lang(lang) => write!(f, "lang:{lang}"),
        }
    }
}

impl FromStr for Scope {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        match s.split_once(':') {
            None if s == "all" => Ok(Scope::All),
            Some(("topic", id)) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                Ok(Scope::Topic(id.to_owned()))
            }
            Some(("intent", id)) => id.parse().map(Scope::Intent).map_err(|_| format!("there is no intent `{id}`")),
            Some(("lang", id)) => match id.parse::<Lang>() {
                Ok(lang) if lang.supported() => Ok(Scope::Lang(lang)),
                Ok(_) | Err(_) => Err(format!("`{id}`: the assistant answers in en and es only")),
            },
            _ => Err(format!("`{s}` is none of all, topic:ID, intent:ID, lang:ID")),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reads_back_as_it_was_written() {
        for word in ["all", "topic:DL5", "intent:I14", "lang:es"] {
            assert_eq!(word.parse::<Scope>().unwrap().to_string(), word);
        }
        for wrong in ["", "topic:", "topic:../x", "intent:I99", "lang:fr", "everything", "all:x"] {
            assert!(wrong.parse::<Scope>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_stricter_mode_is_the_greater() {
        assert!(Mode::Live < Mode::Suggest && Mode::Suggest < Mode::Off);
    }
}
