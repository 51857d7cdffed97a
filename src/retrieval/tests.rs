//! Tests of ranking and of who may find what.

use super::*;
use crate::domain::embedding::{DIM, Embedding};
use crate::domain::evidence::{Known, PageMeta, Passage};
use crate::domain::facts::{Medication, Prescription, Record, Stamp};
use crate::domain::ids::PageId;
use crate::domain::lang::Lang;
use crate::identity::VerifiedCustomer;
use proptest::prelude::*;
use std::sync::LazyLock;

fn passage(id: &str, lang: Lang, states: &[&str], heading: &str, text: &str) -> Passage {
    let text_of = |s: &str| s.to_owned();
    let meta = PageMeta {
        id: PageId::from(id),
        title: text_of("Page"),
        version: 1,
        effective_from: text_of("2026-10-01"),
        effective_to: String::new(),
        jurisdictions: states.iter().map(|s| text_of(s)).collect(),
        payers: vec![text_of("*")],
        audience: text_of("customer"),
        owner: text_of("ops"),
        approved_by: text_of("R"),
        approved_on: text_of("2026-09-15"),
        next_review: String::new(),
        supersedes: String::new(),
        language: lang,
        translation_reviewed_by: String::new(),
        risk_class: text_of("service"),
        constants: vec![],
    };
    Passage { meta, section: 0, heading: text_of(heading), sentences: vec![text_of(text)], asked: vec![], lead: 0 }
}

fn pages() -> Vec<Passage> {
    vec![
        passage("DL1", Lang::En, &["*"], "How long does delivery take?", "A new order takes 5 to 8 business days."),
        passage(
            "DL1",
            Lang::En,
            &["TX"],
            "How long does delivery take?",
            "A new order takes 4 business days in Texas.",
        ),
        passage("RF1", Lang::En, &["*"], "When can I refill?", "You can refill from 75 percent used."),
        passage("DL1", Lang::Es, &["*"], "¿Cuánto tarda la entrega?", "Un pedido nuevo tarda de 5 a 8 días hábiles."),
    ]
}

fn ask<'a>(text: &'a str, lang: Lang) -> PolicyQuery<'a> {
    static NONE: LazyLock<Prior> = LazyLock::new(Prior::new);
    PolicyQuery {
        text,
        embedding: None,
        lang,
        region: None,
        payer: None,
        today: "2026-11-20".parse().unwrap(),
        prior: &NONE,
    }
}

#[test]
fn words_typos_languages_and_variants() {
    let index = PolicyIndex::build(&pages(), &[]).unwrap();
    let top = |q: &PolicyQuery| {
        index
            .search(q, 3)
            .unwrap()
            .first()
            .map(|h| (h.passage.page().0.clone(), h.passage.meta.jurisdictions[0].clone()))
    };
    let is = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
    assert_eq!(top(&ask("how long is delivery?", Lang::En)), is("DL1", "*"));
    assert_eq!(top(&ask("wen can i refil my meds", Lang::En)), is("RF1", "*"));
    assert_eq!(top(&PolicyQuery { region: Some("TX"), ..ask("delivery time", Lang::En) }), is("DL1", "TX"));
    assert_eq!(index.search(&ask("cuanto tarda la entrega", Lang::Es), 3).unwrap()[0].passage.meta.language, Lang::Es);
    assert_eq!(top(&PolicyQuery { today: "2026-09-30".parse().unwrap(), ..ask("delivery", Lang::En) }), None);
    assert_eq!(top(&ask("AND (heading:* OR \"", Lang::En)), None, "no query syntax");
    let rf = Prior::from([(PageId::from("RF1"), 0.9)]);
    let hits = index.search(&PolicyQuery { prior: &rf, ..ask("hello there", Lang::En) }, 9).unwrap();
    assert!(hits.iter().all(|h| (0.0..=1.0).contains(&h.relevance)) && hits[0].passage.page().as_str() == "RF1");
}

