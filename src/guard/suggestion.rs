//! What would have been sent, for staff to read, edit and send under their own name. It is made by giving a `Released` up: what has
//! become a suggestion can no longer be sent.

use super::output::Released;
use crate::domain::blocks::{Block, BlockKind};
use serde::Serialize;

/// A judged answer that only staff see.
#[derive(Debug, Serialize)]
pub struct Suggestion {
    text: String,
    sources: Vec<String>,
    cites: Vec<String>,
    origin: String,
}

impl Suggestion {
    /// The answer's words apart from its source lines; the way to a person is left out, for a person sends it.
    #[must_use]
    pub fn of(released: Released) -> Self {
        let of = |kinds: &[BlockKind]| -> Vec<String> {
            let blocks = released.blocks().iter().filter(|b| kinds.contains(&b.kind));
            blocks.map(Block::words).filter(|w| !w.is_empty()).collect()
        };
        Self {
            text: of(&[BlockKind::Answer, BlockKind::AsOf, BlockKind::NextStep]).join("\n"),
            sources: of(&[BlockKind::Source]),
            cites: released.pages().into_iter().chain(released.records()).collect(),
            origin: released.origin().to_owned(),
        }
    }
    /// The stored form.
    #[must_use]
    pub fn into_value(self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
