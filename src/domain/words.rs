//! Words of a text for comparing: lower case, accents off; and whether two words are one slip of a finger apart.

use std::collections::BTreeSet;

/// The words of a text, lower case, without accents, in order.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// Lower case without accents.
#[must_use]
pub fn fold(text: &str) -> String {
    let plain = |c: char| match c {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        '’' => '\'',
        c => c,
    };
    text.chars().flat_map(char::to_lowercase).map(plain).collect()
}

/// How much of their words two texts share: 1 for the same words, 0 for none in common (Dice 1945, over different words).
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts of words")]
pub fn alike(a: &str, b: &str) -> f32 {
    let [a, b] = [a, b].map(|t| words(t).into_iter().collect::<BTreeSet<_>>());
    let all = a.len() + b.len();
    if all == 0 { 1.0 } else { 2.0 * a.intersection(&b).count() as f32 / all as f32 }
}

/// True when one insertion, deletion, substitution or swap of neighbours makes one word the other.
#[must_use]
pub fn near(a: &str, b: &str) -> bool {
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
    fn one_slip_is_near_and_two_are_not() {
        assert!(near("refill", "refil") && near("refill", "erfill") && near("abc", "abd") && near("aab", "ab"));
        assert!(!near("refill", "refill") && !near("refill", "rifell") && !near("a", "abc"));
        assert_eq!(words("¿Envío YA?"), ["envio", "ya"]);
        assert_eq!([alike("one two", "Two, one"), alike("one two", "two four"), alike("a", "b")], [1.0, 0.5, 0.0]);
    }
}
