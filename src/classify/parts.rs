//! The parts of a message that are judged by themselves beside the whole: a sentence about chest pain must not drown in three about a
//! parcel, nor in a pasted letter. Nothing is judged here.

use super::Raw;
use crate::domain::labels::RISKS;
use std::ops::Range;

/// A sentence with fewer words is judged with its neighbour.
const SHORT: usize = 4;
/// A sentence with more words is judged in pieces, too.
const LONG: usize = 24;
/// Words of such a piece; neighbours share half.
const PIECE: usize = 16;
/// A text with more sentences is a paste: its windows are the neighbourhood of each sentence, pairs would only cost time.
const MANY: usize = 8;
/// Words that end with a full stop without ending a sentence.
const ABBREVIATIONS: [&str; 12] = ["dr", "dra", "mr", "mrs", "ms", "st", "vs", "sr", "sra", "ud", "no", "approx"];

/// Words that begin a sentence when they stand so in the middle of one: capitals that are no name, and what people put between two matters.
const BEGINNINGS: [&str; 30] = [
    "Where", "How", "What", "When", "Why", "Who", "Can", "Could", "Do", "Does", "Did", "Is", "Are", "Will", "Would",
    "Also", "Please", "My", "Dónde", "Cuándo", "Cómo", "Qué", "Mi", "También", "Además", "also", "btw", "también",
    "tambien", "además",
];

/// Texts with their parts, laid out for one pass: each text first, its parts behind it.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    texts: Vec<String>,
    /// Of each text, with how many sentences stand by themselves right behind it.
    spans: Vec<(Range<usize>, usize)>,
}

impl Parts {
    /// Takes texts apart.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Self::default();
        for text in texts {
            let start = all.texts.len();
            let sentences = sentences(text);
            all.texts.push(text.to_owned());
            all.texts.extend(parts(&sentences));
            let alone = if sentences.len() > 1 { sentences.len() } else { 0 };
            all.spans.push((start..all.texts.len(), alone));
        }
        all
    }

    /// Everything that is to be judged.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }

    /// What was found in each text: risks as high as in any of its parts, everything else of the whole. `judged` is what was found in
    /// [`Parts::texts`], in their order.
    #[must_use]
    pub fn fold(&self, judged: &[Raw]) -> Vec<Raw> {
        let one = |(span, alone): &(Range<usize>, usize)| {
            let all = judged.get(span.clone())?;
            let whole = all.iter().cloned().reduce(Raw::or_higher)?;
            Some(Raw { loudest: loudest(all.get(1..=*alone).unwrap_or_default()), ..whole })
        };
        self.spans.iter().filter_map(one).collect()
    }
}

/// In which of the sentences each risk is heard most.
fn loudest(sentences: &[Raw]) -> [u16; RISKS] {
    std::array::from_fn(|risk| {
        let logit = |raw: &Raw| raw.risks.get(risk).copied().unwrap_or(f32::NEG_INFINITY);
        let most = sentences.iter().enumerate().max_by(|a, b| logit(a.1).total_cmp(&logit(b.1)));
        most.and_then(|(n, _)| u16::try_from(n).ok()).unwrap_or(0)
    })
}

/// A sentence of a text by its place, with single blanks between its words; the whole text when it has no such sentence.
#[must_use]
pub fn sentence(text: &str, place: u16) -> String {
    sentences(text).get(usize::from(place)).map_or_else(|| text.to_owned(), |words| words.join(" "))
}

/// Sentences, neighbours two by two unless there are many, and pieces of long sentences; nothing for a text that is one short sentence.
fn parts(sentences: &[Vec<&str>]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    if sentences.len() > 1 {
        out.extend(sentences.iter().map(|s| s.join(" ")));
    }
    if (3..=MANY).contains(&sentences.len()) {
        out.extend(sentences.windows(2).map(|two| two.concat().join(" ")));
    }
    for sentence in sentences.iter().filter(|s| s.len() > LONG) {
        let starts = (0..).step_by(PIECE / 2).take_while(|s| *s == 0 || s + PIECE / 2 < sentence.len());
        out.extend(starts.map(|s| sentence.iter().copied().skip(s).take(PIECE).collect::<Vec<_>>().join(" ")));
    }
    out
}

