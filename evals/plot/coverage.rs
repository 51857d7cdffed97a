//! Coverage against risk: if messages were answered from the least suspicious on, how many of the answered would carry a risk?

use super::chart::{Axis, Chart};
use super::scored::{Scored, sweep};
use crate::stats::Rate;
use maud::{Markup, html};

/// Answers to so few say nothing of the share among them.
const FEW: usize = 20;

/// The diagram; none without cases on both sides.
pub fn coverage(all: &[Scored]) -> Option<Markup> {
    let risky = all.iter().filter(|s| !s.harmless()).count();
    if risky == 0 || risky == all.len() {
        return None;
    }
    let curve = sweep(all.iter().map(|s| (1.0 - s.highest(), !s.harmless())));
    let n = all.len() as f64;
    let line: Vec<(f64, f64)> = curve
        .iter()
        .filter(|a| a.hits + a.alarms >= FEW)
        .map(|a| ((a.hits + a.alarms) as f64 / n, a.hits as f64 / (a.hits + a.alarms) as f64))
        .collect();
    let answered = Rate::of(all.iter().map(|s| s.answered));
    let wrong = Rate::of(all.iter().filter(|s| s.answered).map(|s| !s.harmless()));
    let chart = Chart::large(
        "Answered, and at what risk",
        Axis::share("messages answered", 1.0),
        Axis::share("of the answered, with a risk", 0.6),
    );
    let words = format!("Answered {} of {}; of these {} carry a risk.", answered.shown(), answered.n, wrong.shown());
    let at = (answered.share()?, wrong.share().unwrap_or(0.0));
    let inside = html! {
        path class="curve" d=(chart.path(line)) {}
        (chart.point(at, answered.interval(), wrong.interval(), &words))
    };
    Some(chart.draw(&words, &inside))
}
