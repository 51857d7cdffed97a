//! Chunks of text hidden in base64, hex, rot13 or Unicode tag characters.

use base64::Engine;
use regex::Regex;
use std::sync::LazyLock;

static BASE64: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_-]{16,}={0,2}").ok());
static HEX: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(?:[0-9a-fA-F]{2}[ :]?){10,}").ok());

/// Words that betray that a rot13 reading is the real one.
const COMMON: [&str; 44] = [
    "the",
    "and",
    "you",
    "all",
    "ignore",
    "instructions",
    "rules",
    "tell",
    "how",
    "many",
    "pills",
    "kill",
    "what",
    "with",
    "previous",
    "system",
    "prompt",
    "your",
    "for",
    "this",
    "that",
    "show",
    "give",
    "without",
    "prescription",
    "order",
    "dose",
    "take",
    "are",
    "not",
    "can",
    "que",
    "los",
    "las",
    "para",
    "como",
    "por",
    "con",
    "una",
    "reglas",
    "instrucciones",
    "ignora",
    "todas",
    "muestra",
];

/// The decoded chunks of `raw`, in the order base64, hex, tags, rot13; at most two.
pub(super) fn chunks(raw: &str) -> Vec<String> {
    let mut out = Vec::new();
    let base64 = BASE64.as_ref().into_iter().flat_map(|r| r.find_iter(raw)).filter_map(|m| base64_text(m.as_str()));
    let hex = HEX.as_ref().into_iter().flat_map(|r| r.find_iter(raw)).filter_map(|m| hex_text(m.as_str()));
    out.extend(base64.chain(hex).take(2));
    out.extend(tags(raw));
    out.extend(rot13(raw));
    out.truncate(2);
    out
}

fn base64_text(chunk: &str) -> Option<String> {
    let plain: String = chunk
        .trim_end_matches('=')
        .chars()
        .map(|c| {
            if c == '-' {
                '+'
            } else if c == '_' {
                '/'
            } else {
                c
            }
        })
        .collect();
    readable(base64::engine::general_purpose::STANDARD_NO_PAD.decode(plain).ok()?)
}

fn hex_text(chunk: &str) -> Option<String> {
    let plain: String = chunk.chars().filter(char::is_ascii_hexdigit).collect();
    readable(hex::decode(plain).ok()?)
}

fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let (mut all, mut good) = (0usize, 0usize);
    for c in text.chars() {
        all += 1;
        good += usize::from(c.is_alphabetic() || c == ' ' || matches!(c, '.' | ',' | '?' | '!' | '\'' | '\n' | ':'));
    }
    (all >= 8 && good * 10 >= all * 8 && text.chars().all(|c| !c.is_control() || c.is_whitespace()))
        .then(|| text.trim().to_string())
}

/// Tag characters carry ASCII that no screen shows.
fn tags(raw: &str) -> Option<String> {
    let text: String = raw
        .chars()
        .filter_map(|c| char::from_u32((c as u32).checked_sub(0xE0000)?))
        .filter(|c| (' '..='~').contains(c))
        .collect();
    (text.len() >= 4).then_some(text)
}

fn rot13(raw: &str) -> Option<String> {
    let turned: String = raw.chars().map(turn).collect();
    let hits =
        |s: &str| s.split(|c: char| !c.is_alphabetic()).filter(|w| COMMON.contains(&w.to_lowercase().as_str())).count();
    (hits(&turned) >= 2).then_some(turned)
}

fn turn(c: char) -> char {
    let base = match c {
        'a'..='z' => b'a',
        'A'..='Z' => b'A',
        _ => return c,
    };
    u8::try_from(c).map_or(c, |b| char::from((b - base + 13) % 26 + base))
}
