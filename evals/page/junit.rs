//! Gates as JUnit XML: one suite an entry, one case a gate.

use crate::suite::folder::{Part, Run};
use crate::suite::gate::words;
use crate::suite::metric::Verdict;
use maud::{Markup, html};

/// The file.
pub fn suites(run: &Run) -> String {
    let failures = run.failing().count();
    let tests = run.rows().filter(|(_, row, ..)| row.is_gate()).count();
    let all = html! {
        testsuites tests=(tests) failures=(failures) { @for part in &run.entries { (suite(part, run.timed)) } }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", xml(&all.into_string()))
}

fn suite(part: &Part, timed: bool) -> Markup {
    let gates: Vec<_> = part.entry.row.iter().filter(|row| row.is_gate()).collect();
    let judged = |row: &crate::suite::file::Row| row.judge(part.metric(&row.metric));
    let failures = gates.iter().filter(|row| row.fails(judged(row), timed)).count();
    html! {
        testsuite name=(part.entry.name) tests=(gates.len()) failures=(failures) time=(part.seconds.unwrap_or(0.0)) {
            @for row in &gates {
                @let verdict = judged(row);
                @let said = words(&part.entry.name, row, part.metric(&row.metric), verdict);
                testcase classname=(part.entry.name) name=(row.says) {
                    @if row.fails(verdict, timed) { failure message=(said) {} }
                    @else if verdict != Verdict::Met { skipped message=(said) {} }
                }
            }
        }
    }
}

/// XML 1.0 allows no control characters but tab and line ends.
fn xml(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')).collect()
}
