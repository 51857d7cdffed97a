//! Drafters: `facts` words typed records, `extractive` takes sentences of vetted pages, `openai` asks a language model.
//! All take `&Vetted` and yield an untrusted `Draft`; none of them can release anything.

pub mod extractive;
pub mod facts;
pub mod openai;

use crate::guard::context::Vetted;
use crate::guard::output::Draft;
use crate::wording::Wording;

/// The draft without a language model: records first, then pages; both joined where both were vetted.
#[must_use]
pub fn local(vetted: &Vetted, wording: &Wording) -> Draft {
    let pages = extractive::draft(vetted);
    if vetted.facts().is_empty() {
        return pages;
    }
    let facts = facts::draft(vetted, wording);
    if vetted.passages().is_empty() { facts } else { facts.followed_by(pages) }
}
