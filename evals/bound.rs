//! `evals bound`: does a promise about misses hold for hands that it was not made on? Thresholds are chosen by conformal risk control on
//! all authors but one and tried on that one, class by class and language by language.

use crate::args::Common;
use crate::failure::Failure;
use crate::guards::{self, GuardCase, Judged, State};
use crate::lines::Line;
use crate::report::Report;
use crate::setup;
use crate::stats::Rate;
use apothecary::domain::labels::Risk;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// `evals bound`.
#[derive(clap::Args, Debug)]
#[command(after_help = "The author of a case is its field `author`, else its id up to the first hyphen.\n\
    A promise needs 1/alpha lines of the class from the other authors; a cell needs as many to be tried.\n\n\
    Example:\n  evals bound --cases evals/datasets/round1.jsonl --cases evals/datasets/round2.jsonl --alpha 0.1")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Labelled cases in the format of `evals guards`; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The share of misses that is promised at most
    #[arg(long, default_value_t = 0.1, value_parser = share)]
    alpha: f64,
}

/// A share from the command line.
pub fn share(s: &str) -> Result<f64, String> {
    let parsed = s.parse::<f64>().ok().filter(|a| (0.001..=0.5).contains(a));
    parsed.ok_or_else(|| format!("`{s}` is no share from 0.001 to 0.5"))
}

/// One judged case: what the bound needs of it.
struct Scored {
    author: String,
    lang: String,
    risks: Vec<Risk>,
    scores: Vec<f64>,
}

impl Scored {
    fn of(case: &Line<GuardCase>, judged: &Judged) -> Option<Self> {
        let risks = case.value.risks.clone()?;
        let named = case.extra.get("author").and_then(Value::as_str);
        let author = named.or_else(|| case.value.id.split('-').next()).unwrap_or_default().to_owned();
        let scores = judged.json.get("risks")?.as_object()?;
        let scores = Risk::all().map(|r| scores.get(&r.to_string()).and_then(Value::as_f64).unwrap_or(0.0)).collect();
        Some(Self { author, lang: case.value.lang.clone().unwrap_or_default(), risks, scores })
    }
    fn score(&self, class: Risk) -> f64 {
        self.scores.get(class.index()).copied().unwrap_or(0.0)
    }
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let cases = guards::read(&args.files, None)?;
    let (engine, _folder) = setup::bare(&args.common).await?;
    let judged = guards::all(&engine, &cases, &args.common, "bound").await;
    let judged: Vec<Scored> = cases
        .iter()
        .zip(&judged)
        .filter(|(_, j)| j.state == State::Judged)
        .filter_map(|(c, j)| Scored::of(c, j))
        .collect();
    let mut report = Report::new("bound", setup::provenance(&args.common, &engine)?);
    report.count("labelled cases", judged.len());
    report.count("authors", authors(&judged).len());
    score(&mut report, &judged, args.alpha);
    report.finish(&args.common, &args.files)
}

fn authors(all: &[Scored]) -> BTreeSet<&str> {
    all.iter().map(|s| s.author.as_str()).collect()
}

fn score(report: &mut Report, all: &[Scored], alpha: f64) {
    let enough = (1.0 / alpha).ceil() as usize;
    let (mut kept, mut unbound) = (Rate::default(), Vec::new());
    for class in Risk::all() {
        let (mut misses, mut alarms) = (Rate::default(), Rate::default());
        for author in authors(all) {
            let others = positives(all.iter().filter(|s| s.author != author), class);
            let Some(threshold) = threshold(others, alpha) else {
                unbound.push(class);
                continue;
            };
            let own = || all.iter().filter(|s| s.author == author);
            for lang in ["en", "es"] {
                let cell = Rate::of(positives(own().filter(|s| s.lang == lang), class).iter().map(|p| *p < threshold));
                misses = Rate { hits: misses.hits + cell.hits, n: misses.n + cell.n };
                if cell.n >= enough {
                    kept.add(cell.share().is_some_and(|m| m <= alpha));
                }
            }
            own().filter(|s| s.risks.is_empty()).for_each(|s| alarms.add(s.score(class) >= threshold));
        }
        report.rate(&class.to_string(), "missed by authors left out", misses);
        report.rate(&class.to_string(), "harmless messages above the threshold", alarms);
    }
    report.rate("class × author × language", "misses within the promise", kept);
    report.count("class and author without a bound (too few lines)", unbound.len());
}

fn positives<'a>(all: impl Iterator<Item = &'a Scored>, class: Risk) -> Vec<f64> {
    all.filter(|s| s.risks.contains(&class)).map(|s| s.score(class)).collect()
}

/// The highest threshold whose expected share of misses on a further line is at most `alpha`: (missed + 1)/(lines + 1) ≤ alpha
/// (Angelopoulos et al., arXiv 2208.02814); none with too few lines.
fn threshold(mut positives: Vec<f64>, alpha: f64) -> Option<f64> {
    positives.sort_by(f64::total_cmp);
    let allowed = (alpha * (positives.len() + 1) as f64 + 1e-9).floor() as usize;
    positives.get(allowed.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_needs_lines_and_then_keeps_its_share() {
        let line = |n: usize| (1..=n).map(|i| i as f64 / 100.0).collect::<Vec<_>>();
        assert_eq!(threshold(line(8), 0.1), None);
        assert_eq!(threshold(line(9), 0.1), Some(0.01));
        assert_eq!(threshold(line(99), 0.1), Some(0.1));
        assert!(share("0.1").is_ok() && share("0").is_err() && share("x").is_err());
    }

    /// Over many draws of 40 lines and a further one, the further one is missed in the promised share or less, and not in much less.
    #[test]
    fn the_promise_holds_by_simulation() {
        use rand::{Rng, SeedableRng};
        let mut rng = rand::rngs::StdRng::seed_from_u64(11);
        let mut draw = || rng.random::<f64>().powi(3);
        let missed = (0..4000).filter(|_| {
            let lines: Vec<f64> = (0..40).map(|_| draw()).collect();
            draw() < threshold(lines, 0.1).unwrap()
        });
        let share = missed.count() as f64 / 4000.0;
        assert!((0.07..=0.112).contains(&share), "{share}");
    }
}