/// The words of each sentence; a line's end ends one, marks of quotation are taken off.
fn sentences(text: &str) -> Vec<Vec<&str>> {
    let mut all: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        let mut now: Vec<&str> = Vec::new();
        for word in line.trim_start_matches(['>', '-', '*', '•', ' ', '\t', '|']).split_whitespace() {
            if begins(word) && now.len() >= SHORT {
                all.push(std::mem::take(&mut now));
            }
            now.push(word);
            if ends(word) && now.len() >= SHORT {
                all.push(std::mem::take(&mut now));
            }
        }
        match all.last_mut() {
            Some(last) if now.len() < SHORT => last.extend(now),
            _ if now.is_empty() => {}
            _ => all.push(now),
        }
    }
    all
}

fn begins(word: &str) -> bool {
    word.starts_with(['¿', '¡']) || BEGINNINGS.contains(&word)
}

fn ends(word: &str) -> bool {
    let bare = word.trim_end_matches(['"', '\'', ')', '”', '’', '»']);
    let Some(mark) = bare.chars().last().filter(|c| matches!(c, '.' | '!' | '?' | '…' | ';')) else { return false };
    let core = bare.trim_end_matches(mark).to_lowercase();
    mark != '.' || !(core.chars().count() == 1 || ABBREVIATIONS.contains(&core.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        super::parts(&sentences(text))
    }

    #[test]
    fn sentences_lines_and_quotes_are_parts() {
        assert!(parts("where is my order").is_empty());
        assert_eq!(
            parts("Where is my order right now? Dr. Lee said my chest pain is bad. ok"),
            ["Where is my order right now?", "Dr. Lee said my chest pain is bad. ok"]
        );
        assert_eq!(parts("> he took them all\n> I mailed you Monday").len(), 2);
        assert_eq!(parts("hoy no puedo respirar bien ¿Dónde está mi pedido de ayer?").len(), 2);
        assert_eq!(parts("he took them all tonight Where is my order from Monday").len(), 2);
        let three = parts("One two three four. Five six seven eight. Nine ten eleven twelve.");
        assert_eq!(three.len(), 5);
        assert_eq!(three[3], "One two three four. Five six seven eight.");
    }

    #[test]
    fn a_long_sentence_is_cut_and_every_word_is_in_a_piece() {
        let words: Vec<String> = (0..61).map(|i| format!("w{i}")).collect();
        let pieces = parts(&words.join(" "));
        assert!(words.iter().all(|w| pieces.iter().any(|p| p.split(' ').any(|x| x == w))));
        assert!(pieces.iter().all(|p| p.split(' ').count() <= PIECE));
    }

    #[test]
    fn each_risk_has_the_sentence_in_which_it_is_loudest() {
        let text = "Where is my parcel right now? My chest hurts a lot. It is from last week.";
        let parts = Parts::of([text, "one short line"]);
        let judged: Vec<Raw> =
            parts.texts().iter().map(|t| raw(if t.contains("chest") { 2.0 } else { -3.0 })).collect();
        let folded = parts.fold(&judged);
        assert_eq!(sentence(text, folded[0].loudest[0]), "My chest hurts a lot.");
        assert_eq!(sentence("one short line", folded[1].loudest[0]), "one short line");
        assert_eq!(sentence(text, 99), text);
    }

    fn raw(logit: f32) -> Raw {
        let embedding = crate::domain::embedding::Embedding::new(vec![1.0; 384]).unwrap();
        Raw { risks: [logit; RISKS], intents: Vec::new(), embedding, loudest: [0; RISKS] }
    }
}
