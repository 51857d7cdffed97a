//! The compact form of a feed, one JSON object a line: an event gives one record a state, a heartbeat confirms all records of its kinds.
//! What is not known among the fields is ignored; a state that is not known is never guessed.

use crate::domain::delta::Delta;
use crate::domain::facts::Stamp;
use crate::domain::feed::{Change, Step};
use crate::domain::states::{Machine, StateCode};
use crate::pharmacy::States;
use crate::store::feed::{About, Mark, Told};
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The largest `seq`.
const MOST_SEQ: u16 = 999;

/// The form, for `--help` and the API's description.
pub const FORM: &str = r#"{"id":"evt-1","order":"70-00101","state":"T05","at":"2026-11-20T12:48:00Z","scan":"Waco, TX"}
The record is "order", "rx" or "shipment", by number or id; an order with a T state means its only parcel. "at" is when the record changed, with
an offset: the latest change counts, in whatever order events come. "seq", 0 to 999, orders changes of one instant; without it two states at
one instant go to a person. Beside them what the state tells: reason, reason_es, due, scan, scanned_at, window ["first day","last day"], carrier, tracking, delivered, hold_place, hold_until, attempts, refund_cents, refund_sent_on,
missing, reject, pays_again_on, contacted_at, contact_method, cancelled_by, other_pharmacy, transfer_status, sent_on, refills_left, valid_until.
{"heartbeat":"orders"} confirms all prescriptions, orders and parcels; "stock" and "prices" likewise."#;

/// Why a line is left out, and the mend.
pub type Fault = (String, &'static str);

#[derive(Deserialize)]
struct Head {
    heartbeat: Option<String>,
    id: Option<String>,
    order: Option<String>,
    rx: Option<String>,
    shipment: Option<String>,
    state: Option<String>,
    at: Option<String>,
    #[serde(default)]
    seq: u16,
}

/// Reads one line.
///
/// # Errors
/// The reason and the mend.
pub fn read(line: &str, states: &States) -> Result<Told, Fault> {
    let head: Head = serde_json::from_str(line).map_err(wrong)?;
    if let Some(feed) = &head.heartbeat {
        return alive(feed).map(Told::Alive);
    }
    let at = head.at.as_deref().ok_or_else(|| lacks("at"))?;
    let at: Timestamp =
        at.parse().map_err(|_| ("at is no instant with an offset".to_owned(), "write it as 2026-11-20T12:48:00Z"))?;
    let state = head.state.as_deref().ok_or_else(|| lacks("state"))?;
    let id = head.id.clone().ok_or_else(|| lacks("id"))?;
    let known = state.parse::<StateCode>().ok();
    let about = about(&head, known.map_or_else(|| kind(state), |s| Some(s.machine())))?;
    let change = match known {
        None => Change::Unknown(state.chars().filter(|c| !c.is_control()).take(40).collect()),
        Some(state) => {
            let mut delta: Delta = serde_json::from_str(line).map_err(wrong)?;
            delta.clock = states.clock_end(state, at);
            Change::State(state, delta)
        }
    };
    if head.seq > MOST_SEQ {
        return Err(("seq is larger than 999".into(), "count the changes of one instant from 0"));
    }
    // Microseconds: a thousandth of what a feed's clock shows is left for the changes of one instant.
    let version = Stamp::version_at(at).saturating_add(head.seq.into());
    let mark = Mark { id, digest: hex::encode(Sha256::digest(line.trim())) };
    Ok(Told::Step(Some(mark), about, Step { version, at, change }))
}

fn wrong(e: serde_json::Error) -> Fault {
    let what = match e.classify() {
        serde_json::error::Category::Data => format!("column {}: {e}", e.column()),
        _ => format!("is no JSON object: {e}"),
    };
    // The reader says "line 1" of the line that it was given; the report names the place.
    let what = what.split(" at line ").next().unwrap_or_default().to_owned();
    (what, "see `apothecary ingest --help` for the form of an event")
}

fn lacks(field: &str) -> Fault {
    (format!("{field} is missing"), "an event has id, state, at, and one of order, rx, shipment")
}

fn alive(feed: &str) -> Result<&'static [&'static str], Fault> {
    match feed {
        "orders" => Ok(&["prescription", "order", "shipment"]),
        "stock" => Ok(&["stock"]),
        "prices" => Ok(&["price"]),
        _ => Err(("the heartbeat is of no feed that is known".into(), "use orders, stock or prices")),
    }
}

/// What kind of record an unknown state is of, when it is written as the known ones are: which state it is stays unknown.
fn kind(state: &str) -> Option<Machine> {
    let (letter, rest) = state.split_at_checked(1)?;
    let counted = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    StateCode::all().find(|c| counted && c.to_string().starts_with(letter)).map(StateCode::machine)
}

