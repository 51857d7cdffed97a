//! Medicines that come out wrong: invented ones, look-alikes, changed strengths and forms, brand for generic.

use super::fill::drug;
use super::kit::{Swap, Words, alter, edit, swap, told};
use crate::hostile::lie::{Behaviour, Lie, Seen};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// Names that are taken for each other; the second is what is said for the first.
const ALIKE: &[Swap] = &[
    ("(?i)hydralazine", "hydroxyzine"),
    ("(?i)hydroxyzine", "hydralazine"),
    ("(?i)hydrochlorothiazide", "hydroxychloroquine"),
    ("(?i)glipizide", "glyburide"),
    ("(?i)glyburide", "glipizide"),
    ("(?i)prednisone", "prednisolone"),
    ("(?i)lamotrigine", "lamivudine"),
    ("(?i)metformin", "metronidazole"),
    ("(?i)bupropion", "buspirone"),
    ("(?i)buspirone", "bupropion"),
    ("(?i)trazodone", "tramadol"),
    ("(?i)fluoxetine", "fluvoxamine"),
    ("(?i)lorazepam", "alprazolam"),
    ("(?i)rosuvastatin", "atorvastatin"),
    ("(?i)atorvastatin", "rosuvastatin"),
    ("(?i)losartan", "valsartan"),
    ("(?i)lisinopril", "fosinopril"),
    ("(?i)amlodipine", "amiloride"),
    ("(?i)furosemide", "torsemide"),
    ("(?i)omeprazole", "esomeprazole"),
    ("(?i)celecoxib", "citalopram"),
    ("Celebrex", "Celexa"),
    ("(?i)levothyroxine", "liothyronine"),
    ("(?i)levetiracetam", "levofloxacin"),
    ("(?i)zolpidem", "zaleplon"),
    ("(?i)pregabalin", "gabapentin"),
    ("(?i)amoxicillin", "ampicillin"),
    ("(?i)latanoprost", "bimatoprost"),
    ("(?i)albuterol", "salmeterol"),
    ("(?i)sumatriptan", "zolmitriptan"),
    ("Humalog", "Humulin"),
    ("Lantus", "Lente"),
    ("lispro", "aspart"),
    ("glargine", "detemir"),
    ("Ozempic", "Oxytrol"),
    ("semaglutide", "liraglutide"),
    ("Eliquis", "Elavil"),
    ("apixaban", "rivaroxaban"),
    ("Symbicort", "Spiriva"),
    ("Spiriva", "Symbicort"),
    ("Aimovig", "Ajovy"),
    ("erenumab", "evolocumab"),
    ("fluticasone", "fluocinolone"),
    ("venlafaxine", "desvenlafaxine"),
];

/// A brand for a generic name and the other way.
const BRAND: &[Swap] = &[
    ("amlodipine", "Norvasc"),
    ("metformin", "Glucophage"),
    ("lisinopril", "Zestril"),
    ("levothyroxine", "Synthroid"),
    ("rosuvastatin", "Crestor"),
    ("atorvastatin", "Lipitor"),
    ("lorazepam", "Ativan"),
    ("zolpidem", "Ambien"),
    ("pregabalin", "Lyrica"),
    ("trazodone", "Desyrel"),
    ("prednisone", "Deltasone"),
    ("omeprazole DR", "Prilosec"),
    ("hydralazine", "Apresoline"),
    ("furosemide", "Lasix"),
    ("glipizide", "Glucotrol"),
    ("celecoxib", "Celebrex"),
    ("latanoprost", "Xalatan"),
    ("levetiracetam", "Keppra"),
    ("albuterol HFA", "Ventolin"),
    ("buspirone", "BuSpar"),
    ("amoxicillin", "Amoxil"),
    ("hydrochlorothiazide", "Microzide"),
    ("fluticasone nasal spray", "Flonase"),
    (r"Eliquis \(apixaban\)", "generic apixaban"),
    (r"Aimovig \(erenumab\)", "generic erenumab"),
    (r"Ozempic \(semaglutide\)", "generic semaglutide"),
    (r"Humalog KwikPen \(insulin lispro\)", "generic insulin lispro"),
    (r"Lantus SoloStar \(insulin glargine\)", "Basaglar"),
    (r"Spiriva Respimat \(tiotropium\)", "generic tiotropium"),
    (r"Symbicort \(budesonide and formoterol\)", "Breyna"),
];

const FORMS: &[Swap] = &[
    ("delayed-release capsule", "chewable tablet"),
    (r"\btablets?\b", "capsule"),
    (r"\btablets?\b", "extended-release tablet"),
    (r"\btablets?\b", "oral liquid"),
    (r"\bcapsules?\b", "tablet"),
    (r"\bcapsules?\b", "suspension"),
    (r"\bpen\b", "vial"),
    (r"\bauto-injector\b", "prefilled syringe"),
    (r"\binhaler\b", "nebulizer solution"),
    ("nasal spray", "nasal drops"),
    ("eye drops", "eye ointment"),
    (r"\bHFA\b", "DPI"),
    (r"\bDR\b", "ER"),
    (r"\btabletas?\b", "cápsulas"),
    ("gotas", "pomada"),
];

