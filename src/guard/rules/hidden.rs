//! OR-30: nothing hidden: HTML, images, links that no source holds, invisible characters, encoded blobs.

use super::Finding;
use super::fold::{fold, rx};
use super::items::{Value, bare_url};
use super::scene::Scene;
use crate::domain::text::is_invisible;

/// All that is hidden in a draft.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let raw = scene.raw;
    let mut out: Vec<Finding> = Vec::new();
    let mut put = |span, what: &str| out.push(Finding { rule: "OR-30", span, what: what.to_owned() });
    for (at, c) in raw.char_indices().filter(|(_, c)| is_invisible(*c)) {
        put(at..at + c.len_utf8(), "an invisible character");
    }
    for (at, c) in raw.char_indices().filter(|(_, c)| is_foreign(*c)) {
        put(at..at + c.len_utf8(), "a letter of another script, or one in disguise");
    }
    for r in rx!(r"(?i)</?[a-z][^>]*>|<!--|&(?:#\d+|#x[0-9a-f]+|lt|gt|nbsp);|javascript:|data:[a-z]+/|!\[").ranges(raw)
    {
        put(r, "HTML, an image or a script");
    }
    for r in rx!(r"[A-Za-z0-9+/]{48,}={0,2}|(?:%[0-9A-Fa-f]{2}){4,}").ranges(raw) {
        put(r, "an encoded blob");
    }
    for g in rx!(r"\[[^\]]*\]\(\s*([^)\s]*)[^)]*\)|\[[^\]]+\]:\s*(\S+)").groups(raw) {
        let url = if g.text(1).is_empty() { g.text(2) } else { g.text(1) };
        if !allowed(scene, &bare_url(&fold(url))) {
            put(g.range(0), "a link that no source holds");
        }
    }
    for item in &scene.items {
        if let Value::Url(url) = &item.value
            && !allowed(scene, url)
        {
            put(scene.folded.raw(&item.span), "a link that no source holds");
        }
    }
    out
}

/// Letters that neither English nor Spanish has: other scripts, and look-alikes of Latin letters and digits.
fn is_foreign(c: char) -> bool {
    (c.is_alphabetic() && c > '\u{24f}') || matches!(c, '\u{ff01}'..='\u{ff5e}')
}

fn allowed(scene: &Scene<'_>, url: &str) -> bool {
    let in_source = scene.own().any(|g| g.items.iter().any(|i| matches!(&i.value, Value::Url(u) if u == url)));
    in_source || scene.ctx.links.iter().any(|l| super::cites::under(url, &bare_url(&fold(l))))
}
