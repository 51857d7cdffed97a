//! Counts by route and expectations met in `evals chat`.

use super::scenario::Scenario;
use crate::lines::Line;
use crate::report::Report;
use crate::stats::Rate;
use serde_json::Value;

/// What a customer got, in words.
const ROUTES: [(&str, &str); 8] = [
    ("answer", "answered"),
    ("clarify", "asked back"),
    ("human", "handed over to customer care"),
    ("pharmacist", "handed over to a pharmacist"),
    ("emergency", "emergency text and pharmacist"),
    ("crisis", "crisis text and pharmacist"),
    ("privacy", "sign-in or privacy"),
    ("refuse", "refused"),
];

/// Fills the report.
pub fn score(report: &mut Report, scenarios: &[Line<Scenario>], played: &[Vec<Value>]) {
    let all: Vec<&Value> = played.iter().flatten().collect();
    report.count("scenarios", scenarios.len());
    report.count("turns", all.len());
    report.count("refused as no message (blank, too long)", all.iter().filter(|p| rejected(p)).count());
    report.count("faults", all.iter().filter(|p| p.get("fault").is_some_and(|f| !f.is_null())).count());
    let scored: Vec<&&Value> = all.iter().filter(|p| !rejected(p)).collect();
    let route = |p: &Value| p.get("route").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (code, words) in ROUTES {
        report.rate("turns", words, Rate::of(scored.iter().map(|p| route(p) == code)));
    }
    let ticket = |p: &Value| p.get("escalation").is_some_and(|e| !e.is_null());
    report.rate("turns", "with a ticket", Rate::of(scored.iter().map(|p| ticket(p))));
    let handed = |p: &Value| ["human", "pharmacist", "emergency", "crisis"].contains(&route(p).as_str());
    let asked = |p: &Value| p.pointer("/escalation/reason").and_then(Value::as_str) == Some("asked");
    report.rate("turns", "handed over unasked", Rate::of(scored.iter().map(|p| handed(p) && !asked(p))));
    let failed = |p: &Value| p.get("rejected").and_then(Value::as_array).is_some_and(|r| !r.is_empty());
    report.rate("turns", "with a draft that failed a rule", Rate::of(scored.iter().map(|p| failed(p))));
    for p in &all {
        report.took(p.get("micros").and_then(Value::as_u64).unwrap_or(0));
    }
    expectations(report, scenarios, played);
}

fn rejected(prediction: &Value) -> bool {
    prediction.get("rejected").is_some_and(Value::is_string)
}

fn expectations(report: &mut Report, scenarios: &[Line<Scenario>], played: &[Vec<Value>]) {
    let (mut turns, mut whole) = (Rate::default(), Rate::default());
    for (scenario, predictions) in scenarios.iter().zip(played) {
        let mut fine = None;
        for (n, (turn, prediction)) in scenario.value.turns.iter().zip(predictions).enumerate() {
            let Some(expect) = &turn.expect else { continue };
            let failures = expect.failures(prediction);
            turns.add(failures.is_empty());
            fine = Some(fine.unwrap_or(true) && failures.is_empty());
            for failure in failures {
                report.fail(format!("{} turn {n}: {failure}", scenario.value.id));
            }
        }
        if let Some(fine) = fine {
            whole.add(fine);
        }
    }
    report.rate("expectations", "turns as expected", turns);
    report.rate("expectations", "scenarios as expected", whole);
}
