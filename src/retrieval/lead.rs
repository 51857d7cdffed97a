//! Which sentence of a found section stands first: the one that answers the question, learned from the questions that each of its
//! sentences is known to answer (naive Bayes over their words, and the nearest of them by meaning). The section's own order holds where
//! nothing speaks clearly for another, and always where it tells what is safe to do. Picks, never words.

use super::policy::nearness;
use crate::domain::bayes::{NaiveBayes, probabilities};
use crate::domain::evidence::Passage;

/// Additive smoothing: high, since a sentence has few questions.
const ALPHA: f32 = 0.5;
/// Log-odds of one unit of cosine.
const MEANING: f32 = 12.0;
/// How probable a later sentence must be to stand before the first. Like the two above chosen on questions of hands held out.
const SURE: f32 = 0.6;

/// Position of the sentence of `passage` that answers `text`. `near`: the cosines of the text to the questions that the section is known to
/// answer, in their order; empty where there are none.
pub(super) fn lead(passage: &Passage, text: &str, near: &[f32]) -> usize {
    let count = passage.sentences.len();
    let asked_later = passage.asked.iter().any(|q| q.sentence > 0);
    if !asked_later || passage.meta.risk_class == "safety" {
        return 0;
    }
    let questions = passage.asked.iter().map(|q| (q.sentence, q.text.clone()));
    let sentences = passage.sentences.iter().cloned().enumerate();
    let learned: Vec<(usize, String)> = sentences.chain(questions).collect();
    let mut scores = NaiveBayes::learn(&learned, count, ALPHA).scores(text);
    for (n, score) in scores.iter_mut().enumerate() {
        let own = passage.asked.iter().zip(near).filter(|(q, _)| q.sentence == n).map(|(_, cosine)| *cosine);
        *score += MEANING * nearness(own, 2).unwrap_or(0.0);
    }
    let best = probabilities(&scores, 1.0).into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    let later = best.filter(|(n, p)| *p >= SURE && passage.sentences.get(*n).is_some_and(|s| stands_alone(s)));
    later.map_or(0, |(n, _)| n)
}

/// Does not lean on the sentence before it.
fn stands_alone(sentence: &str) -> bool {
    const LEANING: [&str; 26] = [
        "it", "they", "this", "that", "these", "those", "then", "after", "but", "also", "so", "he", "she", "there",
        "esto", "ese", "esa", "eso", "estos", "estas", "luego", "después", "pero", "también", "entonces", "ahí",
    ];
    let first: String = sentence.chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    !LEANING.contains(&first.as_str())
}
