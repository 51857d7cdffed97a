//! The product's ranking over any texts: the harness measures public retrieval sets with it.

use super::lexical::{Doc, Lexical};
use super::{Fusion, IndexError};
use crate::domain::embedding::{Codes, Embedding};
use crate::domain::lang::Lang;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// How many documents the word match proposes when there are embeddings of all.
const POOL: usize = 1_000;

/// One document.
#[derive(Clone, Debug)]
pub struct AdHocDoc {
    /// Its id in the run file.
    pub id: String,
    /// Title, may be empty.
    pub title: String,
    /// Body.
    pub text: String,
}

/// An index over documents in English.
pub struct AdHocIndex {
    ids: Vec<String>,
    lexical: Lexical,
    embeddings: Codes,
}

impl AdHocIndex {
    /// `embeddings` has one entry a document, or none at all.
    ///
    /// # Errors
    /// [`IndexError`] when the counts differ or the search library fails.
    pub fn build(docs: Vec<AdHocDoc>, embeddings: Vec<Embedding>) -> Result<Self, IndexError> {
        if !embeddings.is_empty() && embeddings.len() != docs.len() {
            return Err(IndexError::Embeddings { texts: docs.len(), embeddings: embeddings.len() });
        }
        let parts = docs.iter().map(|d| Doc { heading: "", title: &d.title, text: &d.text, asked: "" });
        let lexical = Lexical::build(Lang::En, parts)?;
        let (ids, embeddings) = (docs.into_iter().map(|d| d.id).collect(), embeddings.iter().collect());
        Ok(Self { ids, lexical, embeddings })
    }

    /// The best `k` documents by the weights of `fusion` as `(id, relevance)`, best first, ties by id.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails.
    pub fn search(
        &self,
        text: &str,
        embedding: Option<&Embedding>,
        fusion: &Fusion,
        k: usize,
    ) -> Result<Vec<(String, f32)>, IndexError> {
        let bm25 = self.lexical.search(text, POOL.max(k), |_| true)?;
        let near: HashMap<usize, f32> = match embedding {
            Some(e) => self.embeddings.cosines(0..self.embeddings.len(), e).enumerate().collect(),
            None => HashMap::new(),
        };
        let candidates: BTreeSet<usize> = bm25.keys().chain(near.keys()).copied().collect();
        let score = |n: &usize| fusion.relevance(bm25.get(n).copied().unwrap_or(0.0), near.get(n).copied(), None, 0.0);
        let mut out: Vec<(String, f32)> =
            candidates.iter().filter_map(|n| Some((self.ids.get(*n)?.clone(), score(n)))).collect();
        out.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        out.truncate(k);
        Ok(out)
    }
}
