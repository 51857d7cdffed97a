//! Reading small feeds: what is mapped, what is kept out, and whose it is.

use super::*;
use crate::domain::facts::{Amount, Grant, Money, Order, Payer, Prescription, Shipment};
use serde_json::{Value, json};

const B: &str = "https://apothecary.example/fhir";
const AT: &str = "2026-11-20T06:48:00-06:00";

fn task(id: &str, state: &str, at: &str, more: Value) -> Value {
    let mut v = json!({"resourceType":"Task","id":id,"status":"in-progress","lastModified":at,"for":{"reference":"Patient/P1"},
        "businessStatus":{"coding":[{"system":format!("{B}/workflow"),"code":state}]}});
    v.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    v
}

fn response(id: &str, purpose: &str, outcome: &str, created: &str, more: Value) -> Value {
    let mut v = json!({"resourceType":"ClaimResponse","id":id,"status":"active","use":purpose,"outcome":outcome,"created":created,
        "meta":{"lastUpdated":created},"patient":{"reference":"Patient/P1"},"request":{"reference":"Claim/c1"}});
    v.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    v
}

fn copay(value: f64) -> Value {
    json!({"item":[{"adjudication":[{"category":{"coding":[{"code":"copay"}]},"amount":{"value":value,"currency":"USD"}}]}]})
}

fn feed() -> Vec<Value> {
    let meta = json!({"lastUpdated":AT});
    vec![
        json!({"resourceType":"Patient","id":"P1","meta":meta,"name":[{"use":"official","family":"Doe","given":["Ann"]}],
            "address":[{"state":"TX","line":["1 A St"]}],"telecom":[{"value":"+1-512-555-0101"}]}),
        json!({"resourceType":"Coverage","id":"cov","meta":meta,"status":"active","beneficiary":{"reference":"Patient/P1"},
            "type":{"coding":[{"code":"medicare-d"}]},"subscriberId":"FIC1"}),
        json!({"resourceType":"Medication","id":"m1","meta":meta,"code":{"text":"Humira (adalimumab)"},"form":{"text":"pen"},
            "ingredient":[{"itemCodeableConcept":{"text":"adalimumab"},"strength":{"numerator":{"value":40,"unit":"mg"},
            "denominator":{"value":1,"unit":"pen"}}}],"extension":[{"url":format!("{B}/cold"),"valueBoolean":true}]}),
        json!({"resourceType":"MedicationRequest","id":"rx-1","meta":meta,"status":"active","identifier":[{"value":"RX-1"}],
            "subject":{"reference":"Patient/P1"},"medicationReference":{"reference":"Medication/m1"}}),
        task("order-1", "O08", AT, json!({"identifier":[{"system":format!("{B}/order-number"),"value":"70-00001"}]})),
        task(
            "fill-1",
            "P14",
            "2026-11-19T06:48:00-06:00",
            json!({"focus":{"reference":"MedicationRequest/rx-1"},"partOf":[{"reference":"Task/order-1"}]}),
        ),
        task("fill-2", "P05", AT, json!({"focus":{"reference":"MedicationRequest/rx-1"}})),
        task(
            "ship-1",
            "T03",
            AT,
            json!({"focus":{"reference":"SupplyDelivery/sd-1"},"partOf":[{"reference":"Task/order-1"}]}),
        ),
        json!({"resourceType":"SupplyDelivery","id":"sd-1","status":"in-progress","patient":{"reference":"Patient/P1"},
            "identifier":[{"value":"FX1"}],"occurrencePeriod":{"start":"2026-11-23","end":"2026-11-25"}}),
        json!({"resourceType":"Claim","id":"c1","status":"active","patient":{"reference":"Patient/P1"},"prescription":{"reference":"MedicationRequest/rx-1"}}),
        response("cr1", "claim", "complete", "2026-11-18T08:00:00-06:00", copay(6.0)),
    ]
}

fn read_all(resources: &[Value]) -> Read {
    let entries: Vec<Value> = resources.iter().map(|r| json!({ "resource": r })).collect();
    read(&json!({"resourceType":"Bundle","type":"collection","entry":entries}).to_string(), "x.json")
}

