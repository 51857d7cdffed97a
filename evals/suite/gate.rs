//! `evals gate`: the gates of a run that fail, by interval; with a baseline also what became worse than it was.

use super::baseline::{Baseline, value};
use super::file::Row;
use super::folder::Run;
use super::metric::{Metric, Verdict};
use crate::failure::Failure;
use crate::stats::exact::difference;
use std::path::PathBuf;

/// `evals gate`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "A floor fails when the whole 95 % interval lies below it, a ceiling when it lies above; with `shown = true` in the suite \
    already when the limit lies inside. `none` fails at the first event. A figure without an interval is judged by itself.\n\
    With --baseline a gate also fails when the interval of its difference from the baseline (Newcombe) lies on the worse side.\n\n\
    Example:\n  evals gate full-run --baseline evals/baselines/full.json"
)]
pub struct Args {
    /// A finished run
    run: PathBuf,
    /// Figures that it must not fall behind
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

#[cfg(test)]
impl Args {
    /// As it would be typed.
    pub fn over(run: &std::path::Path, baseline: Option<&std::path::Path>) -> Self {
        Self { run: run.to_owned(), baseline: baseline.map(std::path::Path::to_owned) }
    }
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure::Gate`] when a gate fails.
pub fn run(args: &Args) -> Result<(), Failure> {
    let run = Run::load(&args.run)?;
    let baseline = args.baseline.as_deref().map(Baseline::load).transpose()?;
    let mut failing: Vec<String> = run.failing().map(|(p, row, m, v)| words(&p.entry.name, row, m, v)).collect();
    if let Some(baseline) = &baseline {
        failing.extend(worse(&run, baseline));
        failing.extend(vanished(&run, baseline));
        changed(&run, baseline).iter().for_each(|line| println!("{line}"));
    }
    for (part, row, metric, _) in run.rows().filter(|(_, row, _, v)| row.is_gate() && *v == Verdict::Undecided) {
        println!("undecided: {}", words(&part.entry.name, row, metric, Verdict::Undecided));
    }
    failing.iter().for_each(|line| println!("fails: {line}"));
    match failing.len() {
        0 => {
            println!("all gates hold");
            Ok(())
        }
        n => Err(Failure::Gate(format!("{n} gates fail"))),
    }
}

/// One gate in one line.
pub fn words(entry: &str, row: &Row, metric: Option<&Metric>, verdict: Verdict) -> String {
    let measured = match (metric, verdict) {
        (Some(metric), _) => value(metric),
        (None, _) => "not measured".into(),
    };
    format!("{entry}: {}: {measured}; wanted {} ({})", row.says, row.limit_shown(metric), row.metric)
}

/// Gated rates that are worse than the baseline's, beyond chance.
pub fn worse(run: &Run, baseline: &Baseline) -> Vec<String> {
    let was = |entry: &str, id: &str| {
        let kept = baseline.entries.iter().find(|e| e.name == entry)?;
        kept.metrics.iter().find(|m| m.id == id)
    };
    let one = |entry: &str, row: &Row, now: Option<&Metric>| {
        let (now, was) = (now?, was(entry, &row.metric)?);
        let (low, high) = difference(was.rate()?, now.rate()?)?;
        let worse = if row.floor.is_some() { high < 0.0 } else { row.is_gate() && low > 0.0 };
        worse.then(|| {
            format!("{entry}: {}: {} now, {} in the baseline ({})", row.says, value(now), value(was), row.metric)
        })
    };
    run.rows().filter_map(|(part, row, metric, _)| one(&part.entry.name, row, metric)).collect()
}

/// What the baseline gates and the run does not.
pub fn vanished(run: &Run, baseline: &Baseline) -> Vec<String> {
    let gated = |entry: &str, row: &Row| {
        let rows = run.entries.iter().filter(|p| p.entry.name == entry).flat_map(|p| &p.entry.row);
        rows.filter(|r| r.is_gate()).any(|r| r.metric == row.metric)
    };
    let kept = baseline.entries.iter().flat_map(|e| e.rows.iter().map(move |row| (e.name.as_str(), row)));
    let gone = kept.filter(|(entry, row)| row.is_gate() && !gated(entry, row));
    gone.map(|(entry, row)| format!("{entry}: {}: gated in the baseline, not in this run ({})", row.says, row.metric))
        .collect()
}

/// Entries whose baseline was measured on something else, and entries that it does not hold.
pub fn changed(run: &Run, baseline: &Baseline) -> Vec<String> {
    let mut out = Vec::new();
    for part in &run.entries {
        let name = &part.entry.name;
        match baseline.entries.iter().find(|e| e.name == *name) {
            None => out.push(format!("note: the baseline has no entry `{name}`")),
            Some(kept) => {
                let stale = baseline.stale(kept, &run.product, |file| part.digests.get(file).cloned());
                if !stale.is_empty() {
                    out.push(format!(
                        "note: the baseline of `{name}` was measured on an earlier version ({} differ)",
                        stale.join(", ")
                    ));
                }
            }
        }
    }
    out
}
