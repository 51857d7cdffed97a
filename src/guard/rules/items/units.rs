//! Unit words in English and Spanish and how the unit of a number is found; amounts themselves are read in `quantity`.

use super::Unit;

/// Units that never stand for another.
const STRICT: &[(&str, &str)] = &[
    ("day", "day"),
    ("days", "day"),
    ("dia", "day"),
    ("dias", "day"),
    ("hour", "hour"),
    ("hours", "hour"),
    ("h", "hour"),
    ("hr", "hour"),
    ("hrs", "hour"),
    ("hora", "hour"),
    ("horas", "hour"),
    ("minute", "minute"),
    ("minutes", "minute"),
    ("min", "minute"),
    ("mins", "minute"),
    ("minuto", "minute"),
    ("minutos", "minute"),
    ("week", "week"),
    ("weeks", "week"),
    ("semana", "week"),
    ("semanas", "week"),
    ("month", "month"),
    ("months", "month"),
    ("mes", "month"),
    ("meses", "month"),
    ("year", "year"),
    ("years", "year"),
    ("ano", "year"),
    ("anos", "year"),
    ("percent", "percent"),
    ("%", "percent"),
    ("mg", "mg"),
    ("milligrams", "mg"),
    ("miligramos", "mg"),
    ("mcg", "mcg"),
    ("micrograms", "mcg"),
    ("microgramos", "mcg"),
    ("ug", "mcg"),
    ("g", "g"),
    ("grams", "g"),
    ("gramos", "g"),
    ("ml", "ml"),
    ("milliliters", "ml"),
    ("mililitros", "ml"),
    ("f", "f"),
    ("c", "c"),
    ("fahrenheit", "f"),
    ("celsius", "c"),
    ("weekdays", "business_day"),
    ("weekday", "business_day"),
    ("seconds", "second"),
    ("segundos", "second"),
];

const THINGS: &[(&str, &str)] = &[
    ("tablet", "tablet"),
    ("tablets", "tablet"),
    ("pill", "tablet"),
    ("pills", "tablet"),
    ("tableta", "tablet"),
    ("tabletas", "tablet"),
    ("pastilla", "tablet"),
    ("pastillas", "tablet"),
    ("capsule", "capsule"),
    ("capsules", "capsule"),
    ("capsula", "capsule"),
    ("capsulas", "capsule"),
    ("item", "item"),
    ("items", "item"),
    ("articulo", "item"),
    ("articulos", "item"),
    ("producto", "item"),
    ("productos", "item"),
    ("medicine", "item"),
    ("medicines", "item"),
    ("medicina", "item"),
    ("medicinas", "item"),
    ("medicamento", "item"),
    ("medicamentos", "item"),
    ("medication", "item"),
    ("medications", "item"),
    ("prescription", "item"),
    ("prescriptions", "item"),
    ("receta", "item"),
    ("recetas", "item"),
    ("refill", "refill"),
    ("refills", "refill"),
    ("resurtido", "refill"),
    ("resurtidos", "refill"),
    ("repeticiones", "refill"),
    ("parcel", "parcel"),
    ("parcels", "parcel"),
    ("package", "parcel"),
    ("packages", "parcel"),
    ("shipment", "parcel"),
    ("shipments", "parcel"),
    ("paquete", "parcel"),
    ("paquetes", "parcel"),
    ("envio", "parcel"),
    ("envios", "parcel"),
    ("order", "order"),
    ("orders", "order"),
    ("pedido", "order"),
    ("pedidos", "order"),
];

const STOP: &[&str] = &[
    "for", "with", "and", "or", "is", "are", "was", "per", "from", "to", "in", "at", "on", "if", "by", "after",
    "before", "when", "until", "el", "la", "los", "las", "para", "por", "con", "y", "o", "en", "al", "a", "si", "que",
    "se", "es", "son", "cuando", "antes", "despues", "the", "you", "your", "su", "sus", "each", "every", "cada", "not",
    "no", "will", "can", "as", "ct", "et", "pt", "mt",
];

/// The unit in the words after a number.
pub fn unit_after(text: &str, at: usize) -> Unit {
    let rest = text.get(at..).unwrap_or_default();
    if rest.trim_start().starts_with('%') {
        return Unit::Strict("percent");
    }
    let rest = rest.trim_start_matches('°').trim_start_matches(['-', '\u{ba}']);
    let clause = rest
        .split(|c: char| {
            matches!(c, '.' | ',' | ';' | ':' | '(' | ')' | '!' | '?' | '\n' | '"' | '/') || c.is_ascii_digit()
        })
        .next()
        .unwrap_or_default();
    let words: Vec<&str> = clause.split(|c: char| c.is_whitespace() || c == '-').filter(|w| !w.is_empty()).collect();
    let mut business = false;
    for (i, word) in words.iter().enumerate().take(4) {
        business |= matches!(*word, "business" | "working" | "work");
        let next = words.get(i + 1).copied().unwrap_or_default();
        if let Some((_, unit)) = STRICT.iter().find(|(w, _)| w == word) {
            let working = *unit == "day" && (business || next.starts_with("habil") || next.starts_with("laborabl"));
            return Unit::Strict(if working { "business_day" } else { unit });
        }
        if let Some((_, unit)) = THINGS.iter().find(|(w, _)| w == word) {
            return Unit::Thing(unit);
        }
        if STOP.contains(word) {
            break;
        }
    }
    let noun = words.iter().find(|w| **w != "de").filter(|w| !STOP.contains(*w));
    noun.map_or(Unit::Bare, |w| Unit::Noun((*w).to_owned()))
}
