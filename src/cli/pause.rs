//! `apothecary pause`, `resume` and `modes`: what the assistant answers by itself, on the store of a data folder. A running server obeys
//! from its next reply on, also in open conversations and after a restart.

use super::Failure;
use crate::app::{AppError, Pauses};
use crate::config::{Config, Release};
use crate::domain::modes::{Mode, Scope};
use crate::pharmacy::Pharmacy;
use crate::policy::GuardPolicy;
use crate::release::{Releases, Signature, Statement};
use crate::store::Store;
use comfy_table::Table;
use jiff::Timestamp;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is meant; everything when nothing is named.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct About {
    /// Answers from this page, such as DL5
    #[arg(long, value_name = "ID")]
    topic: Option<String>,
    /// This intent, I01 to I35
    #[arg(long, value_name = "ID")]
    intent: Option<String>,
    /// This language: en or es
    #[arg(long, value_name = "CODE")]
    lang: Option<String>,
}

impl About {
    fn scope(&self) -> Result<Scope, String> {
        let named = [("topic", &self.topic), ("intent", &self.intent), ("lang", &self.lang)];
        let named = named.into_iter().find_map(|(kind, id)| Some(format!("{kind}:{}", id.as_ref()?)));
        named.map_or(Ok(Scope::All), |word| word.parse())
    }
}

/// Arguments of `pause`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The customer reads that a person answers, and a person gets the case. Emergencies and the other fixed texts go on.\n\nExamples:\n  \
apothecary pause --reason \"wrong copays told\"\n  apothecary pause --topic PR2 --suggest --reason \"page under review\"\n  \
apothecary pause --lang es --reason \"translation under review\""
)]
pub struct PauseArgs {
    #[command(flatten)]
    about: About,
    /// Let it draft, for a pharmacist to send
    #[arg(long)]
    suggest: bool,
    /// Why; colleagues read it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    place: Place,
}

/// Arguments of `resume`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  apothecary resume\n  apothecary resume --topic PR2")]
pub struct ResumeArgs {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    place: Place,
}

/// Arguments of `modes`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  apothecary modes --dir data\n  apothecary modes --config pharmacy.toml")]
pub struct ModesArgs {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "data")]
    dir: PathBuf,
    /// Guard policy folder
    #[arg(long, value_name = "DIR", default_value = "guardrails")]
    guardrails: PathBuf,
    /// Configuration file of the server, whose folders count in place of these, and whose signed release
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Place {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "data")]
    dir: PathBuf,
    /// Pharmacy folder, whose pages are the topics
    #[arg(long, value_name = "DIR", default_value = "index")]
    data: PathBuf,
}

pub(super) async fn pause(args: PauseArgs) -> Result<(), Failure> {
    let mode = if args.suggest { Mode::Suggest } else { Mode::Off };
    let (store, pharmacy) = open(&args.place).await?;
    let done = operator(&store, &pharmacy).pause(args.about.scope()?, mode, &args.reason).await?;
    println!("{}: {} since {}; `apothecary resume` ends it", done.scope, word(done.mode), done.at);
    Ok(())
}

pub(super) async fn resume(args: ResumeArgs) -> Result<(), Failure> {
    let scope = args.about.scope()?;
    let (store, pharmacy) = open(&args.place).await?;
    match operator(&store, &pharmacy).resume(&scope).await {
        Err(AppError::NotFound) => Err(format!("{scope} is not stopped; see `apothecary modes`").into()),
        other => {
            other?;
            println!("{scope}: as modes.toml says again");
            Ok(())
        }
    }
}

pub(super) async fn modes(args: ModesArgs) -> Result<(), Failure> {
    let (dir, guardrails, signatures) = places(&args)?;
    let store = super::store(&dir).await?;
    let policy = GuardPolicy::load(&guardrails)?;
    let mut table = Table::new();
    table.set_header(["what", "mode", "by", "since", "why"]);
    for Statement { live, name, time, .. } in signatures.iter().map(|s| &s.statement) {
        let (what, why) = (format!("at most {live}"), "nothing else is live without a signature");
        table.add_row([what, word(Mode::Live).into(), name.clone(), time.to_string(), why.to_owned()]);
    }
    for (scope, mode) in policy.modes.written() {
        table.add_row([scope.to_string(), word(mode).into(), "modes.toml".into(), String::new(), String::new()]);
    }
    for p in store.pauses().await?.all {
        table.add_row([p.scope.to_string(), word(p.mode).into(), p.name, p.at.to_string(), p.reason]);
    }
    println!("{table}");
    Ok(())
}

/// Data folder and guard policy folder; of a server with signed releases, those of the one in force, and who signed it.
fn places(args: &ModesArgs) -> Result<(PathBuf, PathBuf, Vec<Signature>), Failure> {
    let Some(file) = &args.config else { return Ok((args.dir.clone(), args.guardrails.clone(), Vec::new())) };
    let config = Config::load(Some(file))?;
    if let Release::Signed { dir, signers } = &config.release {
        let release = Releases::new(dir).in_force(signers)?;
        return Ok((config.data, release.guardrails(), release.signatures));
    }
    Ok((config.data, config.guardrails, Vec::new()))
}

async fn open(place: &Place) -> Result<(Store, Pharmacy), Failure> {
    let own: &Path = Path::new("index");
    let fallback = (place.data != own).then_some(own);
    Ok((super::store(&place.dir).await?, Pharmacy::load(&place.data, fallback)?))
}

fn operator<'a>(store: &'a Store, pharmacy: &'a Pharmacy) -> Pauses<'a> {
    let by = json!({ "staff": null, "role": "operator" });
    Pauses { store, pharmacy, now: Timestamp::now(), name: "operator".into(), by }
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live",
        Mode::Suggest => "suggest",
        Mode::Off => "off",
    }
}
