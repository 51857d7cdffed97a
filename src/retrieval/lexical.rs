//! BM25 over heading, title and text of one language. Terms are built from tokens; nothing reaches a query parser.

use super::IndexError;
use super::analyze::{analyzer, terms};
use crate::domain::lang::Lang;
use crate::domain::words::near;
use std::collections::{BTreeSet, HashMap};
use tantivy::collector::{FilterCollector, TopDocs};
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, IndexReader, TantivyDocument, Term};

const ANALYZER: &str = "product";
const NUMBER: &str = "number";
/// Weight of a term that differs from the typed one by a letter.
const TYPO: f32 = 0.4;
/// Shorter tokens are never taken for mistyped ones.
const TYPO_LETTERS: usize = 5;
/// Further terms of a long text are not searched.
const MAX_TERMS: usize = 96;

/// One document to index.
pub struct Doc<'a> {
    /// Heading, counts double.
    pub heading: &'a str,
    /// Title of the whole.
    pub title: &'a str,
    /// Body.
    pub text: &'a str,
    /// Questions that it answers.
    pub asked: &'a str,
}

/// A finished index over documents numbered from 0.
pub struct Lexical {
    reader: IndexReader,
    fields: [(Field, f32); 4],
    analyzer: TextAnalyzer,
    vocabulary: Vocabulary,
}

impl Lexical {
    /// Builds in memory.
    pub fn build<'a>(lang: Lang, docs: impl Iterator<Item = Doc<'a>>) -> Result<Self, IndexError> {
        let options = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default().set_tokenizer(ANALYZER).set_index_option(IndexRecordOption::WithFreqs),
        );
        let mut schema = Schema::builder();
        let [heading, title, text, asked] =
            ["heading", "title", "text", "asked"].map(|n| schema.add_text_field(n, options.clone()));
        let number = schema.add_u64_field(NUMBER, FAST);
        let index = Index::create_in_ram(schema.build());
        let mut words = analyzer(lang);
        index.tokenizers().register(ANALYZER, words.clone());
        let mut writer = index.writer_with_num_threads(1, 30_000_000)?;
        let mut vocabulary = BTreeSet::new();
        for (n, doc) in docs.enumerate() {
            let mut out = TantivyDocument::default();
            for (field, part) in [(heading, doc.heading), (title, doc.title), (text, doc.text), (asked, doc.asked)] {
                out.add_text(field, part);
                vocabulary.extend(terms(&mut words, part));
            }
            out.add_u64(number, n as u64);
            writer.add_document(out)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let fields = [(heading, 2.0), (title, 1.0), (text, 1.0), (asked, 1.0)];
        Ok(Self { reader: index.reader()?, fields, analyzer: words, vocabulary: Vocabulary::of(vocabulary) })
    }

    /// BM25 of the matching documents that are wanted, the best `limit`, by document number.
    pub fn search(
        &self,
        text: &str,
        limit: usize,
        wanted: impl Fn(usize) -> bool + Send + Sync + Clone + 'static,
    ) -> Result<HashMap<usize, f32>, IndexError> {
        let clauses = self.clauses(text);
        if clauses.is_empty() || limit == 0 {
            return Ok(HashMap::new());
        }
        let searcher = self.reader.searcher();
        let wanted = move |n: u64| usize::try_from(n).is_ok_and(&wanted);
        let best = TopDocs::with_limit(limit).order_by_score();
        let found = searcher.search(&BooleanQuery::new(clauses), &FilterCollector::new(NUMBER.into(), wanted, best))?;
        let mut out = HashMap::new();
        for (score, address) in found {
            let numbers = searcher.segment_reader(address.segment_ord).fast_fields().u64(NUMBER)?;
            if let Some(n) = numbers.first(address.doc_id).and_then(|n| usize::try_from(n).ok()) {
                out.insert(n, score);
            }
        }
        Ok(out)
    }

    fn clauses(&self, text: &str) -> Vec<(Occur, Box<dyn Query>)> {
        let tokens = terms(&mut self.analyzer.clone(), text);
        let mut out = Vec::new();
        for token in tokens.into_iter().take(MAX_TERMS) {
            if self.vocabulary.contains(&token) {
                self.push(&mut out, &token, 1.0);
            }
            if token.chars().count() >= TYPO_LETTERS && !token.bytes().all(|b| b.is_ascii_digit()) {
                self.vocabulary.near(&token).for_each(|v| self.push(&mut out, v, TYPO));
            }
        }
        out
    }

    fn push(&self, out: &mut Vec<(Occur, Box<dyn Query>)>, token: &str, weight: f32) {
        for (field, boost) in self.fields {
            let term = TermQuery::new(Term::from_field_text(field, token), IndexRecordOption::WithFreqs);
            out.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), boost * weight))));
        }
    }
}

/// The terms of all documents, by how many letters they have: a slip changes that by one at most.
struct Vocabulary(Vec<BTreeSet<String>>);

impl Vocabulary {
    fn of(terms: BTreeSet<String>) -> Self {
        let mut by_length: Vec<BTreeSet<String>> = Vec::new();
        for term in terms {
            let length = term.chars().count();
            by_length.resize_with(by_length.len().max(length + 1), BTreeSet::new);
            by_length.iter_mut().skip(length).take(1).for_each(|set| {
                set.insert(term.clone());
            });
        }
        Self(by_length)
    }
    fn contains(&self, term: &str) -> bool {
        self.0.get(term.chars().count()).is_some_and(|set| set.contains(term))
    }
    /// Those that differ by one slip, in the order of the alphabet.
    fn near(&self, term: &str) -> impl Iterator<Item = &str> {
        let length = term.chars().count();
        let alike = self.0.iter().skip(length.saturating_sub(1)).take(3).flatten().filter(|v| near(v, term));
        alike.map(String::as_str).collect::<BTreeSet<_>>().into_iter()
    }
}
