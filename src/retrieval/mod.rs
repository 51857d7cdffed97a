//! Search: policy sections, the records of one verified person, and plain text for the harness. It finds and ranks;
//! it never decides whether evidence suffices, and facts are re-read from the store at answer time.

mod adhoc;
mod analyze;
mod lead;
mod lexical;
mod part;
mod policy;
mod records;

pub use adhoc::{AdHocDoc, AdHocIndex};
pub use policy::{Hit, PolicyIndex, PolicyQuery, Prior};
pub use records::{Items, Origin, RecordHit, RecordIndex, name_words};

use std::path::PathBuf;

/// Why an index cannot be built or searched.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The search library failed.
    #[error("search index: {0}")]
    Engine(#[from] tantivy::TantivyError),
    /// Files of an index are not as they were written.
    #[error("the search index in {dir} is damaged: {what}; nothing is lost, make it anew with `apothecary index --rebuild`", dir = dir.display())]
    Damaged {
        /// Its folder.
        dir: PathBuf,
        /// What was seen.
        what: String,
    },
    /// Another process writes to the index.
    #[error("the search index in {dir} is used by another process; stop that one first", dir = dir.display())]
    Busy {
        /// Its folder.
        dir: PathBuf,
    },
    /// The folder of an index cannot be used.
    #[error("the folder {dir} of the search index cannot be used: {source}", dir = dir.display())]
    Folder {
        /// Which.
        dir: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A thread that worked on it stopped.
    #[error("work on the search index stopped halfway; start again")]
    Broken,
    /// Embeddings and texts do not match.
    #[error("{texts} texts but {embeddings} embeddings; give one a text, or none at all")]
    Embeddings {
        /// How many texts.
        texts: usize,
        /// How many embeddings.
        embeddings: usize,
    },
}

/// How the voices are joined: `relevance = lexical·b + semantic·c + asked·a + prior·p`, at most 1, where `b` is BM25/(BM25 + half), `c`
/// the cosine stretched from `floor`..1 to 0..1, `a` how probably such a message asks for the section and its page, and `p` the
/// probability of the intents that point to the page. Without embeddings `b` takes the weight of `c`,
/// and where nothing was asked before, `a` is the mean of both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fusion {
    /// Weight of the word match.
    pub lexical: f32,
    /// Weight of the meaning.
    pub semantic: f32,
    /// Weight of what people asked before.
    pub asked: f32,
    /// Bonus of a page that the intents surely point to; less where they are less sure.
    pub prior: f32,
    /// BM25 at which the word match counts one half.
    pub half: f32,
    /// Cosine of unrelated texts under this encoder.
    pub floor: f32,
}

impl Default for Fusion {
    fn default() -> Self {
        Self { lexical: 0.3, semantic: 0.3, asked: 0.4, prior: 0.1, half: 16.0, floor: 0.0 }
    }
}

impl Fusion {
    /// Relevance in 0 to 1 from BM25 (0 or more), the cosine in [-1,1] when there is one, and what was asked and the prior in 0 to 1.
    #[must_use]
    pub fn relevance(&self, bm25: f32, cosine: Option<f32>, asked: Option<f32>, prior: f32) -> f32 {
        let words = bm25.max(0.0) / (bm25.max(0.0) + self.half.max(f32::MIN_POSITIVE));
        let meaning = cosine.map(|c| ((c - self.floor) / (1.0 - self.floor).max(0.01)).clamp(0.0, 1.0));
        let meaning = meaning.unwrap_or(words);
        let asked = asked.map_or(words.midpoint(meaning), |a| a.clamp(0.0, 1.0));
        (self.lexical * words + self.semantic * meaning + self.asked * asked + self.prior * prior.clamp(0.0, 1.0))
            .clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests;
