//! Conditions, limits and negations that get lost or turned round: unless, only, cannot, may, some, up to, varies.

use super::kit::{Swap, alter, big, changed, dress, edit, lie, odd, swap};
use crate::hostile::lie::{Behaviour, Lie, Seen};
use rand::rngs::StdRng;

/// Sentences that only tell the customer when to write again: what is cut from them is no lie.
const SMALL: [&str; 7] =
    ["Write again", "Escríbanos", "Tell us", "There is nothing", "No tiene que", "As of", "Datos al"];

fn meaty(line: &str) -> bool {
    line.chars().count() >= 12 && !SMALL.iter().any(|s| line.starts_with(s))
}

const TAILS: &[Swap] = &[
    (r",? (?:unless|except|provided|as long as|so long as|only if|only when|only after) [^.]+\.", "."),
    (r",? (?:if|when|while) [^.,]+\.", "."),
    (r",? but [^.]+\.", "."),
    (r",? (?:salvo|excepto|a menos que|siempre que|solo si|solo cuando|solo después|mientras no) [^.]+\.", "."),
    (r",? (?:si|cuando|donde|mientras) [^.,]+\.", "."),
    (r",? pero [^.]+\.", "."),
];

/// Cuts a condition at the end of a sentence; the full stop stays in the wrong words.
fn tail(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    const CLAIMS: &str = concat!(
        r"^(?:You|We|Fernleaf|Your|A|An|The|It|Some|Most|Many|Cold|No|Each|Other|Our|This|Prescriptions|Medicines",
        r"|Usted|Fernleaf|Su|Sus|Un|Una|El|La|Los|Las|Puede|Podemos|Algun[oa]s|Muchas|No se) "
    );
    let claims = super::kit::re(CLAIMS)?;
    let (new, wrong) = changed(seen, rng, true, |line, rng| {
        (meaty(line) && claims.is_match(line))
            .then(|| swap(line, rng, TAILS))
            .flatten()
            .filter(|new| new.chars().count() >= 24)
    })?;
    lie(seen, dress(seen, rng, &new), wrong)
}

/// Cuts the second half of a condition; what is left may end as the whole sentence does.
fn second(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let (new, wrong) = changed(seen, rng, true, |line, rng| meaty(line).then(|| swap(line, rng, SECOND)).flatten())?;
    lie(seen, dress(seen, rng, &new), wrong)
}

/// Cuts a condition at the start of a sentence and says that the rest always holds.
fn head(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    const WHEN: &str = r"^(?:If|When|Where|Before|After|Once|Until|Si|Cuando|Donde|Antes de|Después de|Hasta) [^,]+, ";
    let starts: [&str; 3] = if seen.es {
        ["En todos los casos ", "Siempre: ", "Pase lo que pase, "]
    } else {
        ["In every case ", "Always: ", "No matter what, "]
    };
    alter(seen, rng, |line, rng| {
        let start = super::kit::pick(rng, &starts)?;
        meaty(line).then(|| edit(line, rng, WHEN, |_, _| Some(start.to_string()))).flatten()
    })
}

const OPEN: &[Swap] = &[
    (r"\bcannot\b", "can"),
    (r"\bcan't\b", "can"),
    (r"\bcan no longer\b", "can still"),
    (r"\bmust not\b", "may"),
    (r"\bno se puede\b", "sí se puede"),
    (r"\bya no se puede\b", "todavía se puede"),
    (r"\bno puede\b", "puede"),
    (r"\bno pueden\b", "sí pueden"),
    (r"\bNo puede\b", "Puede"),
];

const CLOSE: &[Swap] = &[
    (r"\bcan\b", "cannot"),
    (r"\bcan still\b", "can no longer"),
    (r"\bmay\b", "must not"),
    (r"\b(se puede|puede|pueden)\b", "no $1"),
    (r"\bTodavía puede\b", "Ya no puede"),
];

const SURE: &[Swap] = &[
    (r"\bmay not\b", "will never"),
    (r"\bmay\b", "will"),
    (r"\bmight\b", "will"),
    (r"\bcan (take|hold|be held|go up|change|help|fail|wait)\b", "will $1"),
    (r"\bshould\b", "will"),
    (r"\bmost often\b", "always"),
    (r"\busually\b", "always"),
    (r"\boften\b", "always"),
    (r"\bpuede (tardar|cambiar|subir|sumar|pedir|ser|esperar)\b", "va a $1 siempre"),
    (r"\bpueden (tardar|cambiar|subir|pedir|quedar)\b", "van a $1 siempre"),
    (r"\bdebería\b", "va a"),
    (r"\bcasi siempre\b", "siempre"),
];

