//! Kind 4: what a reply says about the state of the person's own orders and prescriptions, against the records.

use super::facts::Facts;
use super::text::{key, re};
use super::view::{Sentence, View};
use regex::Regex;
use std::sync::OnceLock;

struct Claim {
    name: &'static str,
    pattern: Regex,
    states: &'static [&'static str],
    marks: &'static [&'static str],
}

/// Looks at the claims of a sentence.
pub fn check(view: &View, sentence: &Sentence, out: &mut Vec<String>) {
    fixed(view, sentence, out);
    if sentence.whole || sentence.text.trim_end().ends_with('?') {
        return;
    }
    let text = without_records(view, sentence);
    for claim in claims() {
        let Some(m) =
            claim.pattern.find_iter(&text).find(|m| plain(&text, m.start()) && !outside(&text, m.start(), m.end()))
        else {
            continue;
        };
        if view.person.is_none() {
            if owned().is_match(&text) && !general().is_match(&text) {
                out.push(format!("status {:?} told to nobody verified", m.as_str()));
            }
            continue;
        }
        let about = by_drug(view, sentence);
        let scope = about.as_ref().unwrap_or(&sentence.scope);
        let state = claim.states.iter().any(|s| scope.states.contains(*s));
        let mark = claim.marks.iter().any(|k| scope.marks.contains(*k));
        if !state && !mark && subject(view, sentence, &text) {
            out.push(format!(
                "status {:?} ({}): no record here of {} is {}",
                m.as_str().trim(),
                claim.name,
                view.who,
                claim.name
            ));
        }
    }
}

/// The state table's own sentences, exactly: one record in scope must be in that state.
fn fixed(view: &View, sentence: &Sentence, out: &mut Vec<String>) {
    let said = format!(" {} ", key(&sentence.text));
    let mut best: Option<(usize, Vec<&str>)> = None;
    for state in &view.truth.pages.states {
        for fixed in [&state.sentence, &state.sentence_es] {
            let k = key(fixed);
            if !said.contains(&format!(" {k} ")) || fixed.is_empty() {
                continue;
            }
            match &mut best {
                Some((n, codes)) if *n == k.len() => codes.push(&state.code),
                Some((n, _)) if *n > k.len() => {}
                _ => best = Some((k.len(), vec![&state.code])),
            }
        }
    }
    let Some((_, codes)) = best else { return };
    if codes.iter().any(|c| holds(sentence, c)) || general().is_match(&sentence.folded) {
        return;
    }
    out.push(format!("status {:?}: no record here of {} is in state {}", sentence.text, view.who, codes.join("/")));
}

/// The records of the drugs that a sentence names, where it names no number.
fn by_drug(view: &View, sentence: &Sentence) -> Option<Facts> {
    let found = view.truth.drugs.find(&sentence.text);
    if sentence.named || found.is_empty() {
        return None;
    }
    let mut scope: Option<Facts> = None;
    for rx in view.person?.rxs.values() {
        let products = || rx.drugs.iter().filter_map(|d| view.truth.drugs.products.get(d));
        if found.iter().any(|f| products().any(|p| f.words.iter().all(|w| p.words.contains(w)))) {
            scope.get_or_insert_with(Facts::default).join(rx);
        }
    }
    scope
}

fn holds(sentence: &Sentence, code: &str) -> bool {
    sentence.scope.states.contains(code)
}

/// The sentence without the texts of the records (a reason may hold "you cancelled").
fn without_records(view: &View, sentence: &Sentence) -> String {
    let mut text = view.rest(sentence);
    for s in sentence.scope.strings.iter().filter(|s| s.len() > 8 && s.contains(' ')) {
        text = text.replace(s.as_str(), " * ");
    }
    text
}

/// Whether a claim stands unconditioned and not denied.
fn plain(text: &str, at: usize) -> bool {
    static P: OnceLock<Regex> = OnceLock::new();
    let p = P.get_or_init(|| {
        re(r"\b(not|no|never|cannot|can|could|may|might|would|should|will|shall|if|when|once|until|unless|before|after|whether|without|to be|how|ask|asked|asking|tell us|wait|waits|waiting|needs?|must|ni|nunca|aun no|todavia no|si|cuando|hasta|antes|despues|una vez|podria|puede|pueden|pueda|debe|sin|como|para que|pida|pregunte|avise|espera|any|which|sera|seran)\b|n't|n’t")
    });
    let head = text.get(..at).unwrap_or("");
    let clause = head.rsplit([';', ':', ',', '.']).next().unwrap_or(head);
    let clause = clause.rsplit(" but ").next().unwrap_or(clause);
    let clause = clause.rsplit(" pero ").next().unwrap_or(clause);
    let early = starts().is_match(head);
    !p.is_match(clause) && !early
}

