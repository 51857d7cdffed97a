//! OR-12: only the carrier's window, called an estimate; no promise.

use super::fold::rx;
use super::items::Value;
use super::scene::Scene;
use super::{Finding, phrases};

/// Promise phrases; a coming delivery day without "estimated".
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut out = phrases::hits(scene, "OR-12");
    let coming = rx!(
        r"\b(?:arrives?|arriving|delivery|deliver|be delivered|get(?:s)? (?:it|there|to you)|reach(?:es)? you|be there|be here|llega(?:ra)?|entregara|entrega|recibira)\b"
    );
    let soft = rx!(
        r"\bestimat|\bexpect|\bcarrier|\bwindow|\bscheduled|\bshould|\bmay\b|\bcould\b|\bestimad|\bestima|\bespera|\btransport|\bpaqueteria|\bpuede|\bnot\b|\bno\b|\bif\b|\bsi\b"
    );
    let past = rx!(
        r"\bdelivered (?:on|at)|\bwas delivered|\bwere delivered|\bfue entregad|\bse entrego|\bentregado el|\barrived\b|\bllego\b|\btried\b|\battempt"
    );
    let today = super::numbers::today(scene);
    for item in &scene.items {
        let ahead = match &item.value {
            Value::Date(d) => super::numbers::date_of(scene, d).is_some_and(|d| d >= today),
            Value::Weekday(_) | Value::Relative(1) => true,
            _ => false,
        };
        let s = scene.sentence_text(item.span.start);
        if ahead
            && coming.is_match(s)
            && !soft.is_match(s)
            && !past.is_match(s)
            && !deadline(s)
            && !scene.supported(s.trim_end_matches('.'))
        {
            out.push(scene.finding("OR-12", &item.span, "a delivery day that is not called an estimate"));
        }
    }
    out
}

fn deadline(sentence: &str) -> bool {
    rx!(r"\border by|\bpida antes|\bcut-?off|\bweekends?|\bholidays?|\bfin(?:es)? de semana|\bdays? except|\bmonday (?:to|through)|\blunes a").is_match(sentence)
}
