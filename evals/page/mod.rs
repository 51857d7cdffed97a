//! `evals report`: a run as a page for people who must sign for the product, and as Markdown, JSON and JUnit XML. The page is one file:
//! no network, no script.

mod beside;
pub mod cases;
mod entry;
mod html;
mod junit;
mod markdown;
mod plots;
mod record;
mod summary;
mod table;
#[cfg(test)]
mod tests;

pub use html::head;

use crate::args::Common;
use crate::failure::Failure;
use crate::suite;
use crate::suite::baseline::Baseline;
use crate::suite::folder::{self, Run};
use std::path::{Path, PathBuf};

/// `evals report`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  evals report full-run                                    writes full-run/report.html\n  \
    evals report full-run --beside other-run                 two versions or two chatbots in one table\n  \
    evals report full-run --md summary.md --junit junit.xml --json report.json\n  \
    evals report full-run --save-baseline evals/baselines/full.json\n  \
    evals report --table evals/baselines/full.json           Markdown rows; stale ones say so\n  \
    evals report --table evals/baselines/full.json --write README.md"
)]
pub struct Args {
    /// A finished run
    #[arg(required_unless_present = "table")]
    run: Option<PathBuf>,
    /// Another run, of another version or of another chatbot, whose figures stand beside these; repeatable
    #[arg(long, value_name = "RUN", conflicts_with = "table")]
    beside: Vec<PathBuf>,
    /// The page [default: RUN/report.html]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The summary as Markdown
    #[arg(long, value_name = "FILE")]
    md: Option<PathBuf>,
    /// Rows, figures and digests as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Gates as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the figures and digests that a baseline keeps
    #[arg(long, value_name = "FILE")]
    save_baseline: Option<PathBuf>,
    /// Print the Markdown table of a baseline instead
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    table: Option<PathBuf>,
    /// Put the table into this Markdown file, between the lines that mark its place
    #[arg(long, value_name = "FILE", requires = "table")]
    write: Option<PathBuf>,
    /// Pharmacy folder that a table's figures are compared with
    #[arg(long, value_name = "DIR", default_value = "index")]
    data: PathBuf,
    /// Guard folder that a table's figures are compared with, and whose budgets are drawn
    #[arg(long, value_name = "DIR", default_value = "guardrails")]
    guardrails: PathBuf,
}

/// Runs the subcommand.
///
/// # Errors
/// No finished run, or a file that cannot be written.
pub async fn run(args: &Args) -> Result<(), Failure> {
    if let Some(file) = &args.table {
        let product = suite::product(&Common::over(args.data.clone(), args.guardrails.clone())).await?;
        let rows = Baseline::load(file)?.table(&product);
        return match &args.write {
            Some(page) => table::put(page, file, &rows),
            None => {
                print!("{rows}");
                Ok(())
            }
        };
    }
    let Some(dir) = &args.run else { return Ok(()) };
    let run = Run::load(dir)?;
    let out = args.out.clone().unwrap_or_else(|| dir.join("report.html"));
    let beside = args.beside.iter().map(|other| Ok((other.display().to_string(), Run::load(other)?)));
    let beside = beside.collect::<Result<Vec<_>, Failure>>()?;
    write(&out, &html::page(dir, &run, &beside, &args.guardrails)?)?;
    println!("{}", out.display());
    args.md.iter().try_for_each(|file| write(file, &markdown::summary(&run)))?;
    args.junit.iter().try_for_each(|file| write(file, &junit::suites(&run)))?;
    args.json.iter().try_for_each(|file| folder::write(file, &record::record(&run)))?;
    args.save_baseline.iter().try_for_each(|file| folder::write(file, &Baseline::of(&run)))
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text).map_err(|e| Failure::file(file, e))
}
