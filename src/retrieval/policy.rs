//! Policy sections: filtered by day, state, payer, audience and language, then ranked by words and meaning.

use super::asked::{Asked, probabilities};
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

/// The sections of one language.
struct Part {
    lang: Lang,
    lexical: Lexical,
    asked: Asked,
    /// Numbers of its passages, and of each what it counts as in `asked`: variants and versions of a section are one.
    passages: Vec<(usize, usize)>,
    /// Number of the page of each topic of `asked`.
    pages: Vec<usize>,
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
        let words = part.lexical.search(query.text, part.passages.len())?;
        let asked = part.asked.scores(query.text);
        let usable = |p: &Passage| {
            p.meta.audience == "customer" && p.in_force(query.today) && p.applies_in(query.region, query.payer)
        };
        let mut hits = Vec::new();
        for (local, (n, topic)) in part.passages.iter().enumerate() {
            let Some(passage) = self.passages.get(*n).filter(|p| usable(p)) else {
                continue;
            };
            let bm25 = words.get(&local).copied().unwrap_or(0.0);
            let cosine = query.embedding.zip(self.embeddings.get(*n)).and_then(|(a, all)| nearness(a, all));
            let asked = asked.get(*topic).copied().unwrap_or(f32::NEG_INFINITY);
            hits.push(Hit { passage: passage.clone(), relevance: 0.0, bm25, cosine, asked });
        }
        keep_variants(&mut hits);
        likely(&mut hits);
        hits.retain_mut(|hit| {
            let prior = query.prior.get(hit.passage.page()).copied().unwrap_or(0.0);
            let relevance = |asked| self.fusion.relevance(hit.bm25, hit.cosine, Some(asked), prior);
            // What was asked before ranks; by itself it finds nothing.
            let found = relevance(0.0) > 0.0;
            hit.relevance = relevance(hit.asked);
            found
        });
        hits.sort_by(order);
        hits.truncate(k);
        Ok(hits)
    }
}

impl Part {
    fn clearest(&self, text: &str) -> f32 {
        let mut pages: HashMap<usize, f32> = HashMap::new();
        for (p, page) in probabilities(&self.asked.scores(text)).into_iter().zip(&self.pages) {
            *pages.entry(*page).or_default() += p;
        }
        pages.into_values().fold(0.0, f32::max)
    }

    fn build(lang: Lang, passages: &[Passage]) -> Result<Self, IndexError> {
        let own: Vec<(usize, &Passage)> =
            passages.iter().enumerate().filter(|(_, p)| p.meta.language == lang).collect();
        let texts: Vec<(String, String)> = own.iter().map(|(_, p)| (p.text(), p.asked.join("\n"))).collect();
        let docs = own.iter().zip(&texts).map(|((_, p), (text, asked))| Doc {
            heading: &p.heading,
            title: &p.meta.title,
            text,
            asked,
        });
        let lexical = Lexical::build(lang, docs)?;
        let mut topics: HashMap<(&PageId, &str), usize> = HashMap::new();
        let mut ids: Vec<&PageId> = Vec::new();
        let (mut learned, mut numbers, mut pages) = (Vec::new(), Vec::new(), Vec::new());
        for (n, passage) in own {
            let next = topics.len();
            let topic = *topics.entry((passage.page(), &passage.heading)).or_insert(next);
            if topic == next {
                let page = ids.iter().position(|id| *id == passage.page());
                pages.push(page.unwrap_or_else(|| {
                    ids.push(passage.page());
                    ids.len() - 1
                }));
                let texts = std::iter::once(&passage.heading).chain(&passage.sentences).chain(&passage.asked);
                learned.extend(texts.map(|t| (topic, t.clone())));
            }
            numbers.push((n, topic));
        }
        Ok(Self { lang, lexical, asked: Asked::learn(&learned, topics.len()), passages: numbers, pages })
    }
}

/// Log-likelihoods of what is asked into probabilities over what was found, each averaged with that of its page.
fn likely(hits: &mut [Hit]) {
    let of_section = probabilities(&hits.iter().map(|h| h.asked).collect::<Vec<_>>());
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
