//! The summary as Markdown.

use super::summary::{Counts, verdict};
use crate::suite::baseline::value;
use crate::suite::folder::Run;

/// What was met and what not, one row a requirement.
pub fn summary(run: &Run) -> String {
    let names: Vec<&str> = run.suites.iter().map(|(name, _)| name.as_str()).collect();
    let mut out = format!("# Evaluation: {}\n\n{}\n\n", names.join(", "), Counts::of(run).sentence());
    out += "| what | measured in | value | wanted | verdict |\n|---|---|---|---|---|\n";
    for (part, row, metric, v) in run.rows() {
        let word = if row.is_gate() { verdict(v).2 } else { "" };
        let shown = metric.map_or_else(|| "not measured".to_owned(), value);
        let cells = [row.says.clone(), part.entry.name.clone(), shown, row.limit_shown(metric), word.to_owned()];
        out += &format!("| {} |\n", cells.map(|c| escaped(&c)).join(" | "));
    }
    out += &format!("\nVersion {}, seed {}. Intervals: 95 %, Wilson.\n", run.commit, run.seed);
    out
}

/// What would end a cell or begin a tag.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}
