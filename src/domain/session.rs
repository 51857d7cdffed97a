//! What a conversation remembers between turns: fading risks, how often it was asked back, and what was last talked about.
//! Saved as JSON with the conversation; holds no message text.

use super::labels::{Intent, RISKS, Risk};
use super::lang::Lang;
use serde::{Deserialize, Serialize};

/// Memory of one conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// Highest calibrated probability of each class so far, faded; never reset inside a conversation.
    pub risks: [f32; RISKS],
    /// Clarifying questions asked in a row.
    pub clarified: u8,
    /// Failed turns in a row (no evidence, refusals): the third offers a person.
    pub failed: u8,
    /// Abusive turns so far.
    pub abused: u8,
    /// Messages that tried to manipulate so far.
    pub injected: u8,
    /// Language of the conversation, once sure.
    pub lang: Option<Lang>,
    /// The last answered intent.
    pub intent: Option<Intent>,
    /// Sources of the last answer (`order:70-00123`, `DL1`): follow-ups resolve against them.
    pub subjects: Vec<String>,
    /// Earlier subjects, most recent first, for "the other one".
    pub earlier: Vec<String>,
}

impl Session {
    /// Fades the memory by `decay` and raises it to this turn's values.
    pub fn remember(&mut self, risks: &[f32; RISKS], decay: f32) {
        for (memory, now) in self.risks.iter_mut().zip(risks) {
            *memory = (*memory * decay).max(*now);
        }
    }
    /// Memory of one class.
    #[must_use]
    pub fn risk(&self, risk: Risk) -> f32 {
        self.risks.get(risk.index()).copied().unwrap_or(0.0)
    }
    /// Puts new subjects in front.
    pub fn speak_of(&mut self, subjects: Vec<String>) {
        if subjects.is_empty() {
            return;
        }
        let mut earlier: Vec<String> =
            self.subjects.iter().chain(&self.earlier).filter(|s| !subjects.contains(s)).cloned().collect();
        earlier.truncate(8);
        self.earlier = earlier;
        self.subjects = subjects;
    }
}
