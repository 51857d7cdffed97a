//! How words of replies and drafts are compared.

/// Lower case, single spaces.
#[must_use]
pub fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
