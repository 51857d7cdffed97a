//! `questions.jsonl`: questions that customers ask in their own words, each with the page, the heading and the sentence that answer it.
//! The index finds a section by them and puts the sentence in front, and training pulls their embeddings towards the section. A heading
//! that changed loses its questions; `check-data` says so.

use super::Fault;
use crate::domain::evidence::{Known, Passage};
use crate::domain::ids::PageId;
use crate::domain::labels::Intent;
use crate::domain::lang::Lang;
use serde::Deserialize;
use std::collections::HashMap;

/// One question.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The page that answers.
    pub page: PageId,
    /// The heading of its section, word for word.
    pub heading: String,
    /// `en` or `es`.
    pub lang: Lang,
    /// As a customer types it.
    pub text: String,
    /// Which sentence of the section answers it, from 1.
    #[serde(default = "first")]
    pub sentence: usize,
    /// Whether the section is found by it; else it only tells the sentences of a section that was found apart.
    #[serde(default = "yes")]
    pub finds: bool,
    /// What it is, for training; none where no intent fits.
    #[serde(default)]
    pub intent: Option<Intent>,
    /// Who wrote it.
    pub author: String,
    /// How much it counts as a line without risk in training, 0 to 1: 0 where it lies near one.
    #[serde(default = "one")]
    pub weight: f32,
}

fn first() -> usize {
    1
}

fn yes() -> bool {
    true
}

fn one() -> f32 {
    1.0
}

/// Parses the text of `file`, one JSON object a line.
///
/// # Errors
/// Each line that is none.
pub(super) fn parse(text: &str, file: &str) -> Result<Vec<Question>, Vec<Fault>> {
    let (mut questions, mut faults) = (Vec::new(), Vec::new());
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        match serde_json::from_str::<Question>(line) {
            Ok(q) if !q.text.trim().is_empty() && (0.0..=1.0).contains(&q.weight) => questions.push(q),
            Ok(_) => faults.push(Fault::new(
                file,
                format!("line {}", n + 1),
                "is blank or has a weight outside 0 to 1",
                "mend it or take it out",
            )),
            Err(e) => faults.push(Fault::new(
                file,
                format!("line {}", n + 1),
                e.to_string(),
                "give page, heading, lang, text and author",
            )),
        }
    }
    if faults.is_empty() { Ok(questions) } else { Err(faults) }
}

/// Gives each section its questions.
pub(super) fn attach(questions: &[Question], passages: &mut dyn Iterator<Item = &mut Passage>) {
    let mut by_section: HashMap<_, Vec<&Question>> = HashMap::new();
    for q in questions {
        by_section.entry((&q.page, q.lang, q.heading.as_str())).or_default().push(q);
    }
    for passage in passages {
        let own = by_section.get(&(&passage.meta.id, passage.meta.language, passage.heading.as_str()));
        let known =
            |q: &&Question| Known { text: q.text.clone(), sentence: q.sentence.saturating_sub(1), finds: q.finds };
        passage.asked = own.map_or_else(Vec::new, |own| own.iter().map(known).collect());
        passage.asked.sort_by_key(|q| !q.finds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_wrong_is_named() {
        let good = r#"{"page":"DL1","heading":"How long?","lang":"en","text":"when will it come","author":"a"}"#;
        assert_eq!(parse(&format!("{good}\n\n{good}"), "q").unwrap().len(), 2);
        let faults = parse(&format!("{good}\n{{\"page\":\"DL1\"}}"), "questions.jsonl").unwrap_err();
        assert!(faults[0].to_string().contains("questions.jsonl: line 2"), "{}", faults[0]);
    }
}
