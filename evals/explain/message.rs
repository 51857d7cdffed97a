//! One message through the input guard: every class with its score and thresholds, and what decided.

use super::{list, told};
use crate::args::Common;
use crate::failure::Failure;
use crate::guards::{GuardCase, judge};
use crate::setup;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde_json::Value;

/// Judges and prints.
///
/// # Errors
/// Folders that cannot be used.
pub async fn explain(common: &Common, case: &GuardCase) -> Result<(), Failure> {
    let (engine, _folder) = setup::bare(common).await?;
    let judged = judge(&engine, case, common).await;
    case.history.iter().for_each(|t| told(&format!("{:?}", t.role).to_lowercase(), &t.text));
    told("message", &case.text);
    told("route", judged.route.code());
    told("wanted", case.route.map_or("", |r| r.code()));
    let word = |key: &str| {
        judged.json.get(key).map_or_else(String::new, |v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
    };
    told("intent", &list(judged.intent));
    told("wanted", &list(case.intent));
    ["lang", "unsure", "ood", "phi"].iter().for_each(|key| told(key, &word(key)));
    told("rules", &list(judged.json["rules"].as_array().into_iter().flatten().filter_map(Value::as_str)));
    ["rejected", "fault"].iter().filter(|k| judged.json.get(**k).is_some()).for_each(|key| told(key, &word(key)));
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header([
        "class",
        "score",
        "unsure from",
        "fires from",
        "result",
        "label",
    ]);
    for (risk, rule) in engine.policy.guards.risks() {
        let score = judged.json["risks"][risk.to_string()].as_f64().unwrap_or(0.0);
        let result = match (judged.fired.contains(&risk), score >= f64::from(rule.unsure_at.value())) {
            (true, _) => "fired",
            (false, true) => "unsure",
            (false, false) => "",
        };
        let label = if case.risks.as_ref().is_some_and(|r| r.contains(&risk)) { "wanted" } else { "" };
        let number = |v: f64| format!("{v:.3}");
        let [unsure, fire] = [rule.unsure_at, rule.fire].map(|t| number(f64::from(t.value())));
        table.add_row([risk.to_string(), number(score), unsure, fire, result.into(), label.into()]);
    }
    println!("{table}");
    Ok(())
}
