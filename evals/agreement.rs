//! `evals agreement`: how far a second reader's labels of the same texts agree with the first reader's, class by class.

use crate::args::Common;
use crate::failure::Failure;
use crate::lines;
use crate::report::Report;
use crate::stats::Rate;
use apothecary::domain::labels::Risk;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// `evals agreement`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "A line: {\"text\", \"first\": [\"R3\"], \"second\": [\"R3\", \"R9\"], \"third\": [\"R9\"]}; `third` stands where a third \
    reader decided between the two.\n\nExample:\n  evals agreement --cases guardrails/second_reading.jsonl"
)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Texts with the risk classes that each reader named; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// The readings of one text.
#[derive(Deserialize, Debug, Clone, Default)]
struct Read {
    first: BTreeSet<Risk>,
    second: BTreeSet<Risk>,
    #[serde(default)]
    third: Option<BTreeSet<Risk>>,
}

impl Read {
    /// What at least two of three say; the first reading where no third was asked.
    fn decided(&self) -> BTreeSet<Risk> {
        let Some(third) = &self.third else { return self.first.clone() };
        let votes = |r: Risk| [&self.first, &self.second, third].iter().filter(|s| s.contains(&r)).count();
        Risk::all().filter(|r| votes(*r) >= 2).collect()
    }
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub fn run(args: &Args) -> Result<(), Failure> {
    let known = ["text", "first", "second", "third"];
    let read: Vec<Read> =
        lines::parse(lines::raw(&args.files, None)?, &known)?.into_iter().map(|line| line.value).collect();
    let mut report = Report::new("agreement", serde_json::json!({}));
    report.count("texts", read.len());
    report.rate("all", "the same classes", Rate::of(read.iter().map(|r| r.first == r.second)));
    pair(&mut report, "any risk", &read, |risks| !risks.is_empty());
    for class in Risk::all() {
        pair(&mut report, &class.to_string(), &read, |risks| risks.contains(&class));
    }
    let third = read.iter().filter(|r| r.third.is_some());
    report.rate("third reader", "first reading outvoted", Rate::of(third.map(|r| r.decided() != r.first)));
    report.finish(&args.common, &args.files)
}

/// One yes-or-no question to both readers.
fn pair(report: &mut Report, slice: &str, read: &[Read], says: impl Fn(&BTreeSet<Risk>) -> bool) {
    let said: Vec<(bool, bool)> = read.iter().map(|r| (says(&r.first), says(&r.second))).collect();
    let either = said.iter().filter(|(a, b)| *a || *b);
    report.rate(slice, "said by both, of those that either said", Rate::of(either.map(|(a, b)| *a && *b)));
    report.number(slice, "Cohen's kappa", kappa(said.iter().copied()), said.len());
}

/// Cohen's kappa of two yes-or-no readings: 1 agrees always, 0 as often as chance; none when both always say the same one thing.
fn kappa(said: impl Iterator<Item = (bool, bool)>) -> Option<f64> {
    let (mut n, mut same, mut first, mut second) = (0.0, 0.0, 0.0, 0.0);
    for (a, b) in said {
        n += 1.0;
        same += f64::from(u8::from(a == b));
        first += f64::from(u8::from(a));
        second += f64::from(u8::from(b));
    }
    let (a, b) = (first / n, second / n);
    let chance = a * b + (1.0 - a) * (1.0 - b);
    (n > 0.0 && chance < 1.0).then(|| (same / n - chance) / (1.0 - chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_is_one_for_the_same_and_nought_for_chance() {
        let of = |counts: [(bool, bool, usize); 4]| {
            kappa(counts.into_iter().flat_map(|(a, b, n)| std::iter::repeat_n((a, b), n)))
        };
        assert_eq!(of([(true, true, 5), (false, false, 7), (true, false, 0), (false, true, 0)]), Some(1.0));
        let chance = of([(true, true, 25), (false, false, 25), (true, false, 25), (false, true, 25)]);
        assert!(chance.unwrap().abs() < 1e-12);
        // The textbook's grant proposals: 20 and 15 alike, 5 and 10 not.
        let textbook = of([(true, true, 20), (false, false, 15), (true, false, 5), (false, true, 10)]);
        assert!((textbook.unwrap() - 0.4).abs() < 1e-12);
        assert_eq!(of([(false, false, 9), (true, true, 0), (true, false, 0), (false, true, 0)]), None);
    }

    #[test]
    fn two_of_three_decide() {
        let set = |all: &[Risk]| all.iter().copied().collect::<BTreeSet<_>>();
        let (first, second) = (set(&[Risk::CLINICAL]), set(&[Risk::CLINICAL, Risk::MINOR]));
        let read = Read { first: first.clone(), second, third: Some(set(&[Risk::MINOR])) };
        assert_eq!(read.decided(), set(&[Risk::CLINICAL, Risk::MINOR]));
        assert_eq!(Read { third: None, ..read }.decided(), first);
    }
}
