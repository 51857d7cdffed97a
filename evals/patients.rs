//! `evals patients`: scripted patients who want something, rephrase until they have it, and give up. Whether they got it, after how many
//! messages, and whether they were told anything wrong.

use crate::args::Common;
use crate::chat::scenario::{Identity, Scenario, Turn};
use crate::chat::{traced_until, world::World};
use crate::failure::Failure;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::setup;
use crate::stats::Rate;
use crate::target::{self, Target};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Fields of the format; others are carried.
const KNOWN: [&str; 7] = ["id", "identity", "goal", "ends", "says", "has", "wrong"];
/// By which the figures are also told.
const SLICES: [&str; 2] = ["lang", "manner"];

/// `evals patients`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "A case is {\"id\",\"identity\",\"goal\",\"ends\":\"answer\"|\"person\",\"says\":[\"first\",\"if that did not help\",…],\"has\":[[\"one of\",\"these\"],…],\
                  \"wrong\":[…]}. Its messages are sent until one reply has something of each group of `has`, or, where it ends with a person, until a \
                  case is opened. Nothing of `wrong` may be in any reply.\n\nExample:\n  evals patients --cases evals/datasets/patients.jsonl"
)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Patients, JSON Lines; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    target: target::Args,
}

#[derive(Clone, Debug, Deserialize)]
struct Patient {
    id: String,
    #[serde(default)]
    identity: Option<Identity>,
    ends: End,
    says: Vec<String>,
    #[serde(default)]
    has: Vec<Vec<String>>,
    #[serde(default)]
    wrong: Vec<String>,
}

/// Where a conversation ought to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum End {
    Answer,
    Person,
}

