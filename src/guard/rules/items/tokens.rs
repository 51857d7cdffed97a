//! Links, e-mail addresses, telephone numbers and ids of a folded text.

use super::super::fold::rx;
use super::{Claims, Value};
use std::ops::Range;

/// Links, addresses, telephones; and places that hold no fact (list markers, footnote marks).
pub fn links(text: &str, claims: &mut Claims) {
    for r in rx!(r#"(?:https?://|www\.)[^\s<>"']+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|gov|example|io|co|us|info|edu|app|ly|me|xyz|ru)\b(?:/[^\s<>"']*)?"#).ranges(text) {
        let before = text.get(..r.start).unwrap_or_default();
        if before.ends_with('@') || text.get(r.end..).is_some_and(|t| t.starts_with('@')) {
            continue;
        }
        let trimmed = text.get(r.clone()).unwrap_or_default().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '*']);
        claims.put(r.start..r.start + trimmed.len(), [Value::Url(bare_url(trimmed))]);
    }
    for r in rx!(r"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}").ranges(text) {
        let address = text.get(r.clone()).unwrap_or_default().to_owned();
        claims.put(r, [Value::Email(address)]);
    }
    for r in rx!(r"\b24\s?/\s?7\b").ranges(text) {
        claims.put(r, [Value::AllHours]);
    }
    for r in rx!(r"(?m)^\s*\d{1,2}[.)]\s|\[\d{1,2}\]").ranges(text) {
        claims.skip(r);
    }
    for r in rx!(r"(?:\+?\b1[-. ])?(?:\(\d{3}\)\s?|\b\d{3}[-. ])\d{3}[-. ]\d{4}\b").ranges(text) {
        phone(text, r, claims);
    }
    for r in rx!(r"\b(?:911|988)\b").ranges(text) {
        phone(text, r, claims);
    }
}

fn phone(text: &str, r: Range<usize>, claims: &mut Claims) {
    let digits: String = text.get(r.clone()).unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    let digits = if digits.len() == 11 { digits.get(1..).unwrap_or_default().to_owned() } else { digits };
    claims.put(r, [Value::Phone(digits)]);
}

/// A link without scheme, `www.` and last slash.
pub fn bare_url(url: &str) -> String {
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    url.trim_start_matches("www.").trim_end_matches('/').to_owned()
}

/// Order, prescription and tracking numbers, page ids, form numbers: letters and digits, or digits with hyphens.
pub fn ids(text: &str, claims: &mut Claims) {
    for r in rx!(r"[a-z0-9]+(?:[-_][a-z0-9]+)*").ranges(text) {
        let token = text.get(r.clone()).unwrap_or_default();
        if is_id(token) {
            let id = token.to_owned();
            claims.put(r, [Value::Id(id)]);
        }
    }
}

fn is_id(token: &str) -> bool {
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let letters = token.bytes().filter(u8::is_ascii_alphabetic).count();
    let hyphen = token.contains(['-', '_']);
    if digits == 0 || (letters == 0 && !hyphen) {
        return digits > 6;
    }
    // "30-day", "48h", "10mg", "2nd", "3pm" are numbers with a unit; "3-5" is a range.
    let unit = rx!(r"^\d+(?:-\d+)?-?(?:st|nd|rd|th|[ap]m|h|hr|hrs|min|mg|mcg|ml|g|kg|oz|f|c|x|er|am|ct|u|a)?$")
        .is_match(token);
    let worded = rx!(r"^\d+(?:-(?:to-)?\d+)?(?:-[a-z]{2,})+$").is_match(token)
        || rx!(r"^[a-z]+(?:-[a-z]+)*-\d{1,2}$").is_match(token) && token.len() > 7;
    let long_digits = letters == 0 && digits >= 6;
    long_digits || !(unit || worded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_not_units_or_ranges() {
        for id in ["rx-4000123", "70-00101", "fx000123450101", "dl1", "cms-10147", "1234567"] {
            assert!(is_id(id), "{id}");
        }
        for no in ["30-day", "48h", "3-5", "10mg", "2nd", "24", "next-day", "90-day-supply"] {
            assert!(!is_id(no), "{no}");
        }
    }
}
