//! Every number of a page is part of a constant that the page lists, and every listed constant exists.

use super::{Finding, error};
use crate::domain::lang::Lang;
use crate::pharmacy::{Constant, Constants, Page};
use std::collections::BTreeSet;

/// Numbers that are names, not policy: emergency and crisis lines.
const NAMES: [&str; 2] = ["911", "988"];

/// Findings of one page.
pub fn check(page: &Page, constants: &Constants) -> Vec<Finding> {
    let mut out = Vec::new();
    for id in page.meta.constants.iter().filter(|id| constants.list().iter().all(|c| c.id != **id)) {
        out.push(error(
            &page.file,
            "constants",
            format!("{id} does not exist"),
            "add it to constants.toml or take it off the list",
        ));
    }
    let listed = constants.list().iter().filter(|c| page.meta.constants.contains(&c.id));
    let known: BTreeSet<String> = listed.flat_map(of_constant).collect();
    for passage in &page.passages {
        for number in numbers(&format!("{} {}", passage.heading, passage.text())) {
            if !known.contains(&number) && !NAMES.contains(&number.as_str()) {
                let problem = format!("the number {number} is in no constant that the page lists");
                out.push(error(&page.file, &passage.heading, problem, "list the constant that holds it, or add one"));
            }
        }
    }
    out
}

fn of_constant(c: &Constant) -> Vec<String> {
    let machine = [c.low, c.high, c.number].into_iter().flatten().map(|n| n.to_string());
    [Lang::En, Lang::Es].into_iter().flat_map(|l| numbers(c.words(l))).chain(machine).collect()
}

/// The numbers of a text, phone numbers as one: `1-800-555-0142`, `24`, `12.50`. Addresses on the web are left out.
fn numbers(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for word in text.split_whitespace().filter(|w| !w.contains("://")) {
        for run in word.split(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '.' | ','))) {
            let run = run.trim_matches(['-', '.', ',']).replace(',', "");
            if run.bytes().any(|b| b.is_ascii_digit()) {
                out.insert(run);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_text() {
        let got: Vec<String> =
            numbers("Call 1-800-555-0142. A 30-day supply, $1,500.50, at https://x.example/12.").into_iter().collect();
        assert_eq!(got, ["1-800-555-0142", "1500.50", "30"]);
    }
}
