//! The values that wordings are filled in with: made-up names, dates, prices and numbers, and the customer's medicine.

use super::kit::{pick, re};
use crate::hostile::lie::Seen;
use rand::Rng;
use rand::rngs::StdRng;
use regex::Captures;

/// Names of medicines that a question or a record may hold, English and Spanish, brand and generic.
pub const DRUGS: &[&str] = &[
    "amlodipine",
    "amlodipino",
    "amlodipina",
    "metformin",
    "metformina",
    "lisinopril",
    "levothyroxine",
    "levotiroxina",
    "atorvastatin",
    "atorvastatina",
    "rosuvastatin",
    "rosuvastatina",
    "hydralazine",
    "hidralazina",
    "hydroxyzine",
    "hidroxizina",
    "hydrochlorothiazide",
    "hidroclorotiazida",
    "glipizide",
    "glipizida",
    "prednisone",
    "prednisona",
    "prednisolone",
    "trazodone",
    "trazodona",
    "buspirone",
    "bupropion",
    "fluoxetine",
    "fluoxetina",
    "sertraline",
    "sertralina",
    "venlafaxine",
    "venlafaxina",
    "lorazepam",
    "alprazolam",
    "zolpidem",
    "pregabalin",
    "pregabalina",
    "gabapentin",
    "lamotrigine",
    "lamotrigina",
    "levetiracetam",
    "amoxicillin",
    "amoxicilina",
    "omeprazole",
    "omeprazol",
    "losartan",
    "losartán",
    "furosemide",
    "furosemida",
    "celecoxib",
    "celebrex",
    "eliquis",
    "apixaban",
    "ozempic",
    "semaglutide",
    "humalog",
    "lantus",
    "insulin",
    "insulina",
    "latanoprost",
    "albuterol",
    "spiriva",
    "symbicort",
    "fluticasone",
    "fluticasona",
    "aimovig",
    "sumatriptan",
    "sumatriptán",
    "warfarin",
    "warfarina",
    "adderall",
    "methotrexate",
    "metotrexato",
];

const EN_MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ES_MONTHS: [&str; 12] = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"];
const EN_DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const ES_DAYS: [&str; 7] = ["jue", "vie", "sáb", "dom", "lun", "mar", "mié"];
const EN_WEEK: [&str; 6] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ES_WEEK: [&str; 6] = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado"];
const FIRST: [&str; 10] =
    ["Marisol", "Everett", "Ottilie", "Bramwell", "Yolanda", "Thaddeus", "Priscila", "Desmond", "Concha", "Winifred"];
const LAST: [&str; 10] = [
    "Quillfeather",
    "Abernathy",
    "Vandersloot",
    "Ochoa-Pratt",
    "Hallowell",
    "Zamarripa",
    "Thistlewood",
    "Okonjo",
    "Brackenridge",
    "Peñaloza",
];
const STREETS: [&str; 6] = ["Larkspur", "Mulberry", "Cooper Mill", "Tamarack", "Old Quarry", "Saltbox"];
const OTHERS: [&str; 8] =
    ["naltrexone", "clozapine", "oxycodone", "tamoxifen", "lithium", "sildenafil", "methadone", "truvada"];
const EN_COUNT: [&str; 8] = ["two", "three", "four", "five", "six", "seven", "eight", "nine"];
const ES_COUNT: [&str; 8] = ["dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"];

/// The medicine that the question or the texts speak of, or a word for it.
pub fn drug(seen: &Seen) -> String {
    let text = seen.pieces.iter().fold(seen.question.to_lowercase(), |all, p| all + " " + &p.text.to_lowercase());
    let found = DRUGS.iter().filter_map(|d| text.find(d).map(|at| (at, *d))).min();
    let other = if seen.es { "esta medicina" } else { "this medicine" };
    found.map_or_else(|| other.to_string(), |(_, d)| d.to_string())
}

/// The three letters of a month, 0 to 11.
pub fn month(es: bool, at: usize) -> &'static str {
    let names = if es { ES_MONTHS } else { EN_MONTHS };
    names.get(at % 12).copied().unwrap_or("Dec")
}

/// Which month three letters mean, 0 to 11.
pub fn month_at(name: &str) -> Option<usize> {
    let is = |m: &str| m.eq_ignore_ascii_case(name);
    EN_MONTHS.iter().position(|m| is(m)).or_else(|| ES_MONTHS.iter().position(|m| is(m)))
}

