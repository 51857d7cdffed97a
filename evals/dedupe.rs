//! `evals dedupe`: texts that nearly repeat each other, by the Jaccard index of their runs of five characters. MinHash finds the candidates,
//! the index itself decides. Prints ids, no texts.

use crate::args::Common;
use crate::failure::Failure;
use crate::fold::folded;
use crate::lines::{self, Line};
use crate::report::Report;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Characters of a run.
const RUN: usize = 5;
/// Two texts are compared when one of so many groups of so many minima agrees: nearly sure from an index of 0.6 on.
const BANDS: usize = 24;
const ROWS: usize = 3;

/// `evals dedupe`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "A text is the field `text`, or what the customer says in `turns`. With --against only pairs between the cases and those \
    files count: are test cases in the training lines?\n\n\
    Example:\n  evals dedupe --cases evals/datasets/round3.jsonl --against guardrails/train --predictions pairs.jsonl"
)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Cases, JSON Lines; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Other texts, JSON Lines or a folder of them; repeatable
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// From this index on two texts nearly repeat
    #[arg(long, default_value_t = 0.6, value_parser = share)]
    alike: f64,
}

fn share(s: &str) -> Result<f64, String> {
    let parsed = s.parse::<f64>().ok().filter(|a| (0.5..=1.0).contains(a));
    parsed.ok_or_else(|| format!("`{s}` is no index from 0.5 to 1"))
}

/// One text.
struct Text {
    name: String,
    /// Of the cases, not of the others.
    own: bool,
    /// Hashes of its runs, sorted.
    runs: Vec<u64>,
}

/// Two texts that nearly repeat.
#[derive(Debug, PartialEq)]
struct Pair {
    one: usize,
    other: usize,
    index: f64,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub fn run(args: &Args) -> Result<(), Failure> {
    let mut texts = read(&args.files, true)?;
    let cases = texts.len();
    for path in &args.against {
        texts.extend(read(&files(path)?, false)?);
    }
    let pairs = pairs(&texts, args.alike, !args.against.is_empty());
    let name = |i: usize| texts.get(i).map_or("", |t| t.name.as_str());
    let told: Vec<Value> = pairs
        .iter()
        .map(|p| json!({ "id": name(p.one), "other": name(p.other), "index": crate::stats::round(p.index) }))
        .collect();
    lines::write(args.common.predictions.as_deref(), &told)?;
    let mut report = Report::new("dedupe", json!({}));
    report.count("cases", cases);
    report.count("other texts", texts.len() - cases);
    report.count("pairs", pairs.len());
    let repeated: BTreeSet<usize> = pairs.iter().flat_map(|p| [p.one, p.other]).collect();
    let own = texts.iter().enumerate().filter(|(_, t)| t.own);
    report.counted("all", "nearly repeats another text", own.map(|(i, t)| (t.name.clone(), repeated.contains(&i))));
    pairs.iter().for_each(|p| report.fail(name(p.one), format!("nearly repeats {} ({:.2})", name(p.other), p.index)));
    report.finish(&args.common, &args.files)
}

/// The cases that nearly repeat one of the other texts: their file, id, and the highest index.
///
/// # Errors
/// A file that cannot be read.
pub fn near(cases: &[PathBuf], against: &[PathBuf], alike: f64) -> Result<Vec<(PathBuf, String, f64)>, Failure> {
    let (mut texts, mut from) = (Vec::new(), Vec::new());
    for file in cases {
        texts.extend(read(std::slice::from_ref(file), true)?);
        from.resize(texts.len(), file.clone());
    }
    for path in against {
        texts.extend(read(&files(path)?, false)?);
    }
    let mut highest: BTreeMap<usize, f64> = BTreeMap::new();
    for pair in pairs(&texts, alike, true) {
        let index = highest.entry(pair.one.min(pair.other)).or_default();
        *index = index.max(pair.index);
    }
    let named = |(i, index): (usize, f64)| Some((from.get(i)?.clone(), texts.get(i)?.name.clone(), index));
    Ok(highest.into_iter().filter_map(named).collect())
}

/// A file, or all JSON Lines of a folder in order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|e| Failure::file(path, e))?;
    let mut all =
        entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(|e| Failure::file(path, e))?;
    all.retain(|p| p.extension().is_some_and(|e| e == "jsonl"));
    all.sort();
    Ok(all)
}

fn read(files: &[PathBuf], own: bool) -> Result<Vec<Text>, Failure> {
    let named = |line: Line<Map<String, Value>>| {
        let id = line.value.get("id").and_then(Value::as_str).map(str::to_owned);
        let name = id.unwrap_or_else(|| format!("{} line {}", line.file.display(), line.number));
        let runs = runs(&words(&line.value));
        Text { name, own, runs }
    };
    Ok(lines::raw(files, None)?.into_iter().map(named).collect())
}