fn rx(read: &Read) -> Option<&Prescription> {
    read.records.iter().find_map(|r| if let Record::Prescription(p) = r { Some(p) } else { None })
}
fn order(read: &Read) -> &Order {
    read.records.iter().find_map(|r| if let Record::Order(p) = r { Some(p) } else { None }).unwrap()
}
fn parcel(read: &Read) -> Option<&Shipment> {
    read.records.iter().find_map(|r| if let Record::Shipment(p) = r { Some(p) } else { None })
}
fn amounts(read: &Read) -> Vec<Amount> {
    read.records.iter().filter_map(|r| if let Record::Price(p) = r { Some(p.amount) } else { None }).collect()
}

#[test]
fn a_feed_becomes_records() {
    let got = read_all(&feed());
    assert_eq!(got.problems, []);
    let rx = rx(&got).unwrap();
    assert_eq!(
        (rx.state.to_string().as_str(), rx.details.order.as_ref()),
        ("P05", None),
        "the latest fill is the state"
    );
    assert_eq!(rx.medication.name, "Humira (adalimumab) 40 mg pen");
    assert_eq!(rx.medication.aliases, ["adalimumab", "humira", "humira (adalimumab)"]);
    assert!(rx.medication.cold && !rx.medication.critical);
    assert_eq!((order(&got).number.as_str(), order(&got).items.len()), ("70-00001", 1));
    assert_eq!(parcel(&got).unwrap().window.unwrap().1.to_string(), "2026-11-25");
    assert_eq!(amounts(&got), [Amount::Exact(Money(600))]);
    let Some(Record::Patient { patient, .. }) = got.records.iter().find(|r| matches!(r, Record::Patient { .. })) else {
        panic!()
    };
    assert_eq!((patient.payer, patient.name.as_str(), patient.private.len()), (Some(Payer::MedicareD), "Ann Doe", 3));
}

#[test]
fn a_later_claim_kills_the_exact_price_and_the_estimate_counts() {
    let mut feed = feed();
    let money = |name: &str, v: f64| json!({"url":format!("{B}/{name}"),"valueMoney":{"value":v,"currency":"USD"}});
    let range = json!({"extension":[money("low", 3.5), money("high", 9.0)]});
    feed.push(response("cr2", "claim", "queued", "2026-11-20T09:00:00-06:00", json!({})));
    assert_eq!(amounts(&read_all(&feed)), []);
    feed.push(response("cr3", "predetermination", "complete", "2026-11-20T08:00:00-06:00", range));
    assert_eq!(amounts(&read_all(&feed)), [Amount::Estimate(Money(350), Money(900))]);
    feed.push(response("cr4", "preauthorization", "queued", "2026-11-21T08:00:00-06:00", json!({})));
    assert_eq!(amounts(&read_all(&feed)).len(), 1, "a prior authorisation is no price");
}

#[test]
fn unknown_codes_are_reported_and_the_rest_is_kept() {
    let mut feed = feed();
    feed[6] = task("fill-2", "P77", AT, json!({"focus":{"reference":"MedicationRequest/rx-1"}}));
    let got = read_all(&feed);
    assert!(rx(&got).is_none() && parcel(&got).is_some());
    assert!(
        got.problems.iter().any(|p| p.place == "x.json: MedicationRequest/rx-1" && p.reason.contains("P77")),
        "{:?}",
        got.problems
    );
    feed[8]["status"] = json!("lost-in-space");
    assert!(parcel(&read_all(&feed)).is_none());
}

#[test]
fn what_belongs_to_somebody_else_is_kept_out() {
    let mut feed = feed();
    feed[3]["subject"] = json!({"reference":"Patient/P2"});
    let got = read_all(&feed);
    assert!(rx(&got).is_none() && amounts(&got).is_empty());
    feed[8]["patient"] = json!({"reference":"Patient/P2"});
    assert!(parcel(&read_all(&feed)).is_none());
}

#[test]
fn ndjson_reads_line_by_line() {
    let mut lines: Vec<String> = feed().iter().map(Value::to_string).collect();
    lines.push("{ broken".into());
    let got = read(&lines.join("\n"), "feed.ndjson");
    assert!(rx(&got).is_some());
    assert_eq!(got.problems.iter().map(|p| p.place.as_str()).collect::<Vec<_>>(), ["feed.ndjson:12"]);
}

