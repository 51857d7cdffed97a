//! The policy sections of one language: their words, and what people ask of each (naive Bayes over the questions that a section answers
//! and its own sentences). Variants and versions of a section are one topic. Scores, no filters and no ranking.

use super::IndexError;
use super::lexical::{Doc, Lexical};
use crate::domain::bayes::{ALPHA, NaiveBayes, TEMPERATURE, probabilities};
use crate::domain::evidence::Passage;
use crate::domain::ids::PageId;
use crate::domain::lang::Lang;
use std::collections::HashMap;

/// The sections of one language.
pub(super) struct Part {
    /// The language.
    pub lang: Lang,
    lexical: Lexical,
    asked: NaiveBayes,
    /// Numbers of its passages, and of each the number of its topic.
    passages: Vec<(usize, usize)>,
    /// Number of the page of each topic.
    pages: Vec<usize>,
}

/// How a section matches a message before it is compared with others.
pub(super) struct Match {
    /// Number of the passage.
    pub passage: usize,
    /// Word match, 0 or more.
    pub bm25: f32,
    /// Log-likelihood of the message among what is asked of the section; comparable within one message.
    pub asked: f32,
}

impl Part {
    /// Builds the part of one language from all passages.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails.
    pub fn build(lang: Lang, passages: &[Passage]) -> Result<Self, IndexError> {
        let own: Vec<(usize, &Passage)> =
            passages.iter().enumerate().filter(|(_, p)| p.meta.language == lang).collect();
        let texts: Vec<(String, String)> =
            own.iter().map(|(_, p)| (p.text(), p.found_by().collect::<Vec<_>>().join("\n"))).collect();
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
                let own = std::iter::once(&passage.heading).chain(&passage.sentences).map(String::as_str);
                learned.extend(own.chain(passage.found_by()).map(|t| (topic, t.to_owned())));
            }
            numbers.push((n, topic));
        }
        Ok(Self { lang, lexical, asked: NaiveBayes::learn(&learned, topics.len(), ALPHA), passages: numbers, pages })
    }

    /// Every passage with its scores, in the order of the passages.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails.
    pub fn matches(&self, text: &str) -> Result<Vec<Match>, IndexError> {
        let words = self.lexical.search(text, self.passages.len())?;
        let asked = self.asked.scores(text);
        let scored = self.passages.iter().enumerate().map(|(local, (passage, topic))| Match {
            passage: *passage,
            bm25: words.get(&local).copied().unwrap_or(0.0),
            asked: asked.get(*topic).copied().unwrap_or(f32::NEG_INFINITY),
        });
        Ok(scored.collect())
    }

    /// Probability of the page that a message asks for most probably.
    pub fn clearest(&self, text: &str) -> f32 {
        let mut pages: HashMap<usize, f32> = HashMap::new();
        for (p, page) in probabilities(&self.asked.scores(text), TEMPERATURE).into_iter().zip(&self.pages) {
            *pages.entry(*page).or_default() += p;
        }
        pages.into_values().fold(0.0, f32::max)
    }
}
