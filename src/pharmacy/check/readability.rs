//! Reading grade (Flesch-Kincaid 1975, English only) and the length of each section's first sentence.

use super::{Finding, error};
use crate::domain::lang::Lang;
use crate::pharmacy::Page;

const MOST_GRADE: f64 = 8.0;
const AIM_GRADE: f64 = 6.0;
const MOST_WORDS: usize = 35;

/// Findings of one page.
pub fn check(page: &Page) -> Vec<Finding> {
    let mut out = Vec::new();
    for p in &page.passages {
        let words = p.sentences.first().map_or(0, |s| s.split_whitespace().count());
        if words > MOST_WORDS {
            let problem = format!("the first sentence has {words} words, at most {MOST_WORDS} are read");
            out.push(error(&page.file, &p.heading, problem, "answer the heading in one short sentence, then explain"));
        }
    }
    if page.meta.language == Lang::En {
        let sentences: Vec<&str> = page.passages.iter().flat_map(|p| &p.sentences).map(String::as_str).collect();
        let grade = grade(&sentences);
        let finding = |limit: f64| {
            error(
                &page.file,
                "page",
                format!("reading grade {grade:.1}, above {limit}"),
                "use shorter sentences and shorter words",
            )
        };
        if grade > MOST_GRADE {
            out.push(finding(MOST_GRADE));
        } else if grade > AIM_GRADE {
            out.push(finding(AIM_GRADE).note());
        }
    }
    out
}

/// US school grade of a text.
#[allow(clippy::cast_precision_loss, reason = "counts of words")]
fn grade(sentences: &[&str]) -> f64 {
    let words: Vec<&str> =
        sentences.iter().flat_map(|s| s.split_whitespace()).filter(|w| w.chars().any(char::is_alphabetic)).collect();
    if words.is_empty() {
        return 0.0;
    }
    let syllables: usize = words.iter().map(|w| syllables(w)).sum();
    let n = words.len() as f64;
    0.39 * n / sentences.len() as f64 + 11.8 * syllables as f64 / n - 15.59
}

/// Vowel groups, without a silent final `e` or `ed`; at least one. Hyphenated parts count apart, web addresses as one.
fn syllables(word: &str) -> usize {
    if word.contains("://") {
        return 1;
    }
    word.split('-').map(part).sum::<usize>().max(1)
}

fn part(word: &str) -> usize {
    let w: String = word.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    if w.is_empty() {
        return 0;
    }
    let vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let (mut groups, mut before) = (0_usize, false);
    for c in w.chars() {
        groups += usize::from(vowel(c) && !before);
        before = vowel(c);
    }
    let silent_e = w.ends_with('e') && !w.ends_with("le") && !w.ends_with("ee");
    let silent_ed = w.ends_with("ed") && !w.ends_with("ted") && !w.ends_with("ded") && !w.ends_with("eed");
    groups.saturating_sub(usize::from(silent_e || silent_ed)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_words_read_harder() {
        assert_eq!(["make", "table", "shipped", "pharmacist", "2-day"].map(syllables), [1, 2, 1, 3, 1]);
        let easy = grade(&["We ship it to you.", "It is free."]);
        let hard = grade(&[
            "Notwithstanding aforementioned considerations, pharmaceutical adjudication necessitates authorization.",
        ]);
        assert!(easy < 3.0 && hard > 12.0, "{easy} {hard}");
    }
}
