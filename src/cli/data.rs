//! `apothecary index` and `apothecary check-data`: pharmacy folders, and the search index over a store's records.

use super::Failure;
use crate::boot;
use crate::cache;
use crate::classify::Model;
use crate::domain::evidence::Passage;
use crate::engine::records;
use crate::failpoint;
use crate::pharmacy::Pharmacy;
use crate::pharmacy::check::{Finding, Weight, check as findings};
use crate::retrieval::{PolicyIndex, RecordIndex};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `index`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Embeds the sections of the pages: run it after a change of pages or of the model; a server computes what is lacking at start.\n\nWith --rebuild it makes the search index over the records of a store anew, from the store: the mend of a damaged one. Stop the server first.\n\nExamples:\n  apothecary index --data index\n  apothecary index --rebuild --dir data"
)]
pub struct IndexArgs {
    #[command(flatten)]
    folders: super::Folders,
    /// Make the search index over records anew
    #[arg(long)]
    rebuild: bool,
    /// Data folder, whose records it is of
    #[arg(long, value_name = "DIR", default_value = "data")]
    dir: PathBuf,
    /// End as kill -9 would at a step, such as search.commit:before:1 (crash tests)
    #[arg(long, value_name = "PLACE", hide = true)]
    crash_at: Option<failpoint::Place>,
}

/// Arguments of `check-data`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status 1 when anything is wrong; notes alone are no fault.\n\nExample:\n  apothecary check-data index"
)]
pub struct CheckArgs {
    /// The pharmacy folder
    #[arg(value_name = "DIR", default_value = "index")]
    dir: PathBuf,
    /// Show notes too
    #[arg(long)]
    notes: bool,
}

pub(super) async fn index(args: &IndexArgs) -> Result<(), Failure> {
    if let Some(place) = args.crash_at {
        failpoint::arm(place);
    }
    if args.rebuild { rebuild(&args.dir).await } else { embed(args) }
}

async fn rebuild(dir: &Path) -> Result<(), Failure> {
    let (store, folder) = (super::store(dir).await?, dir.join(boot::SEARCH));
    let (started, all) = (Instant::now(), store.count_records().await?);
    RecordIndex::clear(&folder)?;
    let bar = super::bar("records");
    bar.set_length(all);
    records::open(Some(&folder), &store, &|n| bar.set_position(n as u64)).await?;
    bar.finish_and_clear();
    store.close().await;
    println!("{}: {all} records in {:.1} s", folder.display(), started.elapsed().as_secs_f32());
    Ok(())
}

fn embed(args: &IndexArgs) -> Result<(), Failure> {
    let pharmacy = Pharmacy::load(&args.folders.data, None)?;
    let passages: Vec<Passage> = pharmacy.passages().cloned().collect();
    let dir = args.folders.guardrails.join("model");
    let model = Model::load(&dir, args.folders.encoder)?;
    let texts: Vec<String> = passages.iter().flat_map(Passage::embedded).collect();
    let bytes = cache::ship(&model, &texts, &dir)?;
    PolicyIndex::build(&passages, &cache::embeddings(&model, &texts, &dir)?)?;
    println!(
        "{} pages, {} sections; {} holds their embeddings ({} kB)",
        pharmacy.pages.len(),
        passages.len(),
        dir.join(cache::FILE).display(),
        bytes / 1000
    );
    Ok(())
}

pub(super) fn check(args: &CheckArgs) -> Result<(), Failure> {
    tell(&findings(&args.dir, None), args.notes, &args.dir)
}

/// Prints what was found; fails when anything is wrong.
pub(super) fn tell(all: &[Finding], notes: bool, dir: &Path) -> Result<(), Failure> {
    let errors = all.iter().filter(|f| f.weight == Weight::Error).count();
    for f in all.iter().filter(|f| notes || f.weight == Weight::Error) {
        println!("{}: {}: {}; {}", f.file, f.place, f.problem, f.mend);
    }
    println!("{errors} errors, {} notes", all.len() - errors);
    if errors == 0 { Ok(()) } else { Err(format!("{} is not sound", dir.display()).into()) }
}
