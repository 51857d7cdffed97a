//! OR-14: no coupon or copay card is offered to a federal payer, nor without knowing the payer (42 USC 1320a-7b(b)).

use super::Finding;
use super::fold::rx;
use super::scene::Scene;

/// Sentences that offer a card: not those that deny it or say for whom it is.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    if scene.ctx.payer.is_some_and(|p| !p.federal()) {
        return Vec::new();
    }
    let card = rx!(
        r"\bcoupons?\b|\bcopay (?:cards?|assistance|savings)|\bsavings cards?\b|\bmanufacturer(?:'s)? (?:savings|discount|card|program)|\bcupon(?:es)?\b|\btarjetas? de (?:copago|ahorro)"
    );
    let freed = rx!(
        r"\b(?:no|not|never|cannot|can't|don't|doesn't|won't|nunca|tampoco|ended|ends|termina|solo|only)\b|\bcommercial|\bcomercial|\bgovernment plan|\bplan del gobierno|\bup because|\bsubir\b"
    );
    let federal = scene.ctx.payer.is_some();
    let hits = card.ranges(&scene.folded.text).into_iter().filter(|r| {
        let s = scene.sentence_text(r.start);
        let fits = freed.is_match(s) || (!federal && scene.supported(s.trim_end_matches(['.', '!', '?'])));
        !fits
    });
    hits.map(|r| scene.finding("OR-14", &r, "a coupon offered without the federal-payer check")).collect()
}
