//! OR-13: an estimate is called one, a cash price is not told as the plan's, nothing promises savings.

use super::fold::{Rx, rx};
use super::items::{Item, Unit, Value};
use super::scene::Scene;
use super::{Finding, SourceKind, phrases};

fn estimate() -> &'static Rx {
    rx!(
        r"\bestimat|\bestimad|\babout\b|\bapprox|\baround\b|\bmay (?:change|differ|vary)|\bcould\b|\bmight\b|\bnot (?:final|exact)|\baproxima|\bcerca de\b|\bpuede cambiar|\bpodria|\bno es (?:final|exact)"
    )
}
fn exact() -> &'static Rx {
    rx!(r"\bexact|\bfinal price|\bprecio final|\bguarante")
}
fn cash() -> &'static Rx {
    rx!(
        r"\bcash|\bwithout (?:your )?(?:insurance|plan)|\bno insurance|\befectivo|\bsin (?:su )?(?:seguro|plan)|\buninsured"
    )
}
fn plan() -> &'static Rx {
    rx!(
        r"\bcopay|\byour plan|\bwith (?:your )?(?:insurance|plan)|\bplan's price|\bcopago|\bsu plan|\bcon (?:su )?(?:seguro|plan)"
    )
}

/// Role words beside each amount, against those of the price records that hold it; and the savings phrases.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut out = phrases::hits(scene, "OR-13");
    for item in scene.items.iter().filter(|i| matches!(i.value, Value::Quantity { unit: Unit::Money, .. })) {
        if let Some(what) = wrong_role(scene, item) {
            out.push(scene.finding("OR-13", &item.span, what));
        }
    }
    out
}

fn wrong_role(scene: &Scene<'_>, item: &Item) -> Option<&'static str> {
    let Value::Quantity { number, .. } = &item.value else { return None };
    let holds = |i: &Item| matches!(&i.value, Value::Quantity { number: n, unit: Unit::Money, .. } if (n - number).abs() < 0.005);
    let near: Vec<String> = scene
        .of(SourceKind::Price)
        .flat_map(|g| g.items.iter().filter(|i| holds(i)).map(|i| around(&g.folded.text, i)))
        .collect();
    if near.is_empty() {
        return None;
    }
    let here = around(&scene.folded.text, item);
    let sentence = scene.sentence_text(item.span.start);
    let all = |rx: &Rx| near.iter().all(|t| rx.is_match(t));
    let any = |rx: &Rx| near.iter().any(|t| rx.is_match(t));
    let denied = rx!(r"\b(?:not|no|isn't) (?:an? |the |el |un )?(?:exact|final|estimat)").is_match(sentence);
    if all(estimate()) && !any(exact()) && !denied && exact().is_match(sentence) {
        Some("an estimate told as exact")
    } else if all(estimate()) && !estimate().is_match(&scene.folded.text) {
        Some("an estimate that is not called one")
    } else if any(exact()) && !any(estimate()) && rx!(r"\bestimat|\bestimad").is_match(&here) && !denied {
        Some("an exact price told as an estimate")
    } else if all(cash()) && !any(plan()) && plan().is_match(&here) && !cash().is_match(&here) {
        Some("a cash price told as the plan's")
    } else if all(plan()) && !any(cash()) && cash().is_match(&here) && !plan().is_match(&here) {
        Some("a plan price told as the cash price")
    } else {
        None
    }
}

/// The clause around an amount: roles change at commas and semicolons within a sentence.
fn around(text: &str, item: &Item) -> String {
    let cut = |c: char| matches!(c, ';' | '\n' | '!' | '?');
    let left = text.get(..item.span.start).unwrap_or_default();
    let right = text.get(item.span.end..).unwrap_or_default();
    let stop = |t: &str| t.find(". ").or_else(|| t.find(cut));
    let from = left.rfind(". ").map_or(0, |i| i + 2).max(left.rfind(cut).map_or(0, |i| i + 1));
    let to = stop(right).unwrap_or(right.len());
    // The next or last amount ends the clause, so that "cash $20, copay $5" is read as two.
    let from = left
        .rfind('$')
        .filter(|i| *i > from)
        .map_or(from, |i| i + left.get(i..).and_then(|t| t.find([',', ' '])).unwrap_or(0));
    let to = right
        .find('$')
        .filter(|i| *i < to)
        .map_or(to, |i| right.get(..i).and_then(|t| t.rfind([',', '-'])).unwrap_or(to));
    text.get(from..item.span.end + to).unwrap_or_default().to_owned()
}
