//! `evals drafts`: the output guard on one draft of a language model, as it stands and with its failing sentences dropped.

use crate::args::{Cases, Common};
use crate::failure::Failure;
use crate::lines::{self, Line, rounded};
use crate::report::Report;
use crate::setup;
use crate::stats::Rate;
use apothecary::classify::worker::ClassifyError;
use apothecary::engine::Engine;
use apothecary::guard::rules::case::{DraftCase, Setting};
use apothecary::guard::rules::{self, Finder, Finding};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

const KNOWN: [&str; 13] = [
    "id", "question", "context", "draft", "ok", "broken", "now", "lang", "level", "patient", "region", "payer",
    "history",
];

/// `evals drafts`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  evals drafts --cases guardrails/cases/output.jsonl --report drafts.json --strict")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    cases: Cases,
}

/// What was found in one draft.
struct Judged {
    broken: BTreeSet<String>,
    faulted: bool,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    if args.cases.label_map.is_some() {
        return Err(Failure::Input("`evals drafts` takes no --label-map: there is no public form of its cases".into()));
    }
    let cases: Vec<Line<DraftCase>> = lines::read(&args.cases.files, &KNOWN)?;
    let (engine, _folder) = setup::bare(&args.common).await?;
    let rules = setup::rules(&args.common)?;
    let drugs = |t: &str| {
        let exact = rules.lexicon().find(t).into_iter().filter(|f| f.exact);
        exact.map(|f| (f.name.to_owned(), f.span)).collect::<Vec<_>>()
    };
    let mut report = Report::new("drafts", setup::provenance(&args.common, &engine)?);
    let bar = setup::bar(cases.len(), "drafts");
    let (mut predictions, mut judged) = (Vec::new(), Vec::new());
    for line in &cases {
        let setting = line.value.setting().map_err(|e| Failure::line(&line.file, line.number, e))?;
        let start = Instant::now();
        let (mut own, found) = one(&engine, &line.value, &setting, &drugs);
        let micros = args.common.micros(start);
        own["micros"] = micros.into();
        report.took(micros);
        predictions.push(lines::carried(own, &line.extra));
        judged.push(found);
        bar.inc(1);
    }
    bar.finish_and_clear();
    lines::write(args.common.predictions.as_deref(), &predictions)?;
    let pairs: Vec<(&DraftCase, &Judged)> = cases.iter().map(|c| &c.value).zip(&judged).collect();
    score(&mut report, &pairs, &predictions);
    report.finish(&args.common, &args.cases.files)
}

fn one(engine: &Engine, case: &DraftCase, setting: &Setting, drugs: &Finder<'_>) -> (Value, Judged) {
    let findings = match judge(engine, &case.draft, setting, drugs) {
        Ok(findings) => findings,
        Err(e) => {
            // The product fails closed: a check that cannot run releases nothing.
            let own =
                json!({ "id": case.id, "ok": false, "broken": ["OR-03"], "sentences": [], "fault": e.to_string() });
            return (own, Judged { broken: BTreeSet::new(), faulted: true });
        }
    };
    let broken: BTreeSet<String> = findings.iter().map(|f| f.rule.to_owned()).collect();
    let support = block_in_place(|| Handle::current().block_on(engine.output.support(&case.draft, &setting.sources)));
    let sentences: Vec<Value> = support
        .unwrap_or_default()
        .into_iter()
        .map(|s| {
            let text = case.draft.get(s.span).unwrap_or_default().trim();
            json!({ "text": text, "support": rounded(s.support), "cites": s.cites })
        })
        .collect();
    let empty = case.draft.trim().is_empty();
    let mut own = json!({ "id": case.id, "ok": broken.is_empty() && !empty, "broken": broken, "sentences": sentences });
    if let Some(text) = repaired(engine, case, setting, drugs, &findings) {
        own["repaired"] = text.into();
    }
    (own, Judged { broken, faulted: false })
}

fn judge(engine: &Engine, text: &str, setting: &Setting, drugs: &Finder<'_>) -> Result<Vec<Finding>, ClassifyError> {
    setting.with(drugs, |ctx| block_in_place(|| Handle::current().block_on(engine.output.judge(text, ctx))))
}

/// The draft without the sentences that failed, when the rest still answers and may be released.
fn repaired(
    engine: &Engine,
    case: &DraftCase,
    setting: &Setting,
    drugs: &Finder<'_>,
    findings: &[Finding],
) -> Option<String> {
    let rest = rules::repaired(&case.draft, findings)?;
    judge(engine, &rest, setting, drugs).ok().filter(Vec::is_empty).map(|_| rest)
}

fn score(report: &mut Report, pairs: &[(&DraftCase, &Judged)], predictions: &[Value]) {
    report.count("cases", pairs.len());
    report.count("faulted, unscored", pairs.iter().filter(|(_, j)| j.faulted).count());
    let repaired = predictions.iter().filter(|p| p.get("repaired").is_some()).count();
    report.count("releasable only after a sentence was dropped", repaired);
    let scored: Vec<_> = pairs.iter().filter(|(_, j)| !j.faulted).collect();
    let labelled = |want: bool| scored.iter().filter(move |(c, _)| c.ok == Some(want));
    report.rate("all", "bad drafts stopped", Rate::of(labelled(false).map(|(_, j)| !j.broken.is_empty())));
    report.rate("all", "good drafts stopped", Rate::of(labelled(true).map(|(_, j)| !j.broken.is_empty())));
    let rules: BTreeSet<&String> = scored.iter().flat_map(|(c, _)| c.broken.iter().flatten()).collect();
    for rule in rules {
        let with = || scored.iter().filter(|(c, _)| c.broken.as_ref().is_some_and(|b| b.contains(rule)));
        report.rate(rule, "stopped", Rate::of(with().map(|(_, j)| !j.broken.is_empty())));
        report.rate(rule, "stopped by this rule", Rate::of(with().map(|(_, j)| j.broken.contains(rule))));
    }
    for (case, judged) in &scored {
        if case.ok.is_some_and(|want| want != judged.broken.is_empty()) {
            let named: Vec<&str> = judged.broken.iter().map(String::as_str).collect();
            report.fail(&case.id, format!("broken [{}]", named.join(" ")));
        }
    }
}
