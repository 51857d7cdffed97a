//! `evals retrieval`: the product's ranking over a corpus of any kind, with a TREC run file and the usual measures.

use crate::args::Common;
use crate::failure::Failure;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::setup;
use crate::stats::resample::{bootstrap, mean};
use apothecary::domain::embedding::Embedding;
use apothecary::engine::Engine;

use apothecary::retrieval::{AdHocDoc, AdHocIndex, Fusion};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Documents in a run.
const DEPTH: usize = 100;
/// Of the resampling.
const SEED: u64 = 7;
/// Texts that are embedded at once.
const BATCH: usize = 16;

/// `evals retrieval`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  evals retrieval --corpus c.jsonl --queries q.jsonl --qrels r.jsonl --run run.trec\n  evals retrieval --corpus c.jsonl --queries q.jsonl --qrels r.jsonl --compare"
)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Documents: id, title, text
    #[arg(long, value_name = "FILE")]
    corpus: PathBuf,
    /// Queries: id, text, history
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// Judgements: qid, did, score
    #[arg(long, value_name = "FILE")]
    qrels: Option<PathBuf>,
    /// Write the TREC run file here
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
    /// Words only, no embeddings
    #[arg(long)]
    lexical: bool,
    /// Beside the product's ranking those by words alone and by embeddings alone, with what lies between them
    #[arg(long, requires = "qrels", conflicts_with = "lexical")]
    compare: bool,
}

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