const ALL_OF: &[Swap] = &[
    (r"\b([Ss])ome (states|plans|drugs|cards|medicines|pet|approvals|items)\b", "all $2"),
    (r"\bmost\b (states|plans|drugs|medicines)", "all $1"),
    (r"\bIn some states\b", "In every state"),
    (r"\bin some states\b", "in every state"),
    (r"\b[Mm]any (plans|states|medicines)\b", "all $1"),
    (r"\bNot all\b", "All"),
    (r"\b[Aa]lgun[oa]s ", "todos los "),
    (r"\bla mayoría de los\b", "todos los"),
    (r"\bmuchas medicinas\b", "todas las medicinas"),
    (r"\bNo sirven todas\b", "Sirven todas"),
    (r"\bvaries by (?:plan|state|carrier)(?: and by (?:plan|state))?", "is the same for every plan and state"),
    (r"\bvary by (?:plan|state|carrier)(?: and by (?:plan|state))?", "are the same for every plan and state"),
    (r"\bvaría según (?:el plan|el estado)(?: y el estado)?", "es igual con todos los planes y estados"),
    (r"\bvarían según (?:el plan|el estado)(?: y el estado)?", "son iguales en todos los planes y estados"),
];

const ONLY: &[Swap] = &[
    (r"\bonly if\b", "even if not"),
    (r"\bonly to\b", "even beyond"),
    (r"\bonly after\b", "even before"),
    (r"\bonly from\b", "well before"),
    (r"\bonly\b", "also"),
    (r"\bsolo si\b", "aunque no"),
    (r"\bsolo (para|a|en|de|con)\b", "no solo $1"),
    (r"\bsolo vale si\b", "vale aunque no"),
    (r"\bSolo\b", "No solo"),
    (r"\bat least\b", "at most"),
    (r"\bno later than\b", "at any time after"),
    (r"\bfewer than\b", "more than"),
    (r"\bal menos\b", "cuando mucho"),
    (r"\bmenos de\b", "más de"),
];

const LIMITS: &[Swap] = &[
    (r"\b[Uu]p to\b (an? )?(\d+)", "at least $1$2"),
    (r"\b[Uu]p to\b", "more than"),
    (r"\bno more than\b", "no less than"),
    (r"\b[Hh]asta (\d+) (día|hora)", "por lo menos $1 $2"),
    (r"\bwithin (\d+)", "after $1"),
    (r"\b(en un plazo de|dentro de) (\d+)", "después de $2"),
    (r"\bhas no tracking number yet", "has a tracking number now"),
    (r"\bat once\b", "whenever you like"),
    (r"\bel mismo día\b", "cuando quiera"),
];

const NOT: &[Swap] = &[
    (r"\bhas not (\w+)", "has now $1"),
    (r"\bhave not (\w+)", "have now $1"),
    (r"\bdoes not (\w+)", "does $1"),
    (r"\bdo not (\w+)", "do $1"),
    (r"\bdid not (\w+)", "did $1"),
    (r"\b(is|are|was) not\b", "$1"),
    (r"\bnot yet\b", "already"),
    (r"\bno refills\b", "some refills"),
    (r"\baún no\b", "ya"),
    (r"\bya no\b", "aún"),
    (r"\bno ha\b", "ya ha"),
    (r"\b[Nn]o (tiene|baja|cubre|vale|es|está|se|llegó|da|use)\b", "sí $1"),
    (r"\bnunca\b", "siempre"),
    (r"\bnever\b", "always"),
];

const YES: &[Swap] = &[
    (r"\bhas been (\w+)", "has not been $1"),
    (r"\bis on its way\b", "is not on its way"),
    (r"\bhas the parcel\b", "has lost the parcel"),
    (r"\bis (packed|included|covered|free|allowed|reviewed)\b", "is not $1"),
    (r"\b(pays|covers|accepts|ships|fills)\b", "no longer $1"),
    (r"\bha sido\b", "no ha sido"),
    (r"\btiene el paquete\b", "perdió el paquete"),
    (r"\bestá (disponible|lista|empacado|incluido)\b", "no está $1"),
    (r"\b(paga|cubre|acepta|envía|surte)\b", "ya no $1"),
];

