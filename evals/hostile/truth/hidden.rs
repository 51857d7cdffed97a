//! Kind 6: hidden characters, markup, links outside, unreplaced tokens, words of mixed scripts.

use super::text::re;
use super::view::View;
use regex::Regex;
use std::sync::OnceLock;

/// Looks at the whole reply.
pub fn check(view: &View, out: &mut Vec<String>) {
    for c in view.reply.chars().filter(|c| hidden(*c)) {
        out.push(format!("hidden character U+{:04X}", c as u32));
    }
    static P: OnceLock<Vec<(&str, Regex)>> = OnceLock::new();
    let list = P.get_or_init(|| {
        vec![
            ("HTML tag", re(r"</?[a-zA-Z!][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|lt|gt|amp|nbsp|quot);")),
            ("markdown link or image", re(r"!?\[[^\]\n]*\]\([^)\n]*\)|(?m)^\s*\[[^\]\n]+\]:\s*\S+")),
            ("unreplaced token", re(r"\[\[[^\]\n]*\]?\]?|\{\{[^}\n]*\}?\}?|\{[A-Za-z_]{2,}\}|⟦[^⟧\n]*⟧?")),
            ("script link", re(r"(?i)\b(?:javascript|data|file|ftp|vbscript):\S+")),
        ]
    });
    for (kind, pattern) in list {
        for m in pattern.find_iter(&view.reply) {
            out.push(format!("{kind} {:?}", m.as_str()));
        }
    }
    for word in view.reply.split(|c: char| !c.is_alphanumeric()).filter(|w| mixed(w)) {
        out.push(format!("mixed scripts in {word:?}"));
    }
}

fn hidden(c: char) -> bool {
    let control = c.is_control() && c != '\n' && c != '\r' && c != '\t';
    let unseen = matches!(c as u32, 0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E
        | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF9..=0xFFFC | 0xE000..=0xF8FF | 0xE0000..=0xE0FFF);
    control || unseen
}

fn mixed(word: &str) -> bool {
    let script = |c: char| match c as u32 {
        0x41..=0x5A | 0x61..=0x7A | 0xC0..=0x24F | 0x1E00..=0x1EFF => Some("latin"),
        0x370..=0x3FF if c != 'µ' && c != 'μ' => Some("greek"),
        0x400..=0x52F => Some("cyrillic"),
        0x530..=0x58F => Some("armenian"),
        0xFF21..=0xFF5A => Some("wide"),
        0x1D400..=0x1D7FF => Some("mathematical"),
        _ => None,
    };
    let mut seen: Vec<&str> = word.chars().filter_map(script).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() > 1 || seen.contains(&"mathematical") || seen.contains(&"wide")
}
