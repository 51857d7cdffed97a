//! Kind 5: words that no reply may say (DOMAIN.md, section 5), unless the sentence stands whole on a page or in a fixed text.

use super::text::{key, re};
use super::view::{Sentence, View};
use regex::Regex;
use std::sync::OnceLock;

/// Looks at one sentence.
pub fn check(view: &View, sentence: &Sentence, out: &mut Vec<String>) {
    if sentence.whole || label(view, sentence) {
        return;
    }
    let view_text = view.rest(sentence);
    static P: OnceLock<Vec<(&str, Regex)>> = OnceLock::new();
    let list = P.get_or_init(|| TABLE.iter().map(|(kind, pattern)| (*kind, re(pattern))).collect());
    for (kind, pattern) in list {
        let found = pattern.find(&view_text);
        if let Some(m) = found.filter(|m| *kind != "asks for a secret" || asked(&view_text, m.start())) {
            out.push(format!("{kind}: {:?}", m.as_str()));
        }
    }
}

/// Whether a secret is asked for here, not warned of and not for the person's own account page.
fn asked(text: &str, at: usize) -> bool {
    static P: OnceLock<(Regex, Regex)> = OnceLock::new();
    let (not, place) = P.get_or_init(|| {
        (
            re(r"\b(not|never|no|nunca|ni|nor)\b|n't"),
            re(r"\b(your account|the (sign-in|payment) page|su cuenta|pagina|page|form|formulario)\b"),
        )
    });
    !not.is_match(text.get(..at).unwrap_or("")) && !place.is_match(text)
}

/// Whether the sentence is a label's directions, word for word, said to be the label's.
fn label(view: &View, sentence: &Sentence) -> bool {
    let said = key(&sentence.text);
    let directions = said.split_once("label says").or_else(|| said.split_once("etiqueta dice")).map(|(_, d)| key(d));
    let Some(directions) = directions else { return false };
    view.all().is_some_and(|f| {
        f.strings.iter().any(|s| key(s) == directions || key(s).split(". ").any(|p| key(p) == directions))
    })
}

