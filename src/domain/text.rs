//! `UserText`: what a customer typed, parsed once at the edge.
//! The untouched meaning is kept; control and invisible characters are taken out and counted as a signal.

use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// The most characters that one message may have.
pub const MAX_CHARS: usize = 8_000;

/// Why a text is not a message.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum TextError {
    /// Nothing but white space or invisible characters.
    #[error("the message is empty; write at least one visible character")]
    Blank,
    /// Longer than [`MAX_CHARS`].
    #[error("the message has {0} characters; at most 8000 are read, please shorten it")]
    TooLong(usize),
}

impl TextError {
    /// The code in predictions and API errors: `blank` or `too_long`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TextError::Blank => "blank",
            TextError::TooLong(_) => "too_long",
        }
    }
}

/// Not blank, at most 8,000 characters, NFC, without control or invisible characters.
/// `Debug` prints the length only, so that a log line never carries a message.
#[derive(Clone, PartialEq, Eq)]
pub struct UserText {
    text: String,
    invisible: usize,
}

impl UserText {
    /// # Errors
    /// [`TextError`] when nothing visible is left or the text is too long.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let chars = raw.chars().count();
        if chars > MAX_CHARS {
            return Err(TextError::TooLong(chars));
        }
        let invisible = raw.chars().filter(|c| is_invisible(*c)).count();
        let text: String = raw.chars().filter(|c| !is_invisible(*c)).nfc().collect();
        let text = text.trim().to_owned();
        if text.is_empty() { Err(TextError::Blank) } else { Ok(Self { text, invisible }) }
    }
    /// The text as typed, in NFC.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// How many control and invisible characters were taken out.
    #[must_use]
    pub fn invisible(&self) -> usize {
        self.invisible
    }
}

impl fmt::Debug for UserText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserText({} bytes)", self.text.len())
    }
}

/// Control, zero-width, bidirectional, tag and other default-ignorable characters.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    let shown_control = matches!(c, '\n' | '\t' | '\r');
    (c.is_control() && !shown_control)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_go_and_are_counted() {
        let t = UserText::parse(" whe\u{200b}re is\u{e0041} it\u{0} ").unwrap();
        assert_eq!((t.as_str(), t.invisible()), ("where is it", 3));
        assert_eq!(format!("{t:?}"), "UserText(11 bytes)");
    }

    #[test]
    fn blank_and_long_are_refused_with_a_reason() {
        assert_eq!(UserText::parse(" \u{200b}\n"), Err(TextError::Blank));
        assert_eq!(UserText::parse(&"x".repeat(8_001)), Err(TextError::TooLong(8_001)));
        assert!(UserText::parse(&"x".repeat(8_000)).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_typed_a_parsed_text_is_clean_and_stable(raw in "\\PC{0,200}|.{0,200}") {
            if let Ok(text) = UserText::parse(&raw) {
                proptest::prop_assert!(!text.as_str().trim().is_empty() && !text.as_str().chars().any(is_invisible));
                let again = UserText::parse(text.as_str());
                proptest::prop_assert_eq!(again.map(|t| t.as_str().to_owned()), Ok(text.as_str().to_owned()));
            }
        }
    }
}
