//! Kind 1, second part: plain numbers and number words with their units.

use super::bag::Bag;
use super::lex::{Kind, Token};
use super::text::re;
use super::view::{Sentence, View};
use regex::Regex;
use std::sync::OnceLock;

/// Looks at the counts of a sentence.
pub fn check(view: &View, sentence: &Sentence, out: &mut Vec<String>) {
    if sentence.whole {
        return;
    }
    for token in &sentence.tokens {
        if let Kind::Count { value, unit, word } = token.kind {
            let article = word && value == 1000 && (unit.is_none() || !stressed(sentence, token));
            if !article && !known(view, sentence, value, unit) {
                let unit = unit.map(|u| format!(" ({u})")).unwrap_or_default();
                out.push(format!("number {}{unit} is in no record of {} and on no page", token.text, view.who));
            }
        }
    }
    no_refills(view, sentence, out);
    parts(view, sentence, out);
    relative(view, sentence, out);
}

/// Whether "one", "un" or "una" counts something here.
fn stressed(sentence: &Sentence, token: &Token) -> bool {
    static P: OnceLock<Regex> = OnceLock::new();
    let p = P.get_or_init(|| re(r"\b(only|just|exactly|has|have|with|solo|queda|quedan|tiene|tienen|exactamente)\s*$"));
    p.is_match(sentence.folded.get(..token.start).unwrap_or(""))
}

fn known(view: &View, sentence: &Sentence, value: i64, unit: Option<&'static str>) -> bool {
    let whole = value / 1000;
    if unit.map_or_else(|| view.asked.any.contains(&value), |u| view.asked.counts.contains(&(value, u))) {
        return true;
    }
    match unit {
        Some("item") => sentence.scope.items.contains(&whole),
        Some("refill") if left().is_match(&sentence.folded) => sentence.scope.refills.contains(&whole),
        Some("order") => {
            view.person.is_some_and(|p| whole <= size(p.orders.len())) || typed(view, sentence, value, "order")
        }
        Some("prescription") => {
            view.person.is_some_and(|p| whole <= size(p.rxs.len())) || typed(view, sentence, value, "prescription")
        }
        Some("parcel") => whole <= 2 || typed(view, sentence, value, "parcel"),
        Some(unit) => typed(view, sentence, value, unit),
        None => {
            let year = i64::from(view.clock.year());
            let fits = |b: &Bag| b.any.contains(&value);
            (year - 1..=year + 1).contains(&whole) || fits(&sentence.scope.bag) || view.page(fits) || view.product(fits)
        }
    }
}

fn size(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn typed(view: &View, sentence: &Sentence, value: i64, unit: &'static str) -> bool {
    let fits = |b: &Bag| b.counts.contains(&(value, unit));
    fits(&sentence.scope.bag) || view.page(fits) || view.product(fits)
}

fn left() -> &'static Regex {
    static P: OnceLock<Regex> = OnceLock::new();
    P.get_or_init(|| re(r"refills? (left|remain)|remaining refill|(has|have) (\w+ )?(more )?refills?|resurtidos? (disponible|restante|pendiente)|(queda|tiene)n?( \w+)? resurtido"))
}

/// "No refills left" where some are left.
fn no_refills(view: &View, sentence: &Sentence, out: &mut Vec<String>) {
    static P: OnceLock<Regex> = OnceLock::new();
    let p = P.get_or_init(|| re(r"\b(no|out of) (more )?refills (left|remain)|ya no (tiene|le quedan) resurtidos|no (tiene|quedan) resurtidos|sin resurtidos"));
    static U: OnceLock<Regex> = OnceLock::new();
    let unsure = U
        .get_or_init(|| re(r"\b(or|o|if|si|when|cuando)\b|a prescription with|una receta sin|\b(lista|schedule) ii\b"));
    let own_words = sentence.scope.strings.iter().any(|t| p.is_match(t) && sentence.folded.contains(t.as_str()));
    if p.is_match(&sentence.folded)
        && !own_words
        && !unsure.is_match(&sentence.folded)
        && view.person.is_some()
        && !sentence.scope.refills.contains(&0)
    {
        out.push(format!("claim {:?}: {} has refills left", sentence.text, view.who));
    }
}

/// "Half", "a third".
fn parts(view: &View, sentence: &Sentence, out: &mut Vec<String>) {
    static P: OnceLock<Regex> = OnceLock::new();
    let p = P.get_or_init(|| re(r"\b(half|halves|mitad|tercio|(?:a|one|two)[ -]thirds?|(?:a|one|three) quarters?|un cuarto de|twice|doble)\b"));
    for m in p.find_iter(&sentence.folded) {
        let said = view.question.contains(m.as_str());
        let label = view.all().is_some_and(|f| {
            f.strings.iter().any(|s| s.contains(m.as_str()) && sentence.folded.contains(s.trim_end_matches('.')))
        });
        if !said && !label {
            out.push(format!("number word {:?} is in no record of {} and on no page", m.as_str(), view.who));
        }
    }
}

/// "Arrives tomorrow", "delivered by Friday": a day without a date must be a day of the records.
fn relative(view: &View, sentence: &Sentence, out: &mut Vec<String>) {
    static P: OnceLock<(Regex, Regex)> = OnceLock::new();
    let (topic, days) = P.get_or_init(|| {
        (
            re(r"\b(deliver\w*|arriv\w*|get(s|ting)? (there|here)|ship\w*|be there|com(es|ing)|lleg\w+|entreg\w+|envi\w+)\b"),
            re(r"\b(today|tonight|tomorrow|hoy|manana|monday|tuesday|wednesday|thursday|friday|saturday|sunday|lunes|martes|miercoles|jueves|viernes|sabado|domingo)\b"),
        )
    });
    let Some(all) = view.all() else { return };
    let span = re(
        r"\b(monday|lunes)\b[^.]{0,4}\b(to|through|a)\b|\b(to|through|a|al) (wednesday|friday|saturday|miercoles|viernes|sabado)",
    );
    if !topic.is_match(&sentence.folded) || span.is_match(&sentence.folded) {
        return;
    }
    let dated: Vec<(usize, usize)> =
        sentence.tokens.iter().filter(|t| matches!(t.kind, Kind::Date { .. })).map(|t| (t.start, t.end)).collect();
    for m in days.find_iter(&sentence.folded) {
        let inside = dated.iter().any(|(a, b)| *a <= m.start() && m.end() <= *b);
        if !inside && !view.question.contains(m.as_str()) && !on_day(view, sentence, all, m.as_str()) {
            out.push(format!("day {:?} is no day in the records here of {}", m.as_str(), view.who));
        }
    }
}

fn on_day(view: &View, sentence: &Sentence, _all: &super::facts::Facts, word: &str) -> bool {
    use jiff::ToSpan;
    let today = view.clock.date();
    let near = (-7..=14).filter_map(|n: i64| today.checked_add(n.days()).ok());
    let fits = |d: &jiff::civil::Date| sentence.scope.bag.has_date(Some(d.year()), d.month(), d.day());
    let wanted = match word {
        "today" | "tonight" | "hoy" => vec![today],
        "tomorrow" | "manana" => today.checked_add(1.days()).into_iter().collect(),
        name => near.filter(|d| super::units::weekday(name) == Some(d.weekday().to_monday_one_offset())).collect(),
    };
    wanted.iter().any(fits)
}
