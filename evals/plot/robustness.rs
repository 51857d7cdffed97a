//! What each way to change a message costs in recall, beside the messages as they were written.

use super::chart::{Axis, Chart};
use crate::suite::metric::Metric;
use maud::{Markup, html};

/// The measure that is drawn.
const MEASURE: &str = "recall over all labelled classes";
/// The slice that the others are compared with.
const BASE: &str = "as written";

/// One bar a way; none without messages as written and changed.
pub fn robustness(metrics: &[Metric]) -> Option<Markup> {
    let rows: Vec<&Metric> = metrics.iter().filter(|m| m.measure() == MEASURE).collect();
    let base = rows.iter().find(|m| m.slice() == BASE)?;
    if rows.len() < 2 {
        return None;
    }
    let chart = Chart::large("Recall when messages are changed", Axis::share("recall", 1.0), Axis::rows(rows.len()));
    let words = |m: &Metric| format!("{}: {}", m.slice(), m.shown());
    let about = rows.iter().map(|m| words(m)).collect::<Vec<_>>().join(", ");
    let (top, bottom) = (chart.y(0.0), chart.y(rows.len() as f64));
    let inside = html! {
        @for (metric, at) in rows.iter().zip(0..) {
            @let middle = f64::from(at) + 0.5;
            (chart.area("bar", (0.0, metric.value), (middle + 0.35, middle - 0.35)))
            (chart.point((metric.value, middle), metric.low.zip(metric.high), None, &words(metric)))
            text class="note" x=(chart.x(0.0) + 4.0) y=(chart.y(middle) + 3.0) { (words(metric)) }
        }
        line class="chance" x1=(chart.x(base.value)) x2=(chart.x(base.value)) y1=(top) y2=(bottom) {}
    };
    Some(chart.draw(&about, &inside))
}
