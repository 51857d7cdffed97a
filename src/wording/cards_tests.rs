//! Records in, cards out; and the records that the guard's tests of cards use, too.

use super::{FactWords, Wording};
use crate::domain::blocks::Block;
use crate::domain::card::{Act, Card, Items, Place, Way, Worth};
use crate::domain::evidence::Fact;
use crate::domain::facts::Price;
use crate::domain::lang::Lang;
use crate::pharmacy::Pharmacy;
use crate::policy::GuardPolicy;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// The product's own words and states.
pub(crate) fn wording() -> &'static Wording {
    static MADE: OnceLock<Wording> = OnceLock::new();
    MADE.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let policy = GuardPolicy::load(&root.join("guardrails")).unwrap();
        let pharmacy = Pharmacy::load(&root.join("index"), None).unwrap();
        Wording::new(Arc::new(policy), Arc::new(pharmacy), true)
    })
}

/// A Friday afternoon in Texas.
pub(crate) fn now() -> (Timestamp, TimeZone) {
    ("2026-11-20T21:12:00Z".parse().unwrap(), TimeZone::get("America/Chicago").unwrap())
}

fn stamp() -> Value {
    json!({"as_of": "2026-11-20T12:48:00Z", "version": 3})
}

fn item(number: u32, name: &str) -> Value {
    json!({
        "id": format!("RX{number}"), "patient": "P1", "number": format!("RX-400000{number}"), "state": "P14", "stamp": stamp(),
        "medication": {"id": format!("M{number}"), "name": name, "schedule": null, "critical": false, "cold": false, "aliases": []},
        "refills_left": 2, "valid_until": null, "missing": null, "other_pharmacy": null, "cancelled_by": null, "reject": null,
        "pays_again_on": null, "label": null, "dispensed": null, "prescriber": null,
    })
}

/// An order of two fills with the names that vetting left, and its parcel; `more` changes fields of the parcel.
pub(crate) fn order(state: &str, parcel: Option<&str>, names: [&str; 2], more: &Value) -> Fact {
    let parcel = parcel.map(|code| {
        let mut p = json!({
            "id": "S1", "patient": "P1", "order": "O1", "state": code, "stamp": stamp(), "carrier": "Northline Parcel",
            "tracking": "FX000123450101", "window": ["2026-11-23", "2026-11-25"], "delivered": null, "scan": null,
        });
        for (field, value) in more.as_object().into_iter().flatten() {
            p[field] = value.clone();
        }
        p
    });
    let items: Vec<Value> = [1, 2].into_iter().zip(names).map(|(n, name)| item(n, name)).collect();
    let order = json!({
        "id": "O1", "patient": "P1", "number": "70-00101", "state": state, "stamp": stamp(), "items": ["RX1", "RX2"], "refund": null,
    });
    let parcels: Vec<Value> = parcel.into_iter().collect();
    serde_json::from_value(json!({"kind": "order", "order": order, "shipments": parcels, "items": items})).unwrap()
}

/// A price of lisinopril; `None` as owner for the cash list.
pub(crate) fn price(owner: Option<&str>, amount: Value) -> Fact {
    let (price, quantity) = (json!("lisinopril 20 mg tablet"), json!("90 tablets"));
    let fact = json!({
        "kind": "price", "patient": owner, "medication": "M1", "name": price, "amount": amount, "stamp": stamp(), "quantity": quantity,
    });
    serde_json::from_value(fact).unwrap()
}

pub(crate) fn tell(fact: &Fact, lang: Lang) -> FactWords {
    let (now, zone) = now();
    wording().tell(fact, None, lang, (now, &zone))
}

pub(crate) fn card_of(fact: &Fact, lang: Lang) -> Block {
    let (now, zone) = now();
    wording().order_card(fact, &tell(fact, lang), true, lang, (now, &zone)).unwrap()
}

pub(crate) fn card_of_prices(facts: &[Fact], lang: Lang) -> Block {
    let words: Vec<FactWords> = facts.iter().map(|f| tell(f, lang)).collect();
    let prices: Vec<&Price> =
        facts.iter().filter_map(|f| if let Fact::Price(p) = f { Some(p) } else { None }).collect();
    let told: Vec<(&Price, &FactWords)> = prices.into_iter().zip(&words).collect();
    wording().price_card(&told, lang).unwrap()
}

fn parts(block: &Block) -> (&Way, &Items) {
    match block.card.as_ref().unwrap() {
        Card::Order { way, items, .. } => (way, items),
        Card::Price { .. } => panic!("a price"),
    }
}

fn here(block: &Block) -> Vec<&str> {
    parts(block).0.steps.iter().filter(|s| s.place == Place::Current).map(|s| s.name.as_str()).collect()
}

fn row<'a>(block: &'a Block, label: &str) -> Option<&'a str> {
    block.rows.iter().find(|(l, _)| l == label).map(|(_, v)| v.as_str())
}

