//! `evals sample`: some cases of a file, by chance from a seed and evenly over the values of a field. Lines are written as they stand.

use crate::failure::Failure;
use crate::lines::{self, Line};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `evals sample`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Whether a case is drawn depends on seed and id alone, so a file that grows keeps most of its sample.\n\n\
    Examples:\n  evals sample --cases evals/datasets/round3.jsonl --n 100 --by lang --out some.jsonl\n  \
    evals sample --cases evals/datasets/topics.jsonl --each 1 --by topic --out one-each.jsonl"
)]
pub struct Args {
    /// Cases, JSON Lines; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// So many in all, each value of the field by its share
    #[arg(long, value_name = "N", required_unless_present = "each", conflicts_with = "each")]
    n: Option<usize>,
    /// So many of each value of the field
    #[arg(long, value_name = "N", requires = "by")]
    each: Option<usize>,
    /// The field
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
    /// Where to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub fn run(args: &Args) -> Result<(), Failure> {
    let cases = lines::raw(&args.files, Some("id"))?;
    let chosen = chosen(&cases, args);
    let kept: Vec<Value> =
        chosen.iter().filter_map(|i| cases.get(*i)).map(|c| Value::Object(c.value.clone())).collect();
    lines::write(Some(&args.out), &kept)?;
    println!("{} of {} cases written to {}", kept.len(), cases.len(), args.out.display());
    Ok(())
}

/// Places of the chosen cases, in the order of the file.
fn chosen(cases: &[Line<Map<String, Value>>], args: &Args) -> Vec<usize> {
    let mut strata: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
    for (i, case) in cases.iter().enumerate() {
        let value = args.by.as_ref().map(|field| case.value.get(field).map_or_else(String::new, Value::to_string));
        let id = case.value.get("id").and_then(Value::as_str).unwrap_or_default();
        let rank = hex::encode(Sha256::digest(format!("{}\n{id}", args.seed)));
        strata.entry(value.unwrap_or_default()).or_default().push((rank, i));
    }
    let sizes: Vec<usize> = strata.values().map(Vec::len).collect();
    let shares = args.each.map_or_else(|| shares(&sizes, args.n.unwrap_or(0)), |each| vec![each; sizes.len()]);
    let mut out = Vec::new();
    for (stratum, share) in strata.values_mut().zip(shares) {
        stratum.sort();
        out.extend(stratum.iter().take(share).map(|(_, i)| *i));
    }
    out.sort_unstable();
    out
}

/// `n` split by size; what is left over goes to the largest remainders.
fn shares(sizes: &[usize], n: usize) -> Vec<usize> {
    let all: usize = sizes.iter().sum::<usize>().max(1);
    let n = n.min(all);
    let mut out: Vec<usize> = sizes.iter().map(|s| n * s / all).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(sizes.get(*i).map_or(0, |s| n * s % all)));
    let left = n - out.iter().sum::<usize>();
    for i in order.into_iter().take(left) {
        out.iter_mut().skip(i).take(1).for_each(|share| *share += 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cases() -> Vec<Line<Map<String, Value>>> {
        let of = |i: usize| json!({"id": format!("c{i}"), "lang": if i.is_multiple_of(3) { "es" } else { "en" }});
        (0..30)
            .map(|i| Line {
                file: "f".into(),
                number: i + 1,
                value: of(i).as_object().unwrap().clone(),
                extra: Map::new(),
            })
            .collect()
    }

    fn args(n: Option<usize>, each: Option<usize>, seed: u64) -> Args {
        Args { files: Vec::new(), n, each, by: Some("lang".into()), out: "x".into(), seed }
    }

    #[test]
    fn each_value_gets_its_share_and_the_seed_decides() {
        let cases = cases();
        let spanish = |all: &[usize]| all.iter().filter(|i| *i % 3 == 0).count();
        let drawn = chosen(&cases, &args(Some(9), None, 1));
        assert_eq!((drawn.len(), spanish(&drawn)), (9, 3));
        assert!(drawn.is_sorted());
        assert_eq!(drawn, chosen(&cases, &args(Some(9), None, 1)));
        assert_ne!(drawn, chosen(&cases, &args(Some(9), None, 2)));
        let each = chosen(&cases, &args(None, Some(2), 1));
        assert_eq!((each.len(), spanish(&each)), (4, 2));
    }

    #[test]
    fn shares_add_up() {
        assert_eq!(shares(&[10, 10, 10], 10).iter().sum::<usize>(), 10);
        assert_eq!(shares(&[90, 10], 10), [9, 1]);
        assert_eq!(shares(&[2, 1], 99), [2, 1]);
    }
}
