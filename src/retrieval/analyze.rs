//! How text becomes terms: lower case, stop words out, stemmed, accents off. The same for documents and questions.

use crate::domain::lang::Lang;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer,
};

/// The analyzer of a language; accents go after stemming, so that `envío` and `envio` meet.
pub fn analyzer(lang: Lang) -> TextAnalyzer {
    let language = if lang == Lang::Es { Language::Spanish } else { Language::English };
    let base = TextAnalyzer::builder(SimpleTokenizer::default()).filter(RemoveLongFilter::limit(40)).filter(LowerCaser);
    match StopWordFilter::new(language) {
        Some(stop) => base.filter(stop).filter(Stemmer::new(language)).filter(AsciiFoldingFilter).build(),
        None => base.filter(Stemmer::new(language)).filter(AsciiFoldingFilter).build(),
    }
}

/// For names of medicines: lower case and accents off, nothing stemmed.
pub fn plain() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(40))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

/// A word as English and Spanish spell the same medicine alike: `levothyroxine` and `levotiroxina` both become `levotiroxin`.
pub fn bilingual(word: &str) -> String {
    let letters = word.replace("ph", "f").replace("th", "t").replace("ch", "c").replace('y', "i").replace('k', "c");
    let mut out = String::with_capacity(letters.len());
    for c in letters.chars() {
        if !out.ends_with(c) || c.is_ascii_digit() {
            out.push(c);
        }
    }
    match out.strip_suffix(['a', 'e', 'o']) {
        Some(stem) if stem.len() >= 5 => stem.to_owned(),
        _ => out,
    }
}

/// The distinct terms of a text, in order.
pub fn terms(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut stream = analyzer.token_stream(text);
    stream.process(&mut |token| {
        if !token.text.is_empty() && !out.contains(&token.text) {
            out.push(token.text.clone());
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medicines_are_spelt_alike_in_both_languages_and_look_alikes_stay_apart() {
        let pairs = [
            ("levothyroxine", "levotiroxina"),
            ("hydrochlorothiazide", "hidroclorotiazida"),
            ("amoxicillin", "amoxicilina"),
        ];
        assert!(pairs.iter().all(|(en, es)| bilingual(en) == bilingual(es)));
        let alike = [
            ("hydroxyzine", "hydralazine"),
            ("clonidine", "clonazepam"),
            ("lamotrigine", "lamivudine"),
            ("glipizide", "glyburide"),
        ];
        assert!(alike.iter().all(|(a, b)| bilingual(a) != bilingual(b)));
    }

    #[test]
    fn spanish_without_accents_meets_spanish_with_them() {
        let mut es = analyzer(Lang::Es);
        assert_eq!(terms(&mut es, "envío"), terms(&mut es, "ENVIOS"));
    }
}
