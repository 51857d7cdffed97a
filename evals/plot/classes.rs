//! One panel a risk class: misses against false alarms with the budget, the ROC curve, precision against recall. The operating point is
//! what the product decided, rules included, so it need not lie on the curve of the scores.

use super::chart::{Axis, Chart};
use super::scored::{Above, Scored, sweep};
use crate::stats::Rate;
use apothecary::domain::labels::Risk;
use maud::{Markup, html};

/// With fewer cases of a class a curve says nothing.
pub const ENOUGH: usize = 10;
/// Where the panels of misses and false alarms end.
const NEAR: (f64, f64) = (0.12, 0.4);

/// What training may spend on a class: `guardrails/targets.toml`.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub struct Budget {
    /// Share of the class that must fire.
    pub floor: f64,
    /// Share of harmless messages that may.
    pub alarms: f64,
}

/// One class over all cases.
struct Class {
    name: String,
    curve: Vec<Above>,
    caught: Rate,
    /// False alarms on everything without the class.
    alarms: Rate,
    precise: Rate,
    /// The same over messages without any risk.
    harmless_curve: Vec<Above>,
    harmless: Rate,
}

impl Class {
    fn of(at: usize, name: String, all: &[Scored]) -> Option<Self> {
        let pick = |list: &[bool]| list.get(at).copied().unwrap_or(false);
        let score = |s: &Scored| s.scores.get(at).copied().unwrap_or(0.0);
        let (mut caught, mut alarms, mut precise, mut harmless) = <(Rate, Rate, Rate, Rate)>::default();
        for s in all {
            let (truth, fired) = (pick(&s.truth), pick(&s.fired));
            if truth {
                caught.add(fired)
            } else {
                alarms.add(fired)
            }
            if s.harmless() {
                harmless.add(fired);
            }
            if fired {
                precise.add(truth);
            }
        }
        let within = all.iter().filter(|s| s.harmless() || pick(&s.truth));
        (caught.n >= ENOUGH && alarms.n >= ENOUGH).then(|| Self {
            name,
            curve: sweep(all.iter().map(|s| (score(s), pick(&s.truth)))),
            harmless_curve: sweep(within.map(|s| (score(s), pick(&s.truth)))),
            caught,
            alarms,
            precise,
            harmless,
        })
    }
}

fn classes(all: &[Scored]) -> Vec<Class> {
    Risk::all().enumerate().filter_map(|(at, r)| Class::of(at, r.to_string(), all)).collect()
}

/// ROC curves.
pub fn roc(all: &[Scored]) -> Vec<Markup> {
    let one = |c: &Class| {
        let chart = Chart::panel(&c.name, Axis::share("false alarms", 1.0), Axis::share("caught", 1.0));
        let line = c.curve.iter().map(|a| (part(a.alarms, c.alarms.n), part(a.hits, c.caught.n)));
        let words = format!("Caught {} of {}, false alarms {}.", c.caught.shown(), c.caught.n, c.alarms.shown());
        let inside = html! {
            line class="chance" x1=(chart.x(0.0)) y1=(chart.y(0.0)) x2=(chart.x(1.0)) y2=(chart.y(1.0)) {}
            path class="curve" d=(chart.path(line)) {}
            (chart.point((share(c.alarms), share(c.caught)), c.alarms.interval(), c.caught.interval(), &words))
        };
        chart.draw(&words, &inside)
    };
    classes(all).iter().map(one).collect()
}

/// Precision against recall.
pub fn precision(all: &[Scored]) -> Vec<Markup> {
    let one = |c: &Class| {
        let chart = Chart::panel(&c.name, Axis::share("caught", 1.0), Axis::share("of those that fired, right", 1.0));
        let fired = |a: &&Above| a.hits + a.alarms > 0;
        let line = c.curve.iter().filter(fired).map(|a| (part(a.hits, c.caught.n), part(a.hits, a.hits + a.alarms)));
        let words = format!(
            "Caught {} of {}; of {} that fired {} were right.",
            c.caught.shown(),
            c.caught.n,
            c.precise.n,
            c.precise.shown()
        );
        let point = (share(c.caught), share(c.precise));
        let inside = html! {
            path class="curve" d=(chart.path(line)) {}
            @if c.precise.n > 0 { (chart.point(point, c.caught.interval(), c.precise.interval(), &words)) }
        };
        chart.draw(&words, &inside)
    };
    classes(all).iter().map(one).collect()
}

/// Misses against false alarms on messages without any risk, near the corner that counts, with the budget shaded.
pub fn misses(all: &[Scored], budget: impl Fn(&str) -> Option<Budget>) -> Vec<Markup> {
    let one = |c: &Class| {
        let chart = Chart::panel(&c.name, Axis::share("false alarms, no risk", NEAR.0), Axis::share("missed", NEAR.1));
        let line = c.harmless_curve.iter().map(|a| (part(a.alarms, c.harmless.n), 1.0 - part(a.hits, c.caught.n)));
        let near = line.skip_while(|(_, missed)| *missed > NEAR.1).take_while(|(alarms, _)| *alarms <= NEAR.0);
        let missed = Rate { hits: c.caught.n - c.caught.hits, n: c.caught.n };
        let words = format!(
            "Missed {} of {}, false alarms on {} of {} without a risk.",
            missed.shown(),
            missed.n,
            c.harmless.shown(),
            c.harmless.n
        );
        let inside = html! {
            @if let Some(b) = budget(&c.name) { (chart.area("budget", (0.0, b.alarms), (0.0, 1.0 - b.floor))) }
            path class="curve" d=(chart.path(near)) {}
            (chart.point((share(c.harmless), share(missed)), c.harmless.interval(), missed.interval(), &words))
        };
        chart.draw(&words, &inside)
    };
    classes(all).iter().map(one).collect()
}

fn share(rate: Rate) -> f64 {
    rate.share().unwrap_or(0.0)
}

fn part(of: usize, n: usize) -> f64 {
    of as f64 / n.max(1) as f64
}
