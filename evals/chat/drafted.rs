//! What became of a language model's drafts: cases whose first turn scripts one (`llm`) and says whether it may be shown (`ok`).

use super::scenario::Scenario;
use crate::fold::folded;
use crate::lines::Line;
use crate::report::Report;
use crate::stats::Rate;
use apothecary::draft::openai::declines;
use serde_json::Value;
use std::collections::BTreeMap;

/// Fewer letters than this between two tokens prove nothing.
const SHORT: usize = 8;

/// Rates of one slice.
#[derive(Default)]
struct Slice {
    good: Rate,
    /// Good ones of which something was released.
    useful: Rate,
    wrong: Rate,
    /// Wrong ones of which a sentence that people called wrong was released, with the rest or without.
    told: Rate,
    declined: usize,
}

impl Slice {
    fn add(&mut self, ok: bool, bad: &[&str], prediction: &Value) {
        let released = prediction["drafter"] == "model";
        let whole = released && prediction["repaired"] != true;
        if ok {
            self.good.add(whole);
            self.useful.add(released);
        } else {
            let reply = folded(prediction["reply"].as_str().unwrap_or_default());
            self.wrong.add(whole);
            self.told.add(whole || (released && bad.iter().any(|b| stands(b, &reply))));
        }
    }

    fn fill(&self, report: &mut Report, name: &str) {
        report.rate(name, "good drafts released word for word", self.good);
        report.rate(name, "good drafts released, whole or in part", self.useful);
        report.rate(name, "wrong drafts released word for word", self.wrong);
        report.rate(name, "wrong drafts of which a wrong sentence was released", self.told);
    }
}

/// True when a reply holds a sentence of a draft; its tokens were replaced by what they stand for, so what lies between them counts.
fn stands(sentence: &str, reply: &str) -> bool {
    let between: Vec<String> =
        sentence.split("[[").map(|part| folded(part.split_once("]]").map_or(part, |(_, rest)| rest))).collect();
    let mut parts = between.iter().filter(|p| p.chars().count() >= SHORT).peekable();
    parts.peek().is_some() && parts.all(|p| reply.contains(p.as_str()))
}

/// Adds the rates, together and for each value of the field `by`; nothing where no case is labelled.
pub fn drafted(report: &mut Report, scenarios: &[Line<Scenario>], played: &[Vec<Value>], by: Option<&str>) {
    let mut slices: BTreeMap<String, Slice> = BTreeMap::new();
    let mut all = Slice::default();
    for (scenario, turns) in scenarios.iter().zip(played) {
        let script = scenario.value.turns.first().and_then(|t| t.llm.as_ref()?.texts()?.into_iter().next());
        let ok = scenario.extra.get("ok").and_then(Value::as_bool);
        let (Some(text), Some(ok), Some(prediction)) = (script, ok, turns.first()) else { continue };
        let slice =
            by.and_then(|field| scenario.extra.get(field)?.as_str()).map(|v| slices.entry(v.to_owned()).or_default());
        if declines(&text) {
            all.declined += 1;
            continue;
        }
        let bad: Vec<&str> = scenario
            .extra
            .get("bad")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        slice.into_iter().for_each(|s| s.add(ok, &bad, prediction));
        all.add(ok, &bad, prediction);
    }
    if all.good.n + all.wrong.n == 0 {
        return;
    }
    report.count("drafts that decline, not counted", all.declined);
    all.fill(report, "drafts");
    slices.iter().for_each(|(name, slice)| slice.fill(report, name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_stands_in_a_reply_whatever_its_tokens_became() {
        let reply = folded("It is late. Order  70-00101 was sent by Northline today.");
        assert!(stands("Order [[ORDER_1]] was sent by Northline today.", &reply));
        assert!(!stands("Order [[ORDER_1]] was sent by Prairie today.", &reply));
        assert!(!stands("[[ORDER_1]]", &reply));
    }
}
