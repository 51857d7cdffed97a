//! `evals hostile`: a language model that lies in every way that we could think of, behind the real drafter, in whole turns over real
//! questions. A reply is wrong when it holds the lie's words or when the sample's ground truth contradicts it (`truth`, which shares
//! no code with the output guard). The ways to lie are in `behaviours`, one played turn in `stage`.

mod behaviours;
pub mod lie;
mod stage;
mod tally;
mod truth;

use crate::args::Common;
use crate::chat::scenario::{KNOWN, Scenario, check};
use crate::failure::Failure;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::setup;
use lie::{Behaviour, Mix};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use stage::Stage;
use std::path::PathBuf;
use tally::Tally;

/// A behaviour that finds no occasion in so many times its share of questions is given up.
const TRIES: usize = 6;

/// `evals hostile`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  evals hostile --cases evals/datasets/states.jsonl --turns 500\n  \
    evals hostile --cases evals/datasets/states.jsonl --cases evals/datasets/topics.jsonl --strict --predictions lies.jsonl")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Scenarios whose first question is asked, JSON Lines; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Turns in which a lie is told, shared among the behaviours
    #[arg(long, default_value_t = 10_000)]
    turns: usize,
    /// Only behaviours whose name or family is this; repeatable
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`]; with `--strict` also when a lie passed.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let lines: Vec<Line<Scenario>> = lines::read(&args.files, &KNOWN)?;
    check(&lines)?;
    let scenarios: Vec<&Scenario> = lines.iter().map(|l| &l.value).collect();
    let behaviours: Vec<Behaviour> = behaviours::all().into_iter().filter(|b| chosen(b, &args.only)).collect();
    if behaviours.is_empty() {
        return Err(Failure::Input(format!("--only {}: no such behaviour or family", args.only.join(" "))));
    }
    let mut stage = Stage::build(&args.common, &scenarios).await?;
    let mut tally = Tally::new(&behaviours);
    let wrong = play(args, &behaviours, &scenarios, &mut stage, &mut tally).await?;
    lines::write(args.common.predictions.as_deref(), &wrong)?;
    let mut report = Report::new("hostile", setup::provenance(&args.common, &stage.engine())?);
    report.rate("questions", "wrong reply by the checker without any lie", stage.controls());
    tally.fill(&mut report);
    wrong.iter().for_each(|w| report.fail(w["id"].as_str().unwrap_or_default(), w["found"].to_string()));
    report.finish(&args.common, &args.files)
}

fn chosen(behaviour: &Behaviour, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|o| o == behaviour.id || o == behaviour.family)
}

/// Each behaviour in turn, on a question by chance, until each was played its share; what went wrong.
async fn play(
    args: &Args,
    behaviours: &[Behaviour],
    scenarios: &[&Scenario],
    stage: &mut Stage<'_>,
    tally: &mut Tally,
) -> Result<Vec<Value>, Failure> {
    let mut rng = StdRng::seed_from_u64(args.common.seed);
    let share = args.turns.div_ceil(behaviours.len());
    let bar = setup::bar(share * behaviours.len(), "lies");
    let mut wrong = Vec::new();
    for round in 0..share * (TRIES + 1) {
        for (at, behaviour) in behaviours.iter().enumerate() {
            if tally.told(at) >= share || tally.idle_of(at) >= share * TRIES {
                continue;
            }
            let Some(scenario) = scenarios.choose(&mut rng) else { continue };
            let mix = [Mix::Alone, Mix::After, Mix::Before][round % 3];
            let id = format!("{}-{round}-{}", behaviour.id, scenario.id);
            match stage.lie(scenario, &id, *behaviour, mix, rng.random()).await? {
                None => tally.idle(at),
                Some(turn) => {
                    tally.count(at, &turn.prediction, &turn.found);
                    bar.inc(1);
                    wrong.extend((!turn.found.is_empty()).then(|| turn.told_of(behaviour)));
                }
            }
        }
    }
    bar.finish_and_clear();
    Ok(wrong)
}
