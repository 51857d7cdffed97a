//! Which language a chat message is in: own English and Spanish evidence, scripts, and a library for the rest.
//! Says nothing about what is done with another language.

mod words;

use crate::domain::lang::Lang;
use unicode_normalization::UnicodeNormalization;

/// A language and whether the evidence is enough to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected {
    /// The dominant language; English when nothing speaks for any.
    pub lang: Lang,
    /// False for names, numbers, single unknown words and near ties.
    pub sure: bool,
}

/// Detects the dominant language of a short, maybe mistyped text.
#[must_use]
pub fn detect(text: &str) -> Detected {
    if let Some(code) = script(text) {
        return Detected { lang: other(code), sure: true };
    }
    let words = tokens(text);
    let (en, es) = (words::english(&words), words::spanish(&words) + marks(text));
    if let Some(code) = foreign(text, &words, en, es) {
        return Detected { lang: other(code), sure: true };
    }
    // A tie of mixed words: who can write the Spanish half reads Spanish.
    let spanish = es >= en && es > 0.0;
    let lang = if spanish { Lang::Es } else { Lang::En };
    let (top, second) = if spanish { (es, en) } else { (en, es) };
    Detected { lang, sure: top >= 1.0 && top >= 1.3 * second }
}

fn other(code: &str) -> Lang {
    code.parse().unwrap_or_default()
}

/// Folded words of letters only.
fn tokens(text: &str) -> Vec<String> {
    let folded: String = text
        .nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c) && !matches!(c, '\'' | '’'))
        .flat_map(char::to_lowercase)
        .collect();
    folded.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).map(str::to_string).collect()
}

/// Characters that English lacks; a lone accent counts little, since other languages have it too.
fn marks(text: &str) -> f32 {
    let strong = text.chars().filter(|c| matches!(c, 'ñ' | 'Ñ' | '¿' | '¡')).count().min(2);
    let weak = text.chars().filter(|c| "áéíóúÁÉÍÓÚ".contains(*c)).count().min(3);
    small(strong) * 1.5 + small(weak) * 0.4
}

fn small(n: usize) -> f32 {
    f32::from(u8::try_from(n).unwrap_or(u8::MAX))
}

/// The language of a script other than Latin when that script leads.
fn script(text: &str) -> Option<&'static str> {
    let mut counts = [0usize; 13];
    let mut latin = 0usize;
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        match words::script_of(c).and_then(|i| counts.get_mut(i)) {
            Some(n) => *n += 1,
            None => latin += 1,
        }
    }
    let total: usize = counts.iter().sum();
    // A character of these scripts often is a word, so they lead at a third of the letters.
    if total == 0 || total * 2 < latin {
        return None;
    }
    let japanese = words::SCRIPTS.iter().position(|s| *s == "ja").and_then(|i| counts.get(i)).is_some_and(|n| *n > 0);
    if japanese {
        return Some("ja");
    }
    counts.iter().enumerate().max_by_key(|(_, n)| **n).and_then(|(i, _)| words::SCRIPTS.get(i).copied())
}

/// Another Latin-script language: by its own words, else by the library when neither English nor Spanish shows.
fn foreign(text: &str, words: &[String], en: f32, es: f32) -> Option<&'static str> {
    let (code, score) = words::best_foreign(text, words);
    if words.len() >= 3 && score >= 2.0 && score > 1.2 * en && score > 1.2 * es {
        return Some(code);
    }
    if words.len() < 4 || en + es > 0.12 * small(words.len()) {
        return None;
    }
    let info = whatlang::detect(text).filter(|i| i.is_reliable() && i.confidence() > 0.8)?;
    words::library_code(info.lang())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lang(text: &str) -> String {
        detect(text).lang.to_string()
    }

    #[test]
    fn short_chat_texts() {
        for t in [
            "wheres my stuff",
            "i need a refill pls",
            "how much is it",
            "cant breathe",
            "thx",
            "status of order 70-00123",
        ] {
            assert_eq!(lang(t), "en", "{t}");
        }
        for t in [
            "donde esta mi orden",
            "no puedo respirar",
            "Quiero un refill de mi medicina",
            "cuanto cuesta",
            "ya no aguanto",
            "me siento dizzy after the pill porque no comi",
        ] {
            assert_eq!(lang(t), "es", "{t}");
        }
    }

    #[test]
    fn other_languages_and_scripts() {
        for (t, code) in [
            ("我的药在哪里", "zh"),
            ("내 약은 어디에 있나요", "ko"),
            ("薬はどこですか", "ja"),
            ("где мой заказ", "ru"),
            ("أين طلبي", "ar"),
            ("Onde está o meu remédio? Não chegou ainda", "pt"),
            ("Où est ma commande, je n'ai plus de médicaments", "fr"),
            ("Kote medikaman mwen yo ye tanpri", "ht"),
            ("Tôi cần thuốc của tôi, khi nào giao hàng", "vi"),
            ("Nasaan na po ang gamot ko", "tl"),
        ] {
            assert_eq!(lang(t), code, "{t}");
        }
    }

    #[test]
    fn names_and_numbers_are_unsure_english() {
        for t in ["metformin", "88213", "", "Eliquis 5 mg", "??"] {
            assert_eq!(detect(t), Detected { lang: Lang::En, sure: false }, "{t}");
        }
    }
}
