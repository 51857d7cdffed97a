//! `phrases.toml`: the words in which facts are told and answers are framed, English and Spanish.

use crate::domain::lang::Lang;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrase {
    en: String,
    es: String,
}

/// All phrases by id.
#[derive(Debug, Clone)]
pub struct Phrases(BTreeMap<String, Phrase>);

impl Phrases {
    /// # Errors
    /// The place and reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map(Self).map_err(|e| e.to_string())
    }
    /// The phrase with its slots filled; an unknown id yields an empty text, which the output guard refuses.
    #[must_use]
    pub fn say(&self, id: &str, lang: Lang, slots: &[(&str, &str)]) -> String {
        let Some(phrase) = self.0.get(id) else { return String::new() };
        let text = lang.pick(phrase.en.as_str(), phrase.es.as_str()).to_owned();
        slots.iter().fold(text, |t, (slot, value)| t.replace(&format!("{{{slot}}}"), value))
    }
}
