//! `apothecary release`: freeze what decides what a customer is told, sign it, compare it, put it in force and take it back. What a release
//! is stands in `crate::release`; here commands are put in order and printed.

mod build;
mod decisions;
mod show;
mod sign;

use super::Failure;
use crate::config::{self, Config};
use crate::release::{PublicKey, Release, Releases, diff};
use std::path::PathBuf;

pub(super) use show::told;

/// Where releases are when nobody says.
const USUAL: &str = "releases";

/// Arguments of `release`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A server with `[release] dir` and `signers` in its configuration answers by the release in force, sees another within a \
second and changes over without a restart.\n\nExamples:\n  \
apothecary release keygen rosa.key\n  \
apothecary release build --config pharmacy.toml\n  \
apothecary release sign 1 --key rosa.key --name \"Rosa Delgado\" --licence PH-0001 --state ME --read en=\"Rosa Delgado\" --live DL1,RF1 --lang en\n  \
apothecary release use 1\n  \
apothecary release diff 1 2\n  \
apothecary release rollback"
)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Freeze texts, rules, thresholds, prompts, modes, staffing, models and the model's endpoint under one digest
    Build(build::Args),
    /// Make a signer's key: the private one in a file, the public one printed
    Keygen(sign::KeygenArgs),
    /// Stand for a release: who you are, who has read the fixed texts, and what goes live
    Sign(sign::Args),
    /// Compare every file with its digest and every signature with what it signs; all releases, or one
    #[command(
        after_help = "Examples:\n  apothecary release verify --config pharmacy.toml\n  apothecary release verify 2"
    )]
    Verify {
        /// Number or name of a release
        #[arg(value_name = "ID")]
        id: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// List the releases: who signed each, what goes live, and which is in force
    #[command(after_help = "Example:\n  apothecary release list")]
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Say in words what differs between two releases, and with cases, which decisions of the input guard do
    #[command(
        after_help = "Examples:\n  apothecary release diff 1 2\n  apothecary release diff 1 2 --cases evals/suites/smoke/guards.jsonl"
    )]
    Diff(DiffArgs),
    /// Put a signed release in force; a running server takes it up within seconds
    #[command(after_help = "Examples:\n  apothecary release use 2\n  apothecary release use 2 --config pharmacy.toml")]
    Use {
        /// Number or name of a release
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        place: Place,
    },
    /// Put the signed release before the one in force back in force, byte for byte as it was
    #[command(after_help = "Example:\n  apothecary release rollback --config pharmacy.toml")]
    Rollback {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, clap::Args)]
struct DiffArgs {
    /// From this release
    #[arg(value_name = "A")]
    from: String,
    /// To this release
    #[arg(value_name = "B")]
    to: String,
    /// Messages, a JSON object with `text` a line, that the input guard of both decides on; may be repeated
    #[arg(long, value_name = "FILE")]
    cases: Vec<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Which releases are meant, and whose signatures count.
#[derive(Debug, clap::Args)]
struct Place {
    /// Folder of the releases; else that of the configuration, else `releases`
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Configuration file, whose folder and signers count; without one any sound signature will do here
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    fn open(&self) -> Result<(Releases, Option<Vec<PublicKey>>), Failure> {
        let config = self.config.as_deref().map(|file| Config::load(Some(file))).transpose()?;
        Ok(self.of(config.as_ref()))
    }

    fn of(&self, config: Option<&Config>) -> (Releases, Option<Vec<PublicKey>>) {
        let named = match config.map(|c| &c.release) {
            Some(config::Release::Signed { dir, signers }) => Some((dir.clone(), signers.clone())),
            Some(config::Release::Unsigned | config::Release::Undecided) | None => None,
        };
        let (dir, signers) = named.map_or((None, None), |(dir, signers)| (Some(dir), Some(signers)));
        let dir = self.dir.clone().or(dir).unwrap_or_else(|| PathBuf::from(USUAL));
        (Releases::new(&dir), signers)
    }
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    match args.act {
        Act::Build(args) => build::run(&args),
        Act::Keygen(args) => sign::keygen(&args),
        Act::Sign(args) => sign::run(&args),
        Act::Verify { id, place } => show::verify(&place, id.as_deref()),
        Act::List { place } => show::list(&place),
        Act::Diff(args) => differ(&args).await,
        Act::Use { id, place } => {
            let (releases, signers) = place.open()?;
            let name = releases.named(&id)?;
            in_force(&releases.put_in_force(&name, signers.as_deref())?);
            Ok(())
        }
        Act::Rollback { place } => {
            let (releases, signers) = place.open()?;
            in_force(&releases.rollback(signers.as_deref())?);
            Ok(())
        }
    }
}

fn in_force(release: &Release) {
    println!("release {} is in force", release.name);
    release.signatures.iter().for_each(|s| println!("  {}", show::told(s)));
}

async fn differ(args: &DiffArgs) -> Result<(), Failure> {
    let (releases, _) = args.place.open()?;
    let (old, new) = (releases.verified(&releases.named(&args.from)?)?, releases.verified(&releases.named(&args.to)?)?);
    let lines = diff(&old, &new)?;
    lines.iter().for_each(|line| println!("{line}"));
    if lines.is_empty() {
        println!("nothing differs in what is said");
    }
    if !args.cases.is_empty() {
        decisions::compare(&old, &new, &args.cases).await?;
    }
    Ok(())
}
