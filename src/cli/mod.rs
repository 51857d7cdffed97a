//! The command line: one file a subcommand. Nothing is decided here; every subcommand starts the application through `boot`.

mod ask;
mod audit;
mod backup;
mod chat;
mod classify;
mod data;
mod demo;
mod doctor;
mod ingest;
mod init;
mod labels;
mod pause;
mod person;
mod policy;
mod purge;
mod release;
mod sbom;
mod serve;
mod staff;
mod synth;
mod webhook_table;
mod webhooks;

use crate::classify::Precision;
use crate::store::Store;
use crate::train::planted::PlantedOptions;
use crate::train::support::SupportOptions;
use crate::train::{self, TrainArgs};
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// A guardrailed retrieval chatbot for an online pharmacy.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Examples:\n  apothecary demo                             the sample pharmacy on http://127.0.0.1:8080\n  apothecary ask \"how long does delivery take?\"\n  apothecary init ../my-pharmacy              a pharmacy of your own\n  apothecary serve --config pharmacy.toml --check-config"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the sample pharmacy: pages for customers and pharmacists, ready-made sign-ins, no key, no network service
    Demo(demo::Args),
    /// Make a folder for a pharmacy of your own: settings, example pages, guards, an empty store
    Init(init::Args),
    /// Start a real server from a configuration file
    Serve(serve::Args),
    /// Say what a server still needs, and what mends it
    Doctor(doctor::Args),
    /// Chat in the terminal with the sample pharmacy, the same turn as in the browser
    Chat(ask::Who),
    /// Ask one question and see the answer, or with --json the whole trace
    Ask(ask::Args),
    /// Show all scores of a text: risks, intents, rules, language, personal data
    Classify(classify::Args),
    /// Write the embeddings of the pages that ship beside the model; with --rebuild, make the search over records anew
    Index(data::IndexArgs),
    /// Say what is wrong with a pharmacy folder, by file and place
    CheckData(data::CheckArgs),
    /// Take up what the order feed sends: FHIR bundles, NDJSON, events
    Ingest(ingest::Args),
    /// Make a data folder of any size, for measuring
    Synth(synth::Args),
    /// Check, compare, publish and take back what the pharmacy says
    Policy(policy::Args),
    /// Freeze what decides what a customer is told, sign it, compare it, put it in force and take it back
    Release(release::Args),
    /// Print what this program is made of, models included, as CycloneDX JSON
    Sbom(sbom::Args),
    /// Copy the store while the server runs, once or again and again
    Backup(backup::Args),
    /// Put a backup in the store's place, with the cases promised since
    Restore(backup::RestoreArgs),
    /// Forget what is older than the retention periods, in store, backups and journal
    Purge(purge::Args),
    /// Copy what is held about a person, or list who was told of it
    Person(person::Args),
    /// Show or verify the audit chain
    Audit(audit::Args),
    /// Write what people said about the answers as cases to learn from
    Labels(labels::Args),
    /// Stop the assistant, wholly or for a topic, an intent or a language; people answer in its place
    Pause(pause::PauseArgs),
    /// Let it answer again
    Resume(pause::ResumeArgs),
    /// Show what it answers by itself, what it drafts, and what is stopped
    Modes(pause::ModesArgs),
    /// Manage who signs in to the console by password and one-time code
    Staff(staff::Args),
    /// Manage webhook receivers; list and replay deliveries
    Webhook(webhooks::Args),
    /// Train the classifier from hand-written lines
    Train(Box<TrainArgs>),
    /// Train the output guard's model from hand-written claims
    TrainSupport(Box<SupportOptions>),
    /// Train the model that finds instructions in retrieved texts
    TrainPlanted(Box<PlantedOptions>),
}

/// Folders that most subcommands read.
#[derive(Debug, Clone, clap::Args)]
pub struct Folders {
    /// Pharmacy folder; a file that it lacks is taken from the product's own
    #[arg(long, value_name = "DIR", default_value = "index")]
    pub data: PathBuf,
    /// Guard policy folder
    #[arg(long, value_name = "DIR", default_value = "guardrails")]
    pub guardrails: PathBuf,
    /// How the classifier computes: int8 is fast, fp32 is the reference without `unsafe` code
    #[arg(long, env = "APOTHECARY_DATA__ENCODER", value_name = "HOW", default_value = "int8")]
    pub encoder: Precision,
}

/// Why a subcommand ends, as a sentence for the terminal.
type Failure = Box<dyn std::error::Error>;

/// A bar on stderr; hidden where nobody watches.
fn bar(what: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {what}, {{eta}} left")) {
        bar.set_style(style);
    }
    bar
}

/// The store of a data folder that a server has used.
async fn store(dir: &std::path::Path) -> Result<Store, Failure> {
    let path = dir.join("apothecary.db");
    if !path.is_file() {
        return Err(format!("there is no store at {}; pass --dir", path.display()).into());
    }
    Ok(Store::open(&path).await?)
}

impl Cli {
    /// Runs the subcommand; errors go to stderr as one line a cause.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let done = match self.command {
            Command::TrainSupport(args) => {
                train::support::run(&args).map(|report| println!("{report}")).map_err(Into::into)
            }
            Command::TrainPlanted(args) => {
                train::planted::run(&args).map(|report| println!("{report}")).map_err(Into::into)
            }
            Command::Train(args) => train::run(&args).map(|report| println!("{report}")).map_err(Into::into),
            Command::CheckData(args) => data::check(&args),
            Command::Policy(args) => policy::run(args),
            Command::Sbom(args) => sbom::run(&args),
            other => runtime(other),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("error: {e}");
                ExitCode::FAILURE
            }
        }
    }
}

fn runtime(command: Command) -> Result<(), Failure> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        match command {
            Command::Demo(args) => demo::run(args).await,
            Command::Init(args) => init::run(args).await,
            Command::Serve(args) => serve::run(args).await,
            Command::Doctor(args) => doctor::run(args).await,
            Command::Chat(args) => chat::run(args).await,
            Command::Ask(args) => ask::run(args).await,
            Command::Classify(args) => classify::run(args).await,
            Command::Index(args) => data::index(&args).await,
            Command::Synth(args) => synth::run(args).await,
            Command::Ingest(args) => ingest::run(args).await,
            Command::Backup(args) => backup::run(args).await,
            Command::Restore(args) => backup::restore(args).await,
            Command::Purge(args) => purge::run(args).await,
            Command::Person(args) => person::run(args).await,
            Command::Release(args) => release::run(args).await,
            Command::Audit(args) => audit::run(args).await,
            Command::Labels(args) => labels::run(args).await,
            Command::Pause(args) => pause::pause(args).await,
            Command::Resume(args) => pause::resume(args).await,
            Command::Modes(args) => pause::modes(args).await,
            Command::Staff(args) => staff::run(args).await,
            Command::Webhook(args) => webhooks::run(args).await,
            Command::Train(_)
            | Command::TrainSupport(_)
            | Command::TrainPlanted(_)
            | Command::CheckData(_)
            | Command::Policy(_)
            | Command::Sbom(_) => Ok(()),
        }
    })
}
