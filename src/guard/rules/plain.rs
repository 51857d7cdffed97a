//! OR-24: at most 120 words, at most grade 8, no jargon without a gloss.

use super::fold::{Folded, rx};
use super::scene::Scene;
use super::{Finding, language, readability};

/// Words that a draft may have.
pub const MAX_WORDS: usize = 120;
/// Highest school grade.
pub const MAX_GRADE: f64 = 8.0;

/// Length, grade and jargon.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let text = &scene.folded.text;
    let whole = 0..text.len();
    let mut out = Vec::new();
    if text.split_whitespace().filter(|w| w.chars().any(char::is_alphanumeric)).count() > MAX_WORDS {
        out.push(scene.finding("OR-24", &whole, "more than 120 words"));
    }
    if readability::grade(&nameless(scene), scene.sentences.len(), language::guess(scene.raw)) > MAX_GRADE {
        out.push(scene.finding("OR-24", &whole, "harder than grade 8"));
    }
    let jargon = rx!(
        r"\b(?:adjudicat\w+|dur\b|ndc|sig\b|daw\b|dispense as written|ncpdp|bin/pcn|formulary|step therapy|formulario (?:de medic\w+|del plan)|adjudica\w+|dosificacion|prn\b|bid\b|tid\b|qid\b|npi\b|pbm\b|cii\b|ciii\b|c-ii|c-iii|reject code|utilization|days' supply code|concomitant|contraindicat\w+|notwithstanding|pursuant)"
    );
    let gloss = rx!(
        r"^[^.!?\n]{0,12}(?:\(|\bmeans|\bis the\b|\bthat is|\bor the\b|\bsignifica|\bes decir|\bo sea|,? the list|,? la lista)"
    );
    // "NCPDP number 5999999" names a number, and whoever asks with the word knows it.
    let of_number = rx!(r"^ (?:number |id )?\d");
    let asked = Folded::new(scene.ctx.question).text;
    for r in jargon.ranges(text) {
        let after = text.get(r.end..).unwrap_or_default();
        let before = text.get(..r.start).unwrap_or_default();
        if !gloss.is_match(after)
            && !before.ends_with('(')
            && !of_number.is_match(after)
            && !asked.contains(text.get(r.clone()).unwrap_or_default())
            && !scene.supported(scene.sentence_text(r.start).trim_end_matches('.'))
        {
            out.push(scene.finding("OR-24", &r, "jargon without a gloss"));
        }
    }
    out
}

/// The text with a short word for each medicine: its name cannot be put more plainly.
fn nameless(scene: &Scene<'_>) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for (_, span) in &scene.drugs {
        if let Some(before) = scene.folded.text.get(at..span.start) {
            out.push_str(before);
            out.push_str("it");
            at = span.end;
        }
    }
    out.push_str(scene.folded.text.get(at..).unwrap_or_default());
    out
}
