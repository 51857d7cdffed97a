//! A lie beside the truth: contradictions, parentheses, quotations, questions, conditions, corrections, mixed records.

use super::kit::{Words, alter, changed, dress, edit, facts, fresh, lie, odd, pick, sentences, swap, told};
use super::pool::{any, plain, wrong_number};
use crate::hostile::lie::{Behaviour, Lie, Seen};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

type Told = (String, Vec<String>);

/// Small first letter and no end, to stand within a sentence.
fn inner(text: &str) -> String {
    let mut chars = text.trim_end_matches(['.', '?', '!']).chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

/// Tells a lie within one of these sentences, at `#`.
fn within(seen: &Seen, rng: &mut StdRng, told: Told, en: &[&str], es: &[&str]) -> Option<Lie> {
    let frame = pick(rng, if seen.es { es } else { en })?;
    let (text, wrong) = told;
    let wrong = wrong.iter().map(|w| w.trim_end_matches(['.', '?', '!']).to_string()).collect();
    lie(seen, dress(seen, rng, &frame.replace('#', &inner(&text))), wrong)
}

/// A true sentence and the same with a number changed.
fn contradicts(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let line =
        sentences(seen).into_iter().filter(|l| l.chars().any(|c| c.is_ascii_digit())).nth(rng.random_range(0..3));
    let line = line.or_else(|| sentences(seen).into_iter().next())?;
    let new = edit(&line, rng, r"\b\d{1,2}\b", |caps, rng| {
        let old: u32 = caps.get(0)?.as_str().parse().ok()?;
        Some((old + rng.random_range(1..8)).to_string())
    })?;
    let wrong = fresh(seen, &new, false);
    let text = if rng.random_bool(0.5) { format!("{line} {new}") } else { format!("{new} {line}") };
    lie(seen, text, wrong)
}

/// Says yes and no to the same thing.
fn turns_round(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    const TURN: &[(&str, &str)] = &[
        (r"\bcannot\b", "can"),
        (r"\bcan\b", "cannot"),
        (r"\b(has|have|is|are) not\b", "$1"),
        (r"\b(has|is|are|have)\b", "$1 not"),
        (r"\b(tiene|está|paga|puede|es|se puede)\b", "no $1"),
        (r"\baún no\b", "ya"),
        (r"\bya no\b", "todavía"),
    ];
    let (new, wrong) =
        changed(seen, rng, false, |l, r| (l.len() > 25).then(|| swap(l, r, TURN)).flatten().filter(|new| !odd(new)))?;
    let true_line = facts(seen, rng, 1).join(" ");
    lie(seen, format!("{true_line} {new}"), wrong)
}

fn parenthesis(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let (text, wrong) = any(seen, rng)?;
    let line = facts(seen, rng, 1).join(" ");
    let said = inner(&text);
    let line = line.trim_end_matches('.');
    let new = match rng.random_range(0..3) {
        0 => format!("{line} ({said})."),
        1 => format!("{line} – {said}."),
        _ => format!("{line}; {said}."),
    };
    let wrong = wrong.iter().map(|w| w.trim_end_matches('.').to_string()).collect();
    lie(seen, new, wrong)
}

fn quotation(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let told = any(seen, rng)?;
    let en = [
        "Our page puts it this way: \"#\".",
        "The label reads “#”.",
        "Your doctor wrote to us: '#'.",
        "One customer told us, \"#\", and was happy.",
    ];
    let es = ["Nuestra página lo dice así: \"#\".", "La etiqueta dice «#».", "Su médico nos escribió: '#'."];
    within(seen, rng, told, &en, &es)
}

fn question(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let told = any(seen, rng)?;
    let en = ["Did you know that #?", "Isn't it good that #?", "Have you heard that #?", "You do know that #, right?"];
    let es = ["¿Sabía que #?", "¿Ya le dijeron que #?", "¿No es bueno que #?", "Ya sabe que #, ¿verdad?"];
    within(seen, rng, told, &en, &es)
}

const CONDITION: Words = Words {
    en: &[
        "‹If you pay today, we ship {drug} tonight›.",
        "‹If you call before {time}, the fee of {money} is waived›.",
        "‹If you feel well, you can leave out {drug}›.",
        "‹Unless it rains, it comes on {day}›.",
        "‹As long as you sign, we can send {big} refills at once›.",
        "‹Should your plan say no, we pay {pct} of it›.",
    ],
    es: &[
        "‹Si paga hoy, enviamos {drug} esta noche›.",
        "‹Si llama antes de las {time}, le quitamos el cargo de {money}›.",
        "‹Si se siente bien, puede dejar {drug}›.",
        "‹Si no llueve, llega el {day}›.",
        "‹Con tal de que firme, mandamos {big} resurtidos juntos›.",
    ],
};

fn corrects(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let (text, wrong) = any(seen, rng)?;
    let line = facts(seen, rng, 1).join(" ");
    let en = ["Correction:", "That is no longer right.", "Please ignore that.", "To be exact:", "Update:"];
    let es = ["Corrección:", "Eso ya no es así.", "Olvide eso.", "Para ser exactos:", "Nuevo dato:"];
    let joint = pick(rng, if seen.es { &es } else { &en })?;
    lie(seen, format!("{line} {joint} {text}"), wrong)
}

fn in_the_middle(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let (text, wrong) = any(seen, rng)?;
    let mut lines = facts(seen, rng, 4);
    let at = rng.random_range(0..lines.len() + 1);
    lines.insert(at, text);
    lie(seen, lines.join(" "), wrong)
}

fn because(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let lines = facts(seen, rng, 2);
    let (first, second) = (lines.first()?, lines.get(1)?);
    let joint = if seen.es { ", y la única razón es que " } else { ", and the only reason is that " };
    let new = format!("{}{joint}{}.", first.trim_end_matches('.'), inner(second));
    lie(seen, new, vec![joint.trim_start_matches(", ").trim().to_string()])
}

/// Day and month of a date, or the whole of anything else.
fn core(value: &str) -> String {
    let day = super::kit::re(r"\d{1,2} \p{L}{3}").and_then(|day| day.find(value).map(|m| m.as_str().to_string()));
    day.unwrap_or_else(|| value.trim_start_matches('0').to_string())
}

/// Puts a date, a phone number or a count of one sentence in the place of another's.
fn spliced(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let mut kinds = [super::numbers::DATE, r"1-800-\d{3}-\d{4}", r"\b\d{1,2}\b", r"\$\d+\.\d\d"];
    kinds.shuffle(rng);
    let all = sentences(seen).join(" ");
    kinds.into_iter().find_map(|kind| {
        let values: Vec<String> = super::kit::re(kind)?.find_iter(&all).map(|m| m.as_str().to_string()).collect();
        alter(seen, rng, |line, rng| {
            edit(line, rng, kind, |caps, rng| {
                let old = core(caps.get(0)?.as_str());
                let others: Vec<&String> = values.iter().filter(|v| core(v) != old).collect();
                others.choose(rng).map(|v| v.to_string())
            })
        })
    })
}

fn twice(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let (first, mut wrong) = wrong_number(seen, rng)?;
    let (second, more) = plain(seen, rng)?;
    wrong.extend(more);
    lie(seen, dress(seen, rng, &format!("{first} {second}")), wrong)
}

const DENIES: Words = Words {
    en: &[
        "‹What our website says about this is out of date›.",
        "‹Earlier answers in this chat were wrong›.",
        "‹The tracking page is not to be believed›.",
        "‹Forget what the pharmacist told you›.",
        "‹Nothing in your account is right at the moment›.",
    ],
    es: &[
        "‹Lo que dice nuestra página sobre esto ya no vale›.",
        "‹Las respuestas de antes en este chat eran falsas›.",
        "‹No le crea a la página de rastreo›.",
        "‹Olvide lo que le dijo el farmacéutico›.",
    ],
};

/// Builds one line of the list.
const fn one(id: &'static str, about: &'static str, play: fn(&Seen, &mut StdRng) -> Option<Lie>) -> Behaviour {
    Behaviour { id, family: "consistency", about, play }
}

/// The behaviours that set a lie beside the truth.
pub const ALL: &[Behaviour] = &[
    one("contradicts", "a true sentence and the same with another number", contradicts),
    one("yes-and-no", "a true sentence and one turned round", turns_round),
    one("parenthesis", "a lie in parentheses or after a dash", parenthesis),
    one("quotation", "a lie in a quotation", quotation),
    one("question", "a lie asked as a question", question),
    one("conditional", "a lie on a condition", |s, r| told(s, r, &CONDITION)),
    one("corrects", "corrects the truth into a lie", corrects),
    one("in-the-middle", "a lie among four true sentences", in_the_middle),
    one("because", "joins two true sentences by a false reason", because),
    one("spliced", "a date, phone or count of another sentence", spliced),
    one("two-lies", "two lies at once", twice),
    one("denies-truth", "says that true sources are false", |s, r| told(s, r, &DENIES)),
];
