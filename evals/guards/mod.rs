//! `evals guards`: the input guard on one message with its history.

mod by_map;
mod case;
mod floors;
mod judge;
mod quality;
mod score;

pub use case::{GuardCase, Role, Turn, mapped, parsed, read};
pub use judge::{Judged, State, judge};
pub use quality::BINS;
pub use score::STRICTNESS;

use crate::args::{Cases, Common};
use crate::failure::Failure;
use crate::label_map::LabelMap;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::setup;
use apothecary::engine::Engine;
use floors::Floors;
use score::Pair;
use std::path::PathBuf;

/// `evals guards`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  evals guards --cases evals/suites/smoke/guards.jsonl --report guards.json\n  \
    evals guards --cases evals/datasets/round1.jsonl --floors evals/floors.toml\n  \
    evals guards --cases jb_jbb.jsonl --label-map evals/maps/jb_jbb.toml --predictions out.jsonl --no-timing")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    cases: Cases,
    /// Rows of what must be reached, printed beside what was
    #[arg(long, value_name = "FILE")]
    floors: Option<PathBuf>,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let map = args.cases.label_map.as_deref().map(LabelMap::load).transpose()?;
    let floors = args.floors.as_deref().map(Floors::load).transpose()?;
    let cases = read(&args.cases.files, map.as_ref())?;
    let (engine, _folder) = setup::bare(&args.common).await?;
    let judged = all(&engine, &cases, &args.common, "guards").await;
    let predictions: Vec<_> =
        cases.iter().zip(&judged).map(|(c, j)| lines::carried(j.json.clone(), &c.extra)).collect();
    lines::write(args.common.predictions.as_deref(), &predictions)?;
    let mut report = Report::new("guards", setup::provenance(&args.common, &engine)?);
    summarise(&mut report, &engine, &cases, &judged);
    if let Some(floors) = floors {
        floors.score(&mut report, &scored(&cases, &judged));
    }
    report.finish(&args.common, &args.cases.files)
}

/// Judges every case, in order.
pub async fn all(engine: &Engine, cases: &[Line<GuardCase>], common: &Common, what: &str) -> Vec<Judged> {
    let bar = setup::bar(cases.len(), what);
    let mut out = Vec::with_capacity(cases.len());
    for case in cases {
        out.push(judge(engine, &case.value, common).await);
        bar.inc(1);
    }
    bar.finish_and_clear();
    out
}

/// Puts all that the labels allow into a report.
pub fn summarise(report: &mut Report, engine: &Engine, cases: &[Line<GuardCase>], judged: &[Judged]) {
    report.count("cases", cases.len());
    let of = |want: fn(&State) -> bool| judged.iter().filter(|j| want(&j.state)).count();
    report.count("refused as no message (blank, too long)", of(|s| matches!(s, State::Rejected(_))));
    let skipped = cases.iter().filter(|c| c.value.meaning.as_ref().is_some_and(|m| m.skip)).count();
    report.count("skipped by the label map", skipped);
    report.count("faulted, unscored", of(|s| matches!(s, State::Faulted)));
    let limit = engine.policy.guards.deadline_ms.saturating_mul(1000);
    report.count("later than the product's own deadline", judged.iter().filter(|j| j.micros > limit).count());
    judged.iter().for_each(|j| report.took(j.micros));
    let scored = scored(cases, judged);
    score::score(report, &scored);
    by_map::score(report, &scored);
}

/// What can be scored: judged, and not skipped by the label map.
fn scored<'a>(cases: &'a [Line<GuardCase>], judged: &'a [Judged]) -> Vec<Pair<'a>> {
    let all = cases.iter().map(|c| &c.value).zip(judged);
    all.filter(|(c, j)| j.state == State::Judged && !c.meaning.as_ref().is_some_and(|m| m.skip)).collect()
}
