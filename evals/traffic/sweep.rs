//! What other thresholds would cost: all classes that lead to a pharmacist are made stricter or laxer together, by a step in log-odds, and
//! recall is set against a pharmacist's hours. No message is judged again: the scores of the run decide.

use apothecary::domain::labels::Risk;
use apothecary::domain::route::Route;
use apothecary::policy::guards::Guards;
use apothecary::trace::Trace;

/// Steps in log-odds, from strict to lax.
pub const STEPS: [f64; 13] = [-3.0, -2.0, -1.5, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0];
/// Probabilities closer to 0 and 1 than this are no further away.
const EDGE: f64 = 1e-6;

/// From where on each class brings a message to a pharmacist, in log-odds.
pub struct Stops(Vec<(Risk, f64)>);

impl Stops {
    /// The lower threshold, where being unsure leads there, else the upper.
    pub fn of(guards: &Guards) -> Self {
        let there = |route: Route| matches!(route, Route::Pharmacist | Route::Emergency | Route::Crisis);
        let stop = |(risk, rule): (Risk, &apothecary::policy::guards::RiskRule)| {
            let unsure = there(rule.unsure).then_some(rule.unsure_at);
            let at = unsure.or_else(|| there(rule.route).then_some(rule.fire))?;
            Some((risk, log_odds(f64::from(at.value()))))
        };
        Self(guards.risks().filter_map(stop).collect())
    }

    /// By how much the class nearest to its threshold lies above it; a class that a rule fired lies above any.
    pub fn margin(&self, trace: &Trace) -> f64 {
        let one = |(risk, stop): &(Risk, f64)| {
            let score = trace.scores.get(&risk.to_string()).copied().unwrap_or(0.0);
            let margin = log_odds(f64::from(score)) - stop;
            if margin < 0.0 && trace.fired.contains(risk) { f64::MAX } else { margin }
        };
        self.0.iter().map(one).fold(f64::MIN, f64::max)
    }
}

fn log_odds(p: f64) -> f64 {
    let p = p.clamp(EDGE, 1.0 - EDGE);
    (p / (1.0 - p)).ln()
}
