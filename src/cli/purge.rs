//! `apothecary purge`: forgets what is older than `guardrails/retention.toml` allows, in the store, in its backups and in the journal of cases.

use super::Failure;
use super::backup::copy::{self, Copy};
use crate::policy::retention::{Cutoffs, Retention};
use crate::store::retention::Purged;
use crate::store::{Store, journal};
use jiff::Timestamp;
use std::path::PathBuf;

/// Arguments of `purge`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Conversations under a legal hold or with an open case stay, whatever their age. The audit chain stays and gets a record of each purge: how much went, \
                  and a digest of the ids. Freed pages are overwritten. Run it daily; beside a running server it takes the write lock for moments.\n\n\
                  Examples:\n  apothecary purge --dir data --dry-run\n  apothecary purge --dir data --backups /backup/apothecary --journal /other-disk/journal"
)]
pub struct Args {
    /// Data folder of the server
    #[arg(long, value_name = "DIR", default_value = "data")]
    dir: PathBuf,
    /// Guard policy folder, for retention.toml
    #[arg(long, value_name = "DIR", default_value = "guardrails")]
    guardrails: PathBuf,
    /// Backups: those too old are deleted, from the others the same is taken out
    #[arg(long, value_name = "DIR")]
    backups: Option<PathBuf>,
    /// The journal of cases: days as old as a backup may be are deleted
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
    /// Who asked for it, for the audit
    #[arg(long, value_name = "NAME", default_value = "operator")]
    by: String,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let (retention, now) = (Retention::load(&args.guardrails)?, Timestamp::now());
    let cutoffs = retention.cutoffs(now);
    let store = super::store(&args.dir).await?;
    if args.dry_run {
        tell("would go", &store.purgeable(&cutoffs).await?);
        return Ok(());
    }
    tell("gone", &store.purge(&cutoffs, now, &args.by).await?);
    store.close().await;
    if let Some(dir) = &args.backups {
        let (deleted, cleaned) = backups(dir, &retention, &cutoffs, now, &args.by).await?;
        println!("backups: {deleted} too old and deleted, {cleaned} cleaned");
    }
    if let Some(dir) = &args.journal {
        let days = journal::forget(dir, retention.backups_since(now)).map_err(|e| format!("{}: {e}", dir.display()))?;
        println!("journal: {days} days deleted");
    }
    Ok(())
}

fn tell(word: &str, purged: &Purged) {
    println!(
        "{word}: {} conversations of nobody known, {} others; {} messages, {} cases; {} deliveries",
        purged.anonymous, purged.conversations, purged.messages, purged.cases, purged.deliveries
    );
    println!("kept by a legal hold or an open case: {}", purged.held);
}

/// How many backups were deleted, and from how many something was taken out.
async fn backups(
    dir: &std::path::Path,
    retention: &Retention,
    cutoffs: &Cutoffs,
    now: Timestamp,
    by: &str,
) -> Result<(usize, usize), Failure> {
    let (mut deleted, mut cleaned) = (0, 0);
    for copy in copy::all(dir)? {
        if copy.manifest.at < retention.backups_since(now) {
            std::fs::remove_dir_all(&copy.dir).map_err(|e| format!("{}: {e}", copy.dir.display()))?;
            deleted += 1;
        } else if clean(copy, cutoffs, now, by).await? {
            cleaned += 1;
        }
    }
    Ok((deleted, cleaned))
}

/// True when something was taken out of it.
async fn clean(mut copy: Copy, cutoffs: &Cutoffs, now: Timestamp, by: &str) -> Result<bool, Failure> {
    let store = Store::open(&copy.dir.join("apothecary.db")).await?;
    let due = store.purgeable(cutoffs).await?;
    let any = due.anonymous + due.conversations + due.deliveries > 0;
    if any {
        store.purge(cutoffs, now, by).await?;
    }
    let audit = store.verify_audit().await?;
    store.close().await;
    if any {
        copy.seal(audit)?;
    }
    Ok(any)
}
