//! Cuts a text into sentences: not at `a.m.`, `U.S.`, `Dr.`, `No.`, initials or decimals.

/// Abbreviations (lower case, without the last dot) that do not end a sentence when a lower-case word, a digit or,
/// for titles, anything follows.
const TITLES: &[&str] = &["dr", "dra", "mr", "mrs", "ms", "sr", "sra", "st", "ud", "uds", "vs", "e.g", "i.e", "p. ej"];

/// The sentences of a text in order, white space collapsed, list marks taken off; paragraphs never run together.
#[must_use]
pub fn split(text: &str) -> Vec<String> {
    text.split("\n\n").flat_map(paragraph).collect()
}

fn paragraph(text: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        let item = ["- ", "* ", "• "].iter().find_map(|mark| bare.strip_prefix(mark));
        match (item, items.last_mut()) {
            (Some(item), _) => items.push(item.to_owned()),
            (None, Some(last)) => {
                last.push(' ');
                last.push_str(bare);
            }
            (None, None) => items.push(bare.to_owned()),
        }
    }
    items.iter().flat_map(|i| cut(i)).collect()
}

fn cut(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (mut out, mut current) = (Vec::new(), String::new());
    for (n, word) in words.iter().enumerate() {
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
        if words.get(n + 1).is_none_or(|next| ends(word, next)) {
            out.push(std::mem::take(&mut current));
        }
    }
    out
}

/// True when a sentence ends after `word`, given the word that follows.
fn ends(word: &str, next: &str) -> bool {
    let closing = |c: char| matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»');
    let bare = word.trim_end_matches(closing);
    let starts_new = |s: &str| s.trim_start_matches(['"', '(', '[', '“', '‘', '«', '¿', '¡']).chars().next();
    let first = starts_new(next);
    if bare.ends_with(['!', '?', '…']) {
        return !first.is_some_and(char::is_lowercase);
    }
    let Some(stem) = bare.strip_suffix('.') else {
        return false;
    };
    let stem = stem.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if TITLES.contains(&stem.as_str()) {
        return false;
    }
    // `No. 5` is a number, but Spanish sentences end in `no.`
    if matches!(stem.as_str(), "no" | "núm") && first.is_some_and(|c| c.is_ascii_digit()) {
        return false;
    }
    // `a.m.`, `U.S.`, `J.`: dotted letters end a sentence only before a capital that opens a new one.
    let initials = stem.split('.').all(|p| p.chars().count() == 1 && p.chars().all(char::is_alphabetic));
    let capital = first.is_some_and(|c| c.is_uppercase());
    match stem.as_str() {
        "a.m" | "p.m" => capital && !is_zone(next),
        _ if initials => capital && OPENERS.contains(&next.trim_start_matches(['¿', '¡', '"']).to_lowercase().as_str()),
        _ => !first.is_some_and(char::is_lowercase),
    }
}

/// Words that open a sentence after `U.S.`; a name such as `Postal` does not.
const OPENERS: [&str; 22] = [
    "the", "a", "an", "we", "you", "it", "this", "that", "these", "if", "call", "ask", "el", "la", "los", "las", "si",
    "usted", "un", "una", "esto", "llame",
];

fn is_zone(next: &str) -> bool {
    let next = next.trim_end_matches(|c: char| !c.is_alphanumeric());
    matches!(
        next,
        "Central" | "Eastern" | "Mountain" | "Pacific" | "CT" | "ET" | "MT" | "PT" | "CST" | "CDT" | "EST" | "EDT"
    ) || matches!(next, "Monday" | "Tuesday" | "Wednesday" | "Thursday" | "Friday" | "Saturday" | "Sunday")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_and_decimals_do_not_end_a_sentence() {
        let text = "Call 8 a.m. to 8 p.m. Central Time. Dr. Lee, No. 5, pays $12.50 by U.S. Postal mail. We ship in the U.S. You wait.";
        assert_eq!(
            split(text),
            [
                "Call 8 a.m. to 8 p.m. Central Time.",
                "Dr. Lee, No. 5, pays $12.50 by U.S. Postal mail.",
                "We ship in the U.S.",
                "You wait."
            ]
        );
    }

    #[test]
    fn paragraphs_lists_and_spanish() {
        assert_eq!(split("La Lista II no. En las Listas sí."), ["La Lista II no.", "En las Listas sí."]);
        let text = "¿Es hoy? Sí. Llame a las 2 p.m. El\npedido sale.\n\n- uno\n- dos 2.5 mL\n";
        assert_eq!(split(text), ["¿Es hoy?", "Sí.", "Llame a las 2 p.m.", "El pedido sale.", "uno", "dos 2.5 mL"]);
        assert_eq!(
            split("See https://fernleaf.example/orders. \"Stop!\" he said."),
            ["See https://fernleaf.example/orders.", "\"Stop!\" he said."]
        );
    }
}
