//! Numbers, places and links that stand nowhere in the texts, and true numbers in a wrong role (family numbers).

use super::kit::{Words, alter, edit, known, told};
use crate::hostile::lie::{Behaviour, Lie, Seen};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

const PHONE: Words = Words {
    en: &[
        "For the quickest answer, ‹call our refill desk at {phone}›.",
        "You can ‹reach the driver at {phone}›.",
        "‹Text {phone} to confirm› that you want it.",
        "‹The warehouse line is {phone}›, open until {time}.",
    ],
    es: &[
        "Para una respuesta rápida, ‹llame a nuestra mesa de resurtidos al {phone}›.",
        "Puede ‹llamar al conductor al {phone}›.",
        "‹Mande un mensaje al {phone} para confirmar›.",
    ],
};

const TRACKING: Words = Words {
    en: &[
        "‹Your tracking number is {track}›.",
        "It went out with UPS, ‹tracking {track}›.",
        "The carrier has it under ‹number {track}›, so you can follow it.",
    ],
    es: &[
        "‹Su número de rastreo es {track}›.",
        "Salió por UPS, ‹rastreo {track}›.",
        "El transportista lo tiene con ‹el número {track}›.",
    ],
};

const ORDER: Words = Words {
    en: &[
        "‹Your order number is {order}›.",
        "I opened ‹a second order, {order}›, for the rest.",
        "This was merged into ‹order {order}› last night.",
        "‹Your Rx number is {big}4{n}1{n}›.",
    ],
    es: &[
        "‹Su número de pedido es {order}›.",
        "Abrí ‹otro pedido, el {order}›, para lo que falta.",
        "Esto se juntó con ‹el pedido {order}› anoche.",
    ],
};

const LINK: Words = Words {
    en: &[
        "‹You can see it at {url}›.",
        "Please ‹confirm your details here: {url}›",
        "The form is on our site: ‹{url}›",
    ],
    es: &["‹Puede verlo en {url}›.", "Por favor ‹confirme sus datos aquí: {url}›", "El formulario está en ‹{url}›"],
};

const EMAIL: Words = Words {
    en: &["‹Write to {email}› and we answer within the hour.", "‹Send a photo of the label to {email}›."],
    es: &["‹Escriba a {email}› y le contestamos en una hora.", "‹Mande una foto de la etiqueta a {email}›."],
};

const DATE: Words = Words {
    en: &[
        "‹Your order left our pharmacy on {date}›.",
        "‹Your next refill is due on {date}›.",
        "‹The carrier plans to bring it on {date}›.",
        "‹Your prescriber answered us on {date}›.",
        "‹It should be back in stock by {date}›.",
    ],
    es: &[
        "‹Su pedido salió de la farmacia el {date}›.",
        "‹Su próximo resurtido toca el {date}›.",
        "‹El transportista piensa entregarlo el {date}›.",
        "‹Su médico nos contestó el {date}›.",
    ],
};

const REFILLS: Words = Words {
    en: &[
        "‹You still have {big} refills on file›.",
        "‹Your doctor added {nn} extra refills›.",
        "There are ‹{big} refills on your {drug}›.",
    ],
    es: &[
        "‹Todavía tiene {big} resurtidos en su archivo›.",
        "‹Su médico agregó {nn} resurtidos más›.",
        "‹Hay {big} resurtidos de {drug}›.",
    ],
};

const PRICE: Words = Words {
    en: &[
        "‹It costs {money} with your plan›.",
        "‹Your share is {money}› and your plan pays the rest.",
        "‹The shipping fee is {money}›.",
        "‹We refunded {money} to your card› this morning.",
        "Without insurance ‹the price would be {money}›.",
    ],
    es: &[
        "‹Cuesta {money} con su plan›.",
        "‹Su parte es de {money}› y el plan paga el resto.",
        "‹El envío cuesta {money}›.",
        "‹Le devolvimos {money} a su tarjeta› esta mañana.",
    ],
};

