//! Several runs in one table: another version, or another chatbot that was asked the same.

use super::record;
use crate::suite::baseline::value;
use crate::suite::folder::Run;
use maud::{Markup, html};

/// Every row of the run with the figure of each other run beside it; nothing without others.
pub fn table(run: &Run, others: &[(String, Run)]) -> Markup {
    let figure = |run: &Run, entry: &str, id: &str| {
        let part = run.entries.iter().find(|p| p.entry.name == entry);
        part.and_then(|p| p.metric(id)).map_or_else(|| "not measured".into(), value)
    };
    html! {
        @if !others.is_empty() {
            section {
                h2 { "Side by side" }
                p { "The same cases, asked of each. A figure that a run does not have says so; intervals that overlap little are a difference." }
                table {
                    thead { tr { th { "what" } th.number { "this run" } @for (name, other) in others { th.number { (title(name, other)) } } } }
                    tbody {
                        @for (part, row, metric, _) in run.rows() {
                            tr {
                                th scope="row" { (row.says) }
                                td.number { (metric.map_or_else(|| "not measured".into(), value)) }
                                @for (_, other) in others { td.number { (figure(other, &part.entry.name, &row.metric)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The folder, and whom it asked when that was another chatbot.
fn title(name: &str, other: &Run) -> String {
    let asked =
        other.product.get("target").map(|t| format!(": {} ({})", record::plain(&t["url"]), record::plain(&t["model"])));
    format!("{name}{}", asked.unwrap_or_default())
}
