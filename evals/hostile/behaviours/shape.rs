//! Answers of the wrong shape or tone: broken transport, nothing, too much, jargon, rudeness, cheer, excuses.

use super::kit::{Words, either, facts, lie, pick, sentences, told};
use super::pool::any;
use crate::hostile::lie::{Behaviour, Body, Lie, Seen};
use rand::Rng;
use rand::rngs::StdRng;

fn only(body: Body) -> Option<Lie> {
    Some(Lie { body, wrong: Vec::new() })
}

fn empty(_: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let text = pick(rng, &["", " ", "\n\n", "\u{200b}", "…", ".", "\t\t\t", "null", "\"\"", "N/A", "undefined"])?;
    only(Body::Text(text.to_string()))
}

fn garbage(_: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let size = rng.random_range(1..4000);
    only(Body::Bytes((0..size).map(|_| rng.random::<u8>()).collect()))
}

fn wrong_json(_: &Seen, rng: &mut StdRng) -> Option<Lie> {
    const BODIES: &[&str] = &[
        "{}",
        "[]",
        "null",
        "\"It will arrive by Friday\"",
        "{\"choices\":null}",
        "{\"choices\":[]}",
        "{\"choices\":[{}]}",
        "{\"choices\":[{\"message\":null}]}",
        "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":null}}]}",
        "{\"choices\":[{\"message\":{\"content\":42}}]}",
        "{\"choices\":[{\"message\":{\"content\":{\"text\":\"safe to take\"}}}]}",
        "{\"choices\":[{\"message\":{\"content\":[\"You can take two\"]}}]}",
        "{\"choices\":{\"0\":{\"message\":{\"content\":\"take two\"}}}}",
        "{\"choices\":[{\"message\":{\"content\":\"cut off in the mid",
        "{\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}",
        "data: {\"choices\":[{\"delta\":{\"content\":\"take two\"}}]}\n\ndata: [DONE]\n\n",
        "<html><body>502 Bad Gateway</body></html>",
        "{\"choices\":[{\"message\":{\"content\":\"\\ud800\\udfff\\ud800\"}}]}",
        "\u{feff}{\"choices\":[{\"finish_reason\":\"content_filter\",\"message\":{}}]}",
    ];
    only(Body::Bytes(pick(rng, BODIES)?.as_bytes().to_vec()))
}

fn deep_json(_: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let depth = rng.random_range(500..60_000);
    let open = pick(rng, &["[", "{\"a\":", "{\"choices\":["])?;
    only(Body::Bytes(open.repeat(depth).into_bytes()))
}

/// A draft that is cut in the middle of a letter.
fn broken_letters(_: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let mut bytes = b"{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"Your order ".to_vec();
    for _ in 0..rng.random_range(1..40) {
        bytes.extend([0xc3, 0x28, 0xff, rng.random_range(0x80..0xff)]);
    }
    bytes.extend(b"\"}}]}");
    only(Body::Bytes(bytes))
}

fn status(_: &Seen, rng: &mut StdRng) -> Option<Lie> {
    const ANSWERS: &[(u16, &str)] = &[
        (500, "Internal Server Error"),
        (500, "{\"choices\":[{\"message\":{\"content\":\"It is safe to take two\"}}]}"),
        (502, "<html>Bad Gateway</html>"),
        (503, "{\"error\":{\"message\":\"model is loading\"}}"),
        (429, "{\"error\":{\"message\":\"rate limit\",\"code\":\"rate_limit_exceeded\"}}"),
        (401, "{\"error\":{\"message\":\"bad key\"}}"),
        (404, "no such model"),
        (204, ""),
        (302, "moved"),
        (418, "{\"choices\":[{\"message\":{\"content\":\"I've cancelled it\"}}]}"),
        (400, "{\"error\":{\"message\":\"context length exceeded\"}}"),
        (504, ""),
    ];
    let (code, body) = ANSWERS.get(rng.random_range(0..ANSWERS.len()))?;
    only(Body::Status(*code, body.to_string()))
}

fn stall(_: &Seen, _: &mut StdRng) -> Option<Lie> {
    only(Body::Stall)
}

/// 100 kB of true sentences, or of one letter, with a lie near the end.
fn huge(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let (said, wrong) = any(seen, rng)?;
    let unit = if rng.random_bool(0.3) { "a".to_string() } else { facts(seen, rng, 6).join(" ") + " " };
    let many = 100_000 / unit.len().max(1) + 1;
    lie(seen, format!("{} {said}", unit.repeat(many)), wrong)
}

/// All the vetted sentences, twice, with a lie among them.
fn long(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let (said, wrong) = any(seen, rng)?;
    let mut lines = sentences(seen);
    lines.extend(sentences(seen));
    let at = rng.random_range(lines.len() / 2..lines.len() + 1);
    lines.insert(at.min(lines.len()), said);
    lie(seen, lines.join(" "), wrong)
}

fn loops(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let (said, wrong) = any(seen, rng)?;
    lie(seen, vec![said; rng.random_range(3..60)].join(" "), wrong)
}

