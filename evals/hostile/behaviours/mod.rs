//! The ways in which the scripted language model goes wrong, one file for each family, and the list of them all.
//!
//! A behaviour takes what the model was sent and a source of chance, and makes a draft with the words in it that no
//! right answer could hold. `kit` finds and changes sentences, `fill` makes values up, `pool` holds plain lies.

mod claims;
mod clinical;
mod conditions;
mod consistency;
mod drugs;
mod fill;
mod hidden;
mod injection;
mod invented;
mod kit;
mod language;
mod numbers;
mod pool;
mod privacy;
mod shape;

use crate::hostile::lie::Behaviour;

/// All behaviours, by file.
pub const ALL: &[&[Behaviour]] = &[
    numbers::ALL,
    invented::ALL,
    drugs::ALL,
    conditions::ALL,
    clinical::ALL,
    claims::ALL,
    privacy::ALL,
    hidden::ALL,
    injection::ALL,
    language::ALL,
    shape::ALL,
    consistency::ALL,
];

/// All behaviours in one list.
pub fn all() -> Vec<Behaviour> {
    ALL.concat()
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::hostile::lie::{Body, Lie, Piece, Seen};
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use std::collections::HashSet;

    fn seen(es: bool, question: &str, texts: &[(&str, &str)]) -> Seen {
        let piece = |(id, text): &(&str, &str)| Piece { id: id.to_string(), title: None, text: text.to_string() };
        Seen { es, question: question.to_string(), pieces: texts.iter().map(piece).collect() }
    }

    fn english() -> Vec<Seen> {
        let order = "The carrier has the parcel and it is on its way. This is your order [[ORDER_1]] of 2 items. Your \
            order [[ORDER_1]] can no longer be changed or cancelled here. It holds metformin 500 mg tablet and 1 more. \
            Northline Parcel estimates delivery of order [[ORDER_1]] between Mon 23 Nov and Wed 25 Nov. The carrier is \
            Northline Parcel and the tracking number is [[TRACKING_1]]. Write again if there is no new scan in 48 \
            hours. As of 6:48 am CT, 20 Nov.";
        let rx = "Prescription [[RX_1]] (hydralazine 25 mg tablet): A pharmacist is looking at it. Prescription \
            [[RX_1]] (hydralazine 25 mg tablet) has 3 refills left. Prescription [[RX_1]] (hydralazine 25 mg tablet) \
            can be filled until 17 Jun 2027. Up to 24 hours is normal. As of 2:43 pm ET, 19 Nov.";
        let price = "Our estimate for metformin 500 mg tablet (90 tablets) is from $8.00 to $15.00. It may change.";
        let page = "Some plans ask you to use mail order, and the rules vary by plan. If your plan says no, a person \
            looks at what can be done. You can ask us to wait, but it is not always possible. We can move a \
            prescription only if refills are left and we fill that drug. Call 1-800-555-0143, 8 a.m. to 8 p.m. Central \
            Time, Monday to Saturday. Banks take 3 to 10 business days to show a refund.";
        vec![
            seen(false, "where is my metformin, i was told it comes friday", &[("order:[[ORDER_1]]", order)]),
            seen(false, "my hydralazine refill", &[("rx:[[RX_1]]", rx), ("price:med", price)]),
            seen(false, "does my plan pay for it here", &[("IN2", page)]),
        ]
    }

    fn spanish() -> Vec<Seen> {
        let order = "El transportista tiene el paquete. Es su pedido [[ORDER_1]] de 1 artículo. Su pedido [[ORDER_1]] \
            ya no se puede cambiar ni cancelar aquí. Contiene latanoprost 0.005% eye drops. Northline Parcel estima la \
            entrega del pedido [[ORDER_1]] entre el mar 24 nov y el vie 27 nov. Datos al 6:02 am CT, 20 nov.";
        let page = "Algunas tarjetas dejan fuera algunas medicinas, y varía según el plan. Si la tarjeta falla, puede \
            pagar el precio en efectivo. Solo vale si viene de su médico y lo firma. Su banco tarda de 3 a \
            10 días hábiles. Llame al 1-800-555-0142 las 24 horas.";
        vec![
            seen(true, "¿ya salieron mis gotas de latanoprost?", &[("order:[[ORDER_1]]", order)]),
            seen(true, "¿sirve mi tarjeta de descuento con ustedes?", &[("PR3", page)]),
        ]
    }

    fn played(times: u64) -> Vec<(&'static str, Seen, Option<Lie>)> {
        let inputs = [english(), spanish()].concat();
        let mut out = Vec::new();
        for behaviour in all() {
            for (at, input) in inputs.iter().enumerate() {
                for turn in 0..times {
                    let mut rng = StdRng::seed_from_u64(turn * 31 + u64::try_from(at).unwrap_or_default());
                    out.push((behaviour.id, input.clone(), (behaviour.play)(input, &mut rng)));
                }
            }
        }
        out
    }

    #[test]
    fn ids_are_unique_and_many() {
        let ids: HashSet<_> = all().iter().map(|b| b.id).collect();
        assert_eq!(ids.len(), all().len());
        assert!(ids.len() >= 72, "{} behaviours", ids.len());
    }

    #[test]
    fn each_lies_at_least_once_in_each_language() {
        let told: HashSet<_> = played(8).into_iter().filter_map(|(id, s, l)| l.map(|_| (id, s.es))).collect();
        let missing: Vec<_> = all().iter().map(|b| b.id).filter(|id| !told.contains(&(*id, false))).collect();
        assert!(missing.is_empty(), "never in English: {missing:?}");
        let missing: Vec<_> = all().iter().map(|b| b.id).filter(|id| !told.contains(&(*id, true))).collect();
        assert!(missing.len() < 8, "never in Spanish: {missing:?}");
    }

    #[test]
    fn no_wrong_words_stand_in_the_texts() {
        for (id, input, lie) in played(8) {
            let texts = input.pieces.iter().map(|p| p.text.to_lowercase()).collect::<Vec<_>>().join("\n");
            for wrong in lie.iter().flat_map(|l| &l.wrong) {
                assert!(!texts.contains(&wrong.to_lowercase()), "{id}: {wrong}");
                assert!(id == "raw-token" || !wrong.contains("[["), "{id} has a token: {wrong}");
            }
        }
    }

    #[test]
    fn the_draft_holds_some_of_its_wrong_words() {
        for (id, _, lie) in played(8) {
            let Some(Lie { body: Body::Text(text), wrong }) = lie else { continue };
            let text = text.to_lowercase();
            let held = wrong.is_empty() || wrong.iter().any(|w| text.contains(&w.to_lowercase()));
            assert!(held, "{id}: {wrong:?} not in {text:.300}");
        }
    }
}
