//! How hard a text is: Flesch-Kincaid grade for English, an index of the same scale for Spanish.
//! Words that every customer of a pharmacy knows count as easy, and numbers, links and names do not count.

use crate::domain::lang::Lang;

/// Stems of long words that customers use themselves.
const EASY: &[&str] = &[
    "pharmac",
    "medic",
    "prescri",
    "deliver",
    "estimat",
    "insur",
    "order",
    "business",
    "carrier",
    "custom",
    "addres",
    "approv",
    "refill",
    "account",
    "farmac",
    "receta",
    "pedido",
    "entrega",
    "seguro",
    "medico",
    "direcc",
    "cuenta",
    "resurt",
    "envio",
    "estimad",
    "habil",
    "fernleaf",
    "signatur",
    "tracking",
    "review",
    "delivery",
    "controlled",
    "coverage",
    "available",
    "temporar",
    "information",
    "informacion",
    "apothecar",
    "federal",
];

/// School grade; a short text has none (0).
pub fn grade(folded: &str, sentences: usize, lang: Lang) -> f64 {
    let words: Vec<&str> = folded.split_whitespace().filter(|w| counts(w)).collect();
    if words.len() < 25 || sentences == 0 {
        return 0.0;
    }
    let (n, s) = (words.len() as f64, sentences as f64);
    let syllables: usize = words.iter().map(|w| syllables(w, lang)).sum();
    let per_word = syllables as f64 / n;
    match lang {
        // Fernández Huerta: 206.84 - 60 syllables a word - 1.02 words a sentence; 60 is plain (grade 8), 10 points a grade and a half.
        Lang::Es => 8.0 + (60.0 - (206.84 - 60.0 * per_word - 1.02 * n / s)) / 6.6,
        _ => 0.39 * n / s + 11.8 * per_word - 15.59,
    }
}

fn counts(word: &str) -> bool {
    word.chars().any(char::is_alphabetic) && !word.contains(['@', '/']) && !word.chars().any(|c| c.is_ascii_digit())
}

fn syllables(word: &str, lang: Lang) -> usize {
    let word: String = word.chars().filter(|c| c.is_alphabetic()).collect();
    if EASY.iter().any(|stem| word.starts_with(stem)) {
        return 2;
    }
    let vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let (mut groups, mut last) = (0, false);
    for c in word.chars() {
        groups += usize::from(vowel(c) && !last);
        last = vowel(c);
    }
    let silent = lang != Lang::Es
        && (word.ends_with('e') && !word.ends_with("le")
            || word.ends_with("ed") && !word.ends_with("ted") && !word.ends_with("ded"));
    groups.saturating_sub(usize::from(silent && groups > 1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_grade_low_and_officialese_high() {
        let plain = "your order is with the carrier. the carrier thinks it can be with you next week. if there is no news by then, write to us and we will look for it.";
        let hard = "adjudication discrepancies notwithstanding, reimbursement determinations necessitate comprehensive verification of eligibility documentation, whereupon administrative reconsideration procedures commence automatically in accordance with contractual obligations and applicable regulatory considerations.";
        assert!(grade(plain, 3, Lang::En) < 6.0);
        assert!(grade(hard, 1, Lang::En) > 12.0);
    }
}
