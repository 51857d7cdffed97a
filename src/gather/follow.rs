//! The text by which pages are searched: what is written now, and before it the message that it leans on ("and to Alaska?", "how much is
//! that?", "I meant the other one"). Word lists (`guardrails/subjects.toml`) and counts; no language model.

use crate::policy::subjects::subjects;
use std::borrow::Cow;

/// A message with so few words of its own has no subject.
const NO_SUBJECT: usize = 1;
/// So many beside a pronoun may still need what it stands for.
const POINTING: usize = 3;
/// So many behind "and", "what about" or "I meant".
const GOING_ON: usize = 4;

/// `text`, behind `before` when it leans on that.
#[must_use]
pub fn query<'t>(text: &'t str, before: Option<&str>) -> Cow<'t, str> {
    match before.filter(|_| leans(text)) {
        Some(before) => format!("{before} {text}").into(),
        None => text.into(),
    }
}

/// Whether a message is understood only with the one before it.
pub(super) fn leans(text: &str) -> bool {
    let (lower, lists) = (text.to_lowercase(), subjects());
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let own = words.filter(|w| !lists.filler.contains(*w)).count();
    own <= NO_SUBJECT
        || (own <= POINTING && lists.pronoun.is_match(&lower))
        || (own <= GOING_ON && lists.goes_on.is_match(&lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leans_is_searched_with_what_was_written_before() {
        let before = "how long does shipping take";
        for text in [
            "and to Alaska?",
            "how much is it?",
            "what about weekends",
            "I meant the express one",
            "y a Alaska?",
            "¿cuánto cuesta eso?",
        ] {
            assert_eq!(query(text, Some(before)), format!("{before} {text}"));
            assert_eq!(query(text, None), text);
        }
        for text in [
            "Do you take my Aetna insurance card?",
            "how do I move a prescription from another pharmacy to you?",
            "¿aceptan tarjetas de crédito o débito?",
            "it says my refill was declined by the insurance plan",
        ] {
            assert_eq!(query(text, Some(before)), text);
        }
    }
}
