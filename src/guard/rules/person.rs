//! OR-10: nobody else's values. OR-11: nothing of a person before verification.

use super::fold::{fold, rx};
use super::items::Value;
use super::scene::{Ground, Scene};
use super::{Finding, SourceKind, phrases};
use crate::policy::guards::Level;
use std::ops::Range;

/// Values of foreign sources, private strings, names that no source and no one in the session bears.
pub fn others(scene: &Scene<'_>) -> Vec<Finding> {
    let mut out = private(scene);
    let foreign: Vec<&Ground<'_>> = scene.grounds.iter().filter(|g| g.source.foreign).collect();
    for item in scene.items.iter().filter(|i| telling(&i.value)) {
        let theirs = foreign.iter().any(|g| g.items.iter().any(|s| alike(&s.value, &item.value)));
        if theirs && !super::numbers::supported(scene, item) {
            out.push(scene.finding("OR-10", &item.span, "a value of another person"));
        }
    }
    for (name, span) in &scene.drugs {
        let has = |g: &Ground<'_>| g.folded.text.contains(&fold(name));
        if foreign.iter().any(|g| has(g)) && !scene.own().any(has) {
            out.push(scene.finding("OR-10", span, "a medicine of another person"));
        }
    }
    out.extend(names(scene, &foreign));
    out
}

fn telling(value: &Value) -> bool {
    !matches!(value, Value::AllHours | Value::Weekday(_) | Value::Month(..) | Value::Relative(_))
}

fn alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Quantity { number: x, unit: u, .. }, Value::Quantity { number: y, unit: v, .. }) => {
            (x - y).abs() < 0.005 && u.fits(v)
        }
        (Value::Date(x), Value::Date(y)) => (x.month, x.day) == (y.month, y.day),
        (Value::Time(x, ..), Value::Time(y, ..)) => x == y,
        _ => a == b,
    }
}

fn private(scene: &Scene<'_>) -> Vec<Finding> {
    let words = scene.ctx.private.iter().map(|p| fold(p.trim())).filter(|p| p.len() > 1);
    let hits = words.flat_map(|p| places(&scene.folded.text, &p));
    hits.map(|r| scene.finding("OR-10", &r, "a private value")).collect()
}

fn places(text: &str, word: &str) -> Vec<Range<usize>> {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let whole = |r: &Range<usize>| {
        edge(text.get(..r.start).and_then(|t| t.chars().next_back()))
            && edge(text.get(r.end..).and_then(|t| t.chars().next()))
    };
    text.match_indices(word).map(|(at, w)| at..at + w.len()).filter(whole).collect()
}

/// Names of foreign records, and names after a greeting or a title, that are not the session's own.
fn names(scene: &Scene<'_>, foreign: &[&Ground<'_>]) -> Vec<Finding> {
    let own = |name: &str| {
        let name = fold(name);
        let mine = scene.ctx.patient_names.iter().any(|n| fold(n).contains(&name));
        mine || scene.supported(&name)
            || (scene.ctx.patient_names.is_empty() && fold(scene.ctx.question).contains(&name))
    };
    let mut out = Vec::new();
    for g in rx!(r"(?:^|[.!?]\s+)(?:Hi|Hello|Hey|Dear|Hola|Estimad[oa]|Querid[oa]),? ([A-ZÁÉÍÓÚÑ][a-záéíóúñ]+)|\b(?:Dr|Dra|Mr|Mrs|Ms|Sr|Sra)\.? ([A-ZÁÉÍÓÚÑ][a-záéíóúñ]+)").groups(scene.raw) {
        let (name, at) = if g.text(1).is_empty() { (g.text(2), g.range(2)) } else { (g.text(1), g.range(1)) };
        let plain = matches!(name, "There" | "Again" | "Everyone" | "Cliente" | "Customer" | "Thanks" | "Thank" | "Your" | "The" | "De" | "Otra");
        if !plain && !own(name) {
            out.push(scene.finding("OR-10", &scene.folded.range(&at), "a name that belongs to nobody in this session"));
        }
    }
    for source in foreign {
        for r in rx!(r"\b[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+(?: [A-ZÁÉÍÓÚÑ][a-záéíóúñ]+)+").ranges(&source.source.text)
        {
            let name = fold(source.source.text.get(r).unwrap_or_default());
            if !own(&name) {
                out.extend(
                    places(&scene.folded.text, &name)
                        .iter()
                        .map(|r| scene.finding("OR-10", r, "a name of another person")),
                );
            }
        }
    }
    out
}

/// Below L2: values that only a personal record holds, and phrases that tell whether an account exists.
pub fn level(scene: &Scene<'_>) -> Vec<Finding> {
    let mut out = phrases::hits(scene, "OR-11");
    if scene.ctx.level >= Level::L2 {
        out.retain(|f| f.what.contains("account"));
        return out;
    }
    let public = |g: &&Ground<'_>| {
        !g.source.kind.personal() || (g.source.kind == SourceKind::Price && g.folded.text.contains("cash"))
    };
    for item in scene.items.iter().filter(|i| telling(&i.value)) {
        let holds = |g: &Ground<'_>| g.items.iter().any(|s| alike(&s.value, &item.value));
        if scene.grounds.iter().filter(|g| !public(g)).any(holds) && !scene.grounds.iter().filter(public).any(holds) {
            out.push(scene.finding("OR-11", &item.span, "a person's value before verification"));
        }
    }
    for (name, span) in &scene.drugs {
        let holds = |g: &Ground<'_>| g.folded.text.contains(&fold(name));
        if scene.grounds.iter().filter(|g| !public(g)).any(holds) && !scene.grounds.iter().filter(public).any(holds) {
            out.push(scene.finding("OR-11", span, "a person's medicine before verification"));
        }
    }
    out
}
