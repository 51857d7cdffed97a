//! `apothecary release build`: what a server of a configuration would read, copied, checked as a whole, and frozen.

use super::Place;
use crate::cli::{Failure, data};
use crate::config::Config;
use crate::engine;
use crate::failpoint;
use crate::pharmacy::check;
use crate::pharmacy::versions::Versions;
use crate::release::{Built, Endpoint, Settings};
use std::path::PathBuf;

/// Arguments of `release build`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "It is not in force before it is signed and used.\n\nExamples:\n  apothecary release build --config pharmacy.toml\n  \
apothecary release build --config pharmacy.toml --report evals.json"
)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
    /// Evaluation report that signers should see beside it, as `evals report --json` writes it
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// End as kill -9 would at a step, such as version.name:before:1 (crash tests)
    #[arg(long, value_name = "PLACE", hide = true)]
    crash_at: Option<failpoint::Place>,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if let Some(place) = args.crash_at {
        failpoint::arm(place);
    }
    let file = args.place.config.as_deref();
    let file = file.ok_or("name the configuration whose texts, guards and endpoint are to be frozen: --config FILE")?;
    let config = Config::load(Some(file))?;
    let (releases, _) = args.place.of(Some(&config));
    let texts = match &config.versions {
        Some(dir) => Versions::new(dir).in_force()?.path,
        None => config.index.clone(),
    };
    let guards = engine::served(&config.guardrails)?;
    let report = args.report.as_deref().map(read_report).transpose()?;
    let mut prepared = releases.prepare(&texts, guards, &settings(&config), report)?;
    data::tell(&check::texts(&prepared.texts(), None), false, &texts)?;
    let (name, bytes) =
        engine::sound(&prepared.guardrails(), &prepared.texts(), &config.guardrails.join("model"), config.encoder)?;
    prepared.add(format!("{}/{name}", crate::release::GUARDRAILS), bytes)?;
    let dir = releases.dir().display();
    match prepared.finish()? {
        Built::Known(name) => println!("release {name} has these very files; nothing was built"),
        Built::New(name) => println!(
            "release {name} is built; next: apothecary release sign {n} --dir {dir} --key FILE …, then apothecary release use {n} --dir {dir}",
            n = name.number()
        ),
    }
    Ok(())
}

fn settings(config: &Config) -> Settings {
    let endpoint = config.model.as_ref().map(|m| Endpoint {
        agreement: config.model_agreement.clone(),
        model: m.model.clone(),
        timeout_ms: u64::try_from(m.timeout.as_millis()).unwrap_or(u64::MAX),
        url: m.base_url.clone(),
    });
    Settings { encoder: config.encoder, endpoint, mark_unreviewed: config.mark_unreviewed }
}

/// A report is kept as it is, once it reads.
fn read_report(path: &std::path::Path) -> Result<Vec<u8>, Failure> {
    let bytes = std::fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    serde_json::from_slice::<serde_json::Value>(&bytes)
        .map_err(|e| format!("{} is no JSON: {e}; write it with `evals report DIR --json FILE`", path.display()))?;
    Ok(bytes)
}
