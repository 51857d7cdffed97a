//! OR-08: an "as of" in the draft is the change time of a record. That one is shown at all is the business of code elsewhere.

use super::fold::rx;
use super::items::{Role, Value};
use super::scene::Scene;
use super::{Finding, SourceKind};

/// Dates and times right after "as of" that are no record's change time.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let marks = rx!(r"\bas of\b|\blast (?:updated|checked)(?: (?:on|at))?|\bupdated (?:on|at)|\bactualizado (?:el|a las)|\bultima actualizacion|\bdatos? al\b|\bcon fecha(?: de)?|\ba fecha de|\bsegun datos? de").ranges(&scene.folded.text);
    let mut out = Vec::new();
    for mark in marks {
        let end = scene.sentence(mark.start).end;
        let after = scene.items.iter().filter(|i| i.span.start >= mark.end && i.span.start < end.min(mark.end + 60));
        for item in after.filter(|i| matches!(i.value, Value::Date(_) | Value::Time(..) | Value::Weekday(_))) {
            if !(is_record_time(scene, item) || is_policy_date(scene, item)) {
                out.push(scene.finding("OR-08", &item.span, "an as-of that no record holds"));
            }
        }
    }
    out
}

fn is_record_time(scene: &Scene<'_>, item: &super::items::Item) -> bool {
    scene.own().filter(|g| g.source.kind != SourceKind::Policy).any(|g| {
        let marked = g.items.iter().any(|s| s.role == Role::AsOf);
        let fits =
            |s: &&super::items::Item| s.role == Role::AsOf || !marked || told_as_of(&g.folded.text, s.span.start);
        g.items.iter().filter(fits).any(|s| super::numbers::same(scene, item, s))
    })
}

fn is_policy_date(scene: &Scene<'_>, item: &super::items::Item) -> bool {
    scene.of(SourceKind::Policy).any(|g| g.items.iter().any(|s| super::numbers::same(scene, item, s)))
}

fn told_as_of(text: &str, at: usize) -> bool {
    let before = text.get(at.saturating_sub(30)..at).unwrap_or_default();
    rx!(r"as of|updated|actualizado|a fecha").is_match(before)
}