/// How it went.
struct Outcome {
    /// After how many messages the goal was reached.
    reached: Option<usize>,
    /// What was told that is wrong.
    wrong: Vec<String>,
    turns: Vec<Value>,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let patients: Vec<Line<Patient>> = lines::read(&args.files, &KNOWN)?;
    let Some(first) = patients.first() else { return Err(Failure::Input("no patient in the case files".into())) };
    let start = first.value.scenario().times().map_err(Failure::Input)?;
    let start = start.first().copied().ok_or_else(|| Failure::Input("a patient says nothing".into()))?;
    let target = args.target.target()?;
    let world = World::build(&args.common, None, None, start).await?;
    let mut outcomes = Vec::with_capacity(patients.len());
    let bar = setup::bar(patients.len(), "patients");
    for line in &patients {
        outcomes.push(line.value.play(&world, target.as_ref(), &args.common).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let told = patients.iter().zip(&outcomes).flat_map(|(line, o)| {
        let carried = |t: &Value| lines::carried(t.clone(), &line.extra);
        o.turns.iter().map(carried)
    });
    lines::write(args.common.predictions.as_deref(), &told.collect::<Vec<_>>())?;
    let mut report = Report::new("patients", setup::provenance(&args.common, &world.plain.engine())?);
    target.iter().for_each(|t| t.remark(&mut report));
    score(&mut report, &patients, &outcomes);
    report.finish(&args.common, &args.files)
}

impl Patient {
    fn scenario(&self) -> Scenario {
        let turn = |text: &String| Turn { user: text.clone(), llm: None, now: None, expect: None };
        let turns = self.says.iter().map(turn).collect();
        Scenario { id: self.id.clone(), identity: self.identity.clone(), now: None, turns }
    }

    /// Whether a turn gives what they came for.
    fn is_served(&self, turn: &Value) -> bool {
        let reply = reply(turn);
        let has = self.has.iter().all(|group| group.iter().any(|text| reply.contains(&text.to_lowercase())));
        has && (self.ends == End::Answer || !turn["escalation"].is_null())
    }

    async fn play(&self, world: &World, target: Option<&Target>, common: &Common) -> Result<Outcome, Failure> {
        let scenario = self.scenario();
        let times = scenario.times().map_err(Failure::Input)?;
        let turns: Vec<Value> = match target {
            Some(target) => {
                let all = target.play(&scenario, world.records()).await;
                let until = all.iter().position(|turn| self.is_served(turn)).map_or(all.len(), |at| at + 1);
                all.into_iter().take(until).collect()
            }
            None => {
                let told = traced_until(world, &scenario, &times, common, &|turn| self.is_served(turn)).await?;
                told.into_iter().map(|(line, _)| line).collect()
            }
        };
        let reached = turns.last().filter(|turn| self.is_served(turn)).map(|_| turns.len());
        let said = |text: &&String| turns.iter().any(|t| reply(t).contains(&text.to_lowercase()));
        Ok(Outcome { reached, wrong: self.wrong.iter().filter(said).cloned().collect(), turns })
    }
}

fn reply(turn: &Value) -> String {
    turn["reply"].as_str().unwrap_or_default().to_lowercase()
}

type Played<'p> = (&'p Line<Patient>, &'p Outcome);

fn score(report: &mut Report, patients: &[Line<Patient>], outcomes: &[Outcome]) {
    let all: Vec<Played<'_>> = patients.iter().zip(outcomes).collect();
    report.count("patients", all.len());
    told(report, "all", &all);
    for field in SLICES {
        let of = |p: &Played<'_>| p.0.extra.get(field).and_then(Value::as_str).map(str::to_owned);
        let values: std::collections::BTreeSet<String> = all.iter().filter_map(of).collect();
        for value in values {
            let own: Vec<Played<'_>> = all.iter().filter(|p| of(p).as_deref() == Some(&value)).copied().collect();
            report.rate(&format!("{field} {value}"), "got what they came for", reached(&own));
        }
    }
    for (line, outcome) in all {
        let last = outcome.turns.last().map_or(json!(null), |t| t["reply"].clone());
        if outcome.reached.is_none() {
            report
                .fail(&line.value.id, format!("not served after {} messages; last reply: {last}", outcome.turns.len()));
        }
        for wrong in &outcome.wrong {
            report.fail(&line.value.id, format!("was told `{wrong}`"));
        }
        outcome.turns.iter().filter_map(|t| t["micros"].as_u64()).for_each(|micros| report.took(micros));
    }
}

fn reached(all: &[Played<'_>]) -> Rate {
    Rate::of(all.iter().map(|(_, o)| o.reached.is_some()))
}

fn told(report: &mut Report, slice: &str, all: &[Played<'_>]) {
    report.rate(slice, "got what they came for", reached(all));
    let answers: Vec<Played<'_>> = all.iter().filter(|(l, _)| l.value.ends == End::Answer).copied().collect();
    report.rate(slice, "the answer has the asked fact", reached(&answers));
    report.rate(slice, "told something wrong", Rate::of(all.iter().map(|(_, o)| !o.wrong.is_empty())));
    let mut turns: Vec<f64> = all.iter().filter_map(|(_, o)| o.reached).map(|n| n as f64).collect();
    turns.sort_by(f64::total_cmp);
    report.number(slice, "messages until then, median", crate::stats::percentile_of(&turns, 0.5), turns.len());
    report.rate(slice, "after the first message", Rate::of(all.iter().map(|(_, o)| o.reached == Some(1))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_by_one_of_each_group_or_by_a_case() {
        let patient = |ends| Patient {
            id: "p".into(),
            identity: None,
            ends,
            says: vec!["hi".into()],
            has: vec![vec!["Monday".into(), "lunes".into()], vec!["70-1".into()]],
            wrong: Vec::new(),
        };
        let turn = |reply: &str, case: Value| json!({"reply": reply, "escalation": case});
        let answer = patient(End::Answer);
        assert!(answer.is_served(&turn("It comes on monday, order 70-1.", Value::Null)));
        assert!(!answer.is_served(&turn("It comes on Monday.", Value::Null)), "one group is missing");
        let person = Patient { has: Vec::new(), ..patient(End::Person) };
        assert!(!person.is_served(&turn("Monday", Value::Null)));
        assert!(person.is_served(&turn("A pharmacist will answer.", json!({"priority": "P1"}))));
    }
}