#[test]
fn what_people_asked_before_ranks_the_misspelt_and_makes_it_clear() {
    let mut pages = pages();
    let asked = ["my luggage never came off the plane", "the dog knocked the bottle over", "somebody stole my bag"];
    pages[2].asked = asked.map(|text| Known { text: text.to_owned(), sentence: 0, finds: true }).to_vec();
    let question = "lugage nevr came of the plaine";
    let index = PolicyIndex::build(&pages, &[]).unwrap();
    let first = index.search(&ask(question, Lang::En), 1).unwrap();
    assert_eq!(first[0].passage.page().as_str(), "RF1");
    assert!(first[0].asked.unwrap() > 0.6 && index.clearest(question) > 0.6, "{:?}", first[0].asked);
    let unasked = PolicyIndex::build(&self::pages(), &[]).unwrap().search(&ask(question, Lang::En), 1).unwrap();
    assert!(unasked.is_empty(), "without what was asked before, no word of it is known");
}

#[test]
fn where_nobody_wrote_questions_no_page_is_sure_of_what_is_asked() {
    let index = PolicyIndex::build(&pages(), &[]).unwrap();
    let strange = "can I have a coupon";
    let hits = index.search(&ask(strange, Lang::En), 3).unwrap();
    assert!(hits.iter().all(|h| h.asked.is_none() && h.relevance < 0.35), "{hits:?}");
    assert!(index.clearest(strange) <= 0.0);
}

#[test]
fn the_sentence_that_answers_stands_first_but_never_before_what_is_safe() {
    let mut pages = pages();
    let known = |text: &str, sentence| Known { text: text.to_owned(), sentence, finds: sentence == 0 };
    pages[2].sentences = ["You can ask for a refill.", "Your plan pays for one after 25 days.", "It is free."]
        .map(str::to_owned)
        .to_vec();
    pages[2].asked = vec![
        known("how do i get a refill", 0),
        known("can i refill it", 0),
        known("when does my insurance pay for it again", 1),
        known("how many days till the plan covers it", 1),
        known("is it free", 2),
    ];
    let lead = |pages: &[Passage], question: &str| {
        let index = PolicyIndex::build(pages, &[]).unwrap();
        let hits = index.search(&ask(question, Lang::En), 9).unwrap();
        hits.into_iter().find(|h| h.passage.page().as_str() == "RF1").unwrap().passage
    };
    let paid = lead(&pages, "refill how many days til my insurance pays");
    assert_eq!(paid.lead_first().next(), Some("Your plan pays for one after 25 days."));
    assert_eq!(paid.lead_first().count(), 3);
    assert_eq!(lead(&pages, "can i get a refill").lead, 0);
    assert_eq!(lead(&pages, "refill is it free").lead, 0, "\"It\" cannot stand alone");
    pages[2].meta.risk_class = "safety".into();
    assert_eq!(lead(&pages, "refill how many days til my insurance pays").lead, 0);
}

#[test]
fn meaning_finds_what_words_do_not() {
    let unit = |n: usize| Embedding::new((0..DIM).map(|i| if i == n { 1.0 } else { 0.0 }).collect()).unwrap();
    let embeddings: Vec<Embedding> = (0..4).map(unit).collect();
    let index = PolicyIndex::build(&pages(), &embeddings).unwrap();
    let e = unit(2);
    let hits = index.search(&PolicyQuery { embedding: Some(&e), ..ask("run out soon", Lang::En) }, 1).unwrap();
    assert_eq!(hits[0].passage.page().as_str(), "RF1");
    assert!(PolicyIndex::build(&pages(), &embeddings[..1]).is_err());
}

fn rx(id: &str, owner: &str, number: &str, name: &str) -> Record {
    let medication = Medication {
        id: name.into(),
        name: name.into(),
        schedule: None,
        critical: false,
        cold: false,
        aliases: vec![],
        generic: None,
        sensitive: false,
    };
    Record::Prescription(Prescription {
        id: id.into(),
        patient: owner.into(),
        number: number.into(),
        medication,
        state: "P05".parse().unwrap(),
        stamp: Stamp { as_of: jiff::Timestamp::UNIX_EPOCH, version: 1 },
        refills_left: None,
        valid_until: None,
        missing: None,
        other_pharmacy: None,
        cancelled_by: None,
        reject: None,
        pays_again_on: None,
        label: None,
        dispensed: None,
        prescriber: None,
        details: Default::default(),
    })
}

