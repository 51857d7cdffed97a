//! Policy sections: filtered by day, state, payer, audience and language, then ranked by words and meaning.

use super::lexical::{Doc, Lexical};
use super::{Fusion, IndexError};
use crate::domain::embedding::Embedding;
use crate::domain::evidence::Passage;
use crate::domain::facts::Payer;
use crate::domain::ids::PageId;
use crate::domain::lang::Lang;
use jiff::civil::Date;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Pages with the probability, 0 to 1, of the intents that point to them.
pub type Prior = HashMap<PageId, f32>;

/// Of what a section is found by, so many of the nearest decide.
const NEAREST: usize = 3;

/// What is asked, and for whom.
#[derive(Clone, Debug)]
pub struct PolicyQuery<'a> {
    /// The question as typed (masked); only its tokens are used.
    pub text: &'a str,
    /// Its embedding, when the encoder is there.
    pub embedding: Option<&'a Embedding>,
    /// Language of the answer.
    pub lang: Lang,
    /// Two-letter state, if known.
    pub region: Option<&'a str>,
    /// Payer class, if known.
    pub payer: Option<Payer>,
    /// The day on which a page must be in force.
    pub today: Date,
    /// Pages that the intents point to, with the probability of those intents: a bonus, not a limit.
    pub prior: &'a Prior,
}

/// One section found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The section.
    pub passage: Passage,
    /// Joined relevance in 0 to 1, see [`Fusion`].
    pub relevance: f32,
    /// Word match, 0 or more.
    pub bm25: f32,
    /// Cosine to the question; 0 without embeddings.
    pub cosine: f32,
}

/// All sections of all pages and versions, both languages.
pub struct PolicyIndex {
    passages: Vec<Passage>,
    /// Of each passage, those of what it is found by; all empty without embeddings.
    embeddings: Vec<Vec<Embedding>>,
    /// Per language its index and the numbers of its passages.
    parts: Vec<(Lang, Lexical, Vec<usize>)>,
    /// Weights; the default until measured ones are set.
    pub fusion: Fusion,
}

impl PolicyIndex {
    /// Builds in memory. `embeddings` has one entry for each of what the passages are found by ([`Passage::found_by`], passage by
    /// passage), or none at all.
    ///
    /// # Errors
    /// [`IndexError`] when the counts differ or the search library fails.
    pub fn build(passages: &[Passage], embeddings: &[Embedding]) -> Result<Self, IndexError> {
        let texts = passages.iter().map(|p| 1 + p.asked.len()).sum();
        if !embeddings.is_empty() && embeddings.len() != texts {
            return Err(IndexError::Embeddings { texts, embeddings: embeddings.len() });
        }
        let mut parts = Vec::new();
        for lang in [Lang::En, Lang::Es] {
            let own = |(_, p): &(usize, &Passage)| p.meta.language == lang;
            let numbers: Vec<usize> = passages.iter().enumerate().filter(own).map(|(n, _)| n).collect();
            let of_lang: Vec<&Passage> = passages.iter().filter(|p| p.meta.language == lang).collect();
            let texts: Vec<String> = of_lang.iter().map(|p| p.text()).collect();
            let asked: Vec<String> = of_lang.iter().map(|p| p.asked.join("\n")).collect();
            let docs = of_lang.iter().zip(&texts).zip(&asked).map(|((p, text), asked)| Doc {
                heading: &p.heading,
                title: &p.meta.title,
                text,
                asked,
            });
            parts.push((lang, Lexical::build(lang, docs)?, numbers));
        }
        let mut rest = embeddings.iter().cloned();
        let grouped = passages.iter().map(|p| rest.by_ref().take(1 + p.asked.len()).collect()).collect();
        Ok(Self { passages: passages.to_vec(), embeddings: grouped, parts, fusion: Fusion::default() })
    }

    /// The best `k` sections, best first. Pages of the question's language; of the other only when there are none.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails.
    pub fn search(&self, query: &PolicyQuery, k: usize) -> Result<Vec<Hit>, IndexError> {
        let other = if query.lang == Lang::Es { Lang::En } else { Lang::Es };
        let mut hits = self.search_in(query, query.lang.pick(&Lang::En, &Lang::Es), k)?;
        if hits.is_empty() {
            hits = self.search_in(query, &other, k)?;
        }
        Ok(hits)
    }

    fn search_in(&self, query: &PolicyQuery, lang: &Lang, k: usize) -> Result<Vec<Hit>, IndexError> {
        let Some((_, lexical, numbers)) = self.parts.iter().find(|(l, ..)| l == lang) else {
            return Ok(Vec::new());
        };
        let scores = lexical.search(query.text, numbers.len())?;
        let usable = |p: &Passage| {
            p.meta.audience == "customer" && p.in_force(query.today) && p.applies_in(query.region, query.payer)
        };
        let mut hits = Vec::new();
        for (local, n) in numbers.iter().enumerate() {
            let Some(passage) = self.passages.get(*n).filter(|p| usable(p)) else {
                continue;
            };
            let bm25 = scores.get(&local).copied().unwrap_or(0.0);
            let cosine = query.embedding.zip(self.embeddings.get(*n)).and_then(|(a, all)| nearness(a, all));
            let prior = query.prior.get(passage.page()).copied().unwrap_or(0.0);
            let relevance = self.fusion.relevance(bm25, cosine, prior);
            hits.push(Hit { passage: passage.clone(), relevance, bm25, cosine: cosine.unwrap_or(0.0) });
        }
        keep_variants(&mut hits);
        hits.retain(|h| h.relevance > 0.0);
        hits.sort_by(order);
        hits.truncate(k);
        Ok(hits)
    }
}

/// Mean cosine of the [`NEAREST`] that are nearest: one alike question may be chance, three are not.
fn nearness(question: &Embedding, all: &[Embedding]) -> Option<f32> {
    let mut cosines: Vec<f32> = all.iter().map(|e| question.cosine(e)).collect();
    cosines.sort_by(|a, b| b.total_cmp(a));
    cosines.truncate(NEAREST);
    (!cosines.is_empty()).then(|| cosines.iter().sum::<f32>() / cosines.len() as f32)
}

/// Of one page id, the variant that names the state or the payer beats the one for all, a later version an earlier one.
fn keep_variants(hits: &mut Vec<Hit>) {
    let rank = |h: &Hit| (h.passage.meta.specificity(), h.passage.meta.version);
    let mut best: HashMap<PageId, (usize, u32)> = HashMap::new();
    for hit in hits.iter() {
        let top = best.entry(hit.passage.page().clone()).or_insert_with(|| rank(hit));
        *top = (*top).max(rank(hit));
    }
    hits.retain(|h| best.get(h.passage.page()) == Some(&rank(h)));
}

/// Best first; ties by page and section, so that the same question gives the same list.
fn order(a: &Hit, b: &Hit) -> Ordering {
    let name = |h: &Hit| (h.passage.page().clone(), h.passage.section);
    b.relevance.total_cmp(&a.relevance).then_with(|| name(a).cmp(&name(b)))
}