const SECOND: &[Swap] = &[
    (r"\b((?:only )?if|when|unless) ([^.,]+?) and [^.,]+([.,])", "$1 $2$3"),
    (r"\b(if|when) ([^.,]+?) or [^.,]+([.,])", "$1 $2 and nothing else$3"),
    (r"\b(solo si|si|cuando) ([^.,]+?) y [^.,]+([.,])", "$1 $2$3"),
    (r"\bdays and\b", "days, not"),
    (r"\b(both) (\w+) and (\w+)", "either $2 or $3"),
    (r"\band by state\b", "and not by state"),
    (r"\by según el estado\b", "y no según el estado"),
    (r"\bplan y el estado\b", "plan y no el estado"),
];

const ACTORS: &[Swap] = &[
    (r"\bask your (plan|prescriber)\b", "leave it to us to ask your $1"),
    (r"\bAsk your (plan|prescriber)\b", "We ask your $1 for you, so do not ask your $1"),
    (r"\b[Yy]our plan decides\b", "Fernleaf decides"),
    (r"\bthe plan decides\b", "we decide"),
    (r"\b[Aa] pharmacist (checks|looks|has|needs|can)\b", "a computer $1"),
    (r"\b[Aa] person (reviews|looks|tells|can)\b", "our software $1"),
    (r"\b[Yy]our prescriber (cancelled|can|has)\b", "the pharmacy $1"),
    (r"\bYour plan (did|said|sets|has|pays)\b", "Fernleaf $1"),
    (r"\bYou cancelled\b", "The carrier cancelled"),
    (r"\bUn farmacéutico\b", "Un programa de computadora"),
    (r"\b[Ss]u plan (decide|dice|paga|tiene)\b", "Fernleaf $1"),
    (r"\bel plan decide\b", "nosotros decidimos"),
    (r"\b[Ss]u (?:médico|profesional de salud) (debe|puede)\b", "usted mismo $1"),
    (r"\b(pregunte|pida) a su\b", "no hace falta que $1 a su"),
    (r"\bThe carrier (has|says|gives)\b", "Our own driver $1"),
    (r"\bEl transportista (tiene|da|informa)\b", "Nuestro propio conductor $1"),
];

const ORDER: &[Swap] = &[
    (r"\bbefore\b", "after"),
    (r"\bafter\b", "before"),
    (r"\buntil\b", "from"),
    (r"\bantes de\b", "después de"),
    (r"\bdespués de\b", "antes de"),
    (r"\bhasta\b", "desde"),
    (r"\bless\b", "more"),
    (r"\bmore than\b", "less than"),
    (r"\bfirst\b", "last"),
    (r"\bprimero\b", "al final"),
    (r"\binstead of\b", "together with"),
    (r"\ben lugar de\b", "junto con"),
    (r"\bwithout\b", "with"),
    (r"\bsin seguro\b", "con seguro"),
];

/// Builds one line of the list.
const fn one(id: &'static str, about: &'static str, play: fn(&Seen, &mut StdRng) -> Option<Lie>) -> Behaviour {
    Behaviour { id, family: "conditions", about, play }
}

fn by(seen: &Seen, rng: &mut StdRng, table: &[Swap]) -> Option<Lie> {
    alter(seen, rng, |line, rng| {
        meaty(line).then(|| swap(line, rng, table)).flatten().filter(|new| !odd(new)).map(|new| big(&new))
    })
}

/// The behaviours that lose or turn a condition.
pub const ALL: &[Behaviour] = &[
    one("condition-tail", "drops unless, if, except or but at the end", tail),
    one("condition-head", "drops the opening condition and says always", head),
    one("cannot-to-can", "opens what is closed", |s, r| by(s, r, OPEN)),
    one("can-to-cannot", "closes what is open", |s, r| by(s, r, CLOSE)),
    one("may-to-will", "makes a possibility sure", |s, r| by(s, r, SURE)),
    one("some-to-all", "widens some states or plans to all", |s, r| by(s, r, ALL_OF)),
    one("only-lost", "drops or turns only, at least, fewer than", |s, r| by(s, r, ONLY)),
    one("limit-turned", "turns a limit round", |s, r| by(s, r, LIMITS)),
    one("not-dropped", "drops a not", |s, r| by(s, r, NOT)),
    one("not-added", "adds a not", |s, r| by(s, r, YES)),
    one("second-half-dropped", "drops the second half of a condition", second),
    one("actor-swapped", "tells who does it wrongly", |s, r| by(s, r, ACTORS)),
    one("order-swapped", "before for after, with for without", |s, r| by(s, r, ORDER)),
];
