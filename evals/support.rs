//! `evals support`: is a claim carried by its context? Public groundedness sets; the score is that of the weakest sentence.

use crate::args::{Cases, Common};
use crate::failure::Failure;
use crate::label_map::LabelMap;
use crate::lines::{self, Line, rounded};
use crate::report::Report;
use crate::setup;
use crate::stats::{Rate, auroc};
use apothecary::classify::worker::ClassifyError;
use apothecary::engine::Engine;
use apothecary::guard::rules::{Source, SourceKind, sentences};
use apothecary::guard::support::Supported;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Instant;

/// Sentences of a context that are measured at once: the support check has a deadline of its own, and each sentence is compared
/// alone, so that parts give the same value as the whole.
const PART: usize = 24;
/// A part that came too late on a busy machine is tried again so often.
const TRIES: usize = 4;
const KNOWN: [&str; 4] = ["id", "context", "claim", "label"];

/// `evals support`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  evals support --cases ground_wice.jsonl --report wice.json")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    cases: Cases,
}

/// One case.
#[derive(Clone, Debug, Deserialize)]
pub struct SupportCase {
    /// Unique.
    pub id: String,
    /// The source.
    pub context: String,
    /// What is claimed.
    pub claim: String,
    /// `supported` is the positive.
    #[serde(default)]
    pub label: Option<String>,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let map = args.cases.label_map.as_deref().map(LabelMap::load).transpose()?;
    let raw = lines::raw(&args.cases.files, Some("id"))?;
    let cases = read(raw, map.as_ref())?;
    let (engine, _folder) = setup::bare(&args.common).await?;
    let mut report = Report::new("support", setup::provenance(&args.common, &engine)?);
    let predictions = judge(&engine, &cases, &args.common, &mut report).await;
    lines::write(args.common.predictions.as_deref(), &predictions)?;
    report.finish(&args.common, &args.cases.files)
}

/// Turns raw lines into cases, through a map when there is one.
///
/// # Errors
/// The first line that is wrong.
pub fn read(raw: Vec<Line<Map<String, Value>>>, map: Option<&LabelMap>) -> Result<Vec<Line<SupportCase>>, Failure> {
    let Some(map) = map else { return lines::parse(raw, &KNOWN) };
    let mut out = Vec::with_capacity(raw.len());
    for line in raw {
        let (own, meaning) = map.apply(line)?;
        let mut cases: Vec<Line<SupportCase>> = lines::parse(vec![own], &KNOWN)?;
        let word = meaning.supported.map(|yes| if yes { "supported" } else { "unsupported" }.to_owned());
        cases.iter_mut().for_each(|c| c.value.label.clone_from(&word));
        out.extend(cases);
    }
    Ok(out)
}

/// Measures every claim, fills the report, returns the predictions.
pub async fn judge(engine: &Engine, cases: &[Line<SupportCase>], common: &Common, report: &mut Report) -> Vec<Value> {
    let threshold = engine.output.threshold();
    let bar = setup::bar(cases.len(), "support");
    let mut truth: Vec<(f32, bool)> = Vec::new();
    let (mut out, mut faulted) = (Vec::new(), 0);
    for line in cases {
        let start = Instant::now();
        let score = score(engine, &line.value).await;
        let micros = common.micros(start);
        report.took(micros);
        bar.inc(1);
        let mut own =
            json!({ "id": line.value.id, "score": score.as_ref().ok().map(|s| rounded(*s)), "micros": micros });
        match (score, &line.value.label) {
            (Ok(score), Some(label)) => truth.push((score, label == "supported")),
            (Ok(_), None) => {}
            (Err(e), _) => {
                faulted += 1;
                own["fault"] = e.to_string().into();
            }
        }
        out.push(lines::carried(own, &line.extra));
    }
    bar.finish_and_clear();
    report.count("cases", cases.len());
    report.count("faulted, unscored", faulted);
    let passed = |want: bool| truth.iter().filter(move |(_, t)| *t == want).map(|(s, _)| *s >= threshold);
    report.rate("all", "supported claims let through", Rate::of(passed(true)));
    report.rate("all", "other claims let through", Rate::of(passed(false)));
    report.number("all", "area under the ROC curve", auroc(&truth), truth.len());
    out
}

/// The support of the claim's weakest sentence; a claim without a sentence has none.
async fn score(engine: &Engine, case: &SupportCase) -> Result<f32, ClassifyError> {
    let mut best: Vec<f32> = Vec::new();
    for part in parts(&case.context) {
        let source = Source {
            id: "context".into(),
            kind: SourceKind::Policy,
            text: part,
            effective: None,
            as_of: None,
            foreign: false,
        };
        let measured = patient(engine, &case.claim, &[source]).await?;
        best.resize(measured.len().max(best.len()), 0.0);
        best.iter_mut().zip(&measured).for_each(|(b, m)| *b = b.max(m.support));
    }
    Ok(best.into_iter().reduce(f32::min).unwrap_or(0.0))
}

async fn patient(engine: &Engine, claim: &str, sources: &[Source]) -> Result<Vec<Supported>, ClassifyError> {
    let mut last = Err(ClassifyError::Timeout);
    for _ in 0..TRIES {
        last = engine.output.support(claim, sources).await;
        if !matches!(last, Err(ClassifyError::Timeout | ClassifyError::Overloaded)) {
            break;
        }
    }
    last
}

fn parts(context: &str) -> Vec<String> {
    let all = sentences(context);
    let cut = |c: &[std::ops::Range<usize>]| {
        let (first, last) = (c.first()?, c.last()?);
        Some(context.get(first.start..last.end)?.to_owned())
    };
    all.chunks(PART).filter_map(cut).collect()
}