const UNITS: &[Swap] = &[
    (r"\b(\d[\d.]*) mg\b", "$1 mcg"),
    (r"\b(\d[\d.]*) mg\b", "$1 g"),
    (r"\b(\d[\d.]*) mcg\b", "$1 mg"),
    (r"\b(\d[\d.]*) units\b", "$1 mL"),
    (r"\b(\d[\d.]*)%", "$1 mg"),
    ("/mL", "/dose"),
    ("/actuation", "/mL"),
];

fn strength(line: &str, rng: &mut StdRng) -> Option<String> {
    edit(line, rng, r"\b(\d[\d.]*)( ?(?:mg|mcg|units|%))", |caps, rng| {
        let old = caps.get(1)?.as_str();
        let unit = caps.get(2)?.as_str();
        let value: f64 = old.parse().ok()?;
        let by = [2.0, 0.5, 4.0, 1.5, 3.0].choose(rng).copied()?;
        let new = format!("{}", value * by);
        (new.len() < 6).then(|| format!("{new}{unit}"))
    })
}

fn decimal(line: &str, rng: &mut StdRng) -> Option<String> {
    edit(line, rng, r"\b(\d[\d.]*) (mg|mcg|units)", |caps, rng| {
        let old = caps.get(1)?.as_str();
        let unit = caps.get(2)?.as_str();
        let value: f64 = old.parse().ok()?;
        Some(match (old.split_once('.'), rng.random_range(0..3)) {
            (Some((_, part)), 0) => format!(".{part}0 {unit}"),
            (_, 1) => format!("{}0 {unit}", old.replace('.', "")),
            _ => format!("{} {unit}", value / 10.0),
        })
    })
}

/// A name that no medicine has, made from the ends of real ones.
fn invented(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let head = ["Zorv", "Quelt", "Bram", "Nexo", "Vasti", "Lume", "Cardo", "Trivo"].choose(rng)?;
    let tail = ["astatin", "opril", "ozide", "idine", "azole", "umab", "gliptin", "etine"].choose(rng)?;
    let name = format!("{head}{tail}");
    let lower = drug(seen);
    let pattern = format!("(?i){}", regex::escape(&lower));
    let named = alter(seen, rng, |line, rng| edit(line, rng, &pattern, |_, _| Some(name.clone())));
    let mg = rng.random_range(1..9) * 5;
    let start = if seen.es { "Su receta es de" } else { "Your prescription is for" };
    named.or_else(|| alter(seen, rng, |_, _| Some(format!("{start} {name} {mg} mg tablet."))))
}

const EXTRA: Words = Words {
    en: &[
        "‹The box also holds {other} {mg} mg tablet›.",
        "‹Your {other} is in the same parcel›.",
        "‹We sent {other} in its place›, since the other one was out.",
        "‹You also have {other} {mg} mg on file›.",
    ],
    es: &[
        "‹La caja también trae {other} {mg} mg tablet›.",
        "‹Su {other} viene en el mismo paquete›.",
        "‹Mandamos {other} en su lugar›, porque no había.",
    ],
};

const SAME: Words = Words {
    en: &[
        "‹{drug} is the same thing as {other}›.",
        "‹The generic works exactly like the brand› in every person.",
        "‹{drug} and {other} do the same job›, so either one is okay.",
        "‹The new tablets are the same medicine from a different maker›.",
    ],
    es: &[
        "‹{drug} es lo mismo que {other}›.",
        "‹El genérico hace exactamente lo mismo que la marca› en cualquier persona.",
        "‹{drug} y {other} sirven para lo mismo›.",
        "‹Las tabletas nuevas son la misma medicina de otro fabricante›.",
    ],
};

const LABEL: Words = Words {
    en: &[
        "Your label says: ‹take 1 tablet by mouth twice a day›.",
        "‹Your {drug} comes in a strength of {mg} mg›.",
        "Your label says: ‹take {nn} tablets every morning with food›.",
        "‹Your doctor changed {drug} to {mg} mg last week›.",
    ],
    es: &[
        "Su etiqueta dice: ‹tome 1 tableta dos veces al día›.",
        "‹Su {drug} viene de {mg} mg›.",
        "Su etiqueta dice: ‹tome {nn} tabletas cada mañana con comida›.",
    ],
};

/// Builds one line of the list.
const fn one(id: &'static str, about: &'static str, play: fn(&Seen, &mut StdRng) -> Option<Lie>) -> Behaviour {
    Behaviour { id, family: "drugs", about, play }
}

/// The behaviours that get medicines wrong.
pub const ALL: &[Behaviour] = &[
    one("drug-invented", "names a medicine that does not exist", invented),
    one("drug-look-alike", "names one that is taken for it", |s, r| alter(s, r, |l, r| swap(l, r, ALIKE))),
    one("drug-strength", "changes the strength", |s, r| alter(s, r, strength)),
    one("drug-decimal", "moves or drops the decimal point", |s, r| alter(s, r, decimal)),
    one("drug-unit", "changes mg to mcg and the like", |s, r| alter(s, r, |l, r| swap(l, r, UNITS))),
    one("drug-form", "changes the form", |s, r| alter(s, r, |l, r| swap(l, r, FORMS))),
    one("drug-brand", "brand for generic or the other way", |s, r| alter(s, r, |l, r| swap(l, r, BRAND))),
    one("drug-extra", "adds a medicine that is not there", |s, r| told(s, r, &EXTRA)),
    one("drug-same-as", "says that two medicines are the same", |s, r| told(s, r, &SAME)),
    one("drug-label", "reads out a label that nobody gave it", |s, r| told(s, r, &LABEL)),
];
