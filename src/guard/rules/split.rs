//! Sentences of a draft, English and Spanish. Not a tokenizer of meaning: it knows abbreviations, decimals and lists.

use std::ops::Range;

const ABBREVIATIONS: &[&str] = &[
    "a.m", "p.m", "am", "dr", "dra", "mr", "mrs", "ms", "sr", "sra", "srta", "st", "no", "nov", "dec", "oct", "sept",
    "sep", "aug", "jan", "feb", "mar", "apr", "jun", "jul", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "e.g",
    "i.e", "etc", "vs", "approx", "inc", "u.s", "ee.uu", "ud", "uds", "p.ej", "núm", "tel", "lun", "mié", "jue", "vie",
    "sáb", "dom", "aprox",
];

/// Byte ranges of the sentences, trimmed, in order; together they hold every visible character.
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if ends_here(text, at, c) {
            push(text, start..end, &mut out);
            start = end;
        }
    }
    push(text, start..text.len(), &mut out);
    out
}

fn ends_here(text: &str, at: usize, c: char) -> bool {
    let rest = text.get(at + c.len_utf8()..).unwrap_or_default();
    match c {
        '\n' => true,
        '.' | '!' | '?' | '…' => {
            let after = rest.trim_start_matches(['"', '\'', ')', ']', '”', '’', '»', '*']);
            after.len() == rest.len()
                && (after.is_empty() || after.starts_with(char::is_whitespace))
                && !(c == '.' && is_abbreviation(text.get(..at).unwrap_or_default(), after))
        }
        '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '*' => {
            let before = text.get(..at).unwrap_or_default().trim_end_matches(['"', '\'', ')', ']', '”', '’', '»', '*']);
            before.len() + 8 > at && before.ends_with(['.', '!', '?']) && rest.starts_with(char::is_whitespace)
        }
        _ => false,
    }
}

fn is_abbreviation(before: &str, after: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default().to_lowercase();
    let next = after.trim_start().chars().next();
    let goes_on =
        next.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit() || matches!(c, ',' | ';' | ')' | '-' | '–'));
    let list_marker = before
        .rsplit('\n')
        .next()
        .is_some_and(|l| !l.trim().is_empty() && l.trim().bytes().all(|b| b.is_ascii_digit()));
    let title = matches!(
        word.as_str(),
        "dr" | "dra" | "mr" | "mrs" | "ms" | "sr" | "sra" | "srta" | "st" | "e.g" | "i.e" | "p.ej" | "vs"
    );
    let clock = matches!(word.as_str(), "a.m" | "p.m" | "u.s") && zone_follows(after);
    list_marker
        || title
        || clock
        || (ABBREVIATIONS.contains(&word.as_str()) && goes_on)
        || (next.is_some_and(char::is_lowercase) && word.len() < 4)
}

fn zone_follows(after: &str) -> bool {
    let after = after.trim_start();
    [
        "CT", "ET", "MT", "PT", "CST", "EST", "MST", "PST", "CDT", "EDT", "MDT", "PDT", "Central", "Eastern",
        "Mountain", "Pacific", "AKT", "HT", "Postal",
    ]
    .iter()
    .any(|z| after.starts_with(z))
}

fn push(text: &str, range: Range<usize>, out: &mut Vec<Range<usize>>) {
    let Some(part) = text.get(range.clone()) else { return };
    let (left, right) = (part.len() - part.trim_start().len(), part.trim_end().len());
    if left < right {
        out.push(range.start + left..range.start + right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn abbreviations_decimals_and_lists_do_not_end_a_sentence() {
        assert_eq!(
            split("It is $12.50 at 3 p.m. Central Time. Ask Dr. Ames."),
            ["It is $12.50 at 3 p.m. Central Time.", "Ask Dr. Ames."]
        );
        assert_eq!(
            split("¿Cuándo? El corte es a las 2 p.m., hora del Centro. Gracias."),
            ["¿Cuándo?", "El corte es a las 2 p.m., hora del Centro.", "Gracias."]
        );
        assert_eq!(split("Do this:\n1. Sign in.\n2. Pay."), ["Do this:", "1. Sign in.", "2. Pay."]);
    }

    #[test]
    fn quotes_stay_with_their_sentence() {
        assert_eq!(split("It says \"Being filled.\" Then wait."), ["It says \"Being filled.\"", "Then wait."]);
        assert_eq!(split(""), Vec::<&str>::new());
    }
}
