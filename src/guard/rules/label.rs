//! OR-06: label directions only word for word, from a verified label, to a verified person, and never explained.

use super::fold::rx;
use super::scene::Scene;
use super::{Finding, SourceKind};
use crate::policy::guards::Level;

/// True if a folded sentence holds the whole label text (without its closing stop).
pub fn quotes(sentence: &str, label: &str) -> bool {
    let label = label.trim().trim_end_matches('.');
    !label.is_empty()
        && (sentence.contains(label)
            || label.split(". ").any(|part| part.len() > 12 && sentence.contains(part.trim_end_matches('.'))))
}

/// Directions that are not a right quotation; "your label says" without one; an explanation after it.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let text = &scene.folded.text;
    let directions = rx!(
        r"\b(?:take|use|apply|inject|inhale|instill|chew|swallow|tome|use|aplique|inyecte|inhale)\b[^.!?\n]{0,30}\b(?:\d+|one|two|three|half|una?|dos|tres|media)\b[^.!?\n]{0,20}\b(?:tablets?|capsules?|pills?|puffs?|drops?|units?|ml|mg|patch(?:es)?|tabletas?|capsulas?|pastillas?|gotas?|unidades|inhalaciones|parches?|times?|veces)\b"
    );
    let says =
        rx!(r"\b(?:your label (?:says|reads|states)|the label (?:says|reads|states):)|\b(?:su|la) etiqueta dice");
    let prefix = rx!(r"your label says:|su etiqueta dice:");
    let meaning = rx!(
        r"\b(?:this|that|which) means|\bin other words|\bmeaning (?:you|that)|\beso significa|\blo que significa|\bes decir\b|\bo sea\b|\bso you (?:should|can|take)"
    );
    let mut out = Vec::new();
    for r in directions.ranges(text).into_iter().chain(says.ranges(text)) {
        let quoted = scene.of(SourceKind::Label).any(|g| text.contains(g.folded.text.trim().trim_end_matches('.')));
        if !(quoted && scene.ctx.level >= Level::L2 && prefix.is_match(text)) {
            out.push(scene.finding(
                "OR-06",
                &r,
                "directions that are not a verified label quoted after \"Your label says:\"",
            ));
        }
    }
    if !out.is_empty() || says.is_match(text) {
        out.extend(meaning.ranges(text).iter().map(|r| scene.finding("OR-06", r, "explains the label")));
    }
    out
}
