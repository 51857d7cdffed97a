//! The table of a baseline inside a Markdown file, between two comments that name the baseline: the README's figures are not typed.

use crate::failure::Failure;
use std::path::Path;

/// The line above the table.
fn opening(baseline: &Path) -> String {
    format!("<!-- figures of {}: evals report --table -->\n", baseline.display())
}

/// The line below it.
const CLOSING: &str = "<!-- end of figures -->";

/// The text with the table in its place; none when the place is not marked.
fn placed(text: &str, baseline: &Path, table: &str) -> Option<String> {
    let opening = opening(baseline);
    let (before, rest) = text.split_once(&opening)?;
    let (_, after) = rest.split_once(CLOSING)?;
    Some(format!("{before}{opening}\n{table}\n{CLOSING}{after}"))
}

/// Puts the table into a file.
///
/// # Errors
/// The file cannot be read or written, or the place is not marked.
pub fn put(page: &Path, baseline: &Path, table: &str) -> Result<(), Failure> {
    let text = std::fs::read_to_string(page).map_err(|e| Failure::file(page, e))?;
    let marks = || format!("no place for the table: put the lines `{}` and `{CLOSING}`", opening(baseline).trim());
    let text = placed(&text, baseline, table).ok_or_else(|| Failure::file(page, marks()))?;
    std::fs::write(page, text).map_err(|e| Failure::file(page, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Common;
    use crate::suite::{self, baseline::Baseline};

    #[test]
    fn a_table_takes_the_place_of_the_old_one_and_nothing_else() {
        let text = format!("# a\n{}old\n{CLOSING}\nrest\n", opening(Path::new("b.json")));
        let new = placed(&text, Path::new("b.json"), "| new |\n").unwrap();
        assert!(new.starts_with("# a\n") && new.ends_with("rest\n") && new.contains("| new |") && !new.contains("old"));
        assert_eq!(placed(&new, Path::new("b.json"), "| new |\n").unwrap(), new);
        assert_eq!(placed(&text, Path::new("c.json"), ""), None);
    }

    /// The README's figures come from the committed baseline, and say so where something has changed since they were measured.
    #[tokio::test(flavor = "multi_thread")]
    async fn the_readme_holds_the_table_of_the_baseline() {
        let baseline = Path::new("evals/baselines/full.json");
        let product = suite::product(&Common::over("index".into(), "guardrails".into())).await.unwrap();
        let table = Baseline::load(baseline).unwrap().table(&product);
        let readme = std::fs::read_to_string("README.md").unwrap();
        let mend = "run: evals report --table evals/baselines/full.json --write README.md";
        assert_eq!(placed(&readme, baseline, &table).as_deref(), Some(readme.as_str()), "{mend}");
    }
}
