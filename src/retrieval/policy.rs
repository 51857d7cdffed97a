//! Policy sections: filtered by day, state, payer, audience and language, then ranked by words and meaning.

use super::lead::lead;
use super::part::Part;
use super::{Fusion, IndexError};
use crate::domain::bayes::{TEMPERATURE, probabilities};
use crate::domain::embedding::{Codes, Embedding};
use crate::domain::evidence::{Passage, Window};
use crate::domain::facts::Payer;
use crate::domain::ids::PageId;
use crate::domain::lang::Lang;
use crate::domain::words::words;
use jiff::civil::Date;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

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
    /// How probably the message asks for this section, averaged with how probably for its page; 0 to 1. None where no page has questions.
    pub asked: Option<f32>,
}

/// Sections that are compared in full. Where more are in force, those nearest by words and those nearest by meaning, half each.
const POOL: usize = 4_000;

/// All sections of all pages and versions, both languages.
pub struct PolicyIndex {
    passages: Vec<Passage>,
    /// Of what the passages are found by and what they answer; empty without embeddings.
    codes: Codes,
    /// Of each passage where its embeddings begin, and how many of them it is found by.
    rows: Vec<(usize, usize)>,
    /// Passages that stand behind each other in one version of a page, and the days on which it may be told.
    versions: Vec<(Range<usize>, Option<Window>)>,
    parts: Vec<Part>,
    /// Headings of pages for customers that carry no risk of their own, folded.
    questions: HashSet<String>,
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
        let rows = passages.iter().scan(0, |from, p| {
            let row = (*from, 1 + p.found_by().count());
            *from += 1 + p.asked.len();
            Some(row)
        });
        Ok(Self {
            codes: embeddings.iter().collect(),
            rows: rows.collect(),
            versions: versions(passages),
            passages: passages.to_vec(),
            parts,
            questions: passages.iter().filter(|p| p.is_plain()).map(|p| folded(&p.heading)).collect(),
            fusion: Fusion::default(),
        })
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

    /// The message is, word for word, a question that a published page answers. Pages about what may hurt somebody are none of these.
    #[must_use]
    pub fn publishes(&self, text: &str) -> bool {
        self.questions.contains(&folded(text))
    }

    fn search_in(&self, query: &PolicyQuery, lang: &Lang, k: usize) -> Result<Vec<Hit>, IndexError> {
        let Some(part) = self.parts.iter().find(|p| p.lang == *lang) else {
            return Ok(Vec::new());
        };
        let live = self.live(part, query);
        let count = live.iter().filter(|l| **l).count();
        let most = if count > POOL { POOL / 2 } else { count };
        let words = part.words(query.text, most, Arc::clone(&live))?;
        let cosines = self.cosines(part, &live, query.embedding);
        let chosen = if count > POOL { nearest(&words, &cosines, most) } else { numbers(&live) };
        let likelihoods = part.likelihoods(query.text);
        let scored = chosen.into_iter().filter_map(|n| {
            let section = part.sections().get(n)?;
            Some(Scored {
                number: section.passage,
                passage: self.passages.get(section.passage)?,
                relevance: 0.0,
                bm25: words.get(&n).copied().unwrap_or(0.0),
                cosine: cosines.get(n).copied().flatten(),
                asked: section.likelihood(&likelihoods),
            })
        });
        let mut found: Vec<Scored> = scored.collect();
        likely(&mut found);
        found.retain_mut(|s| {
            let prior = query.prior.get(s.passage.page()).copied().unwrap_or(0.0);
            let relevance = |asked| self.fusion.relevance(s.bm25, s.cosine, asked, prior);
            // What was asked before ranks; by itself it finds nothing.
            let any = relevance(Some(0.0)) > 0.0;
            s.relevance = relevance(s.asked);
            any
        });
        found.sort_by(order);
        found.truncate(k);
        Ok(found.into_iter().map(|s| self.hit(s, query)).collect())
    }

    /// Which sections of a part may be told on the day to whom it is: of one page id the variant that names the state or the payer
    /// beats the one for all, a later version an earlier one.
    fn live(&self, part: &Part, query: &PolicyQuery) -> Arc<[bool]> {
        let usable = self.versions.iter().filter_map(|(range, window)| {
            let first = self.passages.get(range.start)?;
            let may = first.meta.language == part.lang
                && first.meta.audience == "customer"
                && window.is_some_and(|w| w.holds(query.today))
                && first.applies_in(query.region, query.payer);
            may.then(|| (first.page(), (first.meta.specificity(), first.meta.version), range))
        });
        let usable: Vec<_> = usable.collect();
        let mut best: HashMap<&PageId, (usize, u32)> = HashMap::new();
        for (page, rank, _) in &usable {
            let top = best.entry(page).or_insert(*rank);
            *top = (*top).max(*rank);
        }
        let mut told = vec![false; self.passages.len()];
        for (_, _, range) in usable.iter().filter(|(page, rank, _)| best.get(page) == Some(rank)) {
            told.get_mut(Range::clone(range)).unwrap_or_default().fill(true);
        }
        part.sections().iter().map(|s| told.get(s.passage).copied().unwrap_or(false)).collect()
    }

