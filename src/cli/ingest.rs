//! `apothecary ingest`: what a feed sends, from a file or a pipe, into the store of a data folder. A running server tells of it at once and
//! finds new records within a second.

use super::Failure;
use crate::failpoint;
use crate::ingest::{Importer, Lines, Report};
use crate::pharmacy::Pharmacy;
use crate::pharmacy::versions::Versions;
use crate::policy::GuardPolicy;
use jiff::Timestamp;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Arguments of `ingest`.
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub struct Args {
    /// A FHIR R4 Bundle, NDJSON of FHIR resources, or events, one a line; - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "data")]
    dir: PathBuf,
    /// Pharmacy folder, whose states say which steps are allowed
    #[arg(long, value_name = "DIR", default_value = "index")]
    data: PathBuf,
    /// Folder of published texts, as in `[data] versions`: the version in force instead of --data
    #[arg(long, value_name = "DIR", conflicts_with = "data")]
    versions: Option<PathBuf>,
    /// Guard policy folder
    #[arg(long, value_name = "DIR", default_value = "guardrails")]
    guardrails: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// End as kill -9 would at a step, such as feed.batch:before:2 (crash tests)
    #[arg(long, value_name = "PLACE", hide = true)]
    crash_at: Option<failpoint::Place>,
}

fn help() -> String {
    format!(
        "FHIR resources that make one record come together, and with the order that a parcel belongs to; medications may be known already. \
         An event is one line:\n\n{}\n\nLate and repeated changes change nothing. A step that the state table does not allow, or an unknown \
         state, is told to nobody: a case is opened. Lines in error are left out, the others are kept, and the exit status is 1.\n\n\
         Examples:\n  apothecary ingest today.ndjson --dir data\n  zcat feed.ndjson.gz | apothecary ingest - --json",
        crate::ingest::event::FORM
    )
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    if let Some(place) = args.crash_at {
        failpoint::arm(place);
    }
    let store = super::store(&args.dir).await?;
    let own = Path::new("index");
    let pharmacy = match &args.versions {
        Some(dir) => Versions::new(dir).in_force()?.load()?,
        None => Pharmacy::load(&args.data, (args.data != own).then_some(own))?,
    };
    let policy = GuardPolicy::load(&args.guardrails)?;
    let text = text(&args.file)?;
    let lines = Lines::read(&text, &pharmacy.states, &store.medications().await?);
    let bar = super::bar("lines");
    let importer = Importer { store: &store, states: &pharmacy.states, policy: &policy, now: Timestamp::now() };
    let report = importer
        .take(lines, &|done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        })
        .await?;
    bar.finish_and_clear();
    store.close().await;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    judge(&report)
}

fn judge(report: &Report) -> Result<(), Failure> {
    match report.refused {
        0 => Ok(()),
        n => Err(format!(
            "{n} of {} lines were refused; the report says where and why, the others are kept",
            report.lines
        )
        .into()),
    }
}

fn text(file: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
    }
    String::from_utf8(bytes)
        .map_err(|e| format!("byte {} is not UTF-8; save the file as UTF-8", e.utf8_error().valid_up_to()).into())
}
