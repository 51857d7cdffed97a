//! `evals compare`: two runs of the same suite, paired case by case: what changed in each measure, and which cases got better or worse.

use super::folder::{Failed, Part, Run};
use crate::failure::Failure;
use crate::stats::exact::mcnemar;
use crate::stats::resample::{bootstrap, mean};
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Cases of a list that are printed; the JSON file holds all.
const LISTED: usize = 20;

/// `evals compare`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "The interval is a paired bootstrap's, p is McNemar's exact test over the cases that changed; p is not corrected for the \
    number of measures.\n\nExample:\n  evals compare before-run after-run --json difference.json"
)]
pub struct Args {
    /// The run before
    before: PathBuf,
    /// The run after
    after: PathBuf,
    /// Write everything as JSON here
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// One measure over the cases that both runs have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Paired {
    /// Entry of the suite.
    pub entry: String,
    /// `slice/measure`.
    pub metric: String,
    /// Cases that both have.
    pub n: usize,
    /// Share before.
    pub before: f64,
    /// Share after.
    pub after: f64,
    /// 95 % interval of the difference.
    pub interval: Option<(f64, f64)>,
    /// Cases that counted before only.
    pub lost: Vec<String>,
    /// Cases that count after only.
    pub gained: Vec<String>,
    /// McNemar's.
    pub p: f64,
}

/// Cases of one entry whose standing changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Moved {
    /// As expected now, not before.
    pub better: Vec<Failed>,
    /// Not as expected now, but before.
    pub worse: Vec<Failed>,
}

/// Runs the subcommand.
///
/// # Errors
/// A folder without a finished run.
pub fn run(args: &Args) -> Result<(), Failure> {
    let (before, after) = (Run::load(&args.before)?, Run::load(&args.after)?);
    let (mut all, mut moved) = (Vec::new(), BTreeMap::new());
    for part in &after.entries {
        let Some(was) = before.entries.iter().find(|e| e.entry.name == part.entry.name) else {
            println!("{}: only in {}", part.entry.name, args.after.display());
            continue;
        };
        if was.digests != part.digests {
            println!("{}: other case files; cases are paired by their ids", part.entry.name);
        }
        all.extend(pairs(&args.before, was, &args.after, part)?);
        moved.insert(part.entry.name.clone(), changed(was, part));
    }
    print(&all, &moved);
    if let Some(file) = &args.json {
        super::folder::write(file, &json!({ "measures": all, "cases": moved }))?;
    }
    Ok(())
}

/// Every measure of an entry that counts single cases.
///
/// # Errors
/// A file of the run cannot be read.
pub fn pairs(before: &Path, was: &Part, after: &Path, part: &Part) -> Result<Vec<Paired>, Failure> {
    let old: BTreeMap<String, BTreeMap<String, bool>> = was.lines(before, "events.jsonl")?.iter().map(event).collect();
    let new = part.lines(after, "events.jsonl")?;
    let of = |line: &Map<String, Value>| {
        let (metric, now) = event(line);
        let before = old.get(&metric)?;
        let both: Vec<(&String, bool, bool)> =
            now.iter().filter_map(|(id, now)| Some((id, *before.get(id)?, *now))).collect();
        (!both.is_empty()).then(|| Paired::of(&part.entry.name, metric.clone(), &both))
    };
    Ok(new.iter().filter_map(of).collect())
}

fn event(line: &Map<String, Value>) -> (String, BTreeMap<String, bool>) {
    let text = |field: &str| line.get(field).and_then(Value::as_str).unwrap_or_default();
    let ids = |field: &str, hit: bool| {
        let all = line.get(field).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(move |id| Some((id.as_str()?.to_owned(), hit))).collect::<Vec<_>>()
    };
    (format!("{}/{}", text("slice"), text("measure")), ids("hit", true).into_iter().chain(ids("miss", false)).collect())
}

