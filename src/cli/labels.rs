//! `apothecary labels`: what people said about the answers, for learning.

use super::Failure;
use crate::learn;
use crate::store::Store;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Arguments of `labels`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each line is a case of `evals guards` (EVAL_FORMATS) with the label, the turn's scores and what was said. Names, numbers and \
dates are taken out, but read the file before it leaves the pharmacy.\n\nExamples:\n  apothecary labels --dir data export > labels.jsonl\n  \
apothecary labels --dir data export --since 2026-11-01 --out labels.jsonl\n  apothecary labels --dir data count"
)]
pub struct Args {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "data")]
    dir: PathBuf,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Write the labels as cases, without what tells who it was
    Export {
        /// Labels given on this day (UTC) or later
        #[arg(long, value_name = "DAY")]
        since: Option<Date>,
        /// The file; it is not overwritten. Without it the lines go to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Say how many there are of each kind
    Count,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let store = super::store(&args.dir).await?;
    match args.act {
        Act::Count => count(&store).await,
        Act::Export { since, out } => {
            let since = match since {
                Some(day) => day.to_zoned(TimeZone::UTC)?.timestamp(),
                None => Timestamp::UNIX_EPOCH,
            };
            let (cases, lost) = learn::export(&store, since).await?;
            let record = json!({ "act": "labels_export", "since": since, "labels": cases.len(), "role": "operator" });
            store.append_audit(Timestamp::now(), None, &record).await?;
            let lines: String = cases.iter().map(|c| format!("{c}\n")).collect();
            write(out, &lines)?;
            eprintln!("{} labels written, {lost} left out because their message is gone", cases.len());
            Ok(())
        }
    }
}

fn write(out: Option<PathBuf>, lines: &str) -> Result<(), Failure> {
    use std::io::Write;
    let Some(path) = out else { return Ok(std::io::stdout().write_all(lines.as_bytes())?) };
    let at = |e: std::io::Error| format!("{}: {e}; choose another --out", path.display());
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(at)?;
    file.write_all(lines.as_bytes()).map_err(at)?;
    Ok(())
}

async fn count(store: &Store) -> Result<(), Failure> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in store.labels_since(Timestamp::UNIX_EPOCH).await? {
        *counts.entry(format!("{:?} by {}", row.label.kind, row.label.role).to_lowercase()).or_default() += 1;
    }
    counts.iter().for_each(|(what, n)| println!("{n:>6}  {what}"));
    println!("{:>6}  in all", counts.values().sum::<usize>());
    Ok(())
}
