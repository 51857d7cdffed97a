//! Answers from the sentences of the best vetted section: its first sentence answers the section's question, and conditions stand
//! right behind it. Adds nothing of its own.

use crate::guard::context::Vetted;
use crate::guard::output::{Draft, Drafter};

/// Words that an extract may have; a fact in front of it leaves less room (OR-24: 120 in all).
const WORDS: usize = 75;

/// Sentences of the best section, in order, as many as fit.
#[must_use]
pub fn draft(vetted: &Vetted) -> Draft {
    let Some(best) = vetted.passages().first() else { return Draft::new(Drafter::Extractive, Vec::new()) };
    let room = if vetted.facts().is_empty() { WORDS } else { WORDS / 2 };
    let mut used = 0;
    let mut sentences = Vec::new();
    for sentence in &best.sentences {
        used += sentence.split_whitespace().count();
        if used > room && !sentences.is_empty() {
            break;
        }
        sentences.push((sentence.clone(), vec![best.meta.id.0.clone()]));
    }
    Draft::new(Drafter::Extractive, sentences)
}