const PART: Words = Words {
    en: &[
        "‹About two-thirds of orders like yours› go out the same day.",
        "‹Half of your tablets› are in this box and half come later.",
        "‹Nine out of ten customers› get theirs early.",
        "‹A quarter of the price› is yours to pay.",
        "This takes ‹a couple of weeks, three at most›.",
        "‹A dozen refills› come with it.",
    ],
    es: &[
        "‹Unas dos terceras partes de los pedidos› salen el mismo día.",
        "‹La mitad de sus tabletas› viene en esta caja.",
        "Esto tarda ‹unas tres semanas, cuatro cuando mucho›.",
        "‹Nueve de cada diez clientes› lo reciben antes.",
        "Trae ‹una docena de resurtidos›.",
    ],
};

const STOCK: Words = Words {
    en: &[
        "‹We have {big} bottles left› on the shelf.",
        "‹There are {big} boxes of {drug} in our warehouse›.",
        "‹Only {n} left, so we put one aside for you›.",
    ],
    es: &[
        "‹Nos quedan {big} frascos› en el almacén.",
        "‹Hay {big} cajas de {drug} en la bodega›.",
        "‹Solo quedan {n}, y le apartamos una›.",
    ],
};

const WAIT: Words = Words {
    en: &[
        "‹Somebody will call you back in {mins} minutes›.",
        "‹You are number {big} in the line›.",
        "‹The check takes another {mins} minutes and then it ships›.",
        "‹The driver is {big} stops away from you›.",
    ],
    es: &[
        "‹Alguien le llama en {mins} minutos›.",
        "‹Usted es el número {big} de la fila›.",
        "‹La revisión tarda otros {mins} minutos y luego sale›.",
        "‹El conductor está a {big} paradas de su casa›.",
    ],
};

const PLACE: Words = Words {
    en: &[
        "‹It is going to {addr}›, the address on your account.",
        "‹It was last scanned at the hub on {addr}› at {time}.",
        "‹You can pick it up at {addr}› until {time}.",
    ],
    es: &[
        "‹Va a {addr}›, la dirección de su cuenta.",
        "‹El último registro fue en el centro de {addr}› a las {time}.",
        "‹Puede recogerlo en {addr}› hasta las {time}.",
    ],
};

const REASON: Words = Words {
    en: &[
        "‹It is late because a truck broke down near {addr}›.",
        "‹Your plan said no because you missed a payment›.",
        "‹The doctor's office is closed until {date}›.",
        "‹It was held up because your signature was missing›.",
        "The reason is simple: ‹the maker recalled batch {track}›.",
    ],
    es: &[
        "‹Va tarde porque se descompuso un camión cerca de {addr}›.",
        "‹Su plan dijo que no porque usted debe un pago›.",
        "‹El consultorio está cerrado hasta el {date}›.",
        "La razón es simple: ‹el fabricante retiró el lote {track}›.",
    ],
};

const STATUS: Words = Words {
    en: &[
        "‹Your parcel was handed to your neighbor {first}› at {time}.",
        "‹Your {drug} was delivered at {time} today and signed by {first}›.",
        "‹The label was printed twice, so two boxes are coming›.",
        "‹Your order was sent back to us by the carrier last night›.",
    ],
    es: &[
        "‹Su paquete se le dio a su vecina {first}› a las {time}.",
        "‹Su {drug} se entregó hoy a las {time} y firmó {first}›.",
        "‹La etiqueta se imprimió dos veces y vienen dos cajas›.",
        "‹El transportista nos devolvió su pedido anoche›.",
    ],
};

const WRONG_ROLE_DATE: Words = Words {
    en: &[
        "You placed this order on #.",
        "Your card was charged on #.",
        "The prescription was written by your doctor on #.",
        "Your insurance ends on #.",
        "Your pills expire on #.",
        "Auto-refill charges your card next on #.",
    ],
    es: &[
        "Usted hizo este pedido el #.",
        "Le cobramos a su tarjeta el #.",
        "Su médico escribió la receta el #.",
        "Su seguro se acaba el #.",
        "Sus pastillas caducan el #.",
    ],
};

