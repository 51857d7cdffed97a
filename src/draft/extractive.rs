//! Answers from the sentences of the best vetted section: the one that answers stands first, and the others, conditions among them,
//! right behind it in the page's order. Adds nothing of its own.

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
    for sentence in best.lead_first() {
        used += sentence.split_whitespace().count();
        if used > room && !sentences.is_empty() {
            break;
        }
        sentences.push((sentence.to_owned(), vec![best.meta.id.0.clone()]));
    }
    Draft::new(Drafter::Extractive, sentences)
}
