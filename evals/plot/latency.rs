//! How long cases took, and where the time of a turn goes.

use super::chart::{Axis, Chart};
use crate::stats::percentile;
use maud::{Markup, html};

/// Points of the curve.
const STEPS: usize = 100;

/// Share of cases that were done within a time; none without times.
pub fn distribution(micros: &[u64]) -> Option<Markup> {
    if micros.iter().all(|m| *m == 0) {
        return None;
    }
    let ms = |q: f64| percentile(micros, q) as f64 / 1000.0;
    let curve: Vec<(f64, f64)> = (0..=STEPS).map(|i| i as f64 / STEPS as f64).map(|q| (ms(q), q)).collect();
    let chart = Chart::large(
        "Done within",
        Axis::millis("time for one message", ms(0.0), ms(1.0)),
        Axis::share("messages", 1.0),
    );
    let marks = [(0.5, "median"), (0.95, "95 %"), (0.99, "99 %")]
        .map(|(q, word)| (ms(q), q, format!("{word}: {:.0} ms", ms(q))));
    let about = marks.iter().map(|(.., word)| word.as_str()).collect::<Vec<_>>().join(", ");
    let inside = html! {
        path class="curve" d=(chart.path(curve)) {}
        @for (x, y, word) in &marks {
            (chart.point((*x, *y), None, None, word))
            text class="note" text-anchor="end" x=(chart.x(*x) - 7.0) y=(chart.y(*y) + 3.0) { (word) }
        }
    };
    Some(chart.draw(&about, &inside))
}

/// The waterfall of a turn: each stage from the end of the one before; `ends` are medians in milliseconds from the start.
pub fn waterfall(ends: &[(String, f64)]) -> Option<Markup> {
    let mut ends = ends.to_vec();
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    let most = ends.last().filter(|(_, ms)| *ms > 0.0)?.1;
    let chart = Chart::large(
        "Where the time of a turn goes",
        Axis::even_millis("milliseconds from the start, medians", most),
        Axis::rows(ends.len()),
    );
    let begins = std::iter::once(0.0).chain(ends.iter().map(|(_, ms)| *ms));
    let bars: Vec<(f64, f64, &str, f64)> = begins
        .zip(&ends)
        .zip(0..)
        .map(|((from, (name, to)), row)| (from, *to, name.as_str(), f64::from(row)))
        .collect();
    let about =
        bars.iter().map(|(from, to, name, _)| format!("{name} {from:.0} to {to:.0} ms")).collect::<Vec<_>>().join(", ");
    let inside = html! {
        @for (from, to, name, row) in &bars {
            (chart.area("bar", (*from, *to), (row + 0.8, row + 0.2)))
            text class="note" x=(chart.x(0.0) + 4.0) y=(chart.y(row + 0.5) + 3.0) { (name) " · " (format!("{:.0} ms", to - from)) }
        }
    };
    Some(chart.draw(&about, &inside))
}
