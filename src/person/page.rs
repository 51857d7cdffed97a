//! A person's file and the list of who was told as pages to read and to print. Layout only; needs nothing beside itself.

use super::{Case, Disclosure, PersonFile, Said, Talk};
use crate::domain::blocks::Author;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1c1b1a;background:#fff}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem;border-top:1px solid #ccc;padding-top:1rem}\
.said{margin:.9rem 0;padding-left:.9rem;border-left:3px solid #8aa}.customer{border-color:#b70}.pharmacist{border-color:#270}\
.who{font-weight:600}.small{color:#555;font-size:.85rem}.words{white-space:pre-wrap;margin:.1rem 0}\
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.3rem .5rem;text-align:left;vertical-align:top}\
@media print{.said,tr{break-inside:avoid}}";

/// The file as a page; times are told in `zone`.
#[must_use]
pub fn file_page(file: &PersonFile, zone: &TimeZone) -> String {
    let sum = format!(
        "{} conversations, {} messages, {} cases, {} records",
        file.conversations.len(),
        file.messages(),
        file.cases(),
        file.records.len()
    );
    page(
        &format!("File of {}", file.person),
        &html! {
            p { "Everything that the assistant holds about this person, as of " (when(file.made, zone)) ": " (sum) "." }
            p .small { "The records are copies of the pharmacy's own, by which questions were answered; the pharmacy's records are elsewhere." }
            @for talk in &file.conversations { (conversation(talk, zone)) }
            h2 { "Records" }
            @for held in &file.records {
                details {
                    summary { (held.kind) " " (held.id) " " span .small { "confirmed " (when(held.confirmed_at, zone)) } }
                    pre .small .words { (serde_json::to_string_pretty(&held.body).unwrap_or_default()) }
                }
            }
        },
    )
}

/// The list of who was told as a page.
#[must_use]
pub fn accounting_page(person: &str, all: &[Disclosure], since: Timestamp, zone: &TimeZone) -> String {
    page(
        &format!("Who was told about {person}"),
        &html! {
            p { (all.len()) " entries since " (when(since, zone)) ". What the person was told themselves is not listed." }
            table {
                tr { th { "When" } th { "To" } th { "Who" } th { "What" } th { "Row" } }
                @for d in all {
                    tr {
                        td { (when(d.at, zone)) } td { (d.to) } td { (d.who) } td { (d.what) }
                        td { @if let Some(row) = d.row { (row) } }
                    }
                }
            }
            p .small { "Rows are those of the audit chain (apothecary audit show --from ROW). Deliveries to receivers have none; they are listed for as \
                        long as they are kept." }
        },
    )
}

fn conversation(talk: &Talk, zone: &TimeZone) -> Markup {
    html! {
        h2 { "Conversation of " (when(talk.created, zone)) }
        p .small { (talk.id) " on " (talk.site) }
        @for said in &talk.messages { (message(said, zone)) }
        @for case in &talk.cases { (of_case(case, zone)) }
        @for label in &talk.labels { p .small { "Feedback: " (label) } }
    }
}

fn message(said: &Said, zone: &TimeZone) -> Markup {
    let (class, who) = match said.by {
        Author::Customer => ("customer", "Customer"),
        Author::Assistant => ("assistant", "Assistant"),
        Author::Pharmacist => ("pharmacist", "Pharmacy staff"),
        Author::System => ("system", "Notice"),
    };
    html! {
        div class={ "said " (class) } {
            span .who { (who) @if let Some(name) = &said.name { ", " (name) } } " "
            span .small { (when(said.at, zone)) }
            p .words { (said.words) }
            @if !said.sources.is_empty() { p .small { "Sources: " (said.sources.join(", ")) } }
        }
    }
}

fn of_case(case: &Case, zone: &TimeZone) -> Markup {
    let time = |at: Option<Timestamp>| at.map_or_else(|| "no".to_owned(), |at| when(at, zone));
    html! {
        div .said {
            span .who { "Case for a person" } " " span .small { (case.id) ", opened " (when(case.created, zone)) }
            p .words {
                "Answered: " (time(case.answered)) @if let Some(by) = &case.by { ", by " (by) } ". Ended: " (time(case.resolved))
                @if !case.dispositions.is_empty() { " (" (case.dispositions.join(", ")) ")" } "."
            }
            @if let Some(note) = &case.note { p .words { "Closing note: " (note) } }
            @for note in &case.notes { p .small { (when(note.at, zone)) ", " (note.name) ", " (note.kind) ": " (note.text) } }
        }
    }
}

fn page(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { h1 { (title) } (body) }
        }
    }
    .into_string()
}

/// A minute in the zone, with its abbreviation.
fn when(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}
