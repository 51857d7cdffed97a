//! Number words and the unit that follows a number, in both languages.

/// The unit of a number, by its following words (folded), or none if it is not one that we know.
pub fn unit(next: &[&str]) -> Option<&'static str> {
    let mut skip = 0;
    let mut business = false;
    while skip < 3 && next.get(skip).is_some_and(|w| ADJECTIVES.contains(w)) {
        business |= matches!(next[skip], "business" | "working");
        skip += 1;
    }
    let noun = next.get(skip)?;
    let after = next.get(skip + 1).copied().unwrap_or("");
    business |= after.starts_with("habil") || after.starts_with("laborable");
    let (name, _) = UNITS.iter().find(|(_, forms)| forms.contains(noun))?;
    Some(match (*name, business) {
        ("day", true) => "business day",
        ("hour", true) => "business hour",
        (name, _) => name,
    })
}

const ADJECTIVES: &[&str] = &[
    "business",
    "working",
    "calendar",
    "more",
    "full",
    "additional",
    "wrong",
    "other",
    "whole",
    "extra",
    "remaining",
    "automatic",
];

const UNITS: &[(&str, &[&str])] = &[
    ("day", &["day", "days", "dia", "dias"]),
    ("hour", &["hour", "hours", "hr", "hrs", "hora", "horas"]),
    ("minute", &["minute", "minutes", "min", "mins", "minuto", "minutos"]),
    ("week", &["week", "weeks", "semana", "semanas"]),
    ("month", &["month", "months", "mes", "meses"]),
    ("year", &["year", "years", "ano", "anos"]),
    ("refill", &["refill", "refills", "resurtido", "resurtidos"]),
    ("item", &["item", "items", "articulo", "articulos"]),
    ("order", &["order", "orders", "pedido", "pedidos"]),
    ("parcel", &["parcel", "parcels", "package", "packages", "box", "boxes", "paquete", "paquetes", "caja", "cajas"]),
    ("prescription", &["prescription", "prescriptions", "receta", "recetas"]),
    ("tablet", &["tablet", "tablets", "tableta", "tabletas", "pill", "pills", "pastilla", "pastillas"]),
    ("capsule", &["capsule", "capsules", "capsula", "capsulas"]),
    ("pen", &["pen", "pens", "pluma", "plumas"]),
    ("inhaler", &["inhaler", "inhalers", "inhalador", "inhaladores"]),
    ("patch", &["patch", "patches", "parche", "parches"]),
    ("vial", &["vial", "vials", "viales"]),
    ("bottle", &["bottle", "bottles", "frasco", "frascos", "botella", "botellas"]),
    ("syringe", &["syringe", "syringes", "jeringa", "jeringas"]),
    ("injector", &["auto", "autoinjector", "autoinjectors", "autoinyector", "autoinyectores"]),
    ("film", &["film", "films", "pelicula", "peliculas"]),
    ("puff", &["puff", "puffs", "inhalacion", "inhalaciones"]),
    ("gram", &["gram", "grams", "gramo", "gramos"]),
    ("times", &["time", "times", "vez", "veces"]),
    ("try", &["try", "tries", "attempt", "attempts", "intento", "intentos"]),
    ("reminder", &["reminder", "reminders", "recordatorio", "recordatorios"]),
    ("dollar", &["dollar", "dollars", "bucks", "dolar", "dolares", "usd"]),
    ("percent", &["percent", "por ciento", "porciento"]),
];

/// The unit of a FHIR quantity ("tablets", "days").
pub fn unit_word(word: &str) -> Option<&'static str> {
    let folded = super::text::fold(word);
    let parts: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).collect();
    unit(&parts)
}

/// The value of a number word. `es`: the text is Spanish ("once" is eleven there, an adverb in English).
pub fn value(word: &str, es: bool) -> Option<i64> {
    let list = if es { WORDS_ES } else { WORDS };
    list.iter().find(|(w, _)| *w == word).map(|(_, v)| *v)
}

const WORDS: &[(&str, i64)] = &[
    ("zero", 0),
    ("one", 1),
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
    ("dozen", 12),
];

const WORDS_ES: &[(&str, i64)] = &[
    ("cero", 0),
    ("un", 1),
    ("uno", 1),
    ("una", 1),
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
    ("veintiuno", 21),
    ("veintidos", 22),
    ("veintitres", 23),
    ("veinticuatro", 24),
    ("veinticinco", 25),
    ("veintiocho", 28),
    ("treinta", 30),
    ("cuarenta", 40),
    ("cincuenta", 50),
    ("sesenta", 60),
    ("setenta", 70),
    ("ochenta", 80),
    ("noventa", 90),
    ("cien", 100),
    ("docena", 12),
];

/// A month by its name or short name (folded), both languages.
pub fn month(word: &str) -> Option<i8> {
    let w = word.trim_end_matches('.');
    MONTHS.iter().position(|forms| forms.contains(&w)).and_then(|i| i8::try_from(i + 1).ok())
}

const MONTHS: [&[&str]; 12] = [
    &["jan", "january", "ene", "enero"],
    &["feb", "february", "febrero"],
    &["mar", "march", "marzo"],
    &["apr", "april", "abr", "abril"],
    &["may", "mayo"],
    &["jun", "june", "junio"],
    &["jul", "july", "julio"],
    &["aug", "august", "ago", "agosto"],
    &["sep", "sept", "september", "septiembre", "setiembre"],
    &["oct", "october", "octubre"],
    &["nov", "november", "noviembre"],
    &["dec", "december", "dic", "diciembre"],
];

/// A weekday (Monday = 1) by its name or short name (folded), both languages.
pub fn weekday(word: &str) -> Option<i8> {
    let w = word.trim_end_matches('.');
    DAYS.iter().position(|forms| forms.contains(&w)).and_then(|i| i8::try_from(i + 1).ok())
}

const DAYS: [&[&str]; 7] = [
    &["mon", "monday", "lun", "lunes"],
    &["tue", "tues", "tuesday", "mar", "martes"],
    &["wed", "wednesday", "mie", "miercoles"],
    &["thu", "thur", "thurs", "thursday", "jue", "jueves"],
    &["fri", "friday", "vie", "viernes"],
    &["sat", "saturday", "sab", "sabado"],
    &["sun", "sunday", "dom", "domingo"],
];

/// The zones that a zone's customer name may stand for.
pub fn zones(label: &str) -> Option<&'static [&'static str]> {
    Some(match label {
        "et" | "est" | "edt" | "eastern" | "este" => &["America/New_York"],
        "ct" | "cst" | "cdt" | "central" | "centro" => &["America/Chicago"],
        "mt" | "mst" | "mdt" | "mountain" | "montana" => &["America/Denver", "America/Phoenix"],
        "pt" | "pst" | "pdt" | "pacific" | "pacifico" => &["America/Los_Angeles"],
        "ast" | "at" | "atlantic" | "atlantico" => &["America/Puerto_Rico"],
        "akt" | "akst" | "akdt" | "alaska" => &["America/Anchorage"],
        "hst" | "ht" | "hawaii" | "hawai" => &["Pacific/Honolulu"],
        _ => return None,
    })
}