fn over(records: &[Record]) -> RecordIndex {
    let index = RecordIndex::in_memory().unwrap();
    index.add(records, &Items::new()).unwrap();
    index.commit(1).unwrap();
    index
}

#[test]
fn a_person_finds_only_their_own_records() {
    let all = [
        rx("a", "P1", "RX-4000101", "metformin 500 mg tablet"),
        rx("b", "P2", "RX-4000102", "metformin 500 mg tablet"),
    ];
    let index = over(&all);
    let find = |who: &str, text: &str| -> Vec<String> {
        index.find(&VerifiedCustomer::of_test(who), text, 9).unwrap().into_iter().map(|h| h.id).collect()
    };
    for text in ["RX-4000101", "rx 4000101 please", "#4000101", "my metfromin", "Metformin"] {
        assert_eq!(find("P1", text), ["a"], "{text}");
    }
    assert_eq!(find("P2", "RX-4000101"), Vec::<String>::new());
    assert_eq!(find("P1 OR owner:P2", "metformin"), Vec::<String>::new());
    assert_eq!(find("P1", "500 mg tablet"), Vec::<String>::new(), "a strength names nothing");
    index.add(&[rx("a", "P1", "RX-4000101", "lisinopril 10 mg tablet")], &Items::new()).unwrap();
    assert_eq!(find("P1", "lisinopril"), Vec::<String>::new(), "not before it is committed");
    index.commit(2).unwrap();
    assert_eq!((find("P1", "metformin"), find("P1", "lisinopril")), (vec![], vec!["a".to_owned()]));
}

/// What people type, and what query languages and other people's records would make of it.
const PIECES: [&str; 16] = [
    "metformin",
    "metfromin",
    "RX-4000101",
    "#4000103",
    "owner:P2",
    "P2",
    "OR",
    "NOT",
    "*",
    "kind:prescription",
    "\"",
    "(",
    ")",
    "+owner:P1",
    "[* TO *]",
    "name:/.*/",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nobody_finds_what_is_another_persons(
        owners in prop::collection::vec(0..4usize, 1..12),
        asked in prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..12),
        who in 0..5usize,
    ) {
        let own = |person: usize| format!("P{person}-");
        let one = |(n, o): (usize, &usize)| {
            rx(&format!("{}{n}", own(*o)), &format!("P{o}"), &format!("RX-40001{n:02}"), "metformin 500 mg tablet")
        };
        let index = over(&owners.iter().enumerate().map(one).collect::<Vec<_>>());
        let hits = index.find(&VerifiedCustomer::of_test(&format!("P{who}")), &asked.join(" "), 20).unwrap();
        prop_assert!(hits.iter().all(|h| h.id.starts_with(&own(who))), "{hits:?}");
        let named = asked.contains(&"metformin") && owners.contains(&who);
        prop_assert!(!named || !hits.is_empty(), "their own is found");
    }
}

#[test]
fn strengths_are_told_apart_in_the_formulary() {
    let dose = |name: &str| Record::Medication {
        medication: match rx("x", "P", "RX-1", name) {
            Record::Prescription(p) => p.medication,
            _ => unreachable!(),
        },
        stamp: Stamp { as_of: jiff::Timestamp::UNIX_EPOCH, version: 1 },
    };
    let index = over(&[dose("lisinopril 10 mg tablet"), dose("lisinopril 20 mg tablet")]);
    assert_eq!(index.find_medication("price of lisinoprl 20", 1).unwrap()[0].0.as_str(), "lisinopril 20 mg tablet");
    assert!(index.find_medication("20 mg", 3).unwrap().is_empty());
}

#[test]
fn ad_hoc_ranking_is_ordered_and_bounded() {
    let doc = |id: &str, text: &str| AdHocDoc { id: id.into(), title: String::new(), text: text.into() };
    let index =
        AdHocIndex::build(vec![doc("1", "cats sleep"), doc("2", "dogs bark at cats"), doc("3", "rain")], vec![])
            .unwrap();
    let got = index.search("barking dogs", None, &Fusion::default(), 2).unwrap();
    assert_eq!(got[0].0, "2");
    assert!(got.len() == 1 && index.search("", None, &Fusion::default(), 5).unwrap().is_empty());
}