/// Which record; what is named must be of the state's kind, but an order may stand for its parcel.
fn about(head: &Head, machine: Option<Machine>) -> Result<About, Fault> {
    let fits = |own: Machine| machine.is_none_or(|m| m == own);
    match (&head.order, &head.rx, &head.shipment) {
        (Some(order), None, None) if machine == Some(Machine::Shipment) => Ok(About::ParcelOf(order.clone())),
        (Some(order), None, None) if fits(Machine::Order) => Ok(About::Named("order", order.clone())),
        (None, Some(rx), None) if fits(Machine::Prescription) => Ok(About::Named("prescription", rx.clone())),
        (None, None, Some(parcel)) if fits(Machine::Shipment) => Ok(About::Named("shipment", parcel.clone())),
        (None, None, None) => Err(lacks("order, rx or shipment")),
        _ => Err((
            "the record and the state are of different kinds, or more than one record is named".into(),
            "name one: rx for P states, order for O and T states, shipment for T states",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states() -> States {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("index/states.toml");
        States::parse(&std::fs::read_to_string(path).unwrap(), "states.toml").unwrap()
    }

    fn told(line: &str) -> Result<Told, Fault> {
        read(line, &states())
    }

    #[test]
    fn the_form_in_the_help_is_read() {
        let line = FORM.lines().next().unwrap();
        let Ok(Told::Step(id, about, step)) = told(line) else { panic!("{line}") };
        assert_eq!((id.map(|m| m.id).as_deref(), about), (Some("evt-1"), About::ParcelOf("70-00101".into())));
        assert_eq!((step.version, step.at.to_string().as_str()), (1_795_178_880_000_000, "2026-11-20T12:48:00Z"));
        let Change::State(state, delta) = step.change else { panic!("a state") };
        assert_eq!((state.to_string().as_str(), delta.scan.as_deref()), ("T05", Some("Waco, TX")));
        for name in ["orders", "stock", "prices"] {
            assert!(matches!(told(&format!(r#"{{"heartbeat":"{name}"}}"#)), Ok(Told::Alive(_))), "{name}");
        }
    }

    #[test]
    fn the_clock_of_a_state_runs_unless_the_event_says_otherwise() {
        let due = |more: &str| match told(&format!(
            r#"{{"id":"e","rx":"RX-1","state":"P02","at":"2026-11-20T12:00:00Z"{more}}}"#
        )) {
            Ok(Told::Step(_, _, Step { change: Change::State(_, delta), version, .. })) => {
                (delta.due.map(|t| t.to_string()), delta.clock.unwrap().to_string(), version)
            }
            other => panic!("{other:?}"),
        };
        let clock = "2026-11-21T12:00:00Z".to_owned();
        assert_eq!(due(""), (None, clock.clone(), 1_795_176_000_000_000), "and the time is its version");
        let told = Some("2026-11-20T13:00:00Z".into());
        assert_eq!(due(r#","due":"2026-11-20T13:00:00Z","seq":3"#), (told, clock, 1_795_176_000_000_003));
    }

    #[test]
    fn an_unknown_state_is_kept_as_it_is_and_unknown_fields_are_ignored() {
        let line = r#"{"id":"e","shipment":"FX1","state":"T99","at":"2026-11-20T12:00:00Z","colour":"blue"}"#;
        let Ok(Told::Step(_, about, step)) = told(line) else { panic!("{line}") };
        assert_eq!((about, step.change), (About::Named("shipment", "FX1".into()), Change::Unknown("T99".into())));
        let of = |state: &str| match told(&format!(
            r#"{{"id":"e","order":"1","state":"{state}","at":"2026-11-20T12:00:00Z"}}"#
        )) {
            Ok(Told::Step(_, about, _)) => about,
            other => panic!("{other:?}"),
        };
        assert_eq!(of("T99"), About::ParcelOf("1".into()), "a parcel's, whichever it is");
        assert_eq!((of("dancing"), of("")), (About::Named("order", "1".into()), About::Named("order", "1".into())));
    }

    #[test]
    fn a_fault_names_its_place() {
        let fault = |line: &str| told(line).unwrap_err().0;
        assert!(fault(r#"{"id":"e","order":"1","state":"O02"}"#).contains("at is missing"));
        assert!(fault(r#"{"order":"1","state":"O02","at":"2026-11-20T12:00:00Z"}"#).contains("id is missing"));
        assert!(fault(r#"{"id":"e","state":"O02","at":"2026-11-20T12:00:00Z"}"#).contains("shipment is missing"));
        assert!(fault(r#"{"id":"e","order":"1","state":"O02","at":"2026-11-20T12:00:00"}"#).contains("offset"));
        assert!(fault(r#"{"id":"e","rx":"1","state":"O02","at":"2026-11-20T12:00:00Z"}"#).contains("different kinds"));
        let number = fault(r#"{"id":"e","order":"1","state":"O02","at":"2026-11-20T12:00:00Z","attempts":"two"}"#);
        assert!(number.contains("column") && number.contains("invalid type"), "{number}");
        assert!(fault("{").contains("no JSON"), "{}", fault("{"));
        assert!(fault(r#"{"heartbeat":"weather"}"#).contains("no feed"));
    }
}