#[derive(Clone, Debug, Deserialize)]
struct Document {
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Query {
    id: String,
    text: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Judgement {
    qid: String,
    did: String,
    score: f64,
}

type Qrels = BTreeMap<String, BTreeMap<String, f64>>;
/// Query id with its documents, best first.
type Ranking = Vec<(String, Vec<(String, f32)>)>;

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let (engine, _folder) = setup::bare(&args.common).await?;
    let mut report = Report::new("retrieval", setup::provenance(&args.common, &engine)?);
    let qrels = args.qrels.as_deref().map(judgements).transpose()?;
    let voices: &[Voice] = match (args.compare, args.lexical) {
        (true, _) => &[Voice::Both, Voice::Words, Voice::Meaning],
        (false, true) => &[Voice::Words],
        (false, false) => &[Voice::Both],
    };
    let mut set = Set::read(&engine, &args.corpus, &args.queries, *voices != [Voice::Words], &args.common).await?;
    let mut rankings = Vec::new();
    for voice in voices {
        let mut own = Report::new("retrieval", serde_json::Value::Null);
        let into = if args.compare { &mut own } else { &mut report };
        let ranking = set.rank(&engine, *voice, &args.common, into).await?;
        if let Some(qrels) = &qrels {
            score(into, &ranking, qrels);
        }
        if args.compare {
            report.absorb(voice.name(), own);
        }
        rankings.push((*voice, ranking));
    }
    if let (Some((_, whole)), Some(qrels)) = (rankings.first(), &qrels) {
        for (voice, other) in rankings.iter().skip(1) {
            lead(&mut report, *voice, whole, other, qrels);
        }
    }
    if let (Some(file), Some((_, ranking))) = (&args.run, rankings.first()) {
        std::fs::write(file, trec(ranking)).map_err(|e| Failure::file(file, e))?;
    }
    let files: Vec<PathBuf> = [&args.corpus, &args.queries].into_iter().chain(&args.qrels).cloned().collect();
    report.finish(&args.common, &files)
}

/// What the product's ranking is ahead of another by, in nDCG@10 over the same queries; the interval by resampling them.
fn lead(report: &mut Report, voice: Voice, whole: &Ranking, other: &Ranking, qrels: &Qrels) {
    let of = |ranking: &Ranking| -> Vec<f64> { judged(ranking, qrels).iter().map(|(h, r)| ndcg(h, r, 10)).collect() };
    let ahead: Vec<f64> = of(whole).iter().zip(of(other)).map(|(a, b)| a - b).collect();
    let all: Vec<usize> = (0..ahead.len()).collect();
    if let Some(value) = mean(&ahead, &all) {
        let interval = bootstrap(ahead.len(), SEED, |drawn| mean(&ahead, drawn));
        report.measured(&format!("ahead of {}", voice.name()), "nDCG@10", value, ahead.len(), interval);
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

    /// Ranks every query.
    ///
    /// # Errors
    /// As [`Set::read`].
    pub async fn rank(
        &mut self,
        engine: &Engine,
        voice: Voice,
        common: &Common,
        report: &mut Report,
    ) -> Result<Ranking, Failure> {
        let whole = Fusion::default();
        let alone = Fusion { lexical: 0.0, semantic: 1.0, asked: 0.0, ..whole };
        self.index.fusion = if voice == Voice::Meaning { alone } else { whole };
        let (deadline, mut ranking) = (Duration::from_millis(common.deadline_ms), Ranking::new());
        for query in &self.queries {
            let start = Instant::now();
            let text = &query.value.text;
            let near = match voice {
                Voice::Words => None,
                _ => embed(engine, std::slice::from_ref(text), deadline).await?.pop(),
            };
            let hits = self.index.search(text, near.as_ref(), DEPTH).map_err(Failure::internal)?;
            report.took(common.micros(start));
            ranking.push((query.value.id.clone(), hits));
        }
        report.count("queries", ranking.len());
        Ok(ranking)
    }
}

/// Ranks every query of a set by one voice and fills the report.
///
/// # Errors
/// As [`Set::read`].
pub async fn measure(
    engine: &Engine,
    [corpus, queries, qrels]: &[PathBuf; 3],
    voice: Voice,
    common: &Common,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut set = Set::read(engine, corpus, queries, voice != Voice::Words, common).await?;
    let ranking = set.rank(engine, voice, common, report).await?;
    score(report, &ranking, &judgements(qrels)?);
    Ok(())
}

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

fn judgements(file: &Path) -> Result<Qrels, Failure> {
    let raw = lines::raw(&[file.to_owned()], None)?;
    let mut out = Qrels::new();
    for line in lines::parse::<Judgement>(raw, &[])? {
        out.entry(line.value.qid).or_default().insert(line.value.did, line.value.score);
    }
    Ok(out)
}

fn trec(ranking: &Ranking) -> String {
    let mut out = String::new();
    for (query, hits) in ranking {
        for (at, (doc, score)) in hits.iter().enumerate() {
            // Writing to a string does not fail.
            writeln!(out, "{query} Q0 {doc} {} {score:.6} apothecary", at + 1).ok();
        }
    }
    out
}

type Judged<'a> = (&'a Vec<(String, f32)>, &'a BTreeMap<String, f64>);

/// The queries that have at least one relevant document.
fn judged<'a>(ranking: &'a Ranking, qrels: &'a Qrels) -> Vec<Judged<'a>> {
    let known = ranking.iter().filter_map(|(q, hits)| Some((hits, qrels.get(q)?)));
    known.filter(|(_, rel)| rel.values().any(|s| *s > 0.0)).collect()
}

/// Means over the queries that have at least one relevant document; the others are counted.
fn score(report: &mut Report, ranking: &Ranking, qrels: &Qrels) {
    let judged = judged(ranking, qrels);
    report.count("queries without a relevant document, unscored", ranking.len() - judged.len());
    type Measure<'a> = dyn Fn(&[(String, f32)], &BTreeMap<String, f64>) -> f64 + 'a;
    let mean = |f: &Measure<'_>| {
        let all: f64 = judged.iter().map(|(hits, rel)| f(hits, rel)).sum();
        (!judged.is_empty()).then(|| all / judged.len() as f64)
    };
    for k in [5, 10] {
        report.number("all", &format!("nDCG@{k}"), mean(&|h, r| ndcg(h, r, k)), judged.len());
        report.number("all", &format!("recall@{k}"), mean(&|h, r| recall(h, r, k)), judged.len());
    }
    report.number("all", "MRR@10", mean(&|h, r| reciprocal(h, r, 10)), judged.len());
}

fn gain(rel: &BTreeMap<String, f64>, doc: &str) -> f64 {
    rel.get(doc).copied().unwrap_or(0.0)
}

fn dcg(gains: impl Iterator<Item = f64>) -> f64 {
    gains.enumerate().map(|(at, g)| g / (at as f64 + 2.0).log2()).sum()
}

fn ndcg(hits: &[(String, f32)], rel: &BTreeMap<String, f64>, k: usize) -> f64 {
    let mut best: Vec<f64> = rel.values().copied().filter(|s| *s > 0.0).collect();
    best.sort_by(|a, b| b.total_cmp(a));
    dcg(hits.iter().take(k).map(|(d, _)| gain(rel, d))) / dcg(best.into_iter().take(k))
}

fn recall(hits: &[(String, f32)], rel: &BTreeMap<String, f64>, k: usize) -> f64 {
    let found = hits.iter().take(k).filter(|(d, _)| gain(rel, d) > 0.0).count();
    found as f64 / rel.values().filter(|s| **s > 0.0).count() as f64
}

fn reciprocal(hits: &[(String, f32)], rel: &BTreeMap<String, f64>, k: usize) -> f64 {
    hits.iter().take(k).position(|(d, _)| gain(rel, d) > 0.0).map_or(0.0, |at| 1.0 / (at as f64 + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_agree_with_hand_counts() {
        let hits: Vec<(String, f32)> = ["x", "a", "b"].iter().map(|d| ((*d).to_owned(), 1.0)).collect();
        let rel: BTreeMap<String, f64> = [("a".to_owned(), 1.0), ("c".to_owned(), 1.0)].into();
        assert!((reciprocal(&hits, &rel, 10) - 0.5).abs() < 1e-9);
        assert!((recall(&hits, &rel, 5) - 0.5).abs() < 1e-9);
        let want = (1.0 / 3f64.log2()) / (1.0 + 1.0 / 3f64.log2());
        assert!((ndcg(&hits, &rel, 5) - want).abs() < 1e-9);
        assert_eq!(trec(&vec![("q".into(), hits)]).lines().next(), Some("q Q0 x 1 1.000000 apothecary"));
    }
}
