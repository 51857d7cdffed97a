//! Cards against the records that were vetted: each sound one passes, whatever is changed in it is refused.

use super::cards::findings;
use super::context::VettedFact;
use super::rules::{Context, Source, SourceKind};
use crate::domain::blocks::Block;
use crate::domain::card::{Card, Place, Worth};
use crate::domain::evidence::Fact;
use crate::domain::lang::Lang;
use crate::domain::states::{Machine, StateCode};
use crate::policy::guards::Level;
use crate::wording::cards_tests::{card_of, card_of_prices, now, order, price, tell, wording};
use serde_json::json;

/// The rules that a card breaks beside these facts.
fn broken(card: &Block, facts: &[Fact], lang: Lang) -> Vec<&'static str> {
    let source = |f: &Fact| Source {
        id: f.source(),
        kind: if matches!(f, Fact::Price(_)) { SourceKind::Price } else { SourceKind::Order },
        text: tell(f, lang).all(),
        effective: None,
        as_of: Some(f.as_of().to_string()),
        foreign: false,
    };
    let sources: Vec<Source> = facts.iter().map(source).collect();
    let vetted: Vec<VettedFact> =
        facts.iter().map(|f| VettedFact { fact: f.clone(), confirmed_at: now().0, old: false }).collect();
    let drugs = |t: &str| {
        let low = t.to_ascii_lowercase();
        let place = |name: &str| low.find(name).map(|at| (name.to_owned(), at..at + name.len()));
        ["lisinopril", "metformin"].into_iter().filter_map(place).collect()
    };
    let (now, zone) = now();
    let ctx = Context {
        question: "where is my order",
        sources: &sources,
        lang,
        level: Level::L2,
        caregiver: false,
        region: Some("TX"),
        payer: None,
        now,
        zone: &zone,
        drugs: &drugs,
        patient_names: &[],
        private: &[],
        history: &[],
        links: &[],
        human_reviewed: true,
        species: None,
    };
    findings(card, &vetted, wording(), &ctx).into_iter().map(|f| f.rule).collect()
}

#[test]
fn each_state_of_an_order_and_its_parcel_has_a_card_that_passes() {
    let of = |machine| StateCode::all().filter(move |s| s.machine() == machine);
    let parcels = of(Machine::Shipment).map(Some).chain([None]);
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for parcel in parcels {
        for state in of(Machine::Order) {
            let came = parcel.is_some_and(|p| p.among(&["T08", "T09"]));
            let more = if came { json!({"delivered": "2026-11-20T18:00:00Z"}) } else { json!({}) };
            let parcel = parcel.map(|p| p.to_string());
            let names = ["metformin 500 mg tablet", ""];
            let fact = order(&state.to_string(), parcel.as_deref(), names, &more);
            for lang in [Lang::En, Lang::Es] {
                let rules = broken(&card_of(&fact, lang), std::slice::from_ref(&fact), lang);
                seen += 1;
                if !rules.is_empty() {
                    wrong.push(format!("{state} {parcel:?} {lang}: {rules:?}"));
                }
            }
        }
    }
    assert_eq!((wrong, seen), (Vec::<String>::new(), 15 * 14 * 2));
}

#[test]
fn a_card_with_a_value_that_was_not_vetted_is_refused() {
    let fact = order("O08", Some("T03"), ["metformin 500 mg tablet", ""], &json!({}));
    let sound = card_of(&fact, Lang::En);
    let facts = [fact];
    assert_eq!(broken(&sound, &facts, Lang::En), Vec::<&str>::new());
    let with = |change: &dyn Fn(&mut Block)| {
        let mut card = sound.clone();
        change(&mut card);
        broken(&card, &facts, Lang::En)
    };
    let row = |label: &'static str, value: &'static str| {
        with(&move |c| c.rows.iter_mut().filter(|(l, _)| l == label).for_each(|(_, v)| *v = value.to_owned()))
    };
    assert!(!row("Estimated delivery", "Mon 23 Nov to Thu 26 Nov").is_empty(), "another day");
    assert!(!row("Estimated delivery", "Mon 23 Nov").is_empty(), "half a window");
    assert!(!row("Tracking number", "FX000123450102").is_empty(), "another number");
    assert!(!row("Carrier", "Prairie Post").is_empty(), "another carrier");
    assert!(!with(&|c| c.text = "Order 70-00102".into()).is_empty(), "another order's number");
    assert_eq!(with(&|c| c.cites = vec!["order:70-00102".into()]), ["OR-10"], "a record that was not vetted");
    let face = |change: &dyn Fn(&mut Card)| with(&|c| c.card.iter_mut().for_each(change));
    let named = face(&|f| {
        if let Card::Order { items, .. } = f {
            items.names.push("lisinopril 20 mg tablet".into());
        }
    });
    assert!(named.contains(&"OR-02"), "a name that vetting took off: {named:?}");
    let moved = face(&|f| {
        if let Card::Order { way, .. } = f {
            way.steps.iter_mut().for_each(|s| s.place = Place::Done);
        }
    });
    assert_eq!(moved, ["OR-01"], "a step that the record has not reached");
    let fresh = face(&|f| {
        if let Card::Order { as_of, .. } = f {
            *as_of = "As of 9:48 am CT, 20 Nov.".into();
        }
    });
    assert!(!fresh.is_empty(), "fresher than it is");
}

#[test]
fn a_price_card_says_what_the_amount_is_worth() {
    let (range, cash) = (price(Some("P1"), json!({"estimate": [1000, 2000]})), price(None, json!({"cash": 3100})));
    let facts = [range, cash];
    for lang in [Lang::En, Lang::Es] {
        assert_eq!(broken(&card_of_prices(&facts, lang), &facts, lang), Vec::<&str>::new(), "{lang}");
        let exact = [price(Some("P1"), json!({"exact": 1500}))];
        assert_eq!(broken(&card_of_prices(&exact, lang), &exact, lang), Vec::<&str>::new(), "{lang}");
    }
    let sound = card_of_prices(&facts, Lang::En);
    let mut exact = sound.clone();
    exact.rows[0].0 = "Exact price from your plan".into();
    assert!(broken(&exact, &facts, Lang::En).contains(&"OR-13"), "an estimate told as exact");
    let mut dearer = sound.clone();
    dearer.rows[1].1 = "$32.00".into();
    assert!(broken(&dearer, &facts, Lang::En).contains(&"OR-01"));
    let mut badge = sound;
    if let Some(Card::Price { worth, .. }) = &mut badge.card {
        *worth = Worth::Exact;
    }
    assert_eq!(broken(&badge, &facts, Lang::En), ["OR-01"]);
}
