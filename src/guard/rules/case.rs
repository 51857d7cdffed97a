//! A case of `evals drafts` and its way into a [`Context`]. Used by the harness and by the tests beside the rules.

use super::{Context, Finder, Source, SourceKind, drugs, language};
use crate::domain::facts::Payer;
use crate::domain::lang::Lang;
use crate::policy::guards::Level;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::ops::Range;

/// One line of a case file. Unknown fields are carried.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DraftCase {
    /// Unique.
    pub id: String,
    /// The customer's message.
    pub question: String,
    /// What the draft may use.
    pub context: Vec<CaseSource>,
    /// The language model's raw text.
    pub draft: String,
    /// Label: may be released word for word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// Label: the broken rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<Vec<String>>,
    /// The present; absent: the reference time of the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// Language of the answer; absent: that of the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
    /// Absent: L2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Who asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// Two-letter state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Payer code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    /// Earlier turns: strings (answers) or `{"role","text"}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Turn>,
    /// Fields that this code does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One earlier turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Turn {
    /// An earlier answer.
    Answer(String),
    /// Who said what.
    Said {
        /// `user`, `assistant` or `agent`.
        role: String,
        /// The words.
        text: String,
    },
}

/// One object of `context`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseSource {
    /// Citation id.
    pub id: String,
    /// What it is.
    pub kind: SourceKind,
    /// Its words.
    pub text: String,
    /// First day in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<String>,
    /// When it last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// The patient to whom it belongs; absent: who asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Fields that this code does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What a case says, parsed; lends itself as a [`Context`].
#[derive(Clone, Debug)]
pub struct Setting {
    question: String,
    /// The context objects as sources, in the same order.
    pub sources: Vec<Source>,
    /// Language of the answer.
    pub lang: Lang,
    /// Level of the person who asks.
    pub level: Level,
    region: Option<String>,
    payer: Option<Payer>,
    /// The present.
    pub now: Timestamp,
    zone: TimeZone,
    history: Vec<String>,
    species: Option<String>,
    named: Vec<String>,
}

/// The sample's reference time, for cases without `now`.
pub const NOW: &str = "2026-11-20T15:12:00-06:00";

impl DraftCase {
    /// Parses times, level, payer and region.
    ///
    /// # Errors
    /// Which field is wrong and what it may be.
    pub fn setting(&self) -> Result<Setting, String> {
        let now = self.now.as_deref().unwrap_or(NOW);
        let caregiver_or = |l: &str| matches!(l, "LC").then_some(Level::L2);
        let level = match self.level.as_deref().unwrap_or("L2") {
            "L0" => Level::L0,
            "L1" => Level::L1,
            "L2" => Level::L2,
            "L3" => Level::L3,
            other => caregiver_or(other).ok_or_else(|| format!("level `{other}`: expected L0, L1, L2, L3 or LC"))?,
        };
        let sources: Vec<Source> = self.context.iter().map(|s| self.source(s)).collect();
        let own = || sources.iter().filter(|s| !s.foreign);
        Ok(Setting {
            question: self.question.clone(),
            lang: self.lang.unwrap_or_else(|| language::guess(&self.question)),
            level,
            region: self.region.clone(),
            payer: self.payer.as_deref().map(str::parse).transpose()?,
            now: now.parse().map_err(|e| format!("now `{now}`: {e}"))?,
            zone: zone_of(self.region.as_deref()),
            history: self.history.iter().filter_map(Turn::answer).collect(),
            species: own().filter(|s| s.kind.personal()).find_map(|s| super::pets::species_in(&s.text)),
            named: sources.iter().flat_map(|s| drugs::named_with_strength(&s.text)).collect(),
            sources,
        })
    }

    fn source(&self, s: &CaseSource) -> Source {
        Source {
            id: s.id.clone(),
            kind: s.kind,
            text: s.text.clone(),
            effective: s.effective.clone(),
            as_of: s.as_of.clone(),
            foreign: s.owner.is_some() && s.owner != self.patient,
        }
    }
}

impl Turn {
    fn answer(&self) -> Option<String> {
        match self {
            Turn::Answer(text) => Some(text.clone()),
            Turn::Said { role, text } if role == "assistant" || role == "agent" => Some(text.clone()),
            Turn::Said { .. } => None,
        }
    }
}

impl Setting {
    /// Lends the context; `drugs` finds the product's formulary, the drugs named in the sources are added.
    pub fn with<R>(&self, drugs: &Finder<'_>, f: impl FnOnce(&Context<'_>) -> R) -> R {
        let both = |text: &str| -> Vec<(String, Range<usize>)> {
            let mut found = drugs(text);
            found.extend(drugs::find_names(text, &self.named));
            found
        };
        f(&Context {
            question: &self.question,
            sources: &self.sources,
            lang: self.lang,
            level: self.level,
            caregiver: false,
            region: self.region.as_deref(),
            payer: self.payer,
            now: self.now,
            zone: &self.zone,
            drugs: &both,
            patient_names: &[],
            private: &[],
            history: &self.history,
            links: &[],
            human_reviewed: true,
            species: self.species.as_deref(),
        })
    }
}

/// The zone in which most of a state lives; the pharmacy's for an unknown one.
#[must_use]
pub fn zone_of(region: Option<&str>) -> TimeZone {
    let name = match region.unwrap_or_default() {
        "CA" | "WA" | "OR" | "NV" => "America/Los_Angeles",
        "AZ" => "America/Phoenix",
        "CO" | "UT" | "NM" | "MT" | "WY" | "ID" => "America/Denver",
        "AK" => "America/Anchorage",
        "HI" => "Pacific/Honolulu",
        "PR" => "America/Puerto_Rico",
        "NY" | "NJ" | "PA" | "MA" | "CT" | "RI" | "NH" | "VT" | "ME" | "MD" | "DE" | "DC" | "VA" | "WV" | "NC"
        | "SC" | "GA" | "FL" | "OH" | "MI" | "IN" | "KY" => "America/New_York",
        _ => "America/Chicago",
    };
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
#[path = "case_tests.rs"]
pub mod tests;
