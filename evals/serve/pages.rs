//! The pages: which entries have cases that were not as expected, which cases, and one case with its form. No script.

use super::Desk;
use crate::page::{cases::Known, head};
use crate::suite::folder::{Failed, Part};
use maud::{DOCTYPE, Markup, html};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const FORM: &str = "textarea { width: 100%; font: .85rem/1.4 ui-monospace, monospace; } label { display: block; margin: .75rem 0 .25rem; font-weight: 600; } \
    input { font: inherit; padding: .3rem .5rem; width: 24rem; max-width: 100%; } button { font: inherit; padding: .45rem 1.2rem; margin-top: 1rem; }";

/// A case as one reads it.
pub fn pretty(case: &Map<String, Value>) -> String {
    serde_json::to_string_pretty(case).unwrap_or_default()
}

/// Every entry with its count.
pub fn first(desk: &Desk) -> Markup {
    let failing = |part: &Part| cases(part).len();
    frame(
        "Cases that were not as expected",
        &html! {
            p { "Look at what was asked and what came. Mend a label only because it is wrong, never because the product missed it." }
            table {
                thead { tr { th { "entry" } th { "about" } th.number { "cases" } } }
                tbody {
                    @for part in &desk.run.entries {
                        tr {
                            th scope="row" { a href=(format!("/{}/{}", desk.secret, part.entry.name)) { (part.entry.name) } }
                            td { (part.entry.about) }
                            td.number { (failing(part)) }
                        }
                    }
                }
            }
        },
    )
}

/// The cases of an entry.
pub fn list(desk: &Desk, part: &Part, known: &Known) -> Markup {
    let name = &part.entry.name;
    frame(
        name,
        &html! {
            p.about { (part.entry.about) }
            p { a href=(format!("/{}/", desk.secret)) { "All entries" } }
            @if !known.changed.is_empty() { p.note { "Case files that changed since the run are not shown." } }
            dl.failing {
                @for (id, failed) in cases(part) {
                    @let words = known.words(id);
                    dt {
                        @if known.cases.contains_key(id) { a href=(format!("/{}/{name}/{}", desk.secret, escaped(id))) { code { (id) } } } @else { code { (id) } }
                        @for f in failed { " " span.what { (f.what) } }
                        @if desk.is_mended(name, id) { " " span.verdict.met { "label mended" } }
                    }
                    @for asked in &words.asked { dd.asked { (asked) } }
                    @for reply in &words.replied { dd.reply { (reply) } }
                }
            }
        },
    )
}

/// One case with its form; `draft` is what stands in it, `wrong` what was wrong with it.
pub fn one(desk: &Desk, part: &Part, known: &Known, id: &str, draft: &str, wrong: Option<&str>) -> Markup {
    let words = known.words(id);
    let own = known.predictions.iter().filter(|p| p.get("id").and_then(Value::as_str) == Some(id));
    frame(
        id,
        &html! {
            p { a href=(format!("/{}/{}", desk.secret, part.entry.name)) { (part.entry.name) } }
            dl.failing {
                dt { @for f in part.failed.iter().filter(|f| f.id == id) { span.what { (f.what) } " " } }
                @for asked in &words.asked { dd.asked { (asked) } }
                @for reply in &words.replied { dd.reply { (reply) } }
            }
            @if let Some(wrong) = wrong { p.note role="alert" { "Not saved: " (wrong) } }
            form method="post" {
                label for="case" { "The case with its labels (words stay as they are)" }
                textarea id="case" name="case" rows="22" spellcheck="false" required { (draft) }
                label for="why" { "Why is the label wrong?" }
                input id="why" name="why" required;
                label for="by" { "Who says so?" }
                input id="by" name="by" required autocomplete="name";
                div { button { "Save the label" } }
            }
            details { summary { "What the product did" } @for line in own { pre { (pretty(line)) } } }
        },
    )
}

fn cases(part: &Part) -> BTreeMap<&str, Vec<&Failed>> {
    let mut cases: BTreeMap<&str, Vec<&Failed>> = BTreeMap::new();
    part.failed.iter().for_each(|f| cases.entry(f.id.as_str()).or_default().push(f));
    cases
}

/// For an address: everything that is no letter, digit, hyphen or underscore as its bytes.
pub fn escaped(id: &str) -> String {
    let one = |b: u8| {
        if b.is_ascii_alphanumeric() || b == b'-' || b == b'_' {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    id.bytes().map(one).collect()
}

fn frame(title: &str, inside: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(title, FORM))
            body { main { h1 { (title) } (inside) } }
        }
    }
}
