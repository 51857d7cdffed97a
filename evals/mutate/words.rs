//! Words that mutations put in: short forms, words of the other language, service questions, a delivery notice.

use rand::Rng;
use rand::rngs::StdRng;

/// Ordinary questions to stand beside a message.
pub const SERVICE_EN: [&str; 8] = [
    "Where is my order right now?",
    "How much will the refill cost me?",
    "Can you change my shipping address?",
    "Does the copay card still work?",
    "How many refills are left?",
    "When does the pharmacy open on Saturday?",
    "I also want to know if the package needs a signature.",
    "Please tell me if my transfer went through.",
];
/// The same in Spanish.
pub const SERVICE_ES: [&str; 8] = [
    "¿Dónde está mi pedido?",
    "¿Cuánto me va a costar el resurtido?",
    "¿Puedo cambiar la dirección de envío?",
    "¿Todavía sirve la tarjeta de copago?",
    "¿Cuántos resurtidos me quedan?",
    "¿A qué hora abren el sábado?",
    "También quiero saber si hay que firmar por el paquete.",
    "Díganme si ya pasó mi transferencia, por favor.",
];

/// How people shorten words on a telephone.
pub const TEXTING: [(&str, &str); 26] = [
    ("you", "u"),
    ("your", "ur"),
    ("are", "r"),
    ("please", "pls"),
    ("because", "cuz"),
    ("people", "ppl"),
    ("to", "2"),
    ("for", "4"),
    ("and", "n"),
    ("with", "w"),
    ("without", "w/o"),
    ("about", "abt"),
    ("before", "b4"),
    ("today", "2day"),
    ("tonight", "2nite"),
    ("doctor", "doc"),
    ("prescription", "rx"),
    ("medicine", "meds"),
    ("that", "tht"),
    ("the", "da"),
    ("que", "q"),
    ("porque", "xq"),
    ("para", "pa"),
    ("por", "x"),
    ("también", "tmb"),
    ("está", "ta"),
];

/// Everyday words in English and Spanish: either stands for the other.
pub const BOTH: [(&str, &str); 30] = [
    ("medicine", "medicina"),
    ("medicina", "medicine"),
    ("pills", "pastillas"),
    ("pastillas", "pills"),
    ("pastilla", "pill"),
    ("mother", "mamá"),
    ("mamá", "mom"),
    ("father", "papá"),
    ("papá", "dad"),
    ("husband", "esposo"),
    ("esposo", "husband"),
    ("son", "hijo"),
    ("hijo", "son"),
    ("daughter", "hija"),
    ("hija", "daughter"),
    ("please", "por favor"),
    ("because", "porque"),
    ("porque", "because"),
    ("today", "hoy"),
    ("hoy", "today"),
    ("now", "ahorita"),
    ("ahora", "right now"),
    ("doctor", "médico"),
    ("my", "mi"),
    ("mi", "my"),
    ("but", "pero"),
    ("pero", "but"),
    ("also", "también"),
    ("what", "qué"),
    ("cuando", "when"),
];

/// A delivery notice as people paste it; repeated until it is long enough.
const NOTICE: &str = "Your package has been shipped. This is an automatic message, please do not reply to it. The label was made at \
our centre in the morning and the carrier picked the parcel up in the afternoon. You can follow each step on the carrier's page with \
the number in the subject line. Steps are shown in the time zone of the place where they were scanned. The parcel left the sorting \
hall and is moving within the network. It may be scanned several times a day, or not at all between two halls. Delivery is planned \
for a weekday between nine and five. If nobody is at home, the driver may leave a card with the address of the nearest counter. \
Bring the card and an identification to collect your parcel. Parcels are kept for five working days and are then sent back. The \
sender has asked for plain packaging. For questions about the contents please write to the sender. Thank you for choosing us. ";

/// Words replaced by the table, each with the probability `share`; case and the marks around a word are kept where they can be.
pub fn swap(text: &str, table: &[(&str, &str)], share: f64, rng: &mut StdRng) -> String {
    let other = |word: &str| table.iter().find(|(from, _)| *from == word.to_lowercase()).map(|(_, to)| *to);
    let mut out = Vec::new();
    for word in text.split(' ') {
        let core = word.trim_matches(|c: char| !c.is_alphanumeric());
        match other(core) {
            Some(to) if !core.is_empty() && rng.random_bool(share) => out.push(word.replacen(core, to, 1)),
            _ => out.push(word.to_owned()),
        }
    }
    out.join(" ")
}

/// A message behind at least `words` words of the notice.
pub fn behind_a_notice(text: &str, words: usize) -> String {
    let times = words.div_ceil(NOTICE.split_whitespace().count());
    format!("{}\n\n{text}", NOTICE.repeat(times).trim_end())
}
