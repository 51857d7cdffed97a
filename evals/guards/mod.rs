//! `evals guards`: the input guard on one message with its history.

mod by_map;
mod case;
mod judge;
mod score;

pub use case::{GuardCase, mapped, read};
pub use judge::{Judged, State};

use crate::args::{Cases, Common};
use crate::failure::Failure;
use crate::label_map::LabelMap;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::setup;
use apothecary::engine::Engine;

/// `evals guards`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  evals guards --cases evals/suites/smoke/guards.jsonl --report guards.json\n  \
    evals guards --cases jb_jbb.jsonl --label-map evals/maps/jb_jbb.toml --predictions out.jsonl --no-timing")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    cases: Cases,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let map = args.cases.label_map.as_deref().map(LabelMap::load).transpose()?;
    let cases = read(&args.cases.files, map.as_ref())?;
    let (engine, _folder) = setup::bare(&args.common).await?;
    let judged = all(&engine, &cases, &args.common, "guards").await;
    let predictions: Vec<_> =
        cases.iter().zip(&judged).map(|(c, j)| lines::carried(j.json.clone(), &c.extra)).collect();
    lines::write(args.common.predictions.as_deref(), &predictions)?;
    let mut report = Report::new("guards", setup::provenance(&args.common, &engine)?);
    summarise(&mut report, &engine, &cases, &judged);
    report.finish(&args.common, &args.cases.files)
}

/// Judges every case, in order.
pub async fn all(engine: &Engine, cases: &[Line<GuardCase>], common: &Common, what: &str) -> Vec<Judged> {
    let bar = setup::bar(cases.len(), what);
    let mut out = Vec::with_capacity(cases.len());
    for case in cases {
        out.push(judge::judge(engine, &case.value, common).await);
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
    report.count("faulted, unscored", of(|s| matches!(s, State::Faulted)));
    let limit = engine.policy.guards.deadline_ms.saturating_mul(1000);
    report.count("later than the product's own deadline", judged.iter().filter(|j| j.micros > limit).count());
    judged.iter().for_each(|j| report.took(j.micros));
    let scored: Vec<(&GuardCase, &Judged)> = cases
        .iter()
        .map(|c| &c.value)
        .zip(judged)
        .filter(|(c, j)| j.state == State::Judged && !c.meaning.as_ref().is_some_and(|m| m.skip))
        .collect();
    score::score(report, &scored);
    by_map::score(report, &scored);
}
