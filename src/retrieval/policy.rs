//! Policy sections: filtered by day, state, payer, audience and language, then ranked by words and meaning.

use super::lead::lead;
use super::part::Part;
use super::{Fusion, IndexError};
use crate::domain::bayes::{TEMPERATURE, probabilities};
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
    /// Cosine to the question; none without embeddings.
    pub cosine: Option<f32>,
    /// How probably the message asks for this section, averaged with how probably for its page; 0 to 1.
    pub asked: f32,
}

/// All sections of all pages and versions, both languages.
pub struct PolicyIndex {
    passages: Vec<Passage>,
    /// Of each passage, those of what it is found by; all empty without embeddings.
    embeddings: Vec<Vec<Embedding>>,
    parts: Vec<Part>,
    /// Weights; the default until measured ones are set.
    pub fusion: Fusion,
}

impl PolicyIndex {
    /// Builds in memory. `embeddings` has one entry for each of what of the passages is embedded ([`Passage::embedded`], passage by
    /// passage), or none at all.
    ///
    /// # Errors
    /// [`IndexError`] when the counts differ or the search library fails.
    pub fn build(passages: &[Passage], embeddings: &[Embedding]) -> Result<Self, IndexError> {
        let texts = passages.iter().map(|p| 1 + p.asked.len()).sum();
        if !embeddings.is_empty() && embeddings.len() != texts {
            return Err(IndexError::Embeddings { texts, embeddings: embeddings.len() });
        }
        let parts = std::thread::scope(|scope| {
            let building = [Lang::En, Lang::Es].map(|lang| scope.spawn(move || Part::build(lang, passages)));
            building.map(|part| part.join().unwrap_or(Err(IndexError::Broken)))
        });
        let parts = parts.into_iter().collect::<Result<_, _>>()?;
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

    /// Probability of the page that a message asks for most probably, in whichever language it is read better, of all that the index holds.
    #[must_use]
    pub fn clearest(&self, text: &str) -> f32 {
        self.parts.iter().map(|p| p.clearest(text)).fold(0.0, f32::max)
    }

    fn search_in(&self, query: &PolicyQuery, lang: &Lang, k: usize) -> Result<Vec<Hit>, IndexError> {
        let Some(part) = self.parts.iter().find(|p| p.lang == *lang) else {
            return Ok(Vec::new());
        };
        let usable = |p: &&Passage| {
            p.meta.audience == "customer" && p.in_force(query.today) && p.applies_in(query.region, query.payer)
        };
        let mut found = Vec::new();
        for m in part.matches(query.text)? {
            let Some(passage) = self.passages.get(m.passage).filter(usable) else {
                continue;
            };
            let known = self.embeddings.get(m.passage).map_or(&[][..], Vec::as_slice);
            let found_by = known.iter().take(1 + passage.found_by().count());
            let cosine = query.embedding.and_then(|e| nearness(e, found_by, NEAREST));
            found.push(Scored { passage, known, relevance: 0.0, bm25: m.bm25, cosine, asked: m.asked });
        }
        keep_variants(&mut found);
        likely(&mut found);
        found.retain_mut(|s| {
            let prior = query.prior.get(s.passage.page()).copied().unwrap_or(0.0);
            let relevance = |asked| self.fusion.relevance(s.bm25, s.cosine, Some(asked), prior);
            // What was asked before ranks; by itself it finds nothing.
            let any = relevance(0.0) > 0.0;
            s.relevance = relevance(s.asked);
            any
        });
        found.sort_by(order);
        found.truncate(k);
        Ok(found.into_iter().map(|s| s.hit(query)).collect())
    }
}

/// A section while it is compared with others.
struct Scored<'i> {
    passage: &'i Passage,
    known: &'i [Embedding],
    relevance: f32,
    bm25: f32,
    cosine: Option<f32>,
    /// First a log-likelihood, then as in [`Hit`].
    asked: f32,
}

impl Scored<'_> {
    fn hit(self, query: &PolicyQuery) -> Hit {
        let lead = lead(self.passage, query.text, query.embedding.zip(self.known.get(1..)));
        let passage = Passage { lead, ..self.passage.without_questions() };
        Hit { passage, relevance: self.relevance, bm25: self.bm25, cosine: self.cosine, asked: self.asked }
    }
}

/// Log-likelihoods of what is asked into probabilities over what was found, each averaged with that of its page.
fn likely(hits: &mut [Scored]) {
    let of_section = probabilities(&hits.iter().map(|h| h.asked).collect::<Vec<_>>(), TEMPERATURE);
    let mut pages: HashMap<PageId, f32> = HashMap::new();
    for (hit, p) in hits.iter_mut().zip(of_section) {
        hit.asked = p;
        *pages.entry(hit.passage.page().clone()).or_default() += p;
    }
    for hit in hits {
        let page = pages.get(hit.passage.page()).copied().unwrap_or(0.0);
        hit.asked = hit.asked.midpoint(page);
    }
}

/// Mean cosine of the `most` that are nearest: one alike question may be chance, several are not.
pub(super) fn nearness<'e>(question: &Embedding, all: impl Iterator<Item = &'e Embedding>, most: usize) -> Option<f32> {
    let mut cosines: Vec<f32> = all.map(|e| question.cosine(e)).collect();
    cosines.sort_by(|a, b| b.total_cmp(a));
    cosines.truncate(most);
    (!cosines.is_empty()).then(|| cosines.iter().sum::<f32>() / cosines.len() as f32)
}

/// Of one page id, the variant that names the state or the payer beats the one for all, a later version an earlier one.
fn keep_variants(hits: &mut Vec<Scored>) {
    let rank = |h: &Scored| (h.passage.meta.specificity(), h.passage.meta.version);
    let mut best: HashMap<PageId, (usize, u32)> = HashMap::new();
    for hit in hits.iter() {
        let top = best.entry(hit.passage.page().clone()).or_insert_with(|| rank(hit));
        *top = (*top).max(rank(hit));
    }
    hits.retain(|h| best.get(h.passage.page()) == Some(&rank(h)));
}

/// Best first; ties by page and section, so that the same question gives the same list.
fn order(a: &Scored, b: &Scored) -> Ordering {
    let name = |h: &Scored| (h.passage.page().clone(), h.passage.section);
    b.relevance.total_cmp(&a.relevance).then_with(|| name(a).cmp(&name(b)))
}
