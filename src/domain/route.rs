//! Where a message goes: routes, priorities, queues and the reasons of a hand-over.
//! Which label leads where is decided in `guard::input` from `guardrails/guards.toml`.

use serde::{Deserialize, Serialize};

/// What the customer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Emergency text and a pharmacist at once.
    Emergency,
    /// Crisis text and a pharmacist at once.
    Crisis,
    /// A pharmacist.
    Pharmacist,
    /// Customer care.
    Human,
    /// Sign-in needed or another's data.
    Privacy,
    /// Not here.
    Refuse,
    /// One question back.
    Clarify,
    /// An answer.
    Answer,
}

impl Route {
    /// The word in predictions and metrics.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Route::Emergency => "emergency",
            Route::Crisis => "crisis",
            Route::Pharmacist => "pharmacist",
            Route::Human => "human",
            Route::Privacy => "privacy",
            Route::Refuse => "refuse",
            Route::Clarify => "clarify",
            Route::Answer => "answer",
        }
    }
}

/// P0 is the most urgent; ordering follows urgency (`P0 < P1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Priority {
    /// Pharmacist within two minutes, day and night.
    P0,
    /// Ten minutes, day and night.
    P1,
    /// One business hour.
    P2,
    /// Four business hours.
    P3,
    /// One business day.
    P4,
}

/// Which team a ticket waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// Pharmacists.
    Clinical,
    /// Customer care and billing.
    Service,
    /// Privacy officer.
    Privacy,
    /// Emergencies and crises.
    Safety,
}

/// Why a ticket exists, in the words of predictions: `R1`…`R15` or one of the fixed words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A risk class.
    Risk(super::labels::Risk),
    /// The guards were unsure.
    Unsure,
    /// The customer asked for a person.
    Asked,
    /// A language that nobody reviewed answers in.
    Language,
    /// Nothing relevant was found.
    NoEvidence,
    /// Sources disagree.
    Conflict,
    /// A record is older than its limit.
    Stale,
    /// The state of the order demands a person.
    State,
    /// No draft passed the output guard.
    OutputRule,
    /// The assistant may not answer this by itself, or is stopped.
    Mode,
    /// A guard, the store or the model failed.
    Fault,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::Risk(r) => write!(f, "{r}"),
            Reason::Unsure => f.write_str("unsure"),
            Reason::Asked => f.write_str("asked"),
            Reason::Language => f.write_str("language"),
            Reason::NoEvidence => f.write_str("no_evidence"),
            Reason::Conflict => f.write_str("conflict"),
            Reason::Stale => f.write_str("stale"),
            Reason::State => f.write_str("state"),
            Reason::OutputRule => f.write_str("output_rule"),
            Reason::Mode => f.write_str("mode"),
            Reason::Fault => f.write_str("fault"),
        }
    }
}

impl std::str::FromStr for Reason {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        const WORDS: [Reason; 10] = [
            Reason::Unsure,
            Reason::Asked,
            Reason::Language,
            Reason::NoEvidence,
            Reason::Conflict,
            Reason::Stale,
            Reason::State,
            Reason::OutputRule,
            Reason::Mode,
            Reason::Fault,
        ];
        if let Ok(risk) = s.parse() {
            return Ok(Reason::Risk(risk));
        }
        WORDS.into_iter().find(|r| r.to_string() == s).ok_or_else(|| format!("unknown reason `{s}`"))
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