/// What the customer says.
fn words(case: &Map<String, Value>) -> String {
    let turns = case.get("turns").and_then(Value::as_array).into_iter().flatten().filter_map(|t| t.get("user"));
    let all: Vec<&str> = case.get("text").into_iter().chain(turns).filter_map(Value::as_str).collect();
    folded(&all.join(" "))
}

/// Hashes of all runs of characters; a short text is one run.
fn runs(text: &str) -> Vec<u64> {
    let chars: Vec<char> = text.chars().collect();
    let hash = |run: &[char]| {
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        hasher.finish()
    };
    let all: BTreeSet<u64> =
        if chars.len() < RUN { [hash(&chars)].into() } else { chars.windows(RUN).map(hash).collect() };
    all.into_iter().collect()
}

fn pairs(texts: &[Text], alike: f64, against: bool) -> Vec<Pair> {
    let mut candidates: BTreeSet<(usize, usize)> = BTreeSet::new();
    for band in 0..BANDS {
        let mut groups: HashMap<[u64; ROWS], Vec<usize>> = HashMap::new();
        for (i, text) in texts.iter().enumerate() {
            let group = groups.entry(minima(&text.runs, band)).or_default();
            candidates.extend(group.iter().filter(|j| wanted(texts, **j, i, against)).map(|j| (*j, i)));
            group.push(i);
        }
    }
    let measured = candidates.into_iter().filter_map(|(one, other)| {
        let index = jaccard(&texts.get(one)?.runs, &texts.get(other)?.runs);
        (index >= alike).then_some(Pair { one, other, index })
    });
    measured.collect()
}

fn wanted(texts: &[Text], one: usize, other: usize, against: bool) -> bool {
    let own = |i: usize| texts.get(i).is_some_and(|t| t.own);
    if against { own(one) != own(other) } else { true }
}

/// The least of the runs' hashes under each of a band's functions.
fn minima(runs: &[u64], band: usize) -> [u64; ROWS] {
    std::array::from_fn(|row| {
        let seed = ((band * ROWS + row) as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        runs.iter().map(|r| mixed(r ^ seed)).min().unwrap_or_default()
    })
}

/// The finaliser of SplitMix64.
fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Runs in both over runs in either.
fn jaccard(one: &[u64], other: &[u64]) -> f64 {
    let both = one.iter().filter(|r| other.binary_search(r).is_ok()).count();
    both as f64 / (one.len() + other.len() - both).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(all: &[(&str, bool)]) -> Vec<Text> {
        all.iter().map(|(t, own)| Text { name: (*t).into(), own: *own, runs: runs(&folded(t)) }).collect()
    }

    #[test]
    fn near_repeats_are_found_and_others_are_not() {
        let texts = texts(&[
            ("where is my order, it was due on monday already", true),
            ("Where is my order, it was due on Tuesday already", true),
            ("can i take this with grapefruit juice in the morning", true),
            ("where is my  ORDER, it was due on monday already", false),
        ]);
        let found = |against| pairs(&texts, 0.6, against).iter().map(|p| (p.one, p.other)).collect::<Vec<_>>();
        assert_eq!(found(false), [(0, 1), (0, 3), (1, 3)]);
        assert_eq!(found(true), [(0, 3), (1, 3)]);
        assert!((pairs(&texts, 0.99, true)[0].index - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_case_that_stands_among_the_others_is_named_with_its_file() {
        let folder = crate::setup::Folder::new().unwrap();
        let file = |name: &str, lines: &[&str]| {
            let path = folder.path().join(name);
            let lines =
                lines.iter().enumerate().map(|(i, t)| json!({"id": format!("{name}{i}"), "text": t}).to_string());
            std::fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
            path
        };
        let (own, other) = (
            file("a", &["how long does shipping take", "a thing of its own"]),
            file("b", &["how long does shipping take?"]),
        );
        let found = near(std::slice::from_ref(&own), &[other], 0.6).unwrap();
        assert!(found.len() == 1 && found[0].0 == own && found[0].1 == "a0" && found[0].2 > 0.8, "{found:?}");
    }

    #[test]
    fn the_index_counts_shared_runs() {
        assert!((jaccard(&[1, 2, 3], &[2, 3, 4]) - 0.5).abs() < 1e-9);
        assert_eq!(words(json!({"turns": [{"user": "A"}, {"user": "b"}]}).as_object().unwrap()), "a b");
    }
}
