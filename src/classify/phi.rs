//! Personal data in a customer's text: where it stands and of which kind. Used to mask logs and what leaves the process;
//! it decides nothing about who may see what.

mod names;
mod patterns;

use serde::{Deserialize, Serialize};

/// Kinds of personal data (EVAL_FORMATS.md, `evals guards`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PhiKind {
    /// A person's name.
    Name,
    /// Date of birth.
    Dob,
    /// Any other date.
    Date,
    /// Telephone number.
    Phone,
    /// E-mail address.
    Email,
    /// Postal address.
    Address,
    /// Insurance member, group, BIN or PCN number.
    Member,
    /// Prescription number.
    Rx,
    /// Order number.
    Order,
    /// Payment card number.
    Card,
    /// Social Security number.
    Ssn,
    /// Tracking, licence, record and other numbers.
    OtherId,
    /// A medicine named together with the person who takes it; reserved, not found by these rules.
    DrugPerson,
}

impl PhiKind {
    /// The code of reports and of masks.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            PhiKind::Name => "NAME",
            PhiKind::Dob => "DOB",
            PhiKind::Date => "DATE",
            PhiKind::Phone => "PHONE",
            PhiKind::Email => "EMAIL",
            PhiKind::Address => "ADDRESS",
            PhiKind::Member => "MEMBER",
            PhiKind::Rx => "RX",
            PhiKind::Order => "ORDER",
            PhiKind::Card => "CARD",
            PhiKind::Ssn => "SSN",
            PhiKind::OtherId => "OTHER_ID",
            PhiKind::DrugPerson => "DRUG_PERSON",
        }
    }
}

/// One find: byte offsets into the text, `start` inclusive, `end` exclusive, both on character borders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhiSpan {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it is.
    pub kind: PhiKind,
}

/// All finds, in order of place, none overlapping; where two overlap the longer wins.
#[must_use]
pub fn spans(text: &str) -> Vec<PhiSpan> {
    let mut found = patterns::find(text);
    found.extend(names::find(text));
    // Stable: of two equally long finds the earlier pattern, which is the more specific, wins.
    found.sort_by_key(|s| std::cmp::Reverse(s.end - s.start));
    let mut kept: Vec<PhiSpan> = Vec::new();
    for span in found {
        if kept.iter().all(|k| span.end <= k.start || k.end <= span.start) {
            kept.push(span);
        }
    }
    kept.sort_by_key(|s| s.start);
    kept
}

/// The text with every find replaced by its kind, as in `my name is [NAME]`.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans(text) {
        out.push_str(text.get(at..span.start).unwrap_or_default());
        out.push('[');
        out.push_str(span.kind.code());
        out.push(']');
        at = span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_kind() {
        for (text, masked) in [
            ("my name is Ana Ruiz and i need a refill", "my name is [NAME] and i need a refill"),
            ("me llamo luis pérez, nací el 4/2/1951", "me llamo [NAME], nací el [DOB]"),
            ("dob 07/14/1962", "dob [DOB]"),
            ("dob march 3 1980 pls", "dob [DOB] pls"),
            ("call 512-555-0142 or (939) 555-0110", "call [PHONE] or [PHONE]"),
            ("mail bob.lee+rx@example.com", "mail [EMAIL]"),
            ("ship to 123 N Main St Apt 4B, Denver, CO 80202 now", "ship to [ADDRESS] now"),
            ("PO Box 118, Hayfork CA 96041", "[ADDRESS]"),
            ("vivo en calle Luna 45", "vivo en [ADDRESS]"),
            ("member id W12345678", "member id [MEMBER]"),
            ("RX-4000123 and Rx# 4000124", "[RX] and [RX]"),
            ("order 88213 and 70-00123", "[ORDER] and [ORDER]"),
            ("card 4111 1111 1111 1111 exp", "card [CARD] exp"),
            ("ssn 219-09-9999", "ssn [SSN]"),
            ("tracking 1Z999AA10123456784", "tracking [OTHER_ID]"),
            ("did Dr. Patel send it", "did Dr. [NAME] send it"),
            ("refill for my mom Carla Diaz", "refill for my mom [NAME]"),
            ("it shipped on 11/20/2026", "it shipped on [DATE]"),
        ] {
            assert_eq!(redact(text), masked);
        }
    }

    #[test]
    fn leaves_ordinary_words_and_doses() {
        for text in [
            "take 1/2 tablet of 10 mg twice a day",
            "i'm out of lisinopril 20 mg",
            "I'm Really Mad at you",
            "soy diabetico y necesito insulina",
            "90 tablets for $64.50",
            "is Blue Cross Part D accepted at CVS",
            "the dr. said so",
            "4111 1111 1111 1112",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn spans_do_not_overlap_and_hold_characters() {
        let text = "ñandú: José García, DOB 1/2/1950, order 88213, jose@example.org ¿sí?";
        let found = spans(text);
        assert!(found.windows(2).all(|w| w[0].end <= w[1].start));
        assert!(found.iter().all(|s| text.get(s.start..s.end).is_some()));
        assert_eq!(serde_json::to_string(&found[0]).unwrap(), r#"{"start":9,"end":22,"kind":"NAME"}"#);
    }
}
