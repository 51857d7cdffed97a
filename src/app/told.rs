//! Histories that clients tell, held against what is stored: whether it is the stored conversation, and whether a request is only
//! sent again. Nothing is read or written here.

use crate::domain::blocks::Author;
use crate::domain::ids::MessageId;
use crate::domain::text::UserText;
use crate::store::messages::MessageRow;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// The same request within this time is a retry.
const AGAIN: SignedDuration = SignedDuration::from_mins(2);

/// A stored message of the customer.
pub(super) struct Asked {
    pub text: String,
    turn: Option<MessageId>,
    at: Timestamp,
}

/// The customer's messages of a stored history.
pub(super) fn asked(rows: &[MessageRow]) -> Vec<Asked> {
    let own = rows.iter().filter(|m| m.author() == Author::Customer);
    let text = |m: &MessageRow| m.body().get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    own.map(|m| Asked { text: text(m), turn: m.turn().cloned(), at: m.created_at() }).collect()
}

/// The stored messages end with those that are told.
fn ends_with(asked: &[Asked], told: &[&UserText]) -> bool {
    let skipped = asked.len().checked_sub(told.len());
    skipped.is_some_and(|n| asked.iter().skip(n).zip(told).all(|(a, t)| a.text == t.as_str()))
}

/// It is the stored conversation that a client tells of; from nothing told nothing follows.
pub(super) fn goes_on(asked: &[Asked], told: &[&UserText]) -> bool {
    !told.is_empty() && ends_with(asked, told)
}

/// The turn of which the request is a retry: it was asked just now, with the same history.
pub(super) fn again(asked: &[Asked], told: &[&UserText], text: &UserText, now: Timestamp) -> Option<MessageId> {
    let last = asked.last().filter(|a| now.duration_since(a.at) < AGAIN)?;
    let all: Vec<&UserText> = told.iter().copied().chain([text]).collect();
    let whole = !told.is_empty() || asked.len() == 1;
    if whole && ends_with(asked, &all) { last.turn.clone() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(texts: &[&str]) -> Vec<Asked> {
        let one = |(i, t): (usize, &&str)| Asked {
            text: (*t).to_owned(),
            turn: Some(MessageId(format!("m{i}"))),
            at: Timestamp::UNIX_EPOCH,
        };
        texts.iter().enumerate().map(one).collect()
    }

    fn texts(texts: &[&str]) -> Vec<UserText> {
        texts.iter().map(|t| UserText::parse(t).unwrap()).collect()
    }

    #[test]
    fn a_history_goes_on_where_the_stored_one_ends() {
        let go = |stored: &[&str], told: &[&str]| goes_on(&asked(stored), &texts(told).iter().collect::<Vec<_>>());
        assert!(go(&["a", "b"], &["a", "b"]) && go(&["a", "b"], &["b"]));
        assert!(!go(&["a", "b"], &["a"]) && !go(&["b"], &["a", "b"]) && !go(&["a"], &[]));
    }

    #[test]
    fn a_retry_is_the_same_request_shortly_after() {
        let late = Timestamp::from_second(121).unwrap();
        let again = |stored: &[&str], told: &[&str], text: &str, now| {
            let told = texts(told);
            again(&asked(stored), &told.iter().collect::<Vec<_>>(), &texts(&[text])[0], now).map(|m| m.0)
        };
        let now = Timestamp::from_second(60).unwrap();
        assert_eq!(again(&["a", "b"], &["a"], "b", now).as_deref(), Some("m1"));
        assert_eq!(again(&["a"], &[], "a", now).as_deref(), Some("m0"));
        assert_eq!(again(&["a"], &[], "a", late), None);
        assert_eq!(again(&["a", "b"], &["a", "b"], "b", now), None, "said twice is said twice");
        assert_eq!(again(&["a", "yes"], &[], "yes", now), None, "a client that sends no history may say so again");
    }
}