fn starts() -> &'static Regex {
    static P: OnceLock<Regex> = OnceLock::new();
    P.get_or_init(|| re(r"^\s*(once|after|before|until|unless|una vez|despues|antes|hasta)\b|\b(if|when|si|cuando)\b"))
}

/// Words that make another thing of a claim: a label that is ready, a code that was sent.
fn outside(text: &str, from: usize, to: usize) -> bool {
    static P: OnceLock<Regex> = OnceLock::new();
    let p = P.get_or_init(|| {
        re(r"(label|etiqueta|message|question|pregunta|mensaje|request|solicitud|code|codigo|not|no|yet)\b[^.]{0,20}$")
    });
    let head = text.get(..from).unwrap_or("");
    let tail = text.get(to..).unwrap_or("");
    p.is_match(head) || tail.trim_start().starts_with("?")
}

fn owned() -> &'static Regex {
    static P: OnceLock<Regex> = OnceLock::new();
    P.get_or_init(|| re(r"\b(your|you|order|parcel|package|prescription|shipment|refund|su|sus|usted|pedido|paquete|receta|reembolso|it|lo|la)\b"))
}

fn subject(view: &View, sentence: &Sentence, text: &str) -> bool {
    view.person.is_some() && (sentence.named || (owned().is_match(text) && !general().is_match(text)))
}

fn general() -> &'static Regex {
    static P: OnceLock<Regex> = OnceLock::new();
    P.get_or_init(|| re(r"\b(an order|a parcel|a package|a prescription|orders|parcels|prescriptions|refills are|un pedido|un paquete|una receta|los pedidos|los paquetes|las recetas|a refund goes|we (usually|always)|normally|usually|means|significa)\b"))
}

fn claims() -> &'static [Claim] {
    static P: OnceLock<Vec<Claim>> = OnceLock::new();
    P.get_or_init(|| {
        TABLE.iter().map(|(name, pattern, states, marks)| Claim { name, pattern: re(pattern), states, marks }).collect()
    })
}

type Row = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const GONE: &[&str] = &[
    "O08", "O09", "O12", "O13", "O14", "T02", "T03", "T04", "T05", "T06", "T07", "T08", "T09", "T10", "T11", "T12",
    "T13", "T14",
];
const MOVING: &[&str] = &["T02", "T03", "T04", "T05", "T06", "T13", "T14"];