    /// Of each live section the nearness of what it is found by.
    fn cosines(&self, part: &Part, live: &[bool], to: Option<&Embedding>) -> Vec<Option<f32>> {
        let Some(to) = to.filter(|_| !self.codes.is_empty()) else { return Vec::new() };
        let own = |passage: usize| {
            let (from, found_by) = *self.rows.get(passage)?;
            nearness(self.codes.cosines(from..from + found_by, to), NEAREST)
        };
        part.sections().iter().zip(live).map(|(s, live)| live.then(|| own(s.passage)).flatten()).collect()
    }

    fn hit(&self, scored: Scored, query: &PolicyQuery) -> Hit {
        let from = self.rows.get(scored.number).map_or(0, |(from, _)| from + 1);
        let known = from..from + scored.passage.asked.len();
        let near: Vec<f32> = query.embedding.map_or_else(Vec::new, |e| self.codes.cosines(known, e).collect());
        let lead = lead(scored.passage, query.text, &near);
        let passage = Passage { lead, ..scored.passage.without_questions() };
        let Scored { relevance, bm25, cosine, asked, .. } = scored;
        Hit { passage, relevance, bm25, cosine, asked }
    }
}

/// Its words alone, without case, accents and marks.
fn folded(text: &str) -> String {
    words(text).concat()
}

/// Runs of passages with one front matter.
fn versions(passages: &[Passage]) -> Vec<(Range<usize>, Option<Window>)> {
    let mut from = 0;
    let runs = passages.chunk_by(|a, b| a.meta == b.meta).map(|run| {
        let range = from..from + run.len();
        from = range.end;
        (range, run.first().and_then(|p| p.meta.window()))
    });
    runs.collect()
}

fn numbers(live: &[bool]) -> Vec<usize> {
    live.iter().enumerate().filter(|(_, l)| **l).map(|(n, _)| n).collect()
}

/// Those with a word match, and so many of those nearest by meaning; by number.
fn nearest(words: &HashMap<usize, f32>, cosines: &[Option<f32>], most: usize) -> Vec<usize> {
    let mut near: Vec<(f32, usize)> = cosines.iter().enumerate().filter_map(|(n, c)| Some(((*c)?, n))).collect();
    if near.len() > most {
        near.select_nth_unstable_by(most, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        near.truncate(most);
    }
    let all: BTreeSet<usize> = words.keys().copied().chain(near.into_iter().map(|(_, n)| n)).collect();
    all.into_iter().collect()
}

/// A section while it is compared with others.
struct Scored<'i> {
    /// Number of its passage.
    number: usize,
    passage: &'i Passage,
    relevance: f32,
    bm25: f32,
    cosine: Option<f32>,
    /// First a log-likelihood, then as in [`Hit`]; none when nothing is known of what people ask of it.
    asked: Option<f32>,
}

/// Log-likelihoods of what is asked into probabilities over what was found, each averaged with that of its page.
fn likely(hits: &mut [Scored]) {
    let likelihoods: Vec<f32> = hits.iter().map(|h| h.asked.unwrap_or(f32::NEG_INFINITY)).collect();
    let of_section = probabilities(&likelihoods, TEMPERATURE);
    let mut pages: HashMap<PageId, f32> = HashMap::new();
    for (hit, p) in hits.iter_mut().zip(of_section).filter(|(hit, _)| hit.asked.is_some()) {
        hit.asked = Some(p);
        *pages.entry(hit.passage.page().clone()).or_default() += p;
    }
    for hit in hits {
        let page = pages.get(hit.passage.page()).copied().unwrap_or(0.0);
        hit.asked = hit.asked.map(|p| p.midpoint(page));
    }
}

/// Mean of the `most` largest cosines, four at most: one alike question may be chance, several are not.
pub(super) fn nearness(all: impl Iterator<Item = f32>, most: usize) -> Option<f32> {
    let (mut best, mut count) = ([f32::NEG_INFINITY; 4], 0_usize);
    for cosine in all {
        count += 1;
        let mut next = cosine;
        for slot in best.iter_mut().take(most) {
            if next > *slot {
                std::mem::swap(slot, &mut next);
            }
        }
    }
    let taken = count.min(most).min(best.len());
    (taken > 0).then(|| best.iter().take(taken).sum::<f32>() / taken as f32)
}

/// Best first; ties by page and section, so that the same question gives the same list.
fn order(a: &Scored, b: &Scored) -> Ordering {
    let name = |h: &Scored| (h.passage.page().clone(), h.passage.section);
    b.relevance.total_cmp(&a.relevance).then_with(|| name(a).cmp(&name(b)))
}
