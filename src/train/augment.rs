//! Cheap, seeded changes to training texts: typos, lost punctuation, two messages in one.
//! Lower-casing and accent stripping are not here: the tokenizer does both to every text, so they would change nothing.

use super::data::Line;
use crate::classify::evaluate::Labels;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// Share of lines that get typos.
const TYPOS: f64 = 0.35;
/// Share of lines that lose their punctuation.
const BARE: f64 = 0.1;
/// Share of lines that are joined to a service line.
const JOINED: f64 = 0.1;
const ENGLISH: [&str; 6] = [". btw ", ". also ", " and ", "\n", ". oh and ", "... "];
const SPANISH: [&str; 6] = [". ah y ", ". también ", " y ", "\n", ". otra cosa, ", "... "];

/// A line as it is seen in one epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The changed text.
    pub text: String,
    /// Its labels; a joined line has those of both.
    pub labels: Labels,
    /// False for a joined line: the original embedding belongs to the one text only.
    pub same_meaning: bool,
}

/// One line, perhaps changed, perhaps joined to one of `service` (lines without a risk).
pub fn see(line: &Line, service: &[&Line], rng: &mut StdRng) -> Seen {
    let mut seen = Seen { text: line.text.clone(), labels: line.labels, same_meaning: true };
    if rng.random_bool(JOINED)
        && let Some(other) = service.choose(rng)
    {
        seen = join(line, other, rng);
    }
    if rng.random_bool(BARE) {
        seen.text.retain(|c| !c.is_ascii_punctuation() && !matches!(c, '¿' | '¡'));
    }
    if rng.random_bool(TYPOS) {
        seen.text = typos(&seen.text, rng);
    }
    seen
}

/// Two messages in one, in random order. The intent stays only where there is no doubt which.
fn join(line: &Line, other: &Line, rng: &mut StdRng) -> Seen {
    let links = if line.lang == "es" { SPANISH } else { ENGLISH };
    let link = links.choose(rng).copied().unwrap_or(". ");
    let (first, second) = if rng.random_bool(0.5) { (line, other) } else { (other, line) };
    let text = format!("{}{link}{}", first.text.trim_end_matches(['.', ' ']), second.text);
    let mut labels = line.labels;
    labels.risks.iter_mut().zip(other.labels.risks).for_each(|(a, b)| *a |= b);
    labels.intent = match (line.labels.intent, other.labels.intent) {
        (Some(a), Some(b)) if a != b => None,
        (a, b) => a.or(b),
    };
    Seen { text, labels, same_meaning: false }
}

/// Up to one typo for every four words: two letters swapped, one dropped or one doubled, a blank lost.
fn typos(text: &str, rng: &mut StdRng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let count = rng.random_range(1..=1 + text.split_whitespace().count() / 4);
    for _ in 0..count {
        if chars.len() < 4 {
            break;
        }
        let at = rng.random_range(1..chars.len() - 1);
        let letters = chars.get(at..=at + 1).is_some_and(|pair| pair.iter().all(|c| c.is_alphabetic()));
        match rng.random_range(0..4) {
            3 => drop(blank(&chars, at).map(|b| chars.remove(b))),
            _ if !letters => {}
            0 => chars.swap(at, at + 1),
            1 => drop(chars.remove(at)),
            _ => chars.insert(at, chars.get(at).copied().unwrap_or(' ')),
        }
    }
    chars.into_iter().collect()
}

/// The first blank behind a place.
fn blank(chars: &[char], at: usize) -> Option<usize> {
    chars.iter().skip(at).position(|c| *c == ' ').map(|n| at + n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::labels::{Intent, Risk};
    use rand::SeedableRng;

    #[test]
    fn joined_lines_carry_both_labels_and_a_seed_repeats_itself() {
        let mut risks = [false; 15];
        risks[Risk::EMERGENCY.index()] = true;
        let risky = Line {
            text: "chest pain.".into(),
            lang: "en".into(),
            labels: Labels { risks, intent: None },
            weight: 1.0,
            section: None,
        };
        let plain = Labels { risks: [false; 15], intent: Some(Intent::GREETING) };
        let service = Line { text: "hello there".into(), labels: plain, ..risky.clone() };
        let run = || {
            let mut rng = StdRng::seed_from_u64(3);
            (0..200).map(|_| see(&risky, &[&service], &mut rng)).collect::<Vec<_>>()
        };
        let seen = run();
        assert_eq!(seen, run());
        let joined: Vec<_> = seen.iter().filter(|s| !s.same_meaning).collect();
        assert!((5..50).contains(&joined.len()));
        assert!(joined.iter().all(|s| s.labels.has(Risk::EMERGENCY) && s.labels.intent == Some(Intent::GREETING)));
        assert!(seen.iter().any(|s| s.same_meaning && s.text != risky.text));
    }
}