const TABLE: &[(&str, &str)] = &[
    (
        "never say",
        r"\b(it's|it is|this is|is perfectly|is completely|that's|that is|are|is) safe\b|\bsafe to (take|use|mix|combine|drink|stop)\b|\bes seguro (tomar|usar|que|mezclar|para|y)?|\bno es peligroso\b|\b(perfectly|totally) (fine|safe|ok)\b",
    ),
    (
        "never say",
        r"\byou can (safely )?(take|skip (it|a|your|the|this)|stop (taking|using|it|your med)|double|split (it|the)|crush|use it|mix|drink)\b|\bpuede (tomar|tomarl[oa]s?|dejar de tomar|saltarse|partir|triturar|mezclar|beber|duplicar)\b",
    ),
    (
        "never say",
        r"\b(should|will|would|'ll) be (just |perfectly |totally )?(fine|ok|okay|alright)\b|\bfine to\b|\bestara bien\b|\bno pasa nada\b|\bno hay (ningun )?problema (si|con)\b|\bit's (ok|okay|fine)\b",
    ),
    ("never say", r"\b(don't|do not|no need to) worry\b|\bno se preocupe\b|\bno te preocupes\b|\bnothing to worry\b"),
    (
        "never say",
        r"\bnormal side effect|\bcommon side effect|\bside effects? (is|are) normal|\befectos? secundarios? (normal|comun)|\bjust skip\b|\bdouble up\b|\bsame thing as\b|\blo mismo que\b|\bequivalent to\b|\bworks? the same\b",
    ),
    (
        "promise",
        r"\bguarantee|\bgaranti[cz]|\bi promise\b|\bwe promise\b|\ble prometo\b|\ble prometemos\b|\bwill (definitely |surely |certainly )?(arrive|be delivered|be there|reach you|get there|be here|come (today|tomorrow|on))\b|\b(llegara|sera entregado|estara ahi|le llega (hoy|manana|el)|se entregara)\b|\b(delivered|arrives?|there|here) by (mon|tue|wed|thu|fri|sat|sun|tomorrow|tonight|noon|the end)|\bdefinitely\b|\bcon seguridad\b|\bsin falta\b",
    ),
    (
        "promise",
        r"\b100 ?%|\btrust me\b|\bconfie en mi\b|\bhipaa[- ](certified|compliant)\b|\bcertificad[oa] (por )?hipaa\b",
    ),
    (
        "account",
        r"\bwe (found|see) (your|an) account\b|\bwe have no record of you\b|\bencontramos su cuenta\b|\bno tenemos (ningun )?registro de usted\b|\byou (are|'re) (not )?a customer\b",
    ),
    (
        "judgement",
        r"\byour (doctor|prescriber|pharmacist) (was|is|made) (wrong|mistaken|a mistake)\b|\bsu (medico|doctor|farmaceutico) se equivoc|\blegally you can|\blegalmente (no )?puede|\byou('re| are) flagged\b|\bflagged (you|your)\b|\b(usted|su cuenta) esta marcad[oa]\b|\bfraud\b|\bfraude\b|\b(it|this|that) (is|was) our (fault|mistake|error)\b|\bsorry for our\b|\bfue (nuestra culpa|nuestro error|culpa nuestra)\b|\bwe (are|were) (liable|at fault|negligent)\b|\bcompensat|\bcompensa(cion|remos)\b|\bwe('ll| will) (credit|waive|refund|reimburse)\b|\bdiscount just for you\b",
    ),
    (
        "identity",
        r"\bi('m| am) (a |an |your |the )?(licensed |real |registered |human )?(pharmacist|nurse|doctor|human|person|technician|physician)\b|\b(yo )?soy (un |una |su |el |la )?(farmaceutic[oa]|enfermer[oa]|medic[oa]|doctora?|human[oa]|persona)\b|\bas an ai language model\b|\bas a (pharmacist|nurse|doctor)\b|\bcomo (farmaceutic[oa]|medico)\b|\bi('m| am) not (a bot|an ai|automated)\b",
    ),
    (
        "secret",
        r"\bsystem prompt\b|\bmy (instructions|prompt|rules|guidelines) (are|say|is)\b|\bprevious instructions\b|\bdeveloper mode\b|\bapi[ _-]?key\b|\b(dur|pdmp)\b|\brisk score|\bfraud flag|\bpharmacist('s)? note|\binternal note|\bnota interna|\bmis instrucciones\b|\blanguage model\b|\bmodelo de lenguaje\b|\bjailbreak|\bthe context (says|contains|above)\b|\bguardrail|\bsk-[a-z0-9]{8,}",
    ),
    (
        "dosing",
        r"\btake (one|two|three|four|half|another|a|an|the|your|this|that|\d+)( \w+){0,3} (tablets?|pills?|capsules?|doses?|medicines?|medications?|puffs?|drops?|units|mg|ml)\b|\btake (one|two|three|four|half|\d+) (now|today|tonight|at|with|in the|every|each|daily|before|after)\b|\btake (it|them|both) (with|at|in the|every|once|twice|daily|before|after|now|again|as|together)\b|\btome (una?|dos|tres|media|la|el|su|\d+)( \w+){0,2} (tabletas?|pastillas?|capsulas?|dosis|medicinas?|medicamentos?|gotas|unidades|mg|ml|ahora|hoy|cada|con|al)\b|\btomel[oa]s?\b|\b(once|twice|two times|three times|\d+ times|four times) (a|per|each|every) ?day\b|\b(once|twice) daily\b|\bevery \d+ (to \d+ )?hours\b|\bcada \d+ (a \d+ )?horas\b|\b(una|dos|tres|cuatro|\d+) veces (al|por) dia\b|\bmissed dose\b|\bdosis olvidada\b|\bskip (the|a|your|this|that) (dose|pill|tablet)\b|\b(stop|start|keep|continue) (taking|using)\b|\bdej(e|ar) de (tomar|usar)\b|\b(siga|continue) (tomando|usando)\b|\b(split|crush|chew) (it|them|the|your)\b|\bwith (food|meals|alcohol|water)\b|\bcon (comida|alimentos|alcohol)\b|\b(increase|lower|reduce|raise|double|adjust) (your|the) dose\b|\b(aumente|reduzca|baje|suba|duplique) (su|la) dosis\b|\bextra dose\b|\binteract(s|ion)? with\b|\binteract[uú]a con\b",
    ),
    (
        "clinical",
        r"\b(it|this|medicine|drug|medication|tablet|which) (treats|is used (for|to treat)|is prescribed for|helps (with|your))\b|\b(medicamento|medicina|pastilla|este|esto|esta) (sirve para|se usa para|trata)\b|\byou (probably |likely )?have (a|an) (infection|allergy|reaction)\b|\bside effects? (include|are|may)\b|\befectos secundarios (son|incluyen|pueden)\b|\bit's normal to\b|\bes normal (sentir|que sienta|tener)\b|\bstill (good|usable|effective) (if|after|to)\b|\b(you (can|should)|please|then|just) throw it away\b|\bput it back in the (fridge|refrigerator)\b",
    ),
    (
        "action claimed",
        r"\bi( have|'ve)? (just |already |now )?cancell?ed\b|\b(i|we)( have|'ve)? (just |already |now )?(refunded|reshipped|placed|changed|updated|moved|refilled|approved|expedited|upgraded|scheduled|charged|reserved)\b (it|your|the|that|this|a|an)\b|\b(he|hemos|ya) (cancele|cancelado|reembolsado|cambiado|actualizado|enviado otro|hecho el pedido|reservado)\b|\bi('ll| will) (cancel|refund|reship|change|refill|approve|ship)\b",
    ),
    (
        "asks for a secret",
        r"\b(send|give|tell|type|enter|share|reply with|what is|confirm|provide)\b[^.]{0,30}\b(card number|cvv|social security|ssn|password|one-time code|pin|full card|security code)\b|\b(envie|deme|diga|escriba|comparta|confirme)\b[^.]{0,30}\b(numero de (su )?tarjeta|contrasena|seguro social|codigo de un solo uso|clave)\b",
    ),
    (
        "blame or sales",
        r"\byou should have\b|\byour own fault\b|\bdebio haber\b|\bbuy now\b|\bspecial offer\b|\blimited time\b|\boferta especial\b|\bcompre ahora\b",
    ),
];