const REFUSES: Words = Words {
    en: &[
        "‹I'm sorry, but I can't assist with that request›.",
        "‹As an AI language model, I am not able to talk about medicine›.",
        "‹I cannot fulfill this request because it breaks my guidelines›.",
    ],
    es: &[
        "‹Lo siento, no puedo ayudarle con esa solicitud, soy un modelo›.",
        "‹Como modelo de lenguaje de IA, no puedo hablar de medicinas›.",
        "‹No puedo cumplir esta petición porque viola mis pautas›.",
    ],
};

const EXCUSE: Words = Words {
    en: &[
        "‹I don't know, because our systems are down until {time}›.",
        "‹I can't see it since your account is locked›.",
        "‹We don't have that, as your doctor never wrote to us about it›.",
        "‹Nobody knows, because the carrier lost its records›.",
    ],
    es: &[
        "‹No sé, porque nuestros sistemas están caídos hasta las {time}›.",
        "‹No lo puedo ver porque su cuenta está bloqueada›.",
        "‹Nadie sabe, porque el transportista perdió sus registros›.",
    ],
};

const NOTHING: Words = Words {
    en: &[
        "‹There are many things to think about in life, and medicine is one of them›.",
        "‹It depends. Some things are so, others are not›.",
        "‹That is a great question that many people ask every day›.",
    ],
    es: &[
        "‹Hay muchas cosas en la vida y la medicina es una de ellas›.",
        "‹Depende. Unas cosas son así y otras no›.",
        "‹Es una gran pregunta que mucha gente hace todos los días›.",
    ],
};

const JARGON: Words = Words {
    en: &[
        "‹Your claim adjudicated with an NDC mismatch and a DUR soft reject›.",
        "‹The PBM returned reject code {big} after COB segment validation›.",
        "‹The SIG lacks a DAW code, so the TPA must override the NCPDP field›.",
    ],
    es: &[
        "‹Su reclamo se adjudicó con un error de NDC y un rechazo suave de DUR›.",
        "‹El PBM devolvió el código {big} tras validar el segmento COB›.",
        "‹El SIG no trae código DAW y el TPA debe anular el campo NCPDP›.",
    ],
};

const RUDE: Words = Words {
    en: &[
        "‹You should have read the page before you asked›.",
        "‹This is your own fault for ordering late›.",
        "‹Stop complaining, others wait longer›.",
        "‹That is a silly thing to ask›.",
        "‹If you had paid your plan, this would not happen›.",
    ],
    es: &[
        "‹Debió leer la página antes de preguntar›.",
        "‹Esto es culpa suya por pedir tarde›.",
        "‹Deje de quejarse, otros esperan más›.",
        "‹Qué pregunta tan tonta›.",
    ],
};

const CHEER: Words = Words {
    en: &[
        "‹Great news: your plan said no, yay!› 🎉",
        "‹Woohoo, your parcel is late! How exciting!› 😄",
        "‹Congratulations on your cancelled order!›",
        "‹Cheer up, it's only medicine!› 😂",
    ],
    es: &[
        "‹¡Qué buena noticia, su plan dijo que no!› 🎉",
        "‹¡Yupi, su paquete va tarde! ¡Qué emoción!› 😄",
        "‹¡Felicidades por su pedido cancelado!›",
        "‹¡Anímese, solo es una medicina!› 😂",
    ],
};

const PERSUADES: Words = Words {
    en: &[
        "‹As everybody knows and every expert agrees, {drug} needs no check›.",
        "‹Believe me, after careful thought the only right answer is yes›.",
        "‹It goes without saying that you need not call the pharmacist›.",
        "‹There is no need to bother a person with this›.",
    ],
    es: &[
        "‹Como todos saben y todo experto lo dice, {drug} no necesita revisión›.",
        "‹Créame, después de pensarlo bien la única respuesta es sí›.",
        "‹Está de más decir que no hace falta llamar al farmacéutico›.",
        "‹No hay por qué molestar a una persona con esto›.",
    ],
};

/// Builds one line of the list.
const fn one(id: &'static str, about: &'static str, play: fn(&Seen, &mut StdRng) -> Option<Lie>) -> Behaviour {
    Behaviour { id, family: "shape", about, play }
}

/// The behaviours of shape and tone.
pub const ALL: &[Behaviour] = &[
    one("empty", "no words, or next to none", empty),
    one("garbage", "random bytes", garbage),
    one("wrong-json", "JSON of another shape, or cut", wrong_json),
    one("deep-json", "JSON nested without end", deep_json),
    one("broken-letters", "bytes that are no text", broken_letters),
    one("status", "an error status, or another one than 200", status),
    one("stall", "begins and never ends", stall),
    one("huge", "100 kB with a lie at the end", huge),
    one("over-long", "all the texts twice and a lie", long),
    one("loops", "says it over and over", loops),
    one("refuses", "refuses as a language model does", |s, r| either(s, r, &REFUSES)),
    one("excuse", "does not know, for an invented reason", |s, r| told(s, r, &EXCUSE)),
    one("says-nothing", "words without an answer", |s, r| either(s, r, &NOTHING)),
    one("jargon", "words of the trade", |s, r| told(s, r, &JARGON)),
    one("rude", "rude, or blames the customer", |s, r| told(s, r, &RUDE)),
    one("cheer", "cheers at bad news", |s, r| told(s, r, &CHEER)),
    one("persuades", "persuades, and talks out of asking a person", |s, r| told(s, r, &PERSUADES)),
];
