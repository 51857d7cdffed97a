//! `evals run`: the subcommands of a suite, one after the other, each into a folder of its own. What is finished is kept: a run that was
//! stopped goes on where it was, and an entry is measured again only when something that its results depend on has changed.

pub mod baseline;
pub mod compare;
pub mod file;
pub mod folder;
pub mod gate;
pub mod metric;
#[cfg(test)]
pub mod tests;
pub mod trained;

use crate::args::Common;
use crate::failure::Failure;
use crate::{lines, setup, target};
use apothecary::classify::Precision;
use file::{Entry, Suite};
use folder::{Failed, Machine, Part, Run};
use futures_util::{StreamExt, TryStreamExt, stream};
use metric::Metric;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// `evals run`.
#[derive(clap::Args, Debug, Clone)]
#[command(after_help = "Examples:\n  evals run evals/suites/smoke.toml --out smoke-run && evals gate smoke-run\n  \
    evals run evals/suites/full.toml --out full-run     stopped? The same line goes on; then: evals report full-run\n  \
    evals run evals/suites/full.toml --out other --target http://127.0.0.1:8000/v1 && evals report full-run --beside other")]
pub struct Args {
    /// Suites; their entries have different names
    #[arg(required = true, value_name = "SUITE.toml")]
    suites: Vec<PathBuf>,
    /// The run folder: begun, or continued
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Entries at the same time; decisions do not depend on it, times do
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// Pharmacy folder in the layout of index/
    #[arg(long, value_name = "DIR", default_value = "index")]
    data: PathBuf,
    /// Guard policy, rules and model
    #[arg(long, value_name = "DIR", default_value = "guardrails")]
    guardrails: PathBuf,
    /// How the classifier computes
    #[arg(long, env = "APOTHECARY_DATA__ENCODER", value_name = "HOW", default_value = "int8")]
    encoder: Precision,
    /// Seed of all samples
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Take no times: the same seed gives the same bytes
    #[arg(long)]
    no_timing: bool,
    #[command(flatten)]
    target: target::Args,
}

/// Runs the subcommand.
///
/// # Errors
/// A suite or case file that is wrong, an entry that cannot be run.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let suites = args.suites.iter().map(|f| Suite::load(f)).collect::<Result<Vec<_>, _>>()?;
    let mut entries = file::entries(&suites)?;
    if let Some(other) = args.target.provenance() {
        let left: Vec<&str> = entries.iter().filter(|e| !asks(e)).map(|e| e.name.as_str()).collect();
        println!("asked of {}; left out, for they look into our own parts: {}", other["url"], left.join(", "));
        entries.retain(|e| asks(e));
    }
    std::fs::create_dir_all(&args.out).map_err(|e| Failure::file(&args.out, e))?;
    let named = suites.iter().map(|s| (s.name.clone(), s.about.clone())).collect();
    let mut product = product(&args.common()).await?;
    product.extend(args.target.provenance().map(|other| ("target".to_owned(), other)));
    let mut run = Run::new(named, args.seed, !args.no_timing, product);
    let bar = setup::bar(entries.len(), "entries");
    let lines = trained::Lines::read(&entries, &args.guardrails)?;
    let seen = entries.iter().map(|e| lines.seen(e)).collect::<Result<Vec<_>, _>>()?;
    let parts = stream::iter(entries.iter().zip(seen)).map(|(entry, seen)| async {
        let part = part(entry, args, &run.product).await.map(|part| Part { seen, ..part });
        bar.inc(1);
        part
    });
    run.entries = parts.buffered(args.jobs.into()).try_collect().await?;
    bar.finish_and_clear();
    run.machine = run.timed.then(machine);
    run.save(&args.out)?;
    let failing = run.failing().count();
    let gates = run.rows().filter(|(_, row, ..)| row.is_gate()).count();
    println!("{} entries in {}; {failing} of {gates} gates fail", run.entries.len(), args.out.display());
    println!("next: evals report {0}, evals gate {0}", args.out.display());
    Ok(())
}

impl Args {
    fn common(&self) -> Common {
        let (data, guardrails) = (self.data.clone(), self.guardrails.clone());
        Common { encoder: self.encoder, seed: self.seed, no_timing: self.no_timing, ..Common::over(data, guardrails) }
    }
}

/// Entries that another chatbot can be asked.
fn asks(entry: &Entry) -> bool {
    ["chat", "traffic", "patients"].contains(&entry.command.as_str())
}

