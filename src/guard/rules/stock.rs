//! OR-15: the record's stock word and no other; no quantity, no reservation.

use super::fold::rx;
use super::items::{Unit, Value};
use super::scene::Scene;
use super::{Finding, SourceKind, phrases};

/// Reservation phrases, quantities beside stock words, and a stock word against the record.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut out = phrases::hits(scene, "OR-15");
    let near = rx!(
        r"\bin stock|\bleft\b[^.]{0,15}\bstock|\bon (?:hand|the shelf)|\bin (?:our )?(?:inventory|warehouse)|\ben (?:existencia|inventario|almacen)|\b(?:bottles?|frascos?|units?|cajas?) (?:left|available|remain)|\bquedan\b"
    );
    for item in &scene.items {
        let counts = matches!(&item.value, Value::Quantity { unit: Unit::Bare | Unit::Noun(_) | Unit::Thing(_), .. });
        if counts
            && near.is_match(scene.sentence_text(item.span.start))
            && scene.of(SourceKind::Policy).all(|g| !near.is_match(&g.folded.text))
        {
            out.push(scene.finding("OR-15", &item.span, "a stock quantity"));
        }
    }
    out.extend(contradiction(scene));
    out
}

/// 1 available, 2 limited, 3 back-ordered, 4 not carried.
fn word(text: &str) -> Option<(u8, std::ops::Range<usize>)> {
    let not_carried = rx!(
        r"\bnot[- ]carried|\b(?:do not|don't|does not) (?:carry|stock)|\bno (?:lo |la )?(?:manejamos|vendemos|tenemos en catalogo)"
    );
    let back = rx!(
        r"\bback[- ]?order|\bout of stock|\bunavailable|\bnot (?:available|in stock)|\bagotad|\bno (?:esta )?disponible|\bpedido pendiente|\bsin existencias"
    );
    let limited = rx!(r"\blimited\b|\blow (?:stock|supply)|\blimitad|\bpoca (?:existencia|cantidad)");
    let available = rx!(r"\bavailable|\bin stock|\bdisponible|\ben existencia|\bhay existencias");
    [(4, not_carried), (3, back), (2, limited), (1, available)]
        .into_iter()
        .find_map(|(code, rx)| rx.ranges(text).first().map(|r| (code, r.clone())))
}

fn contradiction(scene: &Scene<'_>) -> Vec<Finding> {
    let records: Vec<u8> = scene.of(SourceKind::Stock).filter_map(|g| word(&g.folded.text)).map(|(c, _)| c).collect();
    if records.is_empty() {
        return Vec::new();
    }
    let about =
        rx!(r"\bif\b|\bwhen\b|\bonce\b|\bsi\b|\bcuando\b|\boptions?\b|\bopcion|\bpharmacist|\bdate\b|\bother\b");
    let said = scene.sentences.iter().filter_map(|s| {
        let text = scene.folded.slice(s);
        let (code, r) = word(text).filter(|_| !about.is_match(text))?;
        (!records.contains(&code)).then(|| s.start + r.start..s.start + r.end)
    });
    said.map(|r| scene.finding("OR-15", &r, "another stock word than the record's")).collect()
}
