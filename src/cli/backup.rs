//! `apothecary backup` and `restore`: copies of the store while the server runs, and one of them put in the store's place, with the cases that
//! were promised since then.

pub(super) mod copy;

use super::Failure;
use crate::boot;
use crate::store::{Store, journal};
use copy::Copy;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The store's file in a data folder and in a backup.
const STORE: &str = "apothecary.db";

/// Arguments of `backup`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each backup is a folder with the store as of one moment and a manifest with its digest; it is checked before it gets its name. The server goes \
                  on meanwhile. Old ones go with `apothecary purge --backups`.\n\nExamples:\n  apothecary backup --dir data --to /backup/apothecary\n  \
                  apothecary backup --dir data --to /backup/apothecary --every 60"
)]
pub struct Args {
    /// Data folder of the server
    #[arg(long, value_name = "DIR", default_value = "data")]
    dir: PathBuf,
    /// Where backups are kept: another disk, as private as the store
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Go on, one every so many seconds
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(10..))]
    every: Option<u64>,
}

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The server must be stopped. Digest, SQLite's own check and the audit chain are verified before anything is moved. Cases of the journal since the \
                  backup are opened when the server starts; those that it holds already change nothing.\n\nExamples:\n  \
                  apothecary restore --from /backup/apothecary --dir data --journal /other-disk/journal\n  \
                  apothecary restore --from /backup/apothecary/2026-11-20T03-00-00Z --dir data --replace"
)]
pub struct RestoreArgs {
    /// One backup, or the folder of all of them: then the latest
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Data folder of the server
    #[arg(long, value_name = "DIR", default_value = "data")]
    dir: PathBuf,
    /// The journal of cases, `data.journal` of the configuration
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
    /// Put aside the store that is there
    #[arg(long)]
    replace: bool,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    loop {
        let from = Instant::now();
        let made = Copy::make(&args.dir.join(STORE), &args.to, Timestamp::now()).await;
        match (made, args.every) {
            (Ok(copy), _) => println!(
                "{}: {:.1} MB, audit record {}, {:.2} s",
                copy.dir.display(),
                copy.manifest.bytes as f64 / 1e6,
                copy.manifest.audit,
                from.elapsed().as_secs_f64()
            ),
            // One that failed does not end those to come: the disk may have space again.
            (Err(e), Some(_)) => eprintln!("error: no backup this time: {e}"),
            (Err(e), None) => return Err(e),
        }
        let Some(seconds) = args.every else { return Ok(()) };
        tokio::time::sleep(Duration::from_secs(seconds).saturating_sub(from.elapsed())).await;
    }
}

pub(super) async fn restore(args: RestoreArgs) -> Result<(), Failure> {
    let from = Instant::now();
    let copy = Copy::open(&args.from)?;
    copy.verify().await?;
    let lines = match &args.journal {
        Some(dir) => journal::since(dir, copy.manifest.at).map_err(|e| format!("journal {}: {e}", dir.display()))?,
        None => String::new(),
    };
    boot::private_dir(&args.dir)?;
    let aside = put_aside(&args.dir, args.replace)?;
    copy.place(&args.dir.join(STORE))?;
    spill(&args.dir.join("spill.jsonl"), &lines)?;
    let store = Store::open(&args.dir.join(STORE)).await?;
    let cases = store.open_cases().await?;
    store.close().await;
    println!(
        "the store of {} is in {}: {cases} open cases, the audit chain holds",
        copy.manifest.at,
        args.dir.display()
    );
    println!("{} messages that brought a case wait in the spill file for the next start", lines.lines().count());
    aside
        .iter()
        .for_each(|dir| println!("what was there is in {}; delete it when nobody needs it any more", dir.display()));
    println!("{:.2} s; next: apothecary serve", from.elapsed().as_secs_f64());
    Ok(())
}

/// Moves a store that is there, with its log and its search, into a folder beside; refuses without `replace`.
fn put_aside(dir: &Path, replace: bool) -> Result<Option<PathBuf>, Failure> {
    if !dir.join(STORE).exists() {
        return Ok(None);
    }
    if !replace {
        let there = dir.join(STORE);
        return Err(format!("{} is there; with --replace it is put aside, not deleted", there.display()).into());
    }
    let aside = dir.join(format!("replaced-{}", copy::name(Timestamp::now())));
    boot::private_dir(&aside)?;
    for file in [STORE, "apothecary.db-wal", "apothecary.db-shm", "spill.jsonl", boot::SEARCH] {
        let from = dir.join(file);
        if from.exists() {
            std::fs::rename(&from, aside.join(file)).map_err(|e| format!("{}: {e}", from.display()))?;
        }
    }
    Ok(Some(aside))
}

/// The journal's lines where the server reads them at its start.
fn spill(path: &Path, lines: &str) -> Result<(), Failure> {
    if lines.is_empty() {
        return Ok(());
    }
    let spill = crate::store::spill::Spill::open(path)?;
    for line in lines.lines() {
        // A line that a crash cut off is kept aside by whoever reads the file.
        spill.append(&serde_json::from_str(line).unwrap_or_else(|_| line.into()))?;
    }
    Ok(())
}
