//! Word-level repairs: leetspeak, spaced-out letters, stretched letters, and the folded form for rules.

use regex::Regex;
use std::sync::LazyLock;

static SPACED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[\s(\x22])([a-z](?:[ .\-_*][a-z]){3,})(?:$|[\s.,!?)\x22])").ok());

/// Disguised words in a text from which on its doubtful ones count as disguised, too.
const SURE: usize = 2;

/// Reads digits and symbols inside words as letters (`k1ll` → `kill`); leaves doses, codes, mail addresses alone.
pub(super) fn unleet(text: &str, found: &mut usize) -> String {
    let plain = each_word(text, leet_word, found);
    if *found < SURE { plain } else { each_word(&plain, doubtful_word, found) }
}

fn each_word(text: &str, read: fn(&str) -> Option<String>, found: &mut usize) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        match read(word) {
            Some(plain) => {
                *found += 1;
                out.push_str(&plain);
                out.push_str(piece.get(word.len()..).unwrap_or_default());
            }
            None => out.push_str(piece),
        }
    }
    out
}

fn leet_word(word: &str) -> Option<String> {
    let core = word.trim_matches(|c: char| matches!(c, '.' | ',' | '?' | '"' | '\'' | '(' | ')' | ':' | ';'));
    let core = core.trim_end_matches('!');
    let letters = core.chars().filter(|c| c.is_ascii_alphabetic()).count();
    let signs = core.chars().filter(|c| leet(*c).is_some()).count();
    let starts = core.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '$' | '@'));
    let all_known = core.chars().all(|c| c.is_ascii_alphabetic() || leet(c).is_some());
    let ends = core.chars().last().is_some_and(|c| c.is_ascii_alphabetic());
    // A code has digits at its end or as many digits as letters; a disguised word has them between letters.
    if letters < 3 || signs == 0 || signs * 2 > letters + 1 || !starts || !ends || !all_known || core.contains("2x") {
        return None;
    }
    let plain: String = core.replace("11", "ll").chars().map(|c| leet(c).unwrap_or(c)).collect();
    Some(word.replacen(core, &plain, 1))
}

/// A word with a digit at its edge or with few letters: read only in a text that is disguised elsewhere; a number with its unit never.
fn doubtful_word(word: &str) -> Option<String> {
    let core = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '@' | '$' | '€'));
    let digits = core.trim_start_matches(|c: char| c.is_ascii_digit());
    let unit =
        ["", "mg", "mcg", "ml", "g", "am", "pm", "x", "st", "nd", "rd", "th", "h", "hr", "hrs", "k", "lb", "lbs"];
    let known = core.chars().all(|c| c.is_ascii_alphabetic() || leet(c).is_some());
    let signs = core.chars().any(|c| leet(c).is_some()) && core.chars().any(|c| c.is_ascii_alphabetic());
    (known && signs && !unit.contains(&digits))
        .then(|| word.replacen(core, &core.chars().map(|c| leet(c).unwrap_or(c)).collect::<String>(), 1))
}

fn leet(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        _ => return None,
    })
}

/// Joins letters written apart (`k i l l`), four or more in a run.
pub(super) fn join_spaced(text: &str, found: &mut usize) -> String {
    let Some(pattern) = SPACED.as_ref() else { return text.to_string() };
    let mut out = text.to_string();
    while let Some(run) = pattern.captures(&out).and_then(|c| c.get(1)).map(|m| m.range()) {
        let joined: String =
            out.get(run.clone()).unwrap_or_default().chars().filter(char::is_ascii_alphabetic).collect();
        *found += 1;
        out.replace_range(run, &joined);
    }
    out
}

/// Shortens stretched letters to two and blanks to one.
pub(super) fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut last, mut run) = ('\0', 0);
    for c in text.trim().chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        run = if c == last { run + 1 } else { 1 };
        last = c;
        let limit = if c == ' ' { 1 } else { 2 };
        if run <= limit || !(c == ' ' || c.is_alphabetic()) {
            out.push(c);
        }
    }
    out
}

/// The form that rules match; see [`super::Normalised::folded`].
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    out.push(' ');
    let mut chars = text.chars().peekable();
    let mut dots = 0;
    while let Some(c) = chars.next() {
        let at_end = chars.peek().is_none_or(|n| !n.is_alphanumeric());
        let stop = matches!(c, '.' | '?' | '!') && at_end;
        dots = if c == '.' { dots + 1 } else { 0 };
        match c {
            '\'' => {}
            _ if stop && (dots > 1 || (c == '.' && chars.peek() == Some(&'.'))) => blank(&mut out),
            _ if stop => sentence_end(&mut out),
            '¿' | '¡' | ',' | ';' | '"' | '(' | ')' | '-' | '*' | '\n' | '~' | '…' => blank(&mut out),
            ' ' => blank(&mut out),
            _ => out.push(c),
        }
    }
    blank(&mut out);
    while out.ends_with(" . ") {
        out.truncate(out.len() - 2);
    }
    out
}

fn blank(out: &mut String) {
    if !out.ends_with(' ') {
        out.push(' ');
    }
}

fn sentence_end(out: &mut String) {
    blank(out);
    if !out.ends_with(". ") {
        out.push_str(". ");
    }
}
