//! OR-25: is the draft in the customer's language? A guess from function words, for short texts; not the language id
//! of `classify`.

use super::Finding;
use super::scene::Scene;
use crate::domain::lang::Lang;

const ES: &[&str] = &[
    "el", "la", "los", "las", "de", "del", "que", "y", "en", "un", "una", "su", "sus", "para", "por", "con", "es",
    "se", "al", "lo", "como", "pedido", "receta", "cuando", "esta", "puede", "usted", "le", "hoy", "mi", "donde",
    "cuanto", "cuesta", "hola", "son", "dias", "ha", "si", "no", "mis", "tarda", "este", "antes", "despues", "tiene",
    "hay", "o", "pero", "porque", "necesito", "quiero",
];
const EN: &[&str] = &[
    "the", "of", "and", "to", "in", "is", "your", "you", "for", "with", "it", "are", "that", "this", "be", "or", "by",
    "on", "at", "can", "my", "we", "if", "when", "has", "have", "order", "from", "an", "will", "was", "not", "do",
    "how", "what", "where", "i", "our", "after", "days", "does", "did", "much", "there", "but", "as", "before",
];

/// Spanish if its function words prevail, else English.
#[must_use]
pub fn guess(text: &str) -> Lang {
    let (en, es) = count(&super::fold::fold(text));
    if es > en || text.contains(['¿', '¡']) && es + 1 >= en { Lang::Es } else { Lang::En }
}

fn count(folded: &str) -> (usize, usize) {
    let words = || folded.split(|c: char| !c.is_alphabetic());
    let hits = |list: &[&str]| words().filter(|w| list.contains(w)).count();
    (hits(EN), hits(ES))
}

/// Whole draft or a whole sentence in the other language; Spanish without reviewed sources.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    let want = scene.ctx.lang;
    if !want.supported() {
        return vec![scene.finding(
            "OR-25",
            &(0..scene.folded.text.len()),
            "no drafted answer in a language other than English and Spanish",
        )];
    }
    for span in &scene.sentences {
        let (en, es) = count(scene.folded.slice(span));
        let (right, wrong) = if want == Lang::Es { (es, en) } else { (en, es) };
        if wrong >= 4 && wrong > 2 * right {
            out.push(scene.finding("OR-25", span, "another language than the customer's"));
        }
    }
    let (en, es) = count(&scene.folded.text);
    let (right, wrong) = if want == Lang::Es { (es, en) } else { (en, es) };
    if out.is_empty() && wrong >= 3 && wrong > 2 * right {
        out.push(scene.finding("OR-25", &(0..scene.folded.text.len()), "another language than the customer's"));
    }
    if want == Lang::Es && !scene.ctx.human_reviewed {
        out.push(scene.finding("OR-25", &(0..scene.folded.text.len()), "Spanish without reviewed sources"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_questions_are_told_apart() {
        assert_eq!(guess("¿Dónde está mi pedido?"), Lang::Es);
        assert_eq!(guess("wheres my order"), Lang::En);
        assert_eq!(guess("cuanto cuesta el envio"), Lang::Es);
    }
}
