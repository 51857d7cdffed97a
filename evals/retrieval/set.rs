//! A corpus with its queries, ranked by one voice over one form of the query.

use super::measures::Ranking;
use super::{OWN, Way};
use crate::args::Common;
use crate::failure::Failure;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::setup;
use apothecary::domain::embedding::Embedding;
use apothecary::engine::Engine;
use apothecary::gather::follow;
use apothecary::retrieval::{AdHocDoc, AdHocIndex, Fusion};
use serde::Deserialize;
use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

/// Documents in a run.
const DEPTH: usize = 100;
/// Texts that are embedded at once.
const BATCH: usize = 16;

/// By what is ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// BM25 alone.
    Words,
    /// Embeddings alone.
    Meaning,
    /// As the product does.
    Both,
}

impl Voice {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Voice::Words => "words alone",
            Voice::Meaning => "embeddings alone",
            Voice::Both => "words and embeddings",
        }
    }
}

/// The text that is searched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As the product builds it from the conversation.
    Conversation,
    /// The last message as it stands.
    Last,
    /// What a person made of it; only queries that have one.
    Rewrite,
}

#[derive(Clone, Debug, Deserialize)]
struct Document {
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

/// An earlier message; a set that keeps something else there (ShARC: questions of a form, with answers) has none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    role: String,
    text: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Query {
    id: String,
    text: String,
    #[serde(default)]
    history: Vec<Said>,
    rewrite: Option<String>,
}

impl Query {
    fn form(&self, form: Form) -> Option<Cow<'_, str>> {
        let before = || self.history.iter().rev().find(|said| said.role == "user").map(|said| said.text.as_str());
        match form {
            Form::Conversation => Some(follow::query(&self.text, before())),
            Form::Last => Some(Cow::Borrowed(&self.text)),
            Form::Rewrite => self.rewrite.as_deref().map(Cow::Borrowed),
        }
    }
}

/// A corpus with its queries.
pub struct Set {
    index: AdHocIndex,
    queries: Vec<Line<Query>>,
}

impl Set {
    /// Reads both; with `meaning` the documents are embedded.
    ///
    /// # Errors
    /// Files that cannot be read; a failing encoder or index.
    pub async fn read(
        engine: &Engine,
        corpus: &Path,
        queries: &Path,
        meaning: bool,
        common: &Common,
    ) -> Result<Self, Failure> {
        let documents: Vec<Line<Document>> = lines::read(&[corpus.to_owned()], &[])?;
        let queries: Vec<Line<Query>> = lines::read(&[queries.to_owned()], &[])?;
        let texts: Vec<String> = documents.iter().map(|d| format!("{} {}", d.value.title, d.value.text)).collect();
        let deadline = Duration::from_millis(common.deadline_ms);
        let embeddings = if meaning { embed(engine, &texts, deadline).await? } else { Vec::new() };
        let docs = documents.into_iter().map(|d| AdHocDoc { id: d.value.id, title: d.value.title, text: d.value.text });
        let index = AdHocIndex::build(docs.collect(), embeddings).map_err(Failure::internal)?;
        Ok(Self { index, queries })
    }

    /// The product's way first, then those to set beside it.
    pub fn ways(&self) -> Vec<Way> {
        let has = |of: &dyn Fn(&Query) -> bool| self.queries.iter().any(|q| of(&q.value));
        let mut ways = vec![OWN, (Voice::Words, Form::Conversation), (Voice::Meaning, Form::Conversation)];
        ways.extend(has(&|q| !q.history.is_empty()).then_some((Voice::Both, Form::Last)));
        ways.extend(has(&|q| q.rewrite.is_some()).then_some((Voice::Both, Form::Rewrite)));
        ways
    }

    /// Ranks every query that has the form.
    ///
    /// # Errors
    /// As [`Set::read`].
    pub async fn rank(
        &self,
        engine: &Engine,
        (voice, form): Way,
        common: &Common,
        report: &mut Report,
    ) -> Result<Ranking, Failure> {
        let whole = Fusion::default();
        let alone = Fusion { lexical: 0.0, semantic: 1.0, asked: 0.0, ..whole };
        let fusion = if voice == Voice::Meaning { alone } else { whole };
        let (deadline, mut ranking) = (Duration::from_millis(common.deadline_ms), Ranking::new());
        let texts = self.queries.iter().filter_map(|q| Some((&q.value.id, q.value.form(form)?.into_owned())));
        for (id, text) in texts {
            let start = Instant::now();
            let near = match voice {
                Voice::Words => None,
                _ => embed(engine, std::slice::from_ref(&text), deadline).await?.pop(),
            };
            let hits = self.index.search(&text, near.as_ref(), &fusion, DEPTH).map_err(Failure::internal)?;
            report.took(common.micros(start));
            ranking.push((id.clone(), hits));
        }
        report.count("queries", ranking.len());
        Ok(ranking)
    }
}

/// An embedding a text.
///
/// # Errors
/// A failing encoder.
async fn embed(engine: &Engine, texts: &[String], deadline: Duration) -> Result<Vec<Embedding>, Failure> {
    let bar = setup::bar(texts.len(), "embedding");
    let mut out = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        let inferred = engine.classifier().infer(batch.to_vec(), deadline).await.map_err(Failure::internal)?;
        out.extend(inferred.into_iter().map(|i| i.embedding));
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(out)
}
