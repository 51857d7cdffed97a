//! The policy sections of one language: their words, and, where anybody wrote questions, what people ask of each (naive Bayes over the
//! questions that a section answers and its own sentences). Variants and versions of a section are one topic. Scores, no filters and no ranking.

use super::IndexError;
use super::lexical::{Doc, Lexical};
use crate::domain::bayes::{ALPHA, NaiveBayes, TEMPERATURE, probabilities};
use crate::domain::evidence::Passage;
use crate::domain::ids::PageId;
use crate::domain::lang::Lang;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Topics that are learned at most; where there are more, only those that somebody wrote questions for.
const LEARNED: usize = 20_000;

/// The sections of one language, numbered from 0.
pub(super) struct Part {
    /// The language.
    pub lang: Lang,
    lexical: Lexical,
    asked: NaiveBayes,
    sections: Vec<Section>,
    /// Number of the page of each topic.
    pages: Vec<usize>,
}

/// One section of a part.
pub(super) struct Section {
    /// Number of its passage.
    pub passage: usize,
    /// What it is about, when that was learned.
    topic: Option<usize>,
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
        let topics = Topics::of(&own);
        let section = |(n, p): &(usize, &Passage)| Section { passage: *n, topic: topics.of_section(p) };
        let sections = own.iter().map(section).collect();
        let asked = NaiveBayes::learn(&topics.texts, topics.pages.len(), ALPHA);
        Ok(Self { lang, lexical, asked, sections, pages: topics.pages })
    }

    /// Its sections, in the order of the passages.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Word match, 0 or more, of the best `limit` of those wanted, by number of the section.
    ///
    /// # Errors
    /// [`IndexError`] when the search library fails.
    pub fn words(&self, text: &str, limit: usize, wanted: Arc<[bool]>) -> Result<HashMap<usize, f32>, IndexError> {
        self.lexical.search(text, limit, move |n| wanted.get(n).copied().unwrap_or(false))
    }

    /// Log-likelihood of the message among what is asked of each topic; comparable within one message.
    pub fn likelihoods(&self, text: &str) -> Vec<f32> {
        self.asked.scores(text)
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

impl Section {
    /// Of all likelihoods its own; none when nothing is known of what people ask of it.
    pub fn likelihood(&self, all: &[f32]) -> Option<f32> {
        all.get(self.topic?).copied()
    }
}

/// The topics of one language with the texts that they are learned from.
struct Topics<'p> {
    numbers: HashMap<(&'p PageId, &'p str), usize>,
    pages: Vec<usize>,
    texts: Vec<(usize, String)>,
}

impl<'p> Topics<'p> {
    fn of(sections: &[(usize, &'p Passage)]) -> Self {
        let key = |p: &'p Passage| (p.page(), p.heading.as_str());
        let mut topics = Self { numbers: HashMap::new(), pages: Vec::new(), texts: Vec::new() };
        // From pages alone one topic or another would always seem sure, whatever is asked.
        if sections.iter().all(|(_, p)| p.found_by().next().is_none()) {
            return topics;
        }
        let all: HashSet<_> = sections.iter().map(|(_, p)| key(p)).collect();
        let (many, mut ids) = (all.len() > LEARNED, HashMap::<&PageId, usize>::new());
        for (_, p) in sections {
            let skipped = many && (p.found_by().next().is_none() || topics.pages.len() >= LEARNED);
            if skipped || topics.numbers.contains_key(&key(p)) {
                continue;
            }
            let (topic, next) = (topics.pages.len(), ids.len());
            topics.numbers.insert(key(p), topic);
            topics.pages.push(*ids.entry(p.page()).or_insert(next));
            let own = std::iter::once(&p.heading).chain(&p.sentences).map(String::as_str);
            topics.texts.extend(own.chain(p.found_by()).map(|t| (topic, t.to_owned())));
        }
        topics
    }

    fn of_section(&self, p: &Passage) -> Option<usize> {
        self.numbers.get(&(p.page(), p.heading.as_str())).copied()
    }
}
