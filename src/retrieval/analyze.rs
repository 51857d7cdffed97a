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

/// True when one insertion, deletion, substitution or swap of neighbours makes one word the other.
pub fn one_edit(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(..a.len() - tail).unwrap_or_default(), b.get(..b.len() - tail).unwrap_or_default());
    match (a, b) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([p, q], [r, s]) => p == s && q == r,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits() {
        assert!(
            one_edit("refill", "refil")
                && one_edit("refill", "erfill")
                && one_edit("abc", "abd")
                && one_edit("aab", "ab")
        );
        assert!(!one_edit("refill", "refill") && !one_edit("refill", "rifell") && !one_edit("a", "abc"));
    }

    #[test]
    fn spanish_without_accents_meets_spanish_with_them() {
        let mut es = analyzer(Lang::Es);
        assert_eq!(terms(&mut es, "envío"), terms(&mut es, "ENVIOS"));
    }
}
