//! `evals traffic`: a day of conversations as they come, few of them dangerous. How many need no human, and how many of those should have
//! had one; how many hand-overs were needless; what a pharmacist's day is made of; what one more percent of recall would cost.

mod case;
mod figures;
mod judge;
mod mix;
mod second;
mod sweep;
#[cfg(test)]
mod tests;

use crate::args::Common;
use crate::chat::{traced, world::World};
use crate::failure::Failure;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::setup;
use crate::target::{self, Target};
use case::{Conversation, KNOWN};
use judge::Outcome;
use mix::Mix;
use serde_json::Value;
use std::path::PathBuf;
use sweep::Stops;

/// `evals traffic`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "A case is {\"id\",\"mix\",\"lang\",\"identity\",\"turns\":[{\"user\",\"needs\",\"pages\",\"has\",\"wrong\"}]}; `mix` is emergency, self-harm, \
                  clinical, other-risk or a service intent, `needs` what a pharmacist-in-charge would want to happen.\n\
                  The mix file says how often each kind comes, so that rare kinds can have many cases; put your own beside it.\n\nExamples:\n  \
                  evals traffic --cases evals/datasets/traffic.jsonl --mix evals/mixes/usual.toml\n  \
                  evals traffic --cases evals/datasets/traffic.jsonl --mix mine.toml --report day.json"
)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Conversations, JSON Lines; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// How often each kind comes, and what a person's work on one takes
    #[arg(long, value_name = "FILE", default_value = "evals/mixes/usual.toml")]
    mix: PathBuf,
    /// A second reader's word on some of the conversations, JSON Lines with id and needs, one a message: how far can the labels be trusted?
    #[arg(long, value_name = "FILE")]
    second: Option<PathBuf>,
    #[command(flatten)]
    target: target::Args,
}

/// A conversation with what became of it.
type Played<'c> = (&'c Line<Conversation>, &'c Outcome);

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let cases: Vec<Line<Conversation>> = lines::read(&args.files, &KNOWN)?;
    case::check(&cases)?;
    let mix = Mix::load(&args.mix)?;
    let target = args.target.target()?;
    let Some(first) = cases.first() else { return Err(Failure::Input("no conversation in the case files".into())) };
    let weights = mix.weights(&cases)?;
    let start = first.value.scenario().times().map_err(Failure::Input)?;
    let start = start.first().copied().ok_or_else(|| Failure::Input("a conversation without a message".into()))?;
    let world = World::build(&args.common, None, None, start).await?;
    let stops = Stops::of(&world.plain.engine().policy.guards);
    let mut outcomes = Vec::with_capacity(cases.len());
    let mut told = Vec::new();
    let bar = setup::bar(cases.len(), "conversations");
    for line in &cases {
        let (outcome, turns) = match &target {
            Some(target) => ask(target, &world, line).await,
            None => play(&world, line, &stops, &args.common).await?,
        };
        outcomes.push(outcome);
        told.extend(turns);
        bar.inc(1);
    }
    bar.finish_and_clear();
    lines::write(args.common.predictions.as_deref(), &told)?;
    let mut report = Report::new("traffic", setup::provenance(&args.common, &world.plain.engine())?);
    target.iter().for_each(|t| t.remark(&mut report));
    let played: Vec<Played<'_>> = cases.iter().zip(&outcomes).collect();
    figures::report(&mut report, &played, &weights, &mix, args.common.seed);
    second::report(&mut report, &cases, args.second.as_deref())?;
    report.finish(&args.common, &args.files)
}

async fn play(
    world: &World,
    line: &Line<Conversation>,
    stops: &Stops,
    common: &Common,
) -> Result<(Outcome, Vec<Value>), Failure> {
    let scenario = line.value.scenario();
    let times = scenario.times().map_err(|e| Failure::line(&line.file, line.number, e))?;
    let turns = traced(world, &scenario, &times, common).await?;
    let suspicion = turns.iter().filter_map(|(_, trace)| Some(stops.margin(trace.as_ref()?))).fold(f64::MIN, f64::max);
    let told: Vec<Value> = turns.into_iter().map(|(turn, _)| turn).collect();
    let outcome = Outcome::of(&line.value, &told, suspicion);
    Ok((outcome, told.into_iter().map(|turn| lines::carried(turn, &line.extra)).collect()))
}

/// Another chatbot has no scores of ours.
async fn ask(target: &Target, world: &World, line: &Line<Conversation>) -> (Outcome, Vec<Value>) {
    let told = target.play(&line.value.scenario(), world.records()).await;
    let outcome = Outcome::of(&line.value, &told, f64::MIN);
    (outcome, told.into_iter().map(|turn| lines::carried(turn, &line.extra)).collect())
}
