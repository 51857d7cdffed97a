//! Rates over a population from samples of its strata: MOVER (G. Y. Zou, A. Donner, Statistics in Medicine 27 (2008), 1693), which
//! recovers the variance from Wilson's interval of each stratum and so stays honest where a stratum had no event.
//! Nothing here knows what is counted.

use super::Rate;

/// A share of a population with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The estimate, 0 to 1.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The share over all strata, each with its weight; weights add up to 1. None when a stratum with a weight has no case.
#[must_use]
pub fn stratified(strata: impl IntoIterator<Item = (f64, Rate)>) -> Option<Share> {
    let (mut value, mut down, mut up) = (0.0, 0.0, 0.0);
    for (weight, rate) in strata.into_iter().filter(|(weight, _)| *weight > 0.0) {
        let (share, (low, high)) = (rate.share()?, rate.interval()?);
        value += weight * share;
        down += (weight * (share - low)).powi(2);
        up += (weight * (high - share)).powi(2);
    }
    Some(Share { value, low: (value - down.sqrt()).max(0.0), high: (value + up.sqrt()).min(1.0) })
}

/// Of those with a sign, how many are what it stands for? `found` and `false_alarms` are shares of the population; the interval combines the
/// worst of both with the best of both, and is wider than 95 %.
#[must_use]
pub fn precision(found: Share, false_alarms: Share) -> Option<Share> {
    let of = |hit: f64, miss: f64| (hit + miss > 0.0).then(|| hit / (hit + miss));
    Some(Share {
        value: of(found.value, false_alarms.value)?,
        low: of(found.low, false_alarms.high)?,
        high: of(found.high, false_alarms.low)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn one_stratum_is_wilsons_interval_and_a_stratum_without_cases_has_no_share() {
        let rate = Rate { hits: 15, n: 148 };
        let (low, high) = rate.interval().unwrap();
        let share = stratified([(1.0, rate)]).unwrap();
        assert!((share.low - low).abs() < 1e-12 && (share.high - high).abs() < 1e-12);
        assert_eq!(stratified([(0.5, rate), (0.5, Rate::default())]), None);
        assert!(stratified([(1.0, rate), (0.0, Rate::default())]).is_some(), "what has no weight needs no case");
    }

    /// A rare stratum with few cases beside a common one: in about 95 of 100 draws the interval holds the truth.
    #[test]
    fn ninety_five_in_a_hundred_intervals_hold_the_population() {
        let mut rng = StdRng::seed_from_u64(11);
        let strata = [(0.9, 0.03, 200), (0.08, 0.5, 60), (0.02, 0.9, 40)];
        let truth: f64 = strata.iter().map(|(w, p, _)| w * p).sum();
        let held = (0..2_000).filter(|_| {
            let drawn = strata.map(|(w, p, n)| (w, Rate::of((0..n).map(|_| rng.random::<f64>() < p))));
            let share = stratified(drawn).unwrap();
            share.low <= truth && truth <= share.high
        });
        let share = held.count() as f64 / 2_000.0;
        assert!((0.93..=0.975).contains(&share), "{share}");
    }

    /// A test with no false alarm seen in 1,500 is not known to be precise where one in 500 has what it looks for.
    #[test]
    fn precision_of_a_rare_sign_is_no_better_than_the_false_alarms_are_known() {
        let found = stratified([(0.002, Rate { hits: 56, n: 56 }), (0.998, Rate { hits: 0, n: 1_500 })]);
        let found = Share { high: 0.002, ..found.unwrap() };
        let alarms = stratified([(0.998, Rate { hits: 0, n: 1_500 })]).unwrap();
        let share = precision(found, alarms).unwrap();
        assert_eq!(share.value, 1.0);
        assert!(share.low < 0.5, "{share:?}");
        let none = Share { value: 0.0, low: 0.0, high: 0.0 };
        assert_eq!(precision(none, none), None);
    }
}
