//! `apothecary index` and `apothecary check-data`: pharmacy folders.

use super::Failure;
use crate::cache;
use crate::classify::Model;
use crate::domain::evidence::Passage;
use crate::pharmacy::Pharmacy;
use crate::pharmacy::check::{Finding, Weight, check as findings};
use crate::retrieval::PolicyIndex;
use std::path::{Path, PathBuf};

/// Arguments of `index`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Run it after a change of pages or of the model; a server computes what the file lacks at start.\n\nExample:\n  apothecary index --data index"
)]
pub struct IndexArgs {
    #[command(flatten)]
    folders: super::Folders,
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

pub(super) fn index(args: &IndexArgs) -> Result<(), Failure> {
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
