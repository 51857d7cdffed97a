//! Number words in English and Spanish, read on folded text.

use crate::domain::lang::Lang;
use std::ops::Range;

const EN: &[(&str, i64)] = &[
    ("zero", 0),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("hundred", 100),
    ("thousand", 1000),
    ("dozen", 12),
];

const ES: &[(&str, i64)] = &[
    ("cero", 0),
    ("dos", 2),
    ("tres", 3),
    ("cuatro", 4),
    ("cinco", 5),
    ("seis", 6),
    ("siete", 7),
    ("ocho", 8),
    ("nueve", 9),
    ("diez", 10),
    ("once", 11),
    ("doce", 12),
    ("trece", 13),
    ("catorce", 14),
    ("quince", 15),
    ("dieciseis", 16),
    ("diecisiete", 17),
    ("dieciocho", 18),
    ("diecinueve", 19),
    ("veinte", 20),
    ("veintiun", 21),
    ("veintiuno", 21),
    ("veintidos", 22),
    ("veintitres", 23),
    ("veinticuatro", 24),
    ("veinticinco", 25),
    ("veintiseis", 26),
    ("veintisiete", 27),
    ("veintiocho", 28),
    ("veintinueve", 29),
    ("treinta", 30),
    ("cuarenta", 40),
    ("cincuenta", 50),
    ("sesenta", 60),
    ("setenta", 70),
    ("ochenta", 80),
    ("noventa", 90),
    ("cien", 100),
    ("ciento", 100),
    ("doscientos", 200),
    ("doscientas", 200),
    ("trescientos", 300),
    ("trescientas", 300),
    ("cuatrocientos", 400),
    ("quinientos", 500),
    ("mil", 1000),
    ("docena", 12),
];

/// The value of one word.
fn value(word: &str, lang: Lang) -> Option<i64> {
    let list = if lang == Lang::Es { ES } else { EN };
    list.iter().find(|(w, _)| *w == word).map(|(_, v)| *v)
}

/// Joins neighbouring number words: "twenty-four", "one hundred and five", "treinta y dos".
pub fn scan(text: &str, lang: Lang) -> Vec<(Range<usize>, f64)> {
    let mut out: Vec<(Range<usize>, i64)> = Vec::new();
    for word in super::super::fold::rx!(r"[a-z]+").ranges(text) {
        let found = text.get(word.clone()).and_then(|w| value(w, lang));
        let Some(v) = found else { continue };
        let joined = out.last_mut().filter(|(span, last)| joins(text, span.end..word.start, *last, v));
        match joined {
            Some((span, last)) => {
                *last = if v >= 100 { *last * v } else { *last + v };
                span.end = word.end;
            }
            None => out.push((word, v)),
        }
    }
    out.into_iter().map(|(r, v)| (r, v as f64)).collect()
}

fn joins(text: &str, gap: Range<usize>, last: i64, next: i64) -> bool {
    let gap = text.get(gap).unwrap_or("?").trim();
    let tens = last % 10 == 0 && (20..100).contains(&(last % 100)) && next < 10;
    let hundreds = last % 100 == 0 && last > 0 && next < 100;
    match gap {
        "" | "-" => tens || hundreds || (next >= 100 && last < 100),
        "y" => tens,
        "and" => hundreds,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, lang: Lang) -> Vec<f64> {
        scan(text, lang).into_iter().map(|(_, v)| v).collect()
    }

    #[test]
    fn words_become_numbers() {
        assert_eq!(values("twelve of twenty-four or two hundred", Lang::En), [12.0, 24.0, 200.0]);
        assert_eq!(values("treinta y dos, doscientos, once", Lang::Es), [32.0, 200.0, 11.0]);
        assert_eq!(values("once you sign in", Lang::En), Vec::<f64>::new());
        assert_eq!(values("between three and five", Lang::En), [3.0, 5.0]);
    }
}
