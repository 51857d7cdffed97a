//! A day's traffic: what share needs no human beside what share should have had one, and recall against a pharmacist's hours.

use super::chart::{Axis, Chart};
use crate::suite::metric::Metric;
use maud::{Markup, html};

/// Rows of the first diagram: the figure's id and its words.
const ROWS: [(&str, &str); 5] = [
    ("day/contained (no human) %", "no human"),
    ("day/resolved without a human %", "resolved without a human"),
    ("day/handed over with no need %", "handed over with no need"),
    ("day/contained, but needed a human %", "no human, but needed one"),
    ("day/needed a pharmacist, was answered instead %", "answered instead of a pharmacist"),
];

/// Containment beside what it must not cost; none without a day's figures.
pub fn containment(metrics: &[Metric]) -> Option<Markup> {
    let row = |(id, words): (&str, &'static str)| Some((metrics.iter().find(|m| m.id == id)?, words));
    let rows: Vec<(&Metric, &str)> = ROWS.into_iter().filter_map(row).collect();
    let count = (!rows.is_empty()).then_some(rows.len())?;
    let chart = Chart::large("Containment and its price", Axis::share("of all conversations", 1.0), Axis::rows(count));
    let share = |percent: f64| percent / 100.0;
    let words = |m: &Metric, words: &str| format!("{words}: {:.1} %", m.value);
    let about = rows.iter().map(|(m, w)| words(m, w)).collect::<Vec<_>>().join(", ");
    let inside = html! {
        @for ((metric, name), at) in rows.iter().zip(0..) {
            @let middle = f64::from(at) + 0.5;
            (chart.area("bar", (0.0, share(metric.value)), (middle + 0.3, middle + 0.05)))
            (chart.point((share(metric.value), middle + 0.17), metric.low.zip(metric.high).map(|(l, h)| (share(l), share(h))), None, &words(metric, name)))
            text class="note" x=(chart.x(0.0) + 4.0) y=(chart.y(middle - 0.1)) { (words(metric, name)) }
        }
    };
    Some(chart.draw(&about, &inside))
}

/// What other thresholds would cost: recall against hours, from laxer to stricter; none without a sweep.
pub fn hours(metrics: &[Metric]) -> Option<Markup> {
    let steps =
        metrics.iter().filter(|m| m.slice().starts_with("thresholds ") && m.measure() == "pharmacist hours a day");
    let recall =
        |slice: &str| metrics.iter().find(|m| m.slice() == slice && m.measure().starts_with("needed a pharmacist"));
    let mut curve: Vec<(f64, f64, &str)> =
        steps.filter_map(|m| Some((m.value, recall(m.slice())?.value / 100.0, m.slice()))).collect();
    curve.sort_by(|a, b| a.0.total_cmp(&b.0));
    let most = curve.last()?.0;
    let now = curve.iter().find(|c| c.2 == "thresholds +0")?;
    let interval = recall(now.2)?.low.zip(recall(now.2)?.high).map(|(low, high)| (low / 100.0, high / 100.0));
    let chart = Chart::large(
        "What recall costs",
        Axis::even("pharmacist hours a day", most),
        Axis::share("of those who need a pharmacist, reach one", 1.0),
    );
    let words = format!("today {:.0} hours a day, {:.1} %", now.0, now.1 * 100.0);
    let inside = html! {
        path class="curve" d=(chart.path(curve.iter().map(|c| (c.0, c.1)))) {}
        (chart.point((now.0, now.1), None, interval, &words))
        text class="note" x=(chart.x(now.0) + 8.0) y=(chart.y(now.1) + 12.0) { (words) }
    };
    Some(chart.draw(&words, &inside))
}
