//! One conversation through the whole turn: each turn with its trace, the reply, and what of its expectations did not hold.

use super::{list, told};
use crate::args::Common;
use crate::chat::scenario::{Scenario, Turn, check};
use crate::chat::world::World;
use crate::chat::{self, SCRIPTED_TIMEOUT};
use crate::failure::Failure;
use crate::lines::Line;
use apothecary::trace::Trace;
use serde_json::Value;

/// Plays and prints.
///
/// # Errors
/// Folders that cannot be used, a scenario that is wrong.
pub async fn explain(common: &Common, line: &Line<Scenario>) -> Result<(), Failure> {
    check(std::slice::from_ref(line))?;
    let scenario = &line.value;
    let times = scenario.times().map_err(|e| Failure::line(&line.file, line.number, e))?;
    let Some(start) = times.first() else { return Ok(()) };
    let scripted = scenario.turns.iter().any(|t| t.llm.is_some()).then_some(SCRIPTED_TIMEOUT);
    let world = World::build(common, None, scripted, *start).await?;
    told("who", &scenario.identity.as_ref().map_or_else(|| "anonymous".into(), |who| format!("{who:?}")));
    line.extra.iter().for_each(|(name, value)| told(name, value.as_str().unwrap_or(&value.to_string())));
    let played = chat::traced(&world, scenario, &times, common).await?;
    for ((turn, now), (prediction, trace)) in scenario.turns.iter().zip(&times).zip(&played) {
        println!("\nturn {} at {now}", prediction["turn"]);
        told("customer", &turn.user);
        trace.iter().for_each(traced);
        said(turn, prediction);
    }
    Ok(())
}

fn traced(trace: &Trace) {
    told("route", trace.route.code());
    told("fired", &list(&trace.fired));
    told("scores", &list(trace.scores.iter().map(|(class, p)| format!("{class} {p:.2}"))));
    told("rules", &list(&trace.rules));
    told("intent", &format!("{}{}", list(trace.intent), if trace.unsure { ", unsure" } else { "" }));
    told("language", &trace.lang);
    told("evidence", &list(trace.evidence.iter().map(|(id, version)| format!("{id} version {version}"))));
    told("drafter", &trace.drafter.map_or_else(String::new, |d| format!("{d:?}").to_lowercase()));
    told("failed", &list(&trace.rejected));
    told("repaired", if trace.repaired { "yes" } else { "no" });
    told(
        "escalation",
        &trace.escalation.as_ref().map_or_else(String::new, |(priority, reason)| format!("{priority}, {reason}")),
    );
    told("fault", trace.fault.as_deref().unwrap_or_default());
    told(
        "times",
        &list(trace.micros.iter().map(|(stage, micros)| format!("{stage} by {:.1} ms", *micros as f64 / 1000.0))),
    );
}

fn said(turn: &Turn, prediction: &Value) {
    for (name, field) in [("pages", "cites"), ("records", "facts"), ("fixed text", "fixed_text")] {
        told(name, &list(prediction[field].as_array().into_iter().flatten().filter_map(Value::as_str)));
    }
    told("reply", &prediction["reply"].as_str().unwrap_or_default().replace('\n', "\n              "));
    if let Some(expect) = &turn.expect {
        let failures = expect.failures(prediction);
        told("expected", &if failures.is_empty() { "all held".to_owned() } else { failures.join("; ") });
    }
}