/// Digests of what is measured.
///
/// # Errors
/// Folders that cannot be used.
pub async fn product(common: &Common) -> Result<BTreeMap<String, Value>, Failure> {
    let (engine, _folder) = setup::bare(common).await?;
    let Value::Object(all) = setup::provenance(common, &engine)? else { return Ok(BTreeMap::new()) };
    Ok(all.into_iter().collect())
}

/// An entry's results: kept when they are there, else measured.
async fn part(entry: &Entry, args: &Args, product: &BTreeMap<String, Value>) -> Result<Part, Failure> {
    let digests = digests(entry)?;
    // The program counts, too: a figure of another build is not this build's.
    let program = lines::digest(&std::env::current_exe().map_err(Failure::internal)?)?;
    let key = json!([entry, product, digests, args.seed, args.no_timing, program]).to_string();
    let key = hex::encode(Sha256::digest(key));
    let done = Part::file(&args.out, &entry.name, "part.json");
    if done.is_file() {
        let kept: Part = folder::read(&done)?;
        if kept.key == key {
            eprintln!("{}: kept", entry.name);
            return Ok(kept);
        }
        eprintln!("{}: measured on an earlier version, measured again", entry.name);
    }
    let start = Instant::now();
    let unfinished = args.out.join(format!("{}.unfinished", entry.name));
    measure(entry, args, &unfinished).await?;
    let mut part = finished(entry, &unfinished, key, digests)?;
    part.seconds = (!args.no_timing).then(|| crate::stats::round(start.elapsed().as_secs_f64()));
    folder::write(&unfinished.join("part.json"), &part)?;
    let into = args.out.join(&entry.name);
    remove(&into)?;
    std::fs::rename(&unfinished, &into).map_err(|e| Failure::file(&into, e))?;
    eprintln!("{}: {:.0} s", entry.name, start.elapsed().as_secs_f64());
    Ok(part)
}

/// Digests of the case files, and of files and folders that options name.
fn digests(entry: &Entry) -> Result<BTreeMap<String, String>, Failure> {
    let texts = entry.options.values().flat_map(|v| v.as_array().map_or(std::slice::from_ref(v), Vec::as_slice));
    let named = texts.filter_map(|v| v.as_str()).map(PathBuf::from).filter(|p| p.exists());
    entry.cases.iter().cloned().chain(named).map(|f| Ok((f.display().to_string(), digest(&f)?))).collect()
}

/// The digest of a file or folder.
fn digest(path: &Path) -> Result<String, Failure> {
    if path.is_dir() { setup::folder_digest(path, &[]) } else { lines::digest(path) }
}

async fn measure(entry: &Entry, args: &Args, into: &Path) -> Result<(), Failure> {
    remove(into)?;
    std::fs::create_dir_all(into).map_err(|e| Failure::file(into, e))?;
    let mut line = entry.command_line();
    let path = |what: &str| into.join(what).display().to_string();
    let files = [("--predictions", "predictions.jsonl"), ("--report", "report.json"), ("--events", "events.jsonl")];
    line.extend(files.into_iter().flat_map(|(option, file)| [option.to_owned(), path(file)]));
    let (data, guardrails) = (args.data.display().to_string(), args.guardrails.display().to_string());
    line.extend(["--data".into(), data, "--guardrails".into(), guardrails, "--seed".into(), args.seed.to_string()]);
    line.extend(["--encoder".into(), format!("{:?}", args.encoder).to_lowercase(), "--quiet".into()]);
    line.extend(args.no_timing.then(|| "--no-timing".to_owned()));
    line.extend(args.target.typed());
    let command = crate::parse(&line).map_err(|e| Failure::Input(format!("entry `{}`: {e}", entry.name)))?;
    Box::pin(crate::perform(&command)).await
}

fn finished(entry: &Entry, dir: &Path, key: String, digests: BTreeMap<String, String>) -> Result<Part, Failure> {
    let report: Value = folder::read(&dir.join("report.json"))?;
    let failed = serde_json::from_value::<Vec<Failed>>(report["failed"].clone()).map_err(Failure::internal)?;
    Ok(Part {
        entry: entry.clone(),
        key,
        digests,
        decisions: folder::decisions(&dir.join("predictions.jsonl"))?,
        seconds: None,
        seen: None,
        metrics: Metric::all(&report)?,
        failed,
    })
}

fn remove(dir: &Path) -> Result<(), Failure> {
    if dir.is_dir() { std::fs::remove_dir_all(dir).map_err(|e| Failure::file(dir, e)) } else { Ok(()) }
}

fn machine() -> Machine {
    Machine {
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        finished: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
    }
}
