//! What a draft is checked against: the vetted sections and records as sources of the output rules.

use super::context::Vetted;
use super::rules::{Source, SourceKind};
use crate::domain::evidence::Fact;
use crate::wording::FactWords;

/// What the rules check a draft against: every vetted section and every line that a fact may be told in.
#[must_use]
pub fn of(vetted: &Vetted, words: &[FactWords]) -> Vec<Source> {
    let pages = vetted.passages().iter().map(|p| Source {
        id: p.meta.id.0.clone(),
        kind: SourceKind::Policy,
        text: format!("{} {}", ended(&p.heading), p.text()),
        effective: Some(p.meta.effective_from.clone()),
        as_of: None,
        foreign: false,
    });
    let facts = vetted.facts().iter().zip(words).map(|(f, w)| Source {
        id: f.fact.source(),
        kind: match f.fact {
            Fact::Order { .. } | Fact::Prescription(_) => SourceKind::Order,
            Fact::Price(_) => SourceKind::Price,
            Fact::Stock(_) => SourceKind::Stock,
        },
        text: w.all(),
        effective: None,
        as_of: Some(f.fact.as_of().to_string()),
        foreign: false,
    });
    pages.chain(facts).collect()
}

/// A heading as a sentence of its own: what follows it begins one, too.
fn ended(heading: &str) -> String {
    let heading = heading.trim();
    if heading.ends_with(['.', '!', '?', ':']) { heading.to_owned() } else { format!("{heading}.") }
}

#[cfg(test)]
mod tests {
    use super::ended;

    #[test]
    fn a_heading_ends_as_a_sentence() {
        assert_eq!(["Delivery times ", "When does it come?"].map(ended), ["Delivery times.", "When does it come?"]);
    }
}
