//! A scenario of `evals chat`: who writes, when, what, and what is expected.

use super::expect::Expect;
use crate::failure::Failure;
use crate::lines::Line;
use apothecary::domain::facts::Payer;
use apothecary::guard::rules::case::NOW;
use jiff::Timestamp;
use serde::Deserialize;

/// Fields of the format; others are carried.
pub const KNOWN: [&str; 4] = ["id", "identity", "now", "turns"];

/// One conversation.
#[derive(Clone, Debug, Deserialize)]
pub struct Scenario {
    /// Unique.
    pub id: String,
    /// Who writes; absent is anonymous.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// The clock at the start.
    #[serde(default)]
    pub now: Option<Timestamp>,
    /// What is said, in order.
    pub turns: Vec<Turn>,
}

/// Who writes.
#[derive(Clone, Debug, Deserialize)]
pub struct Identity {
    /// L0 to L3, or LC.
    pub level: Level,
    /// `Patient.id`.
    #[serde(default)]
    pub patient: Option<String>,
    /// The helper's `Patient.id`.
    #[serde(default)]
    pub caregiver: Option<String>,
    /// State, for L0 only.
    #[serde(default)]
    pub region: Option<String>,
    /// Payer class, for L0 only.
    #[serde(default)]
    pub payer: Option<Payer>,
}

/// Level of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Level {
    /// Anonymous.
    L0,
    /// Signed in, long ago.
    L1,
    /// Verified.
    L2,
    /// Verified, stepped up.
    L3,
    /// A caregiver.
    LC,
}

/// One message.
#[derive(Clone, Debug, Deserialize)]
pub struct Turn {
    /// As typed.
    pub user: String,
    /// What the language model answers.
    #[serde(default)]
    pub llm: Option<Scripted>,
    /// The clock, from this turn on.
    #[serde(default)]
    pub now: Option<Timestamp>,
    /// What must come.
    #[serde(default)]
    pub expect: Option<Expect>,
}

/// One text, or one text a call of which the last repeats.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Scripted {
    /// The same text on every call.
    One(String),
    /// One a call.
    Many(Vec<String>),
    /// The harness itself plays the server.
    #[serde(skip)]
    Played,
}

impl Scripted {
    /// The texts in order, where the case scripts them.
    pub fn texts(&self) -> Option<Vec<String>> {
        match self {
            Scripted::One(text) => Some(vec![text.clone()]),
            Scripted::Many(texts) => Some(texts.clone()),
            Scripted::Played => None,
        }
    }
}

impl Identity {
    /// Records may be shown to them.
    pub fn verified(&self) -> bool {
        matches!(self.level, Level::L2 | Level::L3 | Level::LC)
    }
}

impl Scenario {
    /// The clock at each turn.
    pub fn times(&self) -> Result<Vec<Timestamp>, String> {
        let reference: Timestamp = NOW.parse().map_err(|e| format!("the reference time: {e}"))?;
        let mut at = self.now.unwrap_or(reference);
        let mut out = Vec::with_capacity(self.turns.len());
        for (n, turn) in self.turns.iter().enumerate() {
            let next = turn.now.unwrap_or(at);
            if next < at {
                return Err(format!("turn {n}: now {next} is earlier than {at}"));
            }
            at = next;
            out.push(at);
        }
        Ok(out)
    }

    fn wrong(&self) -> Option<String> {
        let identity = self.identity.as_ref();
        let signed = identity.is_some_and(Identity::verified);
        if self.turns.is_empty() {
            return Some("turns is empty".into());
        }
        if signed && identity.is_some_and(|i| i.patient.is_none()) {
            return Some("identity.patient is missing: levels L2, L3 and LC need one".into());
        }
        if identity.is_some_and(|i| i.level == Level::LC && i.caregiver.is_none()) {
            return Some("identity.caregiver is missing: level LC needs one".into());
        }
        if self.turns.iter().any(|t| matches!(&t.llm, Some(Scripted::Many(m)) if m.is_empty())) {
            return Some("llm is an empty list; leave it out or give at least one text".into());
        }
        self.times().err()
    }
}

/// Checks what the types cannot.
///
/// # Errors
/// The first scenario that cannot be played.
pub fn check(lines: &[Line<Scenario>]) -> Result<(), Failure> {
    let wrong = lines.iter().find_map(|l| Some((l, l.value.wrong()?)));
    wrong.map_or(Ok(()), |(line, reason)| Err(Failure::line(&line.file, line.number, reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(text: &str) -> Scenario {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn time_never_runs_backwards_and_signed_people_have_a_name() {
        let back = scenario(
            r#"{"id":"a","turns":[{"user":"x","now":"2026-11-21T00:00:00Z"},{"user":"y","now":"2026-11-20T00:00:00Z"}]}"#,
        );
        assert!(back.wrong().unwrap().contains("turn 1"));
        assert!(scenario(r#"{"id":"a","identity":{"level":"L2"},"turns":[{"user":"x"}]}"#).wrong().is_some());
        assert!(scenario(r#"{"id":"a","turns":[{"user":"x","llm":["a","b"]}]}"#).wrong().is_none());
    }
}
