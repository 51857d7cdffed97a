//! Answers from the sentences of the best vetted section: its first sentence answers the section's question, and conditions stand
//! right behind it. Adds nothing of its own.

use crate::guard::context::Vetted;
use crate::guard::output::{Draft, Drafter};

/// Words that an extract may have; a fact in front of it leaves less room (OR-24: 120 in all).
const WORDS: usize = 75;

/// Sentences of the best section, in order, as many as fit.
#[must_use]
pub fn draft(vetted: &Vetted) -> Draft {
    let Some(best) = vetted.passages().first() else { return Draft::new(Drafter::Extractive, Vec::new()) };
    let room = if vetted.facts().is_empty() { WORDS } else { WORDS / 2 };
    let mut used = 0;
    let mut sentences = Vec::new();
    for sentence in in_order(&best.sentences, vetted.screened().text().as_str()) {
        used += sentence.split_whitespace().count();
        if used > room && !sentences.is_empty() {
            break;
        }
        sentences.push((sentence.to_owned(), vec![best.meta.id.0.clone()]));
    }
    Draft::new(Drafter::Extractive, sentences)
}

/// The page's order, but a later sentence that clearly speaks of more of what was asked stands first, if it can stand alone.
fn in_order<'a>(sentences: &'a [String], question: &str) -> Vec<&'a str> {
    let asked = stems(question);
    let shared = |s: &str| stems(s).iter().filter(|w| asked.contains(*w)).count();
    let first = sentences.first().map_or(0, |s| shared(s));
    let better = sentences.iter().enumerate().skip(1).filter(|(_, s)| stands_alone(s) && shared(s) >= first + 2);
    let lead = better.max_by_key(|(at, s)| (shared(s), std::cmp::Reverse(*at))).map_or(0, |(at, _)| at);
    let rest = sentences.iter().enumerate().filter(|(at, _)| *at != lead).map(|(_, s)| s.as_str());
    sentences.get(lead).map(String::as_str).into_iter().chain(rest).collect()
}

/// Beginnings of content words: enough to find an inflected form again in either language.
fn stems(text: &str) -> std::collections::BTreeSet<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 4);
    words.map(|w| w.chars().take(5).collect()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_sentence_leads_only_when_it_clearly_answers_more() {
        let page: Vec<String> = [
            "You can ask for a refill.",
            "A refill ships by standard delivery unless you choose faster delivery.",
            "It is free.",
        ]
        .map(String::from)
        .to_vec();
        assert_eq!(in_order(&page, "is standard delivery faster for a refill")[0], page[1]);
        assert_eq!(in_order(&page, "how do i refill")[0], page[0]);
        assert_eq!(in_order(&page, "free free free")[0], page[0], "\"It\" cannot stand alone");
    }
}
