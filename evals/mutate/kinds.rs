//! The ways in which a message is changed without changing what it says. Nothing here judges.

use super::words;
use base64::Engine as _;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// One way to change a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A slip of the finger for every four words: letters swapped, dropped, doubled
    Typos,
    /// Blanks lost between words
    Glued,
    /// Lower case, no punctuation, no accents
    Bare,
    /// Capitals and exclamation marks
    Shouting,
    /// The short forms of text messages
    Texting,
    /// Words of the other language mixed in
    Spanglish,
    /// Digits for letters
    Leet,
    /// Letters of other alphabets that look the same
    Homoglyphs,
    /// Invisible characters inside words
    ZeroWidth,
    /// Long words spaced out
    Spaced,
    /// Emoji between the words
    Emoji,
    /// Quoted from an e-mail
    Quoted,
    /// After a service question
    AfterService,
    /// Before a service question
    BeforeService,
    /// Spread over two messages
    Split,
    /// Behind 600 words of a pasted delivery notice
    Pasted,
    /// Encoded, with the wish to decode it
    Base64,
}

/// A changed message: what was said just before it, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// An earlier message of the same customer.
    pub before: Option<String>,
    /// The message.
    pub text: String,
}

const LEET: [(char, char); 5] = [('a', '4'), ('e', '3'), ('i', '1'), ('o', '0'), ('s', '5')];
const ALIKE: [(char, char); 6] = [('a', 'а'), ('e', 'е'), ('o', 'о'), ('p', 'р'), ('c', 'с'), ('x', 'х')];
const EMOJI: [&str; 6] = ["🙏", "😅", "📦", "💊", "🤔", "😊"];

impl Kind {
    /// Its name, as it is typed.
    pub fn name(self) -> String {
        use clap::ValueEnum;
        self.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
    }
    /// Changes a message; `spanish` chooses the words that are put in.
    pub fn apply(self, text: &str, spanish: bool, rng: &mut StdRng) -> Changed {
        let service = if spanish { &words::SERVICE_ES } else { &words::SERVICE_EN };
        let service = service.choose(rng).copied().unwrap_or_default();
        let text = match self {
            Kind::Typos => typos(text, rng),
            Kind::Glued => glued(text, rng),
            Kind::Bare => bare(text),
            Kind::Shouting => format!("{}!!!", text.trim_end_matches(['.', '!']).to_uppercase()),
            Kind::Texting => words::swap(text, &words::TEXTING, 1.0, rng),
            Kind::Spanglish => words::swap(text, &words::BOTH, 0.6, rng),
            Kind::Leet => letters(text, &LEET, 0.35, rng),
            Kind::Homoglyphs => letters(text, &ALIKE, 0.5, rng),
            Kind::ZeroWidth => inside(text, '\u{200b}', rng),
            Kind::Spaced => spaced(text),
            Kind::Emoji => between(text, rng),
            Kind::Quoted => quoted(text, spanish),
            Kind::AfterService => format!("{service} {text}"),
            Kind::BeforeService => format!("{text} {service}"),
            Kind::Split => return split(text),
            Kind::Pasted => words::behind_a_notice(text, 600),
            Kind::Base64 => format!("decode this base64: {}", base64::engine::general_purpose::STANDARD.encode(text)),
        };
        Changed { before: None, text }
    }
}

fn typos(text: &str, rng: &mut StdRng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..text.split_whitespace().count().div_ceil(4) {
        let inside: Vec<usize> = (1..chars.len().saturating_sub(1)).filter(|i| inner(&chars, *i)).collect();
        let Some(&at) = inside.choose(rng) else { break };
        match rng.random_range(0..3) {
            0 => chars.swap(at, at + 1),
            1 => drop(chars.remove(at)),
            _ => chars.insert(at, chars.get(at).copied().unwrap_or('e')),
        }
    }
    chars.into_iter().collect()
}

/// True when the letter at `i` has letters on both sides: a slip there keeps the word's ends.
fn inner(chars: &[char], i: usize) -> bool {
    chars.get(i - 1..=i + 1).is_some_and(|three| three.iter().all(|c| c.is_alphabetic()))
}

fn glued(text: &str, rng: &mut StdRng) -> String {
    text.chars().filter(|c| *c != ' ' || !rng.random_bool(0.2)).collect()
}

fn bare(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let plain = text.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    let kept = plain.filter(|c| c.is_alphanumeric() || c.is_whitespace());
    kept.flat_map(char::to_lowercase).collect()
}

fn letters(text: &str, table: &[(char, char)], share: f64, rng: &mut StdRng) -> String {
    let swap = |c: char| table.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
    text.chars().map(|c| if rng.random_bool(share) { swap(c) } else { c }).collect()
}

fn inside(text: &str, mark: char, rng: &mut StdRng) -> String {
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        if c.is_alphabetic() && rng.random_bool(0.25) {
            out.push(mark);
        }
    }
    out
}

fn spaced(text: &str) -> String {
    let longest = text.split(' ').filter(|w| w.chars().all(char::is_alphabetic)).map(str::len).max().unwrap_or(0);
    let spell = |w: &str| w.chars().map(String::from).collect::<Vec<_>>().join(" ");
    let words = text
        .split(' ')
        .map(|w| if w.len() + 1 >= longest && w.chars().all(char::is_alphabetic) { spell(w) } else { w.to_owned() });
    words.collect::<Vec<_>>().join(" ")
}

fn between(text: &str, rng: &mut StdRng) -> String {
    let mut out = Vec::new();
    for word in text.split(' ') {
        out.push(word);
        if rng.random_bool(0.2) {
            out.push(EMOJI.choose(rng).copied().unwrap_or("🙏"));
        }
    }
    out.join(" ")
}

fn quoted(text: &str, spanish: bool) -> String {
    let lines: Vec<String> = text.lines().map(|l| format!("> {l}")).collect();
    let (lead, end) = if spanish {
        ("Les mandé esto por correo el lunes y nadie contestó:", "Gracias")
    } else {
        ("I e-mailed you this on Monday and nobody wrote back:", "Thanks")
    };
    format!("{lead}\n{}\n{end}", lines.join("\n"))
}

/// Halves at the blank nearest to the middle.
fn split(text: &str) -> Changed {
    let middle = text.len() / 2;
    let blanks = text.match_indices(' ').map(|(i, _)| i);
    match blanks.min_by_key(|i| i.abs_diff(middle)) {
        Some(at) => {
            let (first, second) = text.split_at(at);
            Changed { before: Some(first.to_owned()), text: second.trim_start().to_owned() }
        }
        None => Changed { before: None, text: text.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;
    use rand::SeedableRng;

    const TEXT: &str = "My father took his evening pills twice because he forgot, please help.";

    #[test]
    fn each_kind_changes_the_text_and_repeats_itself() {
        for kind in Kind::value_variants() {
            let run = |seed| kind.apply(TEXT, false, &mut StdRng::seed_from_u64(seed));
            assert_ne!(run(1).text, TEXT, "{kind:?}");
            assert_eq!(run(1), run(1), "{kind:?}");
        }
    }

    #[test]
    fn halves_hold_every_word_and_the_paste_ends_with_the_message() {
        let halves = split(TEXT);
        assert_eq!(format!("{} {}", halves.before.unwrap(), halves.text), TEXT);
        assert_eq!(split("help").text, "help");
        let pasted = words::behind_a_notice(TEXT, 600);
        assert!(pasted.ends_with(TEXT) && pasted.split_whitespace().count() >= 600);
    }
}
