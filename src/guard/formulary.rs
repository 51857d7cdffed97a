//! How the output rules find the formulary's medicines in a text. Where the names come from is not their matter.

use std::sync::Arc;

/// Finds the formulary's drug names in a text.
#[derive(Clone)]
pub struct Formulary(Arc<Find>);

type Find = dyn Fn(&str) -> Vec<(String, std::ops::Range<usize>)> + Send + Sync;

impl Formulary {
    /// Wraps a finder.
    pub fn new(find: impl Fn(&str) -> Vec<(String, std::ops::Range<usize>)> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }
    /// Names with their byte ranges.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<(String, std::ops::Range<usize>)> {
        (self.0)(text)
    }
}

impl std::fmt::Debug for Formulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Formulary")
    }
}
