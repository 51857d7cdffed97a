//! `evals public`: every public set that has a label map, and the public retrieval sets, in one table.

use crate::args::Common;
use crate::failure::Failure;
use crate::label_map::{Kind, LabelMap};
use crate::lines::{self, Line};
use crate::report::Report;
use crate::{guards, passages, retrieval, setup, support};
use apothecary::engine::Engine;
use apothecary::train::data;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// `evals public`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  evals public --dir open --report public.json\n\n\
    A map MAPS/NAME.toml is applied to DIR/NAME.jsonl; a set without a file is left out and named.")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Folder of the public sets
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Folder of the label maps
    #[arg(long, value_name = "DIR", default_value = "evals/maps")]
    maps: PathBuf,
    /// Rows of a set that are judged at most, chosen by the seed
    #[arg(long, default_value_t = 500)]
    rows: usize,
    /// Every row of every set
    #[arg(long)]
    all: bool,
    /// Only sets whose name begins so; repeatable
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|o| name.starts_with(o.as_str()));
    let (engine, _folder) = setup::bare(&args.common).await?;
    let mut report = Report::new("public", setup::provenance(&args.common, &engine)?).brief();
    let mut files = Vec::new();
    for (name, path) in maps(&args.maps)?.into_iter().filter(|(name, _)| wanted(name)) {
        let file = args.dir.join(format!("{name}.jsonl"));
        if !file.is_file() {
            report.count(&format!("{name}: no file, left out"), 0);
            continue;
        }
        let map = LabelMap::load(&path)?;
        let mut rows = lines::raw(std::slice::from_ref(&file), Some("id"))?;
        // The model for planted instructions was trained on the others.
        rows.retain(|row| !matches!(map.kind, Kind::Passages) || held_out(&row.value));
        let rows = chosen(rows, args);
        let mut own = Report::new("set", Value::Null);
        match map.kind {
            Kind::Guards => {
                let cases = guards::mapped(rows, &map)?;
                let judged = guards::all(&engine, &cases, &args.common, &name).await;
                guards::summarise(&mut own, &engine, &cases, &judged);
            }
            Kind::Passages => {
                passages::judge(&engine, &passages::mapped(rows, &map)?, &args.common, &mut own);
            }
            Kind::Support => {
                support::judge(&engine, &support::read(rows, Some(&map))?, &args.common, &mut own).await;
            }
        }
        report.absorb(&format!("{name} ({})", map.about), own);
        files.push(file);
    }
    for name in rankings(&args.dir)?.into_iter().filter(|name| wanted(name)) {
        files.extend(ranking(&engine, args, &name, &mut report).await?);
    }
    report.finish(&args.common, &files)
}

/// One retrieval set, in every way that it allows.
async fn ranking(engine: &Engine, args: &Args, name: &str, report: &mut Report) -> Result<[PathBuf; 3], Failure> {
    let part = |what: &str| args.dir.join(format!("{name}.{what}.jsonl"));
    let files = [part("corpus"), part("queries"), part("qrels")];
    let mut own = Report::new("set", Value::Null);
    retrieval::measure(engine, &files, &args.common, &mut own).await?;
    report.absorb(name, own);
    Ok(files)
}

fn maps(dir: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    Ok(names(dir, ".toml")?.into_iter().map(|name| (name.clone(), dir.join(format!("{name}.toml")))).collect())
}

fn rankings(dir: &Path) -> Result<Vec<String>, Failure> {
    names(dir, ".corpus.jsonl")
}

/// File names with an ending, without it, sorted.
fn names(dir: &Path, ending: &str) -> Result<Vec<String>, Failure> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|e| Failure::file(dir, e))? {
        let entry = entry.map_err(|e| Failure::file(dir, e))?;
        out.extend(entry.file_name().to_str().and_then(|n| n.strip_suffix(ending)).map(ToOwned::to_owned));
    }
    out.sort();
    Ok(out)
}

fn held_out(row: &Map<String, Value>) -> bool {
    let word = |name: &str| row.get(name).and_then(Value::as_str);
    data::held_out(word("group"), word("id").unwrap_or_default())
}

/// The rows with the smallest digests of seed and id, in the order of the file: the same choice on every machine.
fn chosen(rows: Vec<Line<Map<String, Value>>>, args: &Args) -> Vec<Line<Map<String, Value>>> {
    if args.all || rows.len() <= args.rows {
        return rows;
    }
    let rank = |row: &Line<Map<String, Value>>| {
        let id = row.value.get("id").and_then(Value::as_str).unwrap_or_default();
        Sha256::digest(format!("{}\n{id}", args.common.seed))
    };
    let mut ranks: Vec<_> = rows.iter().map(rank).collect();
    ranks.sort();
    let Some(last) = ranks.get(args.rows.saturating_sub(1)).copied() else { return Vec::new() };
    rows.into_iter().filter(|row| rank(row) <= last).collect()
}
