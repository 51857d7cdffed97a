//! Percentile bootstrap, seeded: intervals of statistics that have no formula. Nothing here knows what is measured.

use super::percentile_of;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Samples drawn for one interval.
pub const DRAWS: usize = 500;

/// The 95 % interval of a statistic of `n` cases, which is told the cases drawn; none when too many draws have no value.
pub fn bootstrap(n: usize, seed: u64, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let mut rng = StdRng::seed_from_u64(seed);
    let mut drawn = vec![0; n];
    let mut values = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        drawn.iter_mut().for_each(|d| *d = rng.random_range(0..n));
        values.extend(statistic(&drawn));
    }
    if values.len() * 10 < DRAWS * 9 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    Some((percentile_of(&values, 0.025)?, percentile_of(&values, 0.975)?))
}

/// The mean of what was drawn.
pub fn mean(values: &[f64], drawn: &[usize]) -> Option<f64> {
    let sum: f64 = drawn.iter().filter_map(|i| values.get(*i)).sum();
    (!drawn.is_empty()).then(|| sum / drawn.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waiting times with mean 1: an interval that says 95 % must hold the mean in about 95 of 100 samples.
    #[test]
    fn ninety_five_in_a_hundred_intervals_hold_the_truth() {
        let mut rng = StdRng::seed_from_u64(3);
        let held = (0..400).filter(|round| {
            let sample: Vec<f64> = (0..80).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
            let (low, high) = bootstrap(sample.len(), *round, |d| mean(&sample, d)).unwrap();
            low <= 1.0 && 1.0 <= high
        });
        let share = held.count() as f64 / 400.0;
        assert!((0.905..=0.975).contains(&share), "{share}");
    }

    #[test]
    fn the_same_seed_gives_the_same_interval_and_nothing_has_none() {
        let values: Vec<f64> = (0..30).map(f64::from).collect();
        let of = |seed| bootstrap(30, seed, |d| mean(&values, d));
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(bootstrap(0, 1, |_| Some(1.0)), None);
        assert_eq!(bootstrap(5, 1, |_| None), None);
    }
}
