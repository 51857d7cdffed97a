//! `evals retrieval`: the product's ranking over a corpus of any kind, with a TREC run file and the usual measures.

pub mod measures;
mod set;

use crate::args::Common;
use crate::failure::Failure;
use crate::lines;
use crate::report::Report;
use crate::setup;
use apothecary::engine::Engine;
use measures::{Qrels, Ranking, lead, score};
use serde::Deserialize;
use serde_json::Value;
use set::Set;
pub use set::{Form, Voice};
use std::fmt::Write;
use std::path::{Path, PathBuf};

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
    /// Queries: id, text, history (the user's last message there counts), rewrite (for --compare)
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
    /// Beside the product's ranking those by words alone, by embeddings alone, by the last message alone and by a person's rewrites, with what lies between them
    #[arg(long, requires = "qrels", conflicts_with = "lexical")]
    compare: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct Judgement {
    qid: String,
    did: String,
    score: f64,
}

/// By what is ranked, and the text that is searched by.
pub type Way = (Voice, Form);
/// The product's own.
pub const OWN: Way = (Voice::Both, Form::Conversation);

/// What a way is called in tables.
pub fn name((voice, form): Way) -> &'static str {
    match (voice, form) {
        (_, Form::Last) => "last message alone",
        (_, Form::Rewrite) => "a person's rewrites",
        (voice, Form::Conversation) => voice.name(),
    }
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let (engine, _folder) = setup::bare(&args.common).await?;
    let mut report = Report::new("retrieval", setup::provenance(&args.common, &engine)?);
    let qrels = args.qrels.as_deref().map(judgements).transpose()?;
    let set = Set::read(&engine, &args.corpus, &args.queries, !args.lexical, &args.common).await?;
    let own = match (&qrels, args.compare) {
        (Some(qrels), true) => compare(&engine, set, qrels, &args.common, &mut report).await?,
        (qrels, _) => {
            let way = if args.lexical { (Voice::Words, Form::Conversation) } else { OWN };
            let ranking = set.rank(&engine, way, &args.common, &mut report).await?;
            if let Some(qrels) = qrels {
                score(&mut report, "all", &ranking, qrels);
            }
            ranking
        }
    };
    if let Some(file) = &args.run {
        std::fs::write(file, trec(&own)).map_err(|e| Failure::file(file, e))?;
    }
    let files: Vec<PathBuf> = [&args.corpus, &args.queries].into_iter().chain(&args.qrels).cloned().collect();
    report.finish(&args.common, &files)
}

/// The product's ranking beside every other way that the set allows, and what it is ahead of each by.
async fn compare(
    engine: &Engine,
    set: Set,
    qrels: &Qrels,
    common: &Common,
    report: &mut Report,
) -> Result<Ranking, Failure> {
    let mut own = Ranking::new();
    for way in set.ways() {
        let mut part = Report::new("retrieval", Value::Null);
        let ranking = set.rank(engine, way, common, &mut part).await?;
        score(&mut part, "all", &ranking, qrels);
        report.absorb(name(way), part);
        if way == OWN {
            own = ranking;
        } else {
            lead(report, &format!("ahead of {}", name(way)), &own, &ranking, qrels);
        }
    }
    Ok(own)
}

/// Ranks every query of a set in each way and fills the report.
///
/// # Errors
/// As [`Set::read`].
pub async fn measure(
    engine: &Engine,
    [corpus, queries, qrels]: &[PathBuf; 3],
    common: &Common,
    report: &mut Report,
) -> Result<(), Failure> {
    let set = Set::read(engine, corpus, queries, true, common).await?;
    compare(engine, set, &judgements(qrels)?, common, report).await.map(|_| ())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_file_is_trecs() {
        let ranking: Ranking = vec![("q".into(), vec![("x".into(), 1.0)])];
        assert_eq!(trec(&ranking), "q Q0 x 1 1.000000 apothecary\n");
    }
}
