//! Counts by route and expectations met in `evals chat`.

use super::scenario::Scenario;
use crate::lines::Line;
use crate::report::Report;
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
    let mut turns = |what: &str, counts: &dyn Fn(&Value) -> bool| {
        let scored = all.iter().filter(|p| !rejected(p));
        report.counted("turns", what, scored.map(|p| (key(p), counts(p))));
    };
    let route = |p: &Value| p.get("route").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (code, words) in ROUTES {
        turns(words, &|p| route(p) == code);
    }
    turns("with a ticket", &|p| p.get("escalation").is_some_and(|e| !e.is_null()));
    let handed = |p: &Value| ["human", "pharmacist", "emergency", "crisis"].contains(&route(p).as_str());
    let asked = |p: &Value| p.pointer("/escalation/reason").and_then(Value::as_str) == Some("asked");
    turns("handed over unasked", &|p| handed(p) && !asked(p));
    let failed = |p: &Value| p.get("rejected").and_then(Value::as_array).is_some_and(|r| !r.is_empty());
    turns("with a draft that failed a rule", &failed);
    for p in &all {
        report.took(p.get("micros").and_then(Value::as_u64).unwrap_or(0));
        let stages = p.get("stages").and_then(Value::as_object).into_iter().flatten();
        stages.for_each(|(name, at)| report.stage(name, at.as_u64().unwrap_or(0)));
    }
    expectations(report, scenarios, played);
}

fn rejected(prediction: &Value) -> bool {
    prediction.get("rejected").is_some_and(Value::is_string)
}

/// A turn's name among the cases that were counted.
fn key(prediction: &Value) -> String {
    format!("{} turn {}", prediction["id"].as_str().unwrap_or_default(), prediction["turn"])
}

fn expectations(report: &mut Report, scenarios: &[Line<Scenario>], played: &[Vec<Value>]) {
    let (mut turns, mut whole) = (Vec::new(), Vec::new());
    for (scenario, predictions) in scenarios.iter().zip(played) {
        let id = &scenario.value.id;
        let mut fine = None;
        for (n, (turn, prediction)) in scenario.value.turns.iter().zip(predictions).enumerate() {
            let Some(expect) = &turn.expect else { continue };
            let failures = expect.failures(prediction);
            turns.push((key(prediction), failures.is_empty()));
            fine = Some(fine.unwrap_or(true) && failures.is_empty());
            for failure in failures {
                report.fail(id, format!("turn {n}: {failure}"));
            }
        }
        whole.extend(fine.map(|fine| (id.clone(), fine)));
    }
    report.counted("expectations", "turns as expected", turns);
    report.counted("expectations", "scenarios as expected", whole);
}
