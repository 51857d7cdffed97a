//! Kind 2: drug names and strengths that are not the person's, not asked about and on no page; stock words against the list.

use super::drugs::{Found, spelling};
use super::lex::Kind;
use super::text::{re, words};
use super::view::{Sentence, View};
use regex::Regex;
use std::sync::OnceLock;

/// Looks at the drugs of a sentence.
pub fn check(view: &View, sentence: &Sentence, out: &mut Vec<String>) {
    let found = view.truth.drugs.find(&sentence.text);
    for f in &found {
        if !f.words.iter().all(|w| allowed(view, w)) {
            out.push(format!("drug {:?} is not a drug of {}, not in the question and on no page", f.text, view.who));
        }
    }
    if sentence.whole {
        return;
    }
    for token in &sentence.tokens {
        if let Kind::Strength(s) = &token.kind
            && !strength(view, sentence, &found, token.start, s)
        {
            out.push(format!("strength {:?} is not a strength of {} for this drug", token.text, view.who));
        }
    }
    stock(view, sentence, &found, out);
}

fn allowed(view: &View, word: &str) -> bool {
    let own = view.all().is_some_and(|f| f.strings.iter().any(|s| words(s).iter().any(|w| spelling(w) == word)));
    own || view.asked_words.contains(word)
        || view.products.iter().any(|p| p.words.contains(word))
        || view.truth.pages.on(&view.day).any(|p| p.words.iter().any(|w| spelling(w) == word))
}

/// Whether a strength belongs to the drug before it, or to any drug of the person where none is named.
fn strength(view: &View, sentence: &Sentence, found: &[Found], at: usize, strength: &str) -> bool {
    let before = found.iter().filter(|f| f.end <= at && at - f.end < 60).max_by_key(|f| f.end);
    let fits = |text: &str| holds(text, strength);
    let known = view.asked.names.contains(strength) || sentence.scope.bag.names.contains(strength) && before.is_none();
    let same = |p: &super::drugs::Product| before.is_none_or(|f| f.words.iter().all(|w| p.words.contains(w)));
    let mine: Vec<_> = view
        .all()
        .into_iter()
        .flat_map(|f| &f.drugs)
        .filter_map(|d| view.truth.drugs.products.get(d))
        .filter(|p| same(p))
        .collect();
    let own = mine.iter().any(|p| fits(&p.compact))
        || mine.is_empty()
            && view
                .products
                .iter()
                .any(|p| before.is_none_or(|f| f.words.iter().all(|w| p.words.contains(w))) && fits(&p.compact));
    let named = view.all().is_some_and(|f| {
        f.strings.iter().any(|s| {
            let spelled: Vec<String> = words(s).iter().map(|w| spelling(w)).collect();
            before.is_none_or(|b| b.words.iter().all(|w| spelled.contains(w))) && fits(&super::lex::compact(s))
        })
    });
    known || own || named || view.page(|b| b.names.contains(strength)) || quantity(view, sentence, strength)
}

fn quantity(view: &View, sentence: &Sentence, strength: &str) -> bool {
    let open = sentence.folded.replace(' ', "").contains(&format!("({strength})"));
    open && (sentence.scope.bag.names.contains(strength)
        || view.product(|b| b.names.contains(strength))
        || view.all().is_some_and(|f| f.bag.names.contains(strength)))
}

/// Whether a strength stands in a text without spaces, as a whole number.
fn holds(text: &str, strength: &str) -> bool {
    text.match_indices(strength).any(|(i, _)| {
        let left = text[..i].chars().last().is_none_or(|c| !c.is_ascii_digit() && c != '.');
        let right = text[i + strength.len()..].chars().next().is_none_or(|c| c != '/' || strength.contains('/'));
        left && right
    })
}

fn stock(view: &View, sentence: &Sentence, found: &[Found], out: &mut Vec<String>) {
    static P: OnceLock<Regex> = OnceLock::new();
    let p = P.get_or_init(|| re(r"\b(?:is|esta) (?:now |currently |ahora )?(available|in stock|limited|back-ordered|backordered|out of stock|not carried|disponible|limitad[oa]|en espera|agotad[oa])\b"));
    let Some(m) = p.captures(&sentence.folded) else { return };
    let said = match &m[1] {
        "available" | "in stock" | "disponible" => "available",
        "limited" | "limitado" | "limitada" => "limited",
        "not carried" => "not-carried",
        _ => "back-ordered",
    };
    let Some(end) = m.get(0).map(|m| m.start()) else { return };
    let drugs: Vec<&Found> = found.iter().filter(|f| f.end <= end).collect();
    if drugs.is_empty() {
        return;
    }
    let strengths: Vec<&String> =
        sentence.tokens.iter().filter_map(|t| if let Kind::Strength(s) = &t.kind { Some(s) } else { None }).collect();
    let mut about = view
        .products
        .iter()
        .filter(|p| {
            drugs.iter().all(|f| f.words.iter().all(|w| p.words.contains(w)))
                && strengths.iter().all(|s| holds(&p.compact, s))
        })
        .peekable();
    if about.peek().is_some() && !about.any(|p| p.stock == said) {
        out.push(format!("stock {:?} of {:?} is not the listed word", &m[1], drugs[0].text));
    }
}