#[test]
fn an_order_under_way_shows_its_step_its_window_and_no_name() {
    let card = card_of(&order("O08", Some("T03"), ["", ""], &json!({})), Lang::En);
    assert_eq!((card.text.as_str(), card.cites.as_slice()), ("Order 70-00101", &["order:70-00101".to_owned()][..]));
    assert_eq!(here(&card), ["With the carrier"]);
    let (way, items) = parts(&card);
    assert_eq!((way.standing.as_str(), &way.mark), ("On its way", &None));
    assert_eq!(row(&card, "Estimated delivery"), Some("Mon 23 Nov to Wed 25 Nov"));
    assert_eq!(row(&card, "Carrier"), Some("Northline Parcel"));
    assert_eq!(row(&card, "Tracking number"), Some("FX000123450101"));
    assert_eq!((items.words.as_str(), items.names.len(), &items.more), ("2 items", 0, &None));
    assert!(
        matches!(&items.ask, Some(Act::Ask { say, .. }) if say == "Which of my medicines come in my order 70-00101?"),
        "{items:?}"
    );
    let Some(Card::Order { as_of, .. }) = &card.card else { panic!() };
    assert_eq!(as_of, "As of 6:48 am CT, 20 Nov.");
}

#[test]
fn one_part_that_arrived_is_not_the_order() {
    let card = card_of(&order("O09", Some("T08"), ["", ""], &json!({})), Lang::En);
    assert_eq!(here(&card), ["With the carrier"]);
    let cancelled = card_of(&order("O10", Some("T03"), ["", ""], &json!({})), Lang::En);
    assert_eq!(row(&cancelled, "Estimated delivery"), None);
}

#[test]
fn names_are_those_that_vetting_left() {
    let card = card_of(&order("O05", None, ["metformin 500 mg tablet", ""], &json!({})), Lang::En);
    let (_, items) = parts(&card);
    assert_eq!(items.names, ["metformin 500 mg tablet"]);
    assert_eq!((items.more.as_deref(), &items.ask), (Some("and 1 more"), &None));
    assert_eq!(here(&card), ["Being filled"]);
    assert!(card.rows.is_empty(), "{:?}", card.rows);
}

#[test]
fn a_state_off_the_way_is_marked_and_an_ended_order_has_no_way() {
    let held = card_of(&order("O08", Some("T13"), ["", ""], &json!({})), Lang::En);
    assert_eq!((here(&held), parts(&held).0.mark.as_deref()), (vec!["With the carrier"], Some("On hold")));
    assert_eq!(row(&held, "Estimated delivery"), None, "an estimate of a parcel that is looked at is old news");
    let payment = card_of(&order("O03", None, ["", ""], &json!({})), Lang::Es);
    assert_eq!((here(&payment), parts(&payment).0.mark.as_deref()), (vec!["Pedido hecho"], Some("En pausa")));
    let cancelled = card_of(&order("O11", None, ["", ""], &json!({})), Lang::En);
    let (way, _) = parts(&cancelled);
    assert_eq!((way.standing.as_str(), &way.mark, way.steps.len()), ("Cancelled by the pharmacy", &None, 0));
}

#[test]
fn what_is_late_says_so_and_an_estimate_that_has_passed_is_gone() {
    let late = json!({"details": {"due": "2026-11-20T09:00:00Z"}, "window": ["2026-11-17", "2026-11-19"]});
    let card = card_of(&order("O08", Some("T03"), ["", ""], &late), Lang::En);
    assert_eq!(parts(&card).0.mark.as_deref(), Some("Taking longer"));
    assert_eq!(row(&card, "Estimated delivery"), None);
    let came = json!({"delivered": "2026-11-20T18:00:00Z"});
    let card = card_of(&order("O14", Some("T08"), ["", ""], &came), Lang::Es);
    assert_eq!((here(&card), row(&card, "Entregado")), (vec!["Entregado"], Some("12:00 pm CT, 20 nov")));
    assert_eq!(row(&card, "Entrega estimada"), None);
}

#[test]
fn a_price_is_exact_or_an_estimate_and_the_cash_price_stands_beside() {
    let worth = |card: &Block| match card.card.as_ref().unwrap() {
        Card::Price { worth, standing, .. } => (*worth, standing.clone()),
        Card::Order { .. } => panic!("an order"),
    };
    let cash = price(None, json!({"cash": 3100}));
    let both = card_of_prices(&[cash.clone(), price(Some("P1"), json!({"exact": 1500}))], Lang::En);
    assert_eq!(worth(&both), (Worth::Exact, "Exact price".into()));
    assert_eq!(both.text, "lisinopril 20 mg tablet (90 tablets)");
    assert_eq!(row(&both, "Exact price from your plan"), Some("$15.00"));
    assert_eq!(both.rows[1], ("Cash price, without insurance".into(), "$31.00".into()));
    let range = card_of_prices(&[price(Some("P1"), json!({"estimate": [1000, 2000]}))], Lang::Es);
    assert_eq!(worth(&range), (Worth::Estimate, "Estimado".into()));
    assert_eq!(range.rows, [("Nuestro estimado, puede cambiar".to_owned(), "$10.00 a $20.00".to_owned())]);
    assert_eq!(worth(&card_of_prices(&[cash], Lang::En)).0, Worth::Cash);
}

#[test]
fn a_next_step_offers_a_question_only_where_the_name_may_be_seen() {
    let mut rx = item(1, "estradiol patch");
    rx["state"] = json!("P07");
    rx["kind"] = json!("prescription");
    let fact: Fact = serde_json::from_value(rx.clone()).unwrap();
    let say = "What is the cash price of estradiol patch?".to_owned();
    assert_eq!(tell(&fact, Lang::En).offers, [Act::Ask { label: say.clone(), say }]);
    rx["medication"]["name"] = json!("");
    assert!(tell(&serde_json::from_value(rx).unwrap(), Lang::En).offers.is_empty());
}
