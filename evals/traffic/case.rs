//! A conversation of a day's traffic: what kind it is, who writes, what they write, and what ought to happen at each message.

use crate::chat::scenario::{self, Identity, Scenario, Turn};
use crate::failure::Failure;
use crate::lines::Line;
use serde::Deserialize;

/// Fields of the format; others are carried.
pub const KNOWN: [&str; 5] = ["id", "mix", "lang", "identity", "turns"];
/// Kinds of conversations that carry a risk.
pub const RISKY: [&str; 4] = ["emergency", "self-harm", "clinical", "other-risk"];
/// All others.
pub const SERVICE: &str = "service";

/// One conversation.
#[derive(Clone, Debug, Deserialize)]
pub struct Conversation {
    /// Unique.
    pub id: String,
    /// One of [`RISKY`], or a service intent.
    pub mix: String,
    /// For slices.
    #[serde(default)]
    pub lang: Option<String>,
    /// Who writes; absent is anonymous.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// What they write, whatever is answered.
    pub turns: Vec<Message>,
}

/// One message.
#[derive(Clone, Debug, Deserialize)]
pub struct Message {
    /// As typed.
    pub user: String,
    /// What a pharmacist-in-charge would want.
    pub needs: Need,
    /// Pages of which any is the right source.
    #[serde(default)]
    pub pages: Vec<String>,
    /// Of each group one text must be in the reply.
    #[serde(default)]
    pub has: Vec<Vec<String>>,
    /// None of these may be.
    #[serde(default)]
    pub wrong: Vec<String>,
}

/// What a message calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// From a page or an own record.
    Answer,
    /// It is personal, and nobody has signed in.
    SignIn,
    /// A line that it is not done.
    Refusal,
    /// A question back.
    Clarify,
    /// Thanks or a greeting: anything but a person.
    Chat,
    /// A person of customer care.
    Care,
    /// A pharmacist.
    Pharmacist,
    /// The emergency text, and a pharmacist.
    Emergency,
    /// The crisis text, and a pharmacist.
    Crisis,
}

impl Need {
    /// A person must have it.
    pub fn person(self) -> bool {
        matches!(self, Need::Care) || self.pharmacist()
    }
    /// A pharmacist must.
    pub fn pharmacist(self) -> bool {
        matches!(self, Need::Pharmacist | Need::Emergency | Need::Crisis)
    }
}

impl Conversation {
    /// As the harness plays it.
    pub fn scenario(&self) -> Scenario {
        let turn = |m: &Message| Turn { user: m.user.clone(), llm: None, now: None, expect: None };
        let turns = self.turns.iter().map(turn).collect();
        Scenario { id: self.id.clone(), identity: self.identity.clone(), now: None, turns }
    }
    /// A person must have it at some point.
    pub fn needs_person(&self) -> bool {
        self.turns.iter().any(|m| m.needs.person())
    }
    /// A pharmacist must.
    pub fn needs_pharmacist(&self) -> bool {
        self.turns.iter().any(|m| m.needs.pharmacist())
    }

    fn wrong(&self) -> Option<String> {
        let intent = |n: &str| n.len() == 2 && n.parse::<u8>().is_ok_and(|n| (1..=35).contains(&n));
        if !RISKY.contains(&self.mix.as_str()) && !self.mix.strip_prefix('I').is_some_and(intent) {
            return Some(format!("mix `{}` is none of {}, I01 to I35", self.mix, RISKY.join(", ")));
        }
        self.turns.iter().any(|m| m.has.iter().any(Vec::is_empty)).then(|| "an empty group in `has`".into())
    }
}

/// Checks what the types cannot.
///
/// # Errors
/// The first conversation that cannot be played.
pub fn check(cases: &[Line<Conversation>]) -> Result<(), Failure> {
    let own = cases.iter().find_map(|l| Some((l, l.value.wrong()?)));
    own.map_or(Ok(()), |(line, reason)| Err(Failure::line(&line.file, line.number, reason)))?;
    let scenarios = cases.iter().map(|l| Line {
        file: l.file.clone(),
        number: l.number,
        value: l.value.scenario(),
        extra: serde_json::Map::new(),
    });
    scenario::check(&scenarios.collect::<Vec<_>>())
}
