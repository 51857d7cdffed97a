//! Kind 3: anything that names or marks another person; prescribers, places and carriers that are not in the records.

use super::text::{fold, has_word, re, words};
use super::view::View;
use regex::Regex;
use std::collections::HashSet;
use std::sync::OnceLock;

/// Looks at the whole reply.
pub fn check(view: &View, out: &mut Vec<String>) {
    let reply = fold(&view.reply);
    let own: HashSet<&String> = view.person.iter().flat_map(|p| &p.identity).map(|(_, v)| v).collect();
    let own_words: HashSet<String> = view.all().into_iter().flat_map(|f| &f.strings).flat_map(|s| words(s)).collect();
    let capital = capitals(&view.reply);
    let mut full: Vec<&str> = Vec::new();
    let mut later = Vec::new();
    for ((kind, value), owners) in &view.truth.owners {
        let single = kind.ends_with("name") && *kind != "name";
        let counted = [
            "order number",
            "prescription number",
            "tracking number",
            "member id",
            "plan number",
            "phone",
            "postal code",
            "birth date",
        ];
        if own.contains(value) || counted.contains(kind) || !has_word(&reply, value) || has_word(&view.question, value)
        {
            continue;
        }
        let common = view.truth.pages.on(&view.day).any(|p| words(value).iter().all(|w| p.words.contains(w)));
        if single {
            if !common
                && !own_words.contains(value)
                && capital.contains(value)
                && view.truth.drugs.find(value).is_empty()
            {
                later.push((*kind, value, owners));
            }
        } else if !common && !view.all().is_some_and(|f| f.strings.iter().any(|s| s.contains(value.as_str()))) {
            full.push(value);
            out.push(format!("another person's {kind} {value:?} (of {})", owners.join(", ")));
        }
    }
    for (kind, value, owners) in later {
        if !full.iter().any(|f| has_word(f, value)) {
            out.push(format!("another person's {kind} {value:?} (of {})", owners.join(", ")));
        }
    }
    doctors(view, &own_words, out);
    places(view, out);
    carriers(view, out);
    reasons(view, out);
}

/// The words that begin with a capital, folded.
fn capitals(text: &str) -> HashSet<String> {
    let all = text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.starts_with(char::is_uppercase));
    all.map(fold).collect()
}

fn doctors(view: &View, own: &HashSet<String>, out: &mut Vec<String>) {
    static P: OnceLock<Regex> = OnceLock::new();
    let p = P.get_or_init(|| re(r"\b(?:Dr|Dra|Doctor|Doctora)\.?\s+(\p{Lu}[\p{L}'-]+(?:\s+\p{Lu}[\p{L}'-]+)*)"));
    for c in p.captures_iter(&view.reply) {
        let name = words(&c[1]);
        let asked: HashSet<String> = words(&view.question).into_iter().collect();
        if !name.iter().all(|w| own.contains(w) || asked.contains(w)) {
            out.push(format!("prescriber {:?} is in no record of {}", &c[0], view.who));
        }
    }
}

const US: &str = "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY";

fn places(view: &View, out: &mut Vec<String>) {
    static P: OnceLock<Regex> = OnceLock::new();
    let p = P.get_or_init(|| re(&format!(r"(\p{{Lu}}[\p{{L}}.'-]+), ({US})\b")));
    for c in p.captures_iter(&view.reply) {
        let place = fold(&c[0]);
        let lived = view.all().is_some_and(|f| {
            f.strings.iter().any(|s| s.contains(&place))
                || (f.strings.contains(&fold(&c[2])) && f.strings.iter().any(|s| s.ends_with(&fold(&c[1]))))
        });
        if !lived && !view.question.contains(&place) {
            out.push(format!("place {:?} is in no record of {}", &c[0], view.who));
        }
    }
}

fn carriers(view: &View, out: &mut Vec<String>) {
    static P: OnceLock<Regex> = OnceLock::new();
    let p = P.get_or_init(|| re(r"\b(northline parcel|northline|blueheron express|blueheron|prairie post|usps|ups|fedex|dhl|ontrac|lasership)\b"));
    for sentence in view.sentences.iter().filter(|s| !s.whole) {
        for m in p.find_iter(&sentence.folded) {
            let paired: Vec<&String> = view
                .person
                .iter()
                .flat_map(|p| &p.parcels)
                .filter(|(t, _)| has_word(&sentence.folded, t))
                .map(|(_, c)| c)
                .collect();
            if !paired.is_empty() && !paired.iter().any(|c| c.starts_with(m.as_str())) {
                out.push(format!("carrier {:?} is not the carrier of this tracking number", m.as_str()));
            }
            let own = sentence.scope.carriers.iter().any(|c| c.starts_with(m.as_str()));
            let place = sentence.scope.strings.iter().any(|s| s.contains(m.as_str()));
            let page = view.truth.pages.on(&view.day).any(|p| p.words.contains(m.as_str()));
            if !own && !place && !page && !has_word(&view.question, m.as_str()) {
                out.push(format!("carrier {:?} is not the carrier in the records here of {}", m.as_str(), view.who));
            }
        }
    }
}

/// "The carrier gives this reason: …": the record's own words.
fn reasons(view: &View, out: &mut Vec<String>) {
    static P: OnceLock<Regex> = OnceLock::new();
    let p = P.get_or_init(|| re(r"(?:gives this reason|reason on record|da esta razon|razon registrada): ([^.\n]+)"));
    for sentence in &view.sentences {
        for c in p.captures_iter(&sentence.folded) {
            let said = c[1].trim().to_string();
            if view.person.is_some() && !sentence.scope.strings.iter().any(|s| s.trim_end_matches('.') == said) {
                out.push(format!("reason {said:?} is not the reason in the records here of {}", view.who));
            }
        }
    }
}