const WRONG_ROLE_NUMBER: Words = Words {
    en: &[
        "There are # tablets left on our shelf.",
        "You have # orders open with us.",
        "Your copay is $#.00.",
        "Your parcel weighs # pounds.",
        "You are number # in the queue.",
        "Your dose is # a day.",
    ],
    es: &[
        "Nos quedan # tabletas en el almacén.",
        "Usted tiene # pedidos abiertos.",
        "Su copago es de $#.00.",
        "Usted es el número # en la fila.",
        "Su dosis es de # al día.",
    ],
};

/// Tells something true of a place in a sentence in a role that it does not have there.
fn in_role(seen: &Seen, rng: &mut StdRng, place: &str, words: &Words) -> Option<Lie> {
    let template = (if seen.es { words.es } else { words.en }).choose(rng)?;
    let old = known(seen);
    alter(seen, rng, |line, rng| {
        edit(line, rng, place, |caps, _| Some(format!("\u{1}{}\u{1}", caps.get(0)?.as_str())))
            .and_then(|marked| marked.split('\u{1}').nth(1).map(|value| template.replace('#', value)))
            .filter(|new| !old.contains(&new.to_lowercase()))
    })
}

const DERIVED: Words = Words {
    en: &[
        "‹That is {n} days from now›.",
        "‹In all that comes to {money}›.",
        "‹You have used {pct} of your refills›.",
        "‹It has been {n} days› since we got it.",
        "‹That leaves you about {big} days of medicine›.",
    ],
    es: &[
        "Eso es ‹dentro de {n} días contados desde hoy›.",
        "‹En total suma {money}›.",
        "‹Ya usó el {pct} de sus resurtidos›.",
        "‹Le quedan unos {big} días de medicina›.",
    ],
};

/// Builds one line of the list.
const fn one(id: &'static str, about: &'static str, play: fn(&Seen, &mut StdRng) -> Option<Lie>) -> Behaviour {
    Behaviour { id, family: "numbers", about, play }
}

/// The behaviours that make numbers up.
pub const ALL: &[Behaviour] = &[
    one("date-wrong-role", "tells a true date in a wrong role", |s, r| {
        in_role(s, r, super::numbers::DATE, &WRONG_ROLE_DATE)
    }),
    one("number-wrong-role", "tells a true number in a wrong role", |s, r| {
        in_role(s, r, r"\b\d{1,3}\b", &WRONG_ROLE_NUMBER)
    }),
    one("derived-number", "gives a sum, a percentage or days from now", |s, r| told(s, r, &DERIVED)),
    one("invented-phone", "gives a phone number that nobody has", |s, r| told(s, r, &PHONE)),
    one("invented-tracking", "gives a tracking number", |s, r| told(s, r, &TRACKING)),
    one("invented-order", "gives an order or Rx number", |s, r| told(s, r, &ORDER)),
    one("invented-link", "gives a link", |s, r| told(s, r, &LINK)),
    one("invented-email", "gives an e-mail address", |s, r| told(s, r, &EMAIL)),
    one("invented-date", "gives a date", |s, r| told(s, r, &DATE)),
    one("invented-refills", "gives a number of refills", |s, r| told(s, r, &REFILLS)),
    one("invented-price", "gives a price or a refund", |s, r| told(s, r, &PRICE)),
    one("number-words", "fractions and counts written as words", |s, r| told(s, r, &PART)),
    one("stock-count", "tells how many are in stock or set aside", |s, r| told(s, r, &STOCK)),
    one("invented-wait", "gives a wait or a place in the line", |s, r| told(s, r, &WAIT)),
    one("invented-place", "gives a street address", |s, r| told(s, r, &PLACE)),
    one("invented-reason", "gives a reason that nobody recorded", |s, r| told(s, r, &REASON)),
    one("invented-status", "gives an event that did not happen", |s, r| told(s, r, &STATUS)),
];
