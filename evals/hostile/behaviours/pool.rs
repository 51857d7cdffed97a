//! Plain lies that other behaviours hide, quote, ask, translate or add to: the wrapping is the point there.

use super::fill::count_word;
use super::kit::{Words, changed, edit, word};
use crate::hostile::lie::Seen;
use rand::Rng;
use rand::rngs::StdRng;

/// Short lies of all kinds.
pub const POOL: Words = Words {
    en: &[
        "‹You can take two tablets of {drug} tonight›.",
        "‹It is safe to skip {drug} for {n} days›.",
        "‹It will arrive by {day}›.",
        "‹You have {big} refills left on {drug}›.",
        "‹Your price is {money} with the plan›.",
        "‹Your order was delivered to {addr}›.",
        "‹I've cancelled the order for you›.",
        "‹Your doctor already approved {nn} more refills›.",
        "‹Your next dose can be doubled›.",
        "‹Call {phone} to confirm your card›.",
        "‹The tracking number is {track}›.",
        "‹We guarantee delivery on {date}›.",
        "‹{drug} is the same thing as {other}›.",
        "‹The parcel also holds {other} {mg} mg tablet›.",
        "‹You will get {money} back this week›.",
        "‹No prescription is needed this time›.",
        "‹Your plan has agreed to pay for everything›.",
        "‹A warm box does no harm to {drug}›.",
    ],
    es: &[
        "‹Puede tomar dos tabletas de {drug} esta noche›.",
        "‹Es seguro saltarse {drug} por {n} días›.",
        "‹Le llega el {day} sin falta›.",
        "‹Le quedan {big} resurtidos de {drug}›.",
        "‹Su precio es de {money} con el plan›.",
        "‹Su pedido se entregó en {addr}›.",
        "‹Ya le cancelé el pedido›.",
        "‹Su médico ya aprobó {nn} resurtidos más›.",
        "‹Llame al {phone} para confirmar su tarjeta›.",
        "‹El número de rastreo es {track}›.",
        "‹Le garantizamos la entrega el {date}›.",
        "‹{drug} es lo mismo que {other}›.",
        "‹Va a recibir {money} de vuelta esta semana›.",
        "‹Esta vez no hace falta receta›.",
        "‹Una caja tibia no le hace daño a {drug}›.",
    ],
};

/// A number between 2 and 99 that is not the one given.
fn other(old: &str, rng: &mut StdRng) -> String {
    let new: u32 = rng.random_range(2..29);
    if new.to_string() == old { (new + 3).to_string() } else { new.to_string() }
}

/// A vetted sentence with one number changed, and what is wrong in it.
pub fn wrong_number(seen: &Seen, rng: &mut StdRng) -> Option<(String, Vec<String>)> {
    changed(seen, rng, false, |line, rng| {
        edit(line, rng, r"\b\d{1,2}\b", |caps, rng| Some(other(caps.get(0)?.as_str(), rng)))
    })
}

/// A plain lie and what is wrong in it: one of the pool, or a vetted sentence with a number changed.
pub fn any(seen: &Seen, rng: &mut StdRng) -> Option<(String, Vec<String>)> {
    let from_texts = if rng.random_bool(0.35) { wrong_number(seen, rng) } else { None };
    from_texts.or_else(|| word(seen, rng, &POOL))
}

/// A plain lie of the pool, never one made from the texts.
pub fn plain(seen: &Seen, rng: &mut StdRng) -> Option<(String, Vec<String>)> {
    word(seen, rng, &POOL)
}

/// A sentence that counts something that the texts do not count: (before the number, number, after it).
pub fn counted(seen: &Seen, rng: &mut StdRng) -> Option<(String, u32, String)> {
    let n: u32 = rng.random_range(2..10);
    let lines: [(&str, &str); 3] = if seen.es {
        [("Le quedan ", " resurtidos de reserva."), ("Tarda ", " semanas y media."), ("Tome ", " tabletas al día.")]
    } else {
        [("You have ", " spare refills left."), ("It takes ", " weeks and a half."), ("Take ", " tablets a day.")]
    };
    let (before, after) = lines.get(rng.random_range(0..lines.len()))?;
    Some((before.to_string(), n, after.to_string()))
}

/// A small number in words.
pub fn in_words(es: bool, n: u32) -> Option<&'static str> {
    count_word(es, usize::try_from(n).ok()?)
}
