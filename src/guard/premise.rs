//! Which sentences of a context speak of the same as a claim: by likeness of meaning and by shared words. Ranks only; what follows from a
//! premise is for a model to say.

use super::rules::sentences;
use crate::domain::embedding::Embedding;

/// One sentence of a context.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Its words.
    pub text: &'a str,
    /// Their meaning.
    pub embedding: &'a Embedding,
}

/// The places of the pieces with their likeness, 0 to 1, best first; of sentences that stand there twice only the first.
#[must_use]
pub fn ranked(claim: &str, embedding: &Embedding, pieces: &[Piece<'_>]) -> Vec<(usize, f32)> {
    let value = |p: &Piece<'_>| blend(embedding.cosine(p.embedding), coverage(claim, p.text));
    let mut order: Vec<(usize, f32)> = pieces.iter().map(value).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut seen = std::collections::BTreeSet::new();
    order.retain(|(at, _)| pieces.get(*at).is_some_and(|p| seen.insert(folded(p.text))));
    order
}

/// Sentences of a text, without blanks around them.
#[must_use]
pub fn split(text: &str) -> Vec<&str> {
    sentences(text).into_iter().filter_map(|r| text.get(r)).map(str::trim).filter(|s| !s.is_empty()).collect()
}

/// Lower case, single spaces, no full stop at the end: sentences that are the same in this form say the same.
#[must_use]
pub fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
}

fn blend(cosine: f32, coverage: f32) -> f32 {
    (0.5 * cosine.max(0.0) + 0.5 * coverage).clamp(0.0, 1.0)
}

/// Share of the claim's words of four letters or more, and of its numbers, that the sentence holds.
fn coverage(claim: &str, sentence: &str) -> f32 {
    let (claim, sentence) = (folded(claim), folded(sentence));
    let words: Vec<&str> = claim
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.chars().count() >= 4 || w.chars().any(|c| c.is_ascii_digit()))
        .collect();
    if words.is_empty() {
        return 1.0;
    }
    let held = words.iter().filter(|w| sentence.contains(**w)).count();
    held as f32 / words.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_counts_content_words_and_numbers() {
        assert!(coverage("Delivery takes 5 days", "Standard delivery takes 5 days.") > 0.99);
        assert!(coverage("Delivery takes 9 weeks", "Standard delivery takes 5 days.") < 0.6);
    }

    #[test]
    fn the_nearest_comes_first_and_a_repeated_sentence_once() {
        let one = |at: usize| Embedding::new((0..384).map(|n| f32::from(u8::from(n == at))).collect()).unwrap();
        let (a, b) = (one(0), one(1));
        let pieces = [("It is late.", &b), ("It is here.", &a), ("it is  here", &a)];
        let pieces: Vec<Piece<'_>> = pieces.into_iter().map(|(text, embedding)| Piece { text, embedding }).collect();
        let places: Vec<usize> = ranked("Here it is.", &a, &pieces).into_iter().map(|(at, _)| at).collect();
        assert_eq!(places, [1, 0]);
    }
}
