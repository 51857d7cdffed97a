//! The parts of a message as they are laid out, stored and sent. A block proves nothing: only `guard::output::Released` does.

use serde::{Deserialize, Serialize};

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
    /// Order or price facts as rows.
    Card,
    /// Verified label words, verbatim.
    Label,
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
}

impl Block {
    /// The words with the rows under them, one a line.
    #[must_use]
    pub fn words(&self) -> String {
        let rows = self.rows.iter().map(|(k, v)| format!("{k}: {v}"));
        std::iter::once(self.text.clone()).chain(rows).filter(|s| !s.is_empty()).collect::<Vec<_>>().join("\n")
    }
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
