//! Questions that no section takes, or whose sentence the section does not have.

use super::{Finding, error};
use crate::pharmacy::Pharmacy;
use std::collections::HashMap;

const FILE: &str = "questions.jsonl";

/// Every question belongs to a section of its language, and to a sentence of it.
pub(super) fn check(pharmacy: &Pharmacy) -> Vec<Finding> {
    let mut sections: HashMap<_, usize> = HashMap::new();
    for p in pharmacy.passages() {
        let count = sections.entry((&p.meta.id, p.meta.language, p.heading.as_str())).or_default();
        *count = (*count).max(p.sentences.len());
    }
    let mut out = Vec::new();
    for q in &pharmacy.questions {
        let place = format!("{} “{}”: “{}”", q.page.0, q.heading, q.text);
        match sections.get(&(&q.page, q.lang, q.heading.as_str())) {
            None => {
                out.push(error(FILE, place, "no page has this heading", "give the heading of the section that answers"))
            }
            Some(count) if !(1..=*count).contains(&q.sentence) => {
                let problem = format!("names sentence {}, and the section has {count}", q.sentence);
                out.push(error(FILE, place, problem, "number the sentence that answers, from 1"));
            }
            Some(_) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_lost_question_and_a_sentence_too_far_are_named() {
        let mut pharmacy = Pharmacy::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("index"), None).unwrap();
        assert!(check(&pharmacy).is_empty());
        pharmacy.questions[0].heading = "Nobody asks this".into();
        pharmacy.questions[1].sentence = 99;
        let found = check(&pharmacy);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].problem.contains("no page") && found[1].problem.contains("names sentence 99"), "{found:?}");
    }
}