const TABLE: &[Row] = &[
    (
        "delivered",
        r"\b(was|were|been|is|got|as|already|were|fue|fueron|sido|esta|muestra|ya) (successfully )?(delivered|entregad[oa]s?)\b|\b(has|have|already|it|parcel|order|package) arrived\b|\bya (le )?llego\b|\b(paquete|pedido) (ya )?llego\b|\b(was|were) (left|dropped off) (at|on|with)\b|\bse entrego\b|\bdelivered (on|at|to|yesterday|today|this)\b",
        &["T08", "T09", "O14"],
        &["delivered"],
    ),
    (
        "out for delivery",
        r"\bout for delivery\b|\ben reparto\b|\b(salio|sale|va) (hoy )?(a|para|en) (la )?(reparto|entrega)\b|\bwith the driver\b",
        &["T05"],
        &[],
    ),
    (
        "shipped",
        r"\b(has|have|was|were|been|is|already|just|we) shipped\b|\bshipped (on|out|yesterday|today|from)\b|\b(pedido|paquete)\b[^.]{0,30}\b(fue|ha sido|ya se|se) (enviado|envio|despachado|despacho)\b|\bhas left (our|the) (warehouse|pharmacy)\b",
        GONE,
        &["delivered"],
    ),
    ("on its way", r"\b(on (its|the) way|in transit|under way|en camino|en transito)\b", MOVING, &[]),
    (
        "cancelled",
        r"\b(was|were|been|is|are|has|have|we|you|i|he|she|they|prescriber|pharmacy|already|fue|ha sido|esta|usted|medico|farmacia|nosotros|se) (cancelled|canceled|cancelad[oa]|cancelo|cancelaron)\b|\bcancelamos\b",
        &["P16", "O10", "O11"],
        &[],
    ),
    ("cancelled by the customer", r"\b(you cancell?ed|usted cancelo|cancell?ed by you)\b", &["O10"], &["by:customer"]),
    (
        "cancelled by the pharmacy",
        r"\b(we cancell?ed|(the|our) pharmacy cancell?ed|la farmacia cancelo|cancelamos)\b",
        &["O11"],
        &["by:pharmacy"],
    ),
    (
        "cancelled by the prescriber",
        r"\b(prescriber|doctor|medico) (has )?(cancell?ed|cancelo)\b",
        &[],
        &["by:prescriber"],
    ),
    (
        "refunded",
        r"\brefund\b[^.]{0,30}\b(was|has been|is|been) (already )?(sent|issued|processed|completed|made)\b|\b(was|been|have|has) refunded\b|\b(we|i)( have|'ve)? (sent|issued|processed)( you)? (a|your|the)( full)? refund\b|\breembolso\b[^.]{0,30}\b(enviado|procesado|emitido|hecho)\b|\bse (envio|hizo|emitio) (un|su|el) reembolso\b|\breembolsad[oa]\b|\bmoney (was|has been) (sent|returned)\b",
        &["O13"],
        &["refund-sent"],
    ),
    ("ready", r"\b(is|are) (now |already )?ready\b|\besta(n)? (ya )?list[oa]s?\b", &["P13", "P14", "T07"], &[]),
    (
        "approved",
        r"\b(was|were|been|is|plan|insurance|insurer|has|already) (now )?approved\b|\b(plan|seguro|aseguradora) (ya )?(lo |la )?aprobo\b|\b(fue|ha sido|esta) aprobad[oa]\b|\bapproved (your|the|it|this) ",
        &[],
        &["approved"],
    ),
    (
        "denied",
        r"\b(was|were|been|is|plan|insurance|insurer|has) (now )?(denied|rejected|declined|turned down)\b|\b(plan|seguro|aseguradora) (lo |la )?(nego|rechazo|denego)\b|\b(fue|ha sido|esta) (denegad|rechazad|negad)[oa]\b|\bplan said no\b|\bplan dijo que no\b|\bplan (did not|didn't|no) (approve|aprobo)\b",
        &["P06", "P08", "P15", "O03"],
        &["denied"],
    ),
    ("lost", r"\b(is|was|been|parcel|it|as) (treated as )?lost\b|\bpor perdido\b|\bse perdio\b", &["T11"], &[]),
    ("damaged", r"\b(is|was|arrived|been) damaged\b|\b(esta|fue|llego) danado\b", &["T12"], &[]),
    (
        "coming back",
        r"\b(coming|going|sent|being sent|returned) back to us\b|\bregresa a nosotros\b|\b(was|being) returned to (us|sender)\b",
        &["T10"],
        &[],
    ),
    (
        "delayed",
        r"\b(is|was|been|running) delayed\b|\breports a delay\b|\binforma un retraso\b|\besta retrasado\b",
        &["T04"],
        &[],
    ),
    (
        "waiting for pick-up",
        r"\b(waiting|ready|held|waits?) (for you to pick|for pick-?up|for pickup)\b|\bespera a que usted lo recoja\b|\blist[oa] para recoger\b",
        &["T07"],
        &[],
    ),
    ("tried", r"\bcarrier (has )?tried\b|\btransportista intento\b|\bdelivery was attempted\b", &["T06"], &[]),
    ("packed", r"\b(is|was|been) packed\b|\besta empacado\b", &["O07", "T01"], &[]),
    ("being filled", r"\b(is|are) being filled\b|\bse esta surtiendo\b", &["O05"], &[]),
    (
        "filled",
        r"\b(has|have|was) (been )?filled\b|\bha sido surtid[oa]\b|\bya se surtio\b",
        &["P14", "P20", "O05", "O06", "O07", "O08", "O09", "O12", "O14", "P11"],
        &["delivered"],
    ),
    (
        "refused payment",
        r"\bpayment (for [^.]{0,20})?(did not go through|failed|was declined)\b|\bpago [^.]{0,20}no se realizo\b",
        &["O03"],
        &[],
    ),
];
