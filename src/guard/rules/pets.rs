//! OR-35: human insurance rules are not told for an animal.

use super::Finding;
use super::fold::{fold, rx};
use super::scene::Scene;

/// The species that an own record names, if an animal.
pub fn species_in(text: &str) -> Option<String> {
    let folded = fold(text);
    let found = rx!(r"(?:\bspecies:?\s*\w+|\bcanine|feline|equine|patient is a (?:dog|cat|horse)|\((?:dog|cat|horse|perro|gato|caballo)\)|\bpet (?:order|prescription)|\bfor a pet\b|\bmascota)").ranges(&folded);
    let word = found.first().and_then(|r| folded.get(r.clone()))?;
    (!word.contains("human")).then(|| word.to_owned())
}

/// Insurance, plan and Medicare words for an animal, unless they are denied.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    if scene.ctx.species.is_none_or(|s| s.eq_ignore_ascii_case("human")) {
        return Vec::new();
    }
    let human = rx!(
        r"\b(?:insurance|your plan|your plan's|copays?|medicare|medicaid|part d|deductible|prior authorization|seguro|su plan|copagos?|deducible|autorizacion previa)\b"
    );
    let denied = rx!(r"\b(?:no|not|never|n't|doesn't|don't|cannot|can't|nunca|tampoco|without|sin)\b");
    let hits = human.ranges(&scene.folded.text).into_iter();
    hits.filter(|r| !denied.is_match(scene.sentence_text(r.start)))
        .map(|r| scene.finding("OR-35", &r, "insurance rules told for an animal"))
        .collect()
}
