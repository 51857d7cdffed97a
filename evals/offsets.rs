//! From byte offsets in the parsed message to byte offsets in the text as it was typed. Parsing takes out invisible characters,
//! composes accents and trims, so the two differ.

use apothecary::classify::phi::{self, PhiSpan};
use apothecary::domain::text::is_invisible;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// The spans in the offsets of `raw`; where the two texts cannot be laid side by side, the spans found in `raw` itself.
pub fn in_raw(raw: &str, parsed: &str, spans: &[PhiSpan]) -> Vec<PhiSpan> {
    if raw == parsed {
        return spans.to_vec();
    }
    let Some(pairs) = pairs(raw, parsed) else { return phi::spans(raw) };
    let moved = |s: &PhiSpan| {
        let mut hit = pairs.iter().filter(|(_, p)| p.start < s.end && s.start < p.end).map(|(r, _)| r);
        let first = hit.next()?;
        Some(PhiSpan { start: first.start, end: hit.next_back().unwrap_or(first).end, kind: s.kind })
    };
    spans.iter().filter_map(moved).collect()
}

/// Each visible cluster: its bytes in `raw` and in `parsed`. None when the clusters do not add up to `parsed`.
fn pairs(raw: &str, parsed: &str) -> Option<Vec<(Range<usize>, Range<usize>)>> {
    let mut clusters: Vec<Range<usize>> = Vec::new();
    for (at, c) in raw.char_indices() {
        let end = at + c.len_utf8();
        match clusters.last_mut() {
            Some(last) if canonical_combining_class(c) != 0 && last.end == at => last.end = end,
            _ if is_invisible(c) => {}
            _ => clusters.push(at..end),
        }
    }
    let composed: Vec<String> =
        clusters.iter().map(|r| raw.get(r.clone()).unwrap_or_default().nfc().collect()).collect();
    let whole = composed.concat();
    let lead = whole.len() - whole.trim_start().len();
    if whole.trim() != parsed {
        return None;
    }
    let mut at = 0;
    let with_place = clusters.into_iter().zip(&composed).map(|(r, text)| {
        let start = at;
        at += text.len();
        (r, start.saturating_sub(lead)..at.saturating_sub(lead))
    });
    Some(with_place.filter(|(_, p)| !p.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use apothecary::domain::text::UserText;

    #[test]
    fn spans_point_into_the_text_as_typed() {
        let raw = "  cafe\u{301} my number is 312-\u{200b}555-0142 ";
        let parsed = UserText::parse(raw).unwrap();
        let found = in_raw(raw, parsed.as_str(), &phi::spans(parsed.as_str()));
        let words: Vec<&str> = found.iter().map(|s| &raw[s.start..s.end]).collect();
        assert_eq!(words, ["312-\u{200b}555-0142"]);
    }
}
