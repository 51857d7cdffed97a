//! Do scores come true as often as they say? All risk classes together, in bins of equal width.

use super::chart::{Axis, Chart};
use super::scored::Scored;
use crate::guards::BINS;
use crate::stats::Rate;
use maud::{Markup, html};

/// The diagram; none without a score.
pub fn reliability(all: &[Scored]) -> Option<Markup> {
    let bins = bins(all.iter().flat_map(|s| s.scores.iter().copied().zip(s.truth.iter().copied())));
    let chart =
        Chart::large("Promised and come true", Axis::share("score that was given", 1.0), Axis::share("came true", 1.0));
    let full: Vec<(f64, Rate)> = bins.into_iter().filter(|(_, rate)| rate.n > 0).collect();
    let words = |(score, rate): &(f64, Rate)| format!("score {:.2}: {} of {}", score, rate.shown(), rate.n);
    let inside = html! {
        line class="chance" x1=(chart.x(0.0)) y1=(chart.y(0.0)) x2=(chart.x(1.0)) y2=(chart.y(1.0)) {}
        path class="curve" d=(chart.path(full.iter().map(|(score, rate)| (*score, rate.share().unwrap_or(0.0))))) {}
        @for bin in &full { (chart.point((bin.0, bin.1.share().unwrap_or(0.0)), None, bin.1.interval(), &words(bin))) }
    };
    let about = full.iter().map(words).collect::<Vec<_>>().join("; ");
    (!full.is_empty()).then(|| chart.draw(&about, &inside))
}

/// Mean score of each bin, and how often it came true.
fn bins(scored: impl Iterator<Item = (f64, bool)>) -> Vec<(f64, Rate)> {
    let mut bins = vec![(0.0, Rate::default()); BINS];
    for (score, truth) in scored {
        if let Some((sum, rate)) = bins.get_mut(((score * BINS as f64) as usize).min(BINS - 1)) {
            *sum += score;
            rate.add(truth);
        }
    }
    bins.into_iter().map(|(sum, rate)| (sum / rate.n.max(1) as f64, rate)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_score_counts_in_its_bin() {
        let bins = bins([(0.05, false), (0.01, true), (1.0, true)].into_iter());
        assert!((bins[0].0 - 0.03).abs() < 1e-9);
        assert_eq!((bins[0].1, bins[9].1), (Rate { hits: 1, n: 2 }, Rate { hits: 1, n: 1 }));
        assert_eq!(bins.iter().map(|b| b.1.n).sum::<usize>(), 3);
    }
}