impl Paired {
    fn of(entry: &str, metric: String, both: &[(&String, bool, bool)]) -> Self {
        let only =
            |had: bool| both.iter().filter(move |b| b.1 == had && b.2 != had).map(|b| b.0.clone()).collect::<Vec<_>>();
        let (lost, gained) = (only(true), only(false));
        let share =
            |of: fn(&(&String, bool, bool)) -> bool| both.iter().filter(|b| of(b)).count() as f64 / both.len() as f64;
        let steps: Vec<f64> = both.iter().map(|b| f64::from(u8::from(b.2)) - f64::from(u8::from(b.1))).collect();
        let interval =
            (lost.len() + gained.len() > 0).then(|| bootstrap(steps.len(), 1, |drawn| mean(&steps, drawn))).flatten();
        let p = mcnemar(gained.len(), lost.len());
        Self {
            entry: entry.to_owned(),
            metric,
            n: both.len(),
            before: share(|b| b.1),
            after: share(|b| b.2),
            interval,
            lost,
            gained,
            p,
        }
    }
}

/// Cases whose standing changed.
pub fn changed(was: &Part, part: &Part) -> Moved {
    let only = |of: &[Failed], other: &[Failed]| {
        let ids: BTreeSet<&String> = other.iter().map(|f| &f.id).collect();
        of.iter().filter(|f| !ids.contains(&f.id)).cloned().collect()
    };
    Moved { better: only(&was.failed, &part.failed), worse: only(&part.failed, &was.failed) }
}

fn print(all: &[Paired], moved: &BTreeMap<String, Moved>) {
    let mut changed: Vec<&Paired> = all.iter().filter(|p| !p.lost.is_empty() || !p.gained.is_empty()).collect();
    changed.sort_by(|a, b| a.p.total_cmp(&b.p));
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_header(["entry", "measure", "before", "after", "difference, 95 %", "no longer / newly", "n", "p"]);
    for p in &changed {
        let points = |v: f64| format!("{:+.1}", v * 100.0);
        let interval = p.interval.map_or(String::new(), |(low, high)| format!("{} to {}", points(low), points(high)));
        let [before, after] = [p.before, p.after].map(|v| format!("{:.1} %", v * 100.0));
        let (n, p_shown) = (p.n.to_string(), format!("{:.4}", p.p));
        table.add_row([
            &p.entry,
            &p.metric,
            &before,
            &after,
            &interval,
            &format!("{} / {}", p.lost.len(), p.gained.len()),
            &n,
            &p_shown,
        ]);
    }
    println!("{table}\n{} measures paired, {} with a case that changed", all.len(), changed.len());
    for (entry, moved) in moved {
        for (word, cases) in [("better", &moved.better), ("worse", &moved.worse)] {
            cases.iter().take(LISTED).for_each(|c| println!("{word}: {entry}: {}: {}", c.id, c.what));
            if cases.len() > LISTED {
                println!("{word}: {entry}: {} more, see --json", cases.len() - LISTED);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_count_what_changed_and_which_way() {
        let ids: Vec<String> = (0..20).map(|i| format!("c{i}")).collect();
        let both: Vec<(&String, bool, bool)> = ids.iter().enumerate().map(|(i, id)| (id, i < 10, i < 2)).collect();
        let paired = Paired::of("e", "a/b".into(), &both);
        assert_eq!((paired.lost.len(), paired.gained.len(), paired.n), (8, 0, 20));
        assert!((paired.p - 0.0078125).abs() < 1e-9);
        let (low, high) = paired.interval.unwrap();
        assert!(low < -0.4 && -0.4 < high && high < 0.0, "{low} {high}");
    }

    #[test]
    fn events_become_marks_by_case() {
        let line = json!({"slice": "R1", "measure": "recall", "hit": ["a"], "miss": ["b"]});
        let (metric, marks) = event(line.as_object().unwrap());
        assert_eq!(metric, "R1/recall");
        assert_eq!(marks, [("a".to_owned(), true), ("b".to_owned(), false)].into_iter().collect());
    }
}