#[test]
fn a_grant_has_scopes_and_a_period() {
    let mut feed = feed();
    let code = |system: &str, code: &str| json!({"system":format!("{B}/{system}"),"code":code});
    feed.push(json!({"resourceType":"RelatedPerson","id":"P2","patient":{"reference":"Patient/P1"}}));
    feed.push(json!({"resourceType":"Consent","id":"c","meta":{"lastUpdated":AT},"status":"active","patient":{"reference":"Patient/P1"},
        "provision":{"type":"permit","period":{"start":"2026-02-01","end":"2027-01-31"},"class":[code("scope","orders")],
        "actor":[{"reference":{"reference":"RelatedPerson/P2"}}],"provision":[{"type":"deny","class":[code("category","sensitive")]}]}}));
    let read = |feed: &[Value]| -> Grant {
        let found =
            read_all(feed).records.into_iter().find_map(|r| if let Record::Grant(g) = r { Some(g) } else { None });
        found.unwrap()
    };
    let grant = read(&feed);
    assert!(grant.sensitive_denied && grant.scopes == ["orders"] && grant.helper.as_str() == "P2");
    assert!(grant.covers("2026-11-20".parse().unwrap()) && !grant.covers("2027-02-01".parse().unwrap()));
    feed.last_mut().unwrap()["status"] = "entered-in-error".into();
    assert!(
        !read(&feed).covers("2026-11-20".parse().unwrap()),
        "what was written in error ends what was granted by it"
    );
}

#[test]
fn the_sample_reads_without_problems() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("index/sample");
    if !dir.exists() {
        return;
    }
    let mut got = read_dir(&dir).unwrap();
    assert_eq!(got.problems, []);
    let of = |kind: &str| got.records.iter().filter(|r| r.key().0 == kind).count();
    assert!(
        of("patient") >= 16 && of("prescription") >= 51 && of("medication") >= 51 && of("shipment") >= 25,
        "{}",
        of("prescription")
    );
    let mut keys: Vec<_> = got.records.iter().map(|r| (r.key().0, r.key().1)).collect();
    keys.sort();
    assert!(keys.windows(2).all(|w| w[0] != w[1]));
    let before = got.records.clone();
    crate::ingest::shift(&mut got.records, 5);
    crate::ingest::shift(&mut got.records, -5);
    assert_eq!(before, got.records);
}

#[test]
fn a_word_that_nobody_knows_names_the_record_that_it_is_about() {
    let mut all = feed();
    let place = all.iter().position(|r| r["id"] == "ship-1").unwrap();
    all[place]["businessStatus"]["coding"][0]["code"] = "T77".into();
    let place = all.iter().position(|r| r["id"] == "order-1").unwrap();
    all[place]["status"] = "dancing".into();
    let text: Vec<String> = all.iter().map(Value::to_string).collect();
    let read = read(&text.join("\n"), "f");
    let found: Vec<_> = read.unknown.iter().map(|u| (u.kind, u.id.as_str(), u.word.as_str())).collect();
    assert_eq!(found, [("order", "order-1", "dancing"), ("shipment", "ship-1", "T77")]);
    for u in &read.unknown {
        assert!(read.problems.iter().any(|p| p.place == u.place), "{} is among the problems", u.place);
    }
}

#[test]
fn a_formulary_that_is_known_need_not_be_sent_again() {
    let (shelf, rest): (Vec<Value>, Vec<Value>) = feed().into_iter().partition(|r| r["resourceType"] == "Medication");
    let known = read(&shelf[0].to_string(), "shelf").records.into_iter().find_map(|r| match r {
        Record::Medication { medication, .. } => Some(medication),
        _ => None,
    });
    let sent: Vec<Sent> = rest.into_iter().map(|json| Sent { place: "f".into(), json, early: false }).collect();
    let prescribed = |r: &Read| r.records.iter().any(|r| matches!(r, Record::Prescription(_)));
    assert!(!prescribed(&read_sent(&sent, &[])));
    assert!(prescribed(&read_sent(&sent, &[known.unwrap()])));
}

#[test]
fn what_was_entered_in_error_names_its_record() {
    let mut all = feed();
    for kind in ["MedicationRequest", "SupplyDelivery"] {
        let place = all.iter().position(|r| r["resourceType"] == kind).unwrap();
        all[place]["status"] = "entered-in-error".into();
    }
    let text: Vec<String> = all.iter().map(Value::to_string).collect();
    let read = read(&text.join("\n"), "f");
    let found: Vec<_> = read.unknown.iter().map(|u| (u.kind, u.word.as_str())).collect();
    assert_eq!(found, [("prescription", "entered-in-error"), ("shipment", "entered-in-error")]);
    assert!(
        !read
            .records
            .iter()
            .any(|r| matches!(r, Record::Shipment(s) if read.unknown.iter().any(|u| u.id == s.id.as_str())))
    );
}
