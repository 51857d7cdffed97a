//! The page: what was met and what not, the requirements, each entry, what it all depends on, how to read it.

use super::summary::{Counts, verdict};
use super::{beside, entry, record};
use crate::failure::Failure;
use crate::suite::baseline::value;
use crate::suite::file::Row;
use crate::suite::folder::{Part, Run};
use crate::suite::metric::{Metric, Verdict};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::path::Path;

/// Plain, light and dark, for screen and paper.
const STYLE: &str = include_str!("style.css");

/// The whole page.
///
/// # Errors
/// A file of the run that cannot be read.
pub fn page(dir: &Path, run: &Run, beside: &[(String, Run)], guardrails: &Path) -> Result<String, Failure> {
    let names: Vec<&str> = run.suites.iter().map(|(name, _)| name.as_str()).collect();
    let title = format!("Evaluation of the pharmacy assistant: {}", names.join(", "));
    let entries =
        run.entries.iter().map(|part| entry::section(dir, part, guardrails)).collect::<Result<Vec<_>, _>>()?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(&title, ""))
            body {
                header {
                    h1 { (title) }
                    @for (_, about) in &run.suites { p.about { (about) } }
                    p.when { (when(run)) }
                }
                main {
                    (first(run))
                    (requirements(run))
                    (beside::table(run, beside))
                    nav aria-label="Measurements" {
                        h2 { "What was measured" }
                        ol { @for part in &run.entries { li { a href=(format!("#{}", part.entry.name)) { (part.entry.name) } " · " (part.entry.about) } } }
                    }
                    @for entry in &entries { (entry) }
                    (depends(run))
                    (reading())
                }
            }
        }
    };
    Ok(page.into_string())
}

/// The head of a page that needs nothing but itself; `more` is style beside the report's.
pub fn head(title: &str, more: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) }
            style { (PreEscaped(STYLE)) (PreEscaped(more)) }
        }
    }
}

fn when(run: &Run) -> String {
    let commit = run.commit.chars().take(12).collect::<String>();
    let changed = if run.commit.ends_with('+') { ", with changes that are not in it" } else { "" };
    let machine = run.machine.as_ref().map(|m| format!("{}, on {} with {} cores; ", m.finished, m.system, m.cores));
    format!("{}version {commit}{changed}; seed {}", machine.unwrap_or_default(), run.seed)
}

/// The answer, before any table.
fn first(run: &Run) -> Markup {
    let counts = Counts::of(run);
    let tiles = [
        (counts.met, Verdict::Met),
        (counts.not_met, Verdict::NotMet),
        (counts.undecided, Verdict::Undecided),
        (counts.not_measured, Verdict::NotMeasured),
    ];
    let of = |wanted: Verdict| {
        run.rows().filter(move |(_, row, _, v)| {
            row.is_gate() && *v == wanted && (wanted != Verdict::NotMeasured || row.fails(*v, run.timed))
        })
    };
    html! {
        section.summary aria-label="Summary" {
            p.sentence { (counts.sentence()) }
            div.tiles {
                @for (n, v) in tiles.into_iter().filter(|(n, v)| *n > 0 || *v != Verdict::NotMeasured) {
                    @let (class, sign, word) = verdict(v);
                    div class=(format!("tile {class}")) { span.sign aria-hidden="true" { (sign) } span.number { (n) } span.word { (word) } }
                }
            }
            @for (wanted, heading) in [
                (Verdict::NotMet, "Not met: the evidence rules it out"),
                (Verdict::NotMeasured, "Not measured"),
                (Verdict::Undecided, "Undecided: with so few cases it could be either"),
                (Verdict::Met, "Met: shown by the evidence"),
            ] {
                @if of(wanted).next().is_some() {
                    h2 { (heading) }
                    ul.plain { @for (_, row, metric, v) in of(wanted) { (line(row, metric, v)) } }
                }
            }
        }
    }
}

fn line(row: &Row, metric: Option<&Metric>, v: Verdict) -> Markup {
    let (class, sign, _) = verdict(v);
    html! {
        li class=(class) {
            span.sign aria-hidden="true" { (sign) } " " (row.says) ": "
            strong { (metric.map_or_else(|| "no figure".into(), value)) }
            ", wanted " (row.limit_shown(metric))
        }
    }
}

fn requirements(run: &Run) -> Markup {
    html! {
        section {
            h2 { "All requirements and key figures" }
            table {
                thead { tr { th { "what" } th { "measured in" } th.number { "value" } th.number { "95 % interval" } th.number { "cases" } th { "wanted" } th { "verdict" } } }
                tbody { @for (part, row, metric, v) in run.rows() { (requirement(part, row, metric, v)) } }
            }
        }
    }
}

fn requirement(part: &Part, row: &Row, metric: Option<&Metric>, v: Verdict) -> Markup {
    let (class, sign, word) = verdict(v);
    html! {
        tr {
            th scope="row" { (row.says) }
            td { a href=(format!("#{}", part.entry.name)) { (part.entry.name) } }
            td.number { (metric.map_or_else(String::new, Metric::shown)) }
            td.number { (metric.map_or_else(String::new, Metric::interval_shown)) }
            td.number { (metric.map_or_else(String::new, Metric::n_shown)) }
            td { (row.limit_shown(metric)) @if row.shown { ", must be shown" } }
            td { @if row.is_gate() { span class=(format!("verdict {class}")) { (sign) " " (word) } } }
        }
    }
}

/// What the figures depend on: change one, and they are old.
fn depends(run: &Run) -> Markup {
    let product = run.product.iter().map(|(name, value)| (name.clone(), record::plain(value)));
    let files = run.entries.iter().flat_map(|p| p.digests.clone());
    let files: std::collections::BTreeMap<String, String> = files.collect();
    html! {
        section {
            h2 { "What these figures depend on" }
            p { "Each part by its digest (SHA-256). When one of them differs, the figures are those of an earlier version." }
            table.digests {
                thead { tr { th { "part" } th { "digest or value" } } }
                tbody { @for (name, digest) in product.chain(files) { tr { th scope="row" { (name) } td { code { (digest) } } } } }
            }
        }
    }
}

fn reading() -> Markup {
    html! {
        section.reading {
            h2 { "How to read this" }
            p { "A rate over some cases is an estimate. The interval beside it (Wilson's, 95 %) holds what the rate would be over very many such cases, "
                "in 95 of 100 such reports. Where nothing at all happened in n cases, the interval ends at about 3/n." }
            p { "A requirement is met when its whole interval is on the right side of what is wanted, and not met when the whole interval is on the wrong "
                "side. In between it is undecided: more cases are needed. “None” is met when not a single event happened." }
            p { "Messages that are no messages (blank, too long), faults and unlabelled cases are counted by themselves and enter no rate. "
                "Areas under curves and errors of calibration have bootstrap intervals, times those of order statistics." }
            p { "Risk classes: R1 emergency, R2 self-harm, R3 clinical advice, R4 diversion, R5 another person's data, R6 attempts to misuse the "
                "assistant, R7 abuse, R8 off-topic, R9 adverse event, R10 wrong or spoiled medicine, R11 dispute or legal threat, R12 a minor, R13 pregnancy, "
                "R14 out of a critical medicine, R15 account or safety at home." }
        }
    }
}
