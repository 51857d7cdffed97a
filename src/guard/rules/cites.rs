//! OR-09: a page id, an effective date or a link that the draft names is the right one. That a citation is shown at all
//! is the business of code elsewhere.

use super::fold::{fold, rx};
use super::items::{Role, Value};
use super::scene::{Ground, Scene};
use super::{Finding, SourceKind};

/// Wrong page ids, effective dates and links.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut out = ids(scene);
    out.extend(effective(scene));
    out.extend(links(scene));
    out
}

fn page_id(id: &str) -> bool {
    rx!(r"^[a-z]{2}\d{1,2}$").is_match(id)
}

fn ids(scene: &Scene<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for item in &scene.items {
        let Value::Id(id) = &item.value else { continue };
        let known = scene.grounds.iter().any(|g| fold(&g.source.id) == *id || g.folded.text.contains(id.as_str()));
        if page_id(id) && !known {
            out.push(scene.finding("OR-09", &item.span, "a page id that is not among the sources"));
        }
    }
    out
}

/// "effective 1 Oct 2026": the date of the page named in the same sentence, else of any page.
fn effective(scene: &Scene<'_>) -> Vec<Finding> {
    let marks = rx!(r"\beffective(?: date)?(?: from| on| since|:)?|\bin (?:force|effect) (?:since|from)|\bvigente desde(?: el)?|\ben vigor desde(?: el)?|\bvigencia(?: desde)?:?").ranges(&scene.folded.text);
    let mut out = Vec::new();
    for mark in marks {
        let Some(item) = scene.items.iter().find(|i| i.span.start >= mark.end && i.span.start < mark.end + 12) else {
            continue;
        };
        let sentence = scene.sentence_text(mark.start);
        let named = |g: &&Ground<'_>| {
            rx!(r"[a-z]{2}\d{1,2}")
                .ranges(sentence)
                .iter()
                .any(|r| sentence.get(r.clone()) == Some(fold(&g.source.id).as_str()))
        };
        let pages: Vec<&Ground<'_>> = scene.of(SourceKind::Policy).collect();
        let cited: Vec<&Ground<'_>> = pages.iter().copied().filter(named).collect();
        let among = if cited.is_empty() { pages } else { cited };
        let dated = among.iter().any(|g| g.items.iter().any(|s| s.role == Role::Effective));
        let right = among.iter().any(|g| g.items.iter().any(|s| super::numbers::same(scene, item, s)));
        if matches!(item.value, Value::Date(_) | Value::Month(..)) && dated && !right {
            out.push(scene.finding("OR-09", &item.span, "a wrong effective date"));
        }
    }
    out
}

fn links(scene: &Scene<'_>) -> Vec<Finding> {
    let allowed: Vec<String> = scene.ctx.links.iter().map(|l| super::items::bare_url(&fold(l))).collect();
    let bad = |i: &&super::items::Item| matches!(&i.value, Value::Url(u) if !allowed.is_empty() && !allowed.iter().any(|a| under(u, a)));
    scene.items.iter().filter(bad).map(|i| scene.finding("OR-09", &i.span, "a link that is not on the list")).collect()
}

/// True if the link is the prefix or lies under it.
pub fn under(url: &str, prefix: &str) -> bool {
    url.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with(['/', '?', '#']))
}
