//! `replies.toml`: prepared replies that staff send as they are, technicians too, or edit. They hold no clinical advice and promise
//! nothing that a person did not decide.

use crate::domain::lang::Lang;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One prepared reply.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Key.
    pub id: String,
    /// What staff choose it by.
    pub title: String,
    /// English.
    pub en: String,
    /// Spanish.
    pub es: String,
}

impl Reply {
    /// The words in the customer's language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(self.en.as_str(), self.es.as_str())
    }
}

/// All prepared replies, in the order of the file.
#[derive(Debug, Clone)]
pub struct Replies(Vec<Reply>);

impl Replies {
    /// # Errors
    /// The place and reason: an id twice, a text that is empty.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            reply: Vec<Reply>,
        }
        let all = toml::from_str::<File>(text).map_err(|e| e.to_string())?.reply;
        let mut seen = BTreeSet::new();
        for reply in &all {
            if !seen.insert(reply.id.as_str()) {
                return Err(format!("the reply `{}` stands twice", reply.id));
            }
            if [&reply.title, &reply.en, &reply.es].iter().any(|t| t.trim().is_empty()) {
                return Err(format!("the reply `{}` lacks a title or a text", reply.id));
            }
        }
        Ok(Self(all))
    }
    /// In the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Reply] {
        &self.0
    }
    /// By key.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Reply> {
        self.0.iter().find(|r| r.id == id)
    }
}
