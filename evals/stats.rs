//! Rates with their intervals, areas and percentiles. Nothing here knows what is counted.

pub mod exact;
pub mod resample;
pub mod strata;

use serde_json::{Value, json};

/// 97.5 % point of the normal distribution.
const Z: f64 = 1.959_963_985;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub hits: usize,
    /// Of how many.
    pub n: usize,
}

impl Rate {
    /// Counts one more.
    pub fn add(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.n += 1;
    }
    /// Counts an iterator.
    pub fn of(all: impl IntoIterator<Item = bool>) -> Self {
        let mut rate = Rate::default();
        all.into_iter().for_each(|hit| rate.add(hit));
        rate
    }
    /// The share; 0 of 0 is none.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.n > 0).then(|| self.hits as f64 / self.n as f64)
    }
    /// Wilson's 95 % interval. With no event at all the upper end is the exact one-sided bound, about 3/n.
    #[must_use]
    pub fn interval(self) -> Option<(f64, f64)> {
        let (n, p) = (self.n as f64, self.share()?);
        if self.hits == 0 {
            return Some((0.0, 1.0 - 0.05_f64.powf(1.0 / n)));
        }
        let z2 = Z * Z;
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
        let high = if self.hits == self.n { 1.0 } else { (centre + half).min(1.0) };
        Some(((centre - half).max(0.0), high))
    }
    /// For reports.
    #[must_use]
    pub fn json(self) -> Value {
        let (low, high) = self.interval().unzip();
        json!({ "hits": self.hits, "n": self.n, "rate": self.share().map(round), "low": low.map(round), "high": high.map(round) })
    }
    /// `93.1 %`, or `none` where nothing was counted.
    #[must_use]
    pub fn shown(self) -> String {
        self.share().map_or("none".into(), |p| format!("{:.1} %", p * 100.0))
    }
    /// `90.2 to 95.3`, or the bound when there was no event.
    #[must_use]
    pub fn interval_shown(self) -> String {
        match self.interval() {
            None => String::new(),
            Some((_, high)) if self.hits == 0 => format!("at most {:.2}", high * 100.0),
            Some((low, high)) => format!("{:.1} to {:.1}", low * 100.0, high * 100.0),
        }
    }
}

/// Area under the ROC curve of scores with their truth, ties counted half; none when one side is empty.
#[must_use]
pub fn auroc(scored: &[(f32, bool)]) -> Option<f64> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = sorted.iter().filter(|s| s.1).count();
    let negatives = sorted.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut below = 0.0;
    let mut area = 0.0;
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let up = tied.iter().filter(|s| s.1).count() as f64;
        let down = tied.len() as f64 - up;
        area += up * (below + down / 2.0);
        below += down;
    }
    Some(area / (positives as f64 * negatives as f64))
}

/// The value below which the share `q` lies (nearest rank).
#[must_use]
pub fn percentile(values: &[u64], q: f64) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = ((sorted.len() as f64 * q).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(at).copied().unwrap_or(0)
}

/// The same of sorted numbers; none of nothing.
#[must_use]
pub fn percentile_of(sorted: &[f64], q: f64) -> Option<f64> {
    let at = ((sorted.len() as f64 * q).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(at).copied()
}

/// Five decimals.
#[must_use]
pub fn round(value: f64) -> f64 {
    (value * 1e5).round() / 1e5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_the_textbook_and_no_event_gives_three_over_n() {
        let (low, high) = Rate { hits: 81, n: 263 }.interval().unwrap();
        assert!((low - 0.2553).abs() < 5e-4 && (high - 0.3662).abs() < 5e-4, "{low} {high}");
        let (low, high) = Rate { hits: 0, n: 300 }.interval().unwrap();
        assert!(low == 0.0 && (high - 0.00994).abs() < 1e-4, "{high}");
        assert_eq!(Rate { hits: 5, n: 5 }.interval().unwrap().1, 1.0);
        assert!(Rate::default().interval().is_none());
    }

    #[test]
    fn area_counts_ties_half() {
        assert_eq!(auroc(&[(0.1, false), (0.9, true)]), Some(1.0));
        assert_eq!(auroc(&[(0.5, false), (0.5, true)]), Some(0.5));
        assert_eq!(auroc(&[(0.5, true)]), None);
    }

    #[test]
    fn percentile_is_the_nearest_rank() {
        assert_eq!(percentile(&[4, 1, 3, 2], 0.5), 2);
        assert_eq!(percentile(&[4, 1, 3, 2], 0.99), 4);
        assert_eq!(percentile(&[], 0.5), 0);
    }
}
