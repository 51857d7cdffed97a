//! Search: policy sections, the records of one verified person, and plain text for the harness. It finds and ranks;
//! it never decides whether evidence suffices, and facts are re-read from the store at answer time.

mod adhoc;
mod analyze;
mod lexical;
mod policy;
mod records;

pub use adhoc::{AdHocDoc, AdHocIndex};
pub use policy::{Hit, PolicyIndex, PolicyQuery, Prior};
pub use records::{RecordHit, RecordIndex};

/// Why an index cannot be built or searched.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The search library failed.
    #[error("search index: {0}")]
    Engine(#[from] tantivy::TantivyError),
    /// Embeddings and texts do not match.
    #[error("{texts} texts but {embeddings} embeddings; give one a text, or none at all")]
    Embeddings {
        /// How many texts.
        texts: usize,
        /// How many embeddings.
        embeddings: usize,
    },
}

/// How word match and meaning are joined: `relevance = lexical·b + semantic·c + prior·p`, at most 1, where `b` is
/// BM25/(BM25 + half), `c` the cosine stretched from `floor`..1 to 0..1 and `p` the probability of the intents that point to the page. Without embeddings `b` counts alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fusion {
    /// Weight of the word match.
    pub lexical: f32,
    /// Weight of the meaning.
    pub semantic: f32,
    /// Bonus of a page that the intents surely point to; less where they are less sure.
    pub prior: f32,
    /// BM25 at which the word match counts one half.
    pub half: f32,
    /// Cosine of unrelated texts under this encoder.
    pub floor: f32,
}

impl Default for Fusion {
    fn default() -> Self {
        Self { lexical: 0.5, semantic: 0.5, prior: 0.1, half: 16.0, floor: 0.0 }
    }
}

impl Fusion {
    /// Relevance in 0 to 1 from BM25 (0 or more), the cosine in [-1,1] when there is one, and the prior in 0 to 1.
    #[must_use]
    pub fn relevance(&self, bm25: f32, cosine: Option<f32>, prior: f32) -> f32 {
        let words = bm25.max(0.0) / (bm25.max(0.0) + self.half.max(f32::MIN_POSITIVE));
        let meaning = cosine.map(|c| ((c - self.floor) / (1.0 - self.floor).max(0.01)).clamp(0.0, 1.0));
        let joined = meaning.map_or(words, |m| self.lexical * words + self.semantic * m);
        (joined + self.prior * prior.clamp(0.0, 1.0)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests;
