//! `evals passages`: does a retrieved text carry an instruction?

use crate::args::{Cases, Common};
use crate::failure::Failure;
use crate::label_map::LabelMap;
use crate::lines::{self, Line, rounded};
use crate::report::Report;
use crate::setup;
use crate::stats::{Rate, auroc};
use apothecary::engine::Engine;
use apothecary::guard::planted::Scan;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Instant;

const KNOWN: [&str; 4] = ["id", "text", "kind", "injected"];

/// `evals passages`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example:\n  evals passages --cases passages.jsonl --predictions out.jsonl --report passages.json"
)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    cases: Cases,
}

/// One case.
#[derive(Clone, Debug, Deserialize)]
pub struct PassageCase {
    /// Unique.
    pub id: String,
    /// The retrieved text.
    pub text: String,
    /// What it is, for slices.
    #[serde(default)]
    pub kind: Option<String>,
    /// Label.
    #[serde(default)]
    pub injected: Option<bool>,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let map = args.cases.label_map.as_deref().map(LabelMap::load).transpose()?;
    let cases = read(&args.cases.files, map.as_ref())?;
    let (engine, _folder) = setup::bare(&args.common).await?;
    let mut report = Report::new("passages", setup::provenance(&args.common, &engine)?);
    let predictions = judge(&engine, &cases, &args.common, &mut report);
    lines::write(args.common.predictions.as_deref(), &predictions)?;
    report.finish(&args.common, &args.cases.files)
}

/// Reads cases, through a map when there is one.
///
/// # Errors
/// The first line that is wrong.
pub fn read(files: &[PathBuf], map: Option<&LabelMap>) -> Result<Vec<Line<PassageCase>>, Failure> {
    let Some(map) = map else { return lines::read(files, &KNOWN) };
    mapped(lines::raw(files, Some("id"))?, map)
}

/// Turns raw lines of a public set into cases.
///
/// # Errors
/// As [`read`].
pub fn mapped(
    raw: Vec<Line<serde_json::Map<String, Value>>>,
    map: &LabelMap,
) -> Result<Vec<Line<PassageCase>>, Failure> {
    let mut out = Vec::with_capacity(raw.len());
    for line in raw {
        let (own, meaning) = map.apply(line)?;
        let mut cases: Vec<Line<PassageCase>> = lines::parse(vec![own], &KNOWN)?;
        cases.iter_mut().for_each(|c| c.value.injected = meaning.injected);
        out.extend(cases);
    }
    Ok(out)
}

/// Scores every text, fills the report, returns the predictions.
pub fn judge(engine: &Engine, cases: &[Line<PassageCase>], common: &Common, report: &mut Report) -> Vec<Value> {
    report.count("cases", cases.len());
    let mut scored: Vec<(&PassageCase, Scan)> = Vec::new();
    let mut out = Vec::new();
    for line in cases {
        let start = Instant::now();
        let scan = engine.planted.scan(&line.value.text);
        let micros = common.micros(start);
        report.took(micros);
        if line.value.injected.is_some_and(|want| want != scan.carries) {
            report.fail(&line.value.id, format!("injected {}", scan.carries));
        }
        let own =
            json!({ "id": line.value.id, "injected": scan.carries, "score": rounded(scan.score), "micros": micros });
        out.push(lines::carried(own, &line.extra));
        scored.push((&line.value, scan));
    }
    let with = |want: bool| scored.iter().filter(move |(c, _)| c.injected == Some(want)).map(|(_, s)| s.carries);
    report.rate("all", "instructions found", Rate::of(with(true)));
    report.rate("all", "clean texts flagged", Rate::of(with(false)));
    let truth: Vec<(f32, bool)> = scored.iter().filter_map(|(c, s)| Some((s.score, c.injected?))).collect();
    report.number("all", "area under the ROC curve", auroc(&truth), truth.len());
    let kinds: std::collections::BTreeSet<&String> = cases.iter().filter_map(|c| c.value.kind.as_ref()).collect();
    for kind in kinds {
        let of = |want| scored.iter().filter(move |(c, _)| c.kind.as_ref() == Some(kind) && c.injected == Some(want));
        report.rate(kind, "instructions found", Rate::of(of(true).map(|(_, s)| s.carries)));
        report.rate(kind, "clean texts flagged", Rate::of(of(false).map(|(_, s)| s.carries)));
    }
    out
}