/// The name of the weekday that comes some days after another one, in its language.
pub fn weekday_after(name: &str, days: i64) -> Option<&'static str> {
    let low = name.to_lowercase();
    let find = |names: &[&'static str; 7]| names.iter().position(|d| d.to_lowercase() == low);
    let (names, at) = find(&EN_DAYS).map(|at| (EN_DAYS, at)).or_else(|| find(&ES_DAYS).map(|at| (ES_DAYS, at)))?;
    let to = (i64::try_from(at).ok()? + days).rem_euclid(7);
    names.get(usize::try_from(to).ok()?).copied()
}

/// A date in December 2026, with its weekday.
pub fn date(es: bool, rng: &mut StdRng) -> String {
    let day: usize = rng.random_range(1..31);
    let names = if es { ES_DAYS } else { EN_DAYS };
    let name = names.get((day + 4) % 7).copied().unwrap_or_default();
    format!("{name} {day} {}", month(es, 11))
}

/// A number from 2 to 9 as a word.
pub fn count_word(es: bool, n: usize) -> Option<&'static str> {
    (if es { ES_COUNT } else { EN_COUNT }).get(n.checked_sub(2)?).copied()
}

/// A phone number that the pharmacy does not have.
pub fn phone(rng: &mut StdRng) -> String {
    let head = pick(rng, &["1-800-555", "1-866-555", "1-888-555", "(312) 555", "1-900-555"]).unwrap_or("1-888-555");
    format!("{head}-{:04}", rng.random_range(150..9999))
}

fn letters(rng: &mut StdRng, count: usize) -> String {
    (0..count).map(|_| char::from(rng.random_range(b'A'..=b'Z'))).collect()
}

fn link(rng: &mut StdRng) -> String {
    let host = pick(rng, &["fernleaf-refunds.example", "fernleaf.example.help-now.example", "rx-track.example"]);
    let page = pick(rng, &["claim", "verify", "track", "pay", "refill", "status"]).unwrap_or("claim");
    format!("https://{}/{page}/{}", host.unwrap_or("rx-track.example"), rng.random_range(100..99999))
}

fn name(rng: &mut StdRng) -> String {
    [pick(rng, &FIRST).unwrap_or_default(), pick(rng, &LAST).unwrap_or_default()].join(" ")
}

fn number(key: &str, es: bool, rng: &mut StdRng) -> Option<String> {
    let n: u32 = rng.random_range(2..10);
    Some(match key {
        "n" => n.to_string(),
        "big" => rng.random_range(11..60).to_string(),
        "nn" => count_word(es, usize::try_from(n).ok()?)?.to_string(),
        "money" => format!("${}.{:02}", rng.random_range(3..240), rng.random_range(1..100)),
        "pct" => format!("{}%", rng.random_range(12..97)),
        "mins" => rng.random_range(3..9).to_string(),
        "mg" => (u32::from(rng.random_bool(0.5)) * 5 + n * 15).to_string(),
        "time" => format!("{}:{:02} {}", n, rng.random_range(10..60), pick(rng, &["am", "pm"])?),
        "track" => format!("{}{}", letters(rng, 2), rng.random_range(100_000_000_u64..999_999_999)),
        "order" => format!("{}-{}", letters(rng, 2), rng.random_range(10_000..99_999)),
        "dob" => format!("{}/{}/19{}", n, rng.random_range(10..29), rng.random_range(41..99)),
        _ => return None,
    })
}

fn value(seen: &Seen, rng: &mut StdRng, key: &str) -> Option<String> {
    let es = seen.es;
    Some(match key {
        "drug" => drug(seen),
        "date" => date(es, rng),
        "day" => pick(rng, if es { &ES_WEEK } else { &EN_WEEK })?.to_string(),
        "name" => name(rng),
        "first" => pick(rng, &FIRST)?.to_string(),
        "last" => pick(rng, &LAST)?.to_string(),
        "phone" => phone(rng),
        "url" => link(rng),
        "email" => {
            format!("{}{}@fernleaf-rx.example", pick(rng, &["refunds", "help", "meds"])?, rng.random_range(2..99))
        }
        "addr" => format!("{} {} Road", rng.random_range(11..9800), pick(rng, &STREETS)?),
        "other" => pick(rng, &OTHERS)?.to_string(),
        _ => number(key, es, rng)?,
    })
}

/// Fills in all that stands in braces; `None` for a word that is not known here.
pub fn fill(seen: &Seen, rng: &mut StdRng, template: &str) -> Option<String> {
    let mut whole = true;
    let text = re(r"\{([a-z]+)\}")?.replace_all(template, |caps: &Captures| {
        let found = caps.get(1).and_then(|key| value(seen, rng, key.as_str()));
        whole &= found.is_some();
        found.unwrap_or_default()
    });
    let text = text.into_owned();
    whole.then_some(text)
}
