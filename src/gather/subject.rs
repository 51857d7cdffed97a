//! What a message is about, as far as words tell: one's own matter or a general question, "the other one", a status question.
//! The word lists are data: `guardrails/subjects.toml`.

use crate::classify::phi::{self, PhiKind};
use crate::policy::subjects::subjects;

/// The writer speaks of something of their own (`my order`, `mi receta`).
#[must_use]
pub fn is_personal(text: &str) -> bool {
    subjects().own.is_match(&text.to_lowercase())
}

/// Asks how things work (`how do I change my address`), or opens like a question and speaks of nothing of one's own.
#[must_use]
pub fn is_general(text: &str) -> bool {
    let lower = text.to_lowercase();
    subjects().how.is_match(&lower) || (subjects().general.is_match(&lower) && !is_personal(text))
}

/// Asks where or how something of theirs is, not how things work.
#[must_use]
pub fn is_status(text: &str) -> bool {
    subjects().status.is_match(&text.to_lowercase())
}

/// Speaks of an order, not of one medicine.
#[must_use]
pub fn is_about_order(text: &str) -> bool {
    subjects().order.is_match(&text.to_lowercase())
}

/// Speaks of a prescription.
#[must_use]
pub fn is_about_prescription(text: &str) -> bool {
    subjects().prescription.is_match(&text.to_lowercase())
}

/// Names an order or a prescription by number.
#[must_use]
pub fn names_number(text: &str) -> bool {
    phi::spans(text).iter().any(|s| matches!(s.kind, PhiKind::Order | PhiKind::Rx))
}

/// Points back at an earlier subject (`and the other one?`, `y el otro`).
#[must_use]
pub fn points_back(text: &str) -> bool {
    subjects().back.is_match(&text.to_lowercase())
}

/// Wants the other of two subjects.
#[must_use]
pub fn wants_other(text: &str) -> bool {
    subjects().other.is_match(&text.to_lowercase())
}
