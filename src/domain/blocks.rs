//! The parts of a message as they are laid out, stored and sent. A block proves nothing: only `guard::output::Released` does.

use super::card::{Act, Card, PassageRef};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a block is, for layout and screen readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// The direct answer.
    Answer,
    /// As-of or freshness line.
    AsOf,
    /// What to do next.
    NextStep,
    /// Source line.
    Source,
    /// Way to a person.
    Person,
    /// A fixed text.
    Fixed,
    /// A fixed text of life and death.
    Emergency,
    /// A person's own words.
    Staff,
    /// An order or a price at a glance; the answer's words say the same.
    Card,
    /// Verified label words, verbatim.
    Label,
    /// Questions to choose from, one a line; each is said in the customer's place when it is chosen.
    Choices,
    /// What the customer wrote (history only).
    Customer,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// The words; `**strong**` marks occur in fixed texts only.
    pub text: String,
    /// Ids of fixed texts, cited pages or records.
    #[serde(default)]
    pub cites: Vec<String>,
    /// Label and value pairs of a card.
    #[serde(default)]
    pub rows: Vec<(String, String)>,
    /// The rest of a card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// Where the passage behind a source line is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<PassageRef>,
    /// What can be done right here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<Act>,
}

impl Block {
    /// Words alone, with the ids that they cite.
    #[must_use]
    pub fn new(kind: BlockKind, text: String, cites: Vec<String>) -> Self {
        Self { kind, text, cites, rows: Vec::new(), card: None, passage: None, acts: Vec::new() }
    }
    /// The words with the rows under them, one a line.
    #[must_use]
    pub fn words(&self) -> String {
        let rows = self.rows.iter().map(|(k, v)| format!("{k}: {v}"));
        std::iter::once(self.text.clone()).chain(rows).filter(|s| !s.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// The words of a stored message, of a customer (`{"text": …}`) or of a reply (`{"blocks": […]}`), one block a line. A card says nothing
/// that the words do not say, and is left out.
#[must_use]
pub fn told(body: &Value) -> String {
    let blocks = body.get("blocks").and_then(Value::as_array).into_iter().flatten();
    let blocks = blocks.filter(|b| b.get("kind").and_then(Value::as_str) != Some("card"));
    let lines = blocks.filter_map(|b| b.get("text")).chain(body.get("text"));
    lines.filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The customer.
    Customer,
    /// The assistant.
    Assistant,
    /// A person of the pharmacy.
    Pharmacist,
    /// The system.
    System,
}
