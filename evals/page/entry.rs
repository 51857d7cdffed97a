//! One measurement on the page: what was run, its figures by slice, its plots, the cases that were not as expected.

use super::cases::Known;
use super::plots;
use super::summary;
use crate::failure::Failure;
use crate::suite::folder::{Failed, Part};
use crate::suite::metric::Metric;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::path::Path;

/// Failing cases that are shown; the run folder holds all.
const SHOWN: usize = 25;
/// Characters of a text that are shown.
const LONG: usize = 600;

/// The section of an entry.
///
/// # Errors
/// A file of the run that cannot be read.
pub fn section(dir: &Path, part: &Part, guardrails: &Path) -> Result<Markup, Failure> {
    let known = Known::of(dir, part)?;
    let plots = plots::of(part, &known, guardrails)?;
    let files: Vec<String> = part.entry.cases.iter().map(|f| f.display().to_string()).collect();
    Ok(html! {
        section.entry id=(part.entry.name) {
            h2 { (part.entry.name) }
            p.about { (part.entry.about) }
            p.split { (summary::split(part.entry.split)) }
            @if let Some(seen) = &part.seen {
                p.split { (format!("Of {} cases {} are training lines word for word and {} nearly repeat one.", seen.n, seen.same, seen.near)) }
            }
            @if !files.is_empty() { p.files { "Cases: " @for (i, file) in files.iter().enumerate() { @if i > 0 { ", " } code { (file) } } } }
            p.files { "Again: " code { (part.entry.command_line().join(" ")) } @if let Some(s) = part.seconds { (format!(" ({s:.0} s)")) } }
            @if !known.changed.is_empty() {
                p.note { "Changed since the run, so texts and plots of these cases are left out: "
                    (known.changed.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", ")) }
            }
            (figures(part))
            @for plot in &plots { (plot) }
            (failing(part, &known))
        }
    })
}

fn figures(part: &Part) -> Markup {
    let mut slices: Vec<(&str, Vec<&Metric>)> = Vec::new();
    for metric in part.shown() {
        match slices.iter_mut().find(|(slice, _)| *slice == metric.slice()) {
            Some((_, metrics)) => metrics.push(metric),
            None => slices.push((metric.slice(), vec![metric])),
        }
    }
    html! {
        table {
            thead { tr { th { "slice" } th { "measure" } th.number { "value" } th.number { "95 % interval" } th.number { "events" } th.number { "n" } } }
            tbody {
                @for (slice, metrics) in &slices {
                    @for (i, metric) in metrics.iter().enumerate() {
                        tr {
                            @if i == 0 { th scope="rowgroup" rowspan=(metrics.len()) { (slice) } }
                            td { (metric.measure()) }
                            td.number { (metric.shown()) }
                            td.number { (metric.interval_shown()) }
                            td.number { (metric.hits.map_or_else(String::new, |h| h.to_string())) }
                            td.number { (metric.n_shown()) }
                        }
                    }
                }
            }
        }
    }
}

fn failing(part: &Part, known: &Known) -> Markup {
    let mut cases: BTreeMap<&str, Vec<&Failed>> = BTreeMap::new();
    part.failed.iter().for_each(|f| cases.entry(f.id.as_str()).or_default().push(f));
    let n = cases.len();
    html! {
        @if n > 0 {
            details {
                summary { (n) @if n == 1 { " case" } @else { " cases" } " not as expected" }
                @if n > SHOWN { p { "The first " (SHOWN) "; all are in the run folder." } }
                dl.failing {
                    @for (id, failed) in cases.iter().take(SHOWN) {
                        @let words = known.words(id);
                        dt { code { (id) } @for f in failed { " " span.what { (f.what) } } }
                        @for asked in &words.asked { dd.asked { (cut(asked)) } }
                        @for reply in &words.replied { dd.reply { (cut(reply)) } }
                    }
                }
            }
        } @else {
            p.files { "No case of these was otherwise than expected, or none carries an expectation." }
        }
    }
}

fn cut(text: &str) -> String {
    let short: String = text.chars().take(LONG).collect();
    if short.len() < text.len() { short + "…" } else { short }
}
