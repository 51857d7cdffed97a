//! Exact inference on counts: Clopper and Pearson's interval, McNemar's test, intervals of quantiles and of differences of rates.
//! Nothing here knows what is counted.

use super::{Rate, Z};

/// Halvings of the unit interval: more than a double holds.
const HALVINGS: usize = 60;

/// The probability of at most `k` events in `n` trials of probability `p`.
#[must_use]
pub fn binomial_cdf(k: usize, n: usize, p: f64) -> f64 {
    if k >= n || p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    let odds = (p / (1.0 - p)).ln();
    let mut log = n as f64 * (1.0 - p).ln();
    let mut sum = log.exp();
    for i in 0..k {
        log += ((n - i) as f64 / (i + 1) as f64).ln() + odds;
        sum += log.exp();
    }
    sum.min(1.0)
}

/// Clopper and Pearson's exact 95 % interval; none of nothing.
#[must_use]
pub fn clopper_pearson(rate: Rate) -> Option<(f64, f64)> {
    let Rate { hits, n } = rate;
    (n > 0).then(|| {
        let low = hits.checked_sub(1).map_or(0.0, |below| root(|p| 1.0 - binomial_cdf(below, n, p) < 0.025));
        let high = if hits == n { 1.0 } else { root(|p| binomial_cdf(hits, n, p) > 0.025) };
        (low, high)
    })
}

/// Where `below` turns from true to false between 0 and 1.
fn root(below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if below(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// McNemar's exact test over pairs that changed: how probable is so uneven a split, or a more uneven one, when neither is better?
#[must_use]
pub fn mcnemar(better: usize, worse: usize) -> f64 {
    (2.0 * binomial_cdf(better.min(worse), better + worse, 0.5)).min(1.0)
}

/// Newcombe's 95 % interval of the difference of two independent rates, `to` less `from` (his method 10).
#[must_use]
pub fn difference(from: Rate, to: Rate) -> Option<(f64, f64)> {
    let ((p, q), (from, to)) = ((from.share()?, to.share()?), (wilson(from)?, wilson(to)?));
    let (down, up) = ((q - to.0).hypot(from.1 - p), (to.1 - q).hypot(p - from.0));
    Some((q - p - down, q - p + up))
}

/// Wilson's interval as published, zero events too.
fn wilson(rate: Rate) -> Option<(f64, f64)> {
    let (n, p) = (rate.n as f64, rate.share()?);
    let z2 = Z * Z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    Some((centre - half, centre + half))
}

/// A 95 % interval of the quantile `q` from order statistics, whatever the distribution; none with too few values for it.
#[must_use]
pub fn quantile_interval(values: &[u64], q: f64) -> Option<(u64, u64)> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let n = sorted.len();
    // The quantile lies below the j-th value (from 1) with the probability that at most j - 1 values lie below it.
    let low = (1..=n).take_while(|j| binomial_cdf(j - 1, n, q) <= 0.025).last()?;
    let high = (low..=n).find(|j| binomial_cdf(j - 1, n, q) >= 0.975)?;
    Some((*sorted.get(low - 1)?, *sorted.get(high - 1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: (f64, f64), want: (f64, f64)) {
        assert!((got.0 - want.0).abs() < 6e-5 && (got.1 - want.1).abs() < 6e-5, "{got:?} {want:?}");
    }

    /// R. G. Newcombe, Statistics in Medicine 17 (1998), 857, table I.
    #[test]
    fn clopper_pearson_agrees_with_newcombes_table() {
        for (hits, n, want) in [
            (81, 263, (0.2527, 0.3676)),
            (15, 148, (0.0578, 0.1617)),
            (0, 20, (0.0, 0.1684)),
            (1, 29, (0.0009, 0.1776)),
        ] {
            near(clopper_pearson(Rate { hits, n }).unwrap(), want);
        }
        assert_eq!(clopper_pearson(Rate { hits: 20, n: 20 }).unwrap().1, 1.0);
        assert!(clopper_pearson(Rate::default()).is_none());
    }

    /// The same table, Wilson's method; and ibid. 873, table II, method 10.
    #[test]
    fn wilson_and_the_difference_agree_with_newcombes_tables() {
        near(wilson(Rate { hits: 15, n: 148 }).unwrap(), (0.0624, 0.1605));
        near(wilson(Rate { hits: 0, n: 20 }).unwrap(), (0.0, 0.1611));
        near(wilson(Rate { hits: 1, n: 29 }).unwrap(), (0.0061, 0.1718));
        let of = |a, m, b, n| difference(Rate { hits: b, n }, Rate { hits: a, n: m }).unwrap();
        near(of(56, 70, 48, 80), (0.0524, 0.3339));
        near(of(9, 10, 3, 10), (0.1705, 0.8090));
        near(of(5, 56, 0, 29), (-0.0381, 0.1926));
    }

    /// The approval ratings of A. Agresti, Categorical Data Analysis: 150 turned away, 86 turned to; and the table of statsmodels'
    /// documentation, 121 and 59.
    #[test]
    fn mcnemar_agrees_with_textbooks() {
        assert!((mcnemar(86, 150) / 3.716e-5 - 1.0).abs() < 1e-3, "{}", mcnemar(86, 150));
        assert!((mcnemar(121, 59) / 4.434_449_264e-6 - 1.0).abs() < 1e-6);
        assert_eq!(mcnemar(0, 0), 1.0);
        assert!((mcnemar(0, 5) - 0.0625).abs() < 1e-12);
    }

    #[test]
    fn the_interval_of_a_median_agrees_with_the_sign_tests_table() {
        // n = 20: the 6th and the 15th value; n = 5 is too few for 95 %.
        let values: Vec<u64> = (1..=20).collect();
        assert_eq!(quantile_interval(&values, 0.5), Some((6, 15)));
        assert_eq!(quantile_interval(&[1, 2, 3, 4, 5], 0.5), None);
    }
}
