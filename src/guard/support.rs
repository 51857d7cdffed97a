//! A first support check: is each sentence carried by a source? Verbatim sentences are; others are measured by the encoder's
//! similarity to the nearest source sentence and by the share of their content words that the source holds.
//! Measures only; `output` decides. The entailment model of a later version takes this file's place.

use super::rules::{Source, sentences};
use crate::classify::worker::{Classifier, ClassifyError};
use std::ops::Range;
use std::time::Duration;

/// The encoder may take this long for one draft.
const DEADLINE: Duration = Duration::from_secs(2);

/// How well one sentence of a draft is supported.
#[derive(Debug, Clone, PartialEq)]
pub struct Supported {
    /// Bytes of the sentence in the draft.
    pub span: Range<usize>,
    /// In 0 to 1.
    pub support: f32,
    /// Ids of the sources that support it best.
    pub cites: Vec<String>,
}

/// Measures every sentence of `text` against `sources`.
///
/// # Errors
/// When the encoder fails, is late or overloaded.
pub async fn measure(classifier: &Classifier, text: &str, sources: &[Source]) -> Result<Vec<Supported>, ClassifyError> {
    let mut out: Vec<Supported> = Vec::new();
    let mut open: Vec<(usize, &str)> = Vec::new();
    for span in sentences(text) {
        let sentence = text.get(span.clone()).unwrap_or_default().trim();
        let verbatim: Vec<String> =
            sources.iter().filter(|s| folded(&s.text).contains(&folded(sentence))).map(|s| s.id.clone()).collect();
        if verbatim.is_empty() {
            open.push((out.len(), sentence));
        }
        out.push(Supported { span, support: if verbatim.is_empty() { 0.0 } else { 1.0 }, cites: verbatim });
    }
    if open.is_empty() || sources.is_empty() {
        return Ok(out);
    }
    let claims: Vec<&str> = open.iter().map(|(_, s)| *s).collect();
    let pieces: Vec<(&str, &str)> = sources
        .iter()
        .flat_map(|s| sentences(&s.text).into_iter().filter_map(|r| s.text.get(r)).map(|t| (s.id.as_str(), t)))
        .collect();
    let texts = claims.iter().chain(pieces.iter().map(|(_, t)| t)).map(|t| (*t).to_owned()).collect();
    let embedded = classifier.infer(texts, DEADLINE).await?;
    let (left, right) = embedded.split_at(claims.len().min(embedded.len()));
    for ((at, sentence), claim) in open.iter().zip(left) {
        let best = pieces
            .iter()
            .zip(right)
            .map(|((id, piece), e)| (blend(claim.embedding.cosine(&e.embedding), coverage(sentence, piece)), *id))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let (Some((support, id)), Some(slot)) = (best, out.get_mut(*at)) {
            slot.support = support;
            slot.cites = vec![id.to_owned()];
        }
    }
    Ok(out)
}

fn blend(cosine: f32, coverage: f32) -> f32 {
    (0.5 * cosine.max(0.0) + 0.5 * coverage).clamp(0.0, 1.0)
}

/// Share of the sentence's words of four letters or more, and of its numbers, that the source holds.
fn coverage(sentence: &str, source: &str) -> f32 {
    let source = folded(source);
    let sentence = folded(sentence);
    let words: Vec<&str> = sentence
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.len() >= 4 || w.chars().any(|c| c.is_ascii_digit()))
        .collect();
    if words.is_empty() {
        return 1.0;
    }
    let held = words.iter().filter(|w| source.contains(**w)).count();
    held as f32 / words.len() as f32
}

fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_counts_content_words_and_numbers() {
        assert!(coverage("Delivery takes 5 days", "Standard delivery takes 5 days.") > 0.99);
        assert!(coverage("Delivery takes 9 weeks", "Standard delivery takes 5 days.") < 0.6);
    }
}
