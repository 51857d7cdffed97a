//! A live feed in the store: versions in any order, records in doubt, ids that count once, heartbeats, and a batch that breaks off.

use super::{Dir, at};
use crate::domain::delta::Delta;
use crate::domain::facts::{Record, Shipment, ShipmentDetails, Stamp};
use crate::domain::feed::{Change, Doubt, Move, Outcome, Step};
use crate::domain::lang::Lang;
use crate::domain::route::{Priority, Queue, Reason};
use crate::domain::states::StateCode;
use crate::pharmacy::States;
use crate::store::Store;
use crate::store::feed::{About, Judge, Mark, Told};
use crate::store::tickets::{NewTicket, TicketFilter};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

/// The product's own state table; a ticket can be made to fail.
struct Table {
    states: States,
    breaks: bool,
}

impl Table {
    fn new() -> Self {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("index/states.toml");
        let states = States::parse(&std::fs::read_to_string(path).unwrap(), "states.toml").unwrap();
        Self { states, breaks: false }
    }
}

impl Judge for Table {
    fn going(&self, from: StateCode, to: StateCode, cold: bool) -> Option<Move> {
        self.states.going(from, to, cold)
    }
    fn ticket(&self, _: &Record, doubt: &Doubt, now: Timestamp) -> NewTicket {
        assert!(!self.breaks, "the process ends here");
        NewTicket {
            id: uuid::Uuid::now_v7().to_string().as_str().into(),
            priority: Priority::P3,
            queue: Queue::Service,
            reason: Reason::State,
            fired: Vec::new(),
            due: now,
            lang: Lang::En,
            level: "feed".into(),
            patient: None,
            card: json!({"why": doubt.why.to_string()}),
            legal_hold: false,
        }
    }
}

fn parcel(version: u64, state: &str) -> Record {
    Record::Shipment(Shipment {
        id: "s1".into(),
        patient: "p1".into(),
        order: "o1".into(),
        state: state.parse().unwrap(),
        stamp: Stamp { as_of: at(0), version },
        carrier: None,
        tracking: Some("FX1".into()),
        window: None,
        delivered: None,
        scan: None,
        details: ShipmentDetails::default(),
    })
}

fn step(version: u64, state: &str) -> Step {
    let change = match state.parse() {
        Ok(state) => Change::State(state, Delta::default()),
        Err(_) => Change::Unknown(state.into()),
    };
    Step { version, at: at(0), change }
}

fn event(id: &str, version: u64, state: &str) -> Told {
    Told::Step(Some(mark(id, state)), About::Named("shipment", "FX1".into()), step(version, state))
}

fn mark(id: &str, line: &str) -> Mark {
    Mark { id: id.into(), digest: line.into() }
}

async fn base(dir: &Dir) -> Store {
    let store = dir.open().await;
    store.put_records(&[parcel(1, "T03")], at(0)).await.unwrap();
    store
}

async fn take(store: &Store, told: Told, t: i64) -> Outcome {
    store.take_feed(&[told], at(t), &Table::new()).await.unwrap().remove(0)
}

/// State, version, and the time of the last confirmation, in seconds of the tests; none in doubt.
async fn told(store: &Store) -> (String, u64, Option<i64>) {
    let found = store.shipments_of(&"p1".into()).await.unwrap().remove(0);
    let since = (!found.in_doubt()).then(|| found.confirmed_at.as_second() - at(0).as_second());
    (found.value.state.to_string(), found.value.stamp.version, since)
}

#[tokio::test]
async fn late_and_repeated_events_change_nothing() {
    let dir = Dir::new();
    let store = base(&dir).await;
    assert_eq!(take(&store, event("e5", 5, "T05"), 10).await, Outcome::Applied);
    assert_eq!(told(&store).await, ("T05".into(), 5, Some(10)));
    assert_eq!(take(&store, event("e5", 5, "T05"), 20).await, Outcome::Repeated, "the id");
    assert_eq!(take(&store, event("e5-again", 5, "T05"), 30).await, Outcome::Repeated, "the version");
    assert_eq!(told(&store).await, ("T05".into(), 5, Some(30)), "it confirms");
    assert_eq!(take(&store, event("e3", 3, "T04"), 40).await, Outcome::Late);
    assert_eq!(take(&store, event("e0", 0, "T01"), 40).await, Outcome::Late, "older than all that is known");
    assert_eq!(told(&store).await, ("T05".into(), 5, Some(30)), "and a late one does not");
    assert!(matches!(take(&store, event("e5", 6, "T08"), 50).await, Outcome::Refused(..)), "one id, two events");
    let ahead = u64::try_from(at(50).as_microsecond()).unwrap() + 301_000_000;
    let of_the_future = Told::Step(None, About::Id("shipment", "s1".into()), step(ahead, "T08"));
    assert!(matches!(take(&store, of_the_future, 50).await, Outcome::Refused(..)), "it would make all others late");
    assert!(matches!(take(&store, step_of("FX9"), 50).await, Outcome::Refused(..)), "no such parcel");
    assert_eq!(told(&store).await.0, "T05");
}

fn step_of(parcel: &str) -> Told {
    Told::Step(Some(mark("n", parcel)), About::Named("shipment", parcel.into()), step(9, "T08"))
}

#[tokio::test]
async fn two_words_of_one_version_are_told_to_nobody() {
    let dir = Dir::new();
    let store = base(&dir).await;
    assert_eq!(take(&store, event("a", 5, "T05"), 10).await, Outcome::Applied);
    assert!(matches!(take(&store, event("b", 5, "T08"), 20).await, Outcome::Person(_)));
    assert_eq!(told(&store).await, ("T03".into(), 1, None));
    assert_eq!(take(&store, event("c", 5, "T05"), 30).await, Outcome::Repeated, "neither of them again");
    assert_eq!(told(&store).await.2, None);
    assert_eq!(take(&store, event("d", 6, "T08"), 40).await, Outcome::Applied);
    let again = Dir::new();
    let store = base(&again).await;
    assert!(matches!(take(&store, event("a", 1, "T05"), 10).await, Outcome::Person(_)), "what stands there, too");
    assert_eq!(told(&store).await, ("T03".into(), 1, None));
}

#[tokio::test]
async fn a_state_that_is_repeated_keeps_its_clock() {
    let dir = Dir::new();
    let store = base(&dir).await;
    let line = |version: u64, due: Option<i64>| {
        let delta =
            Delta { clock: Some(at(100 * i64::try_from(version).unwrap())), due: due.map(at), ..Delta::default() };
        let change = Change::State("T05".parse().unwrap(), delta);
        Told::Step(None, About::Id("shipment", "s1".into()), Step { version, at: at(9), change })
    };
    let due = async || store.shipments_of(&"p1".into()).await.unwrap().remove(0).value.details.due;
    take(&store, line(2, None), 10).await;
    assert_eq!(due().await, Some(at(200)));
    take(&store, line(3, None), 10).await;
    assert_eq!(due().await, Some(at(200)));
    take(&store, line(4, Some(7)), 10).await;
    assert_eq!(due().await, Some(at(7)), "unless the event says otherwise");
}

#[tokio::test]
async fn a_delivery_that_is_told_again_keeps_its_time() {
    let dir = Dir::new();
    let store = base(&dir).await;
    let line = |version: u64, t: i64| {
        let step = Step { version, at: at(t), ..step(version, "T08") };
        Told::Step(None, About::Id("shipment", "s1".into()), step)
    };
    let delivered = async || store.shipments_of(&"p1".into()).await.unwrap().remove(0).value.delivered;
    assert_eq!(take(&store, line(2, 3), 10).await, Outcome::Applied);
    assert_eq!(take(&store, line(3, 8), 10).await, Outcome::Applied);
    assert_eq!(delivered().await, Some(at(3)));
}

#[tokio::test]
async fn a_later_snapshot_ends_a_doubt_and_an_earlier_one_does_not() {
    let dir = Dir::new();
    let store = base(&dir).await;
    assert!(matches!(take(&store, event("a", 5, "T99"), 10).await, Outcome::Person(_)));
    store.put_records(&[parcel(4, "T04")], at(20)).await.unwrap();
    assert_eq!(told(&store).await.2, None);
    store.put_records(&[parcel(6, "T04")], at(30)).await.unwrap();
    assert_eq!(told(&store).await, ("T04".into(), 6, Some(30)));
    assert_eq!(take(&store, event("b", 7, "T05"), 40).await, Outcome::Applied);
}

#[tokio::test]
async fn a_resource_is_found_by_its_id_alone() {
    let dir = Dir::new();
    let store = base(&dir).await;
    let Record::Shipment(mut other) = parcel(2, "T03") else { unreachable!() };
    (other.id, other.tracking) = ("FX1".into(), None);
    let told_of = |about| Told::Step(None, about, step(9, "T05"));
    store.put_records(&[Record::Shipment(other)], at(0)).await.unwrap();
    assert!(matches!(take(&store, told_of(About::Named("shipment", "FX1".into())), 9).await, Outcome::Refused(..)));
    assert_eq!(take(&store, told_of(About::Id("shipment", "FX1".into())), 9).await, Outcome::Applied);
    let found = store.shipments_of(&"p1".into()).await.unwrap();
    let states: Vec<String> = found.iter().map(|c| format!("{} {}", c.value.id, c.value.state)).collect();
    assert_eq!(states, ["FX1 T05", "s1 T03"]);
}

#[tokio::test]
async fn a_step_that_is_not_allowed_is_told_to_nobody_and_opens_one_ticket() {
    let dir = Dir::new();
    let store = base(&dir).await;
    assert!(matches!(take(&store, event("a", 2, "T10"), 10).await, Outcome::Person(_)));
    assert_eq!(told(&store).await, ("T03".into(), 1, None));
    assert!(matches!(take(&store, event("b", 3, "T99"), 20).await, Outcome::Person(_)), "an unknown state");
    let tickets = store.tickets(&TicketFilter::default()).await.unwrap();
    assert_eq!((tickets.len(), tickets[0].priority, tickets[0].reason), (1, Priority::P3, Reason::State));
    assert!(store.has_untold_doubts().await.unwrap());
    let rows = store.tell_of_doubts(at(30), |_| Vec::new()).await.unwrap();
    assert_eq!((rows, store.has_untold_doubts().await.unwrap()), (1, false), "receivers hear of it once");
    store.take_feed(&[Told::Alive(&["shipment"])], at(40), &Table::new()).await.unwrap();
    assert_eq!(told(&store).await.2, None, "a heartbeat does not end a doubt");
    assert_eq!(take(&store, event("c", 4, "T06"), 50).await, Outcome::Skipped, "scans are left out: noted, no error");
    assert_eq!(told(&store).await, ("T06".into(), 4, Some(50)));
    store.verify_audit().await.unwrap();
    let acts = store.audit_rows(1, 9).await.unwrap();
    let acts: Vec<&str> = acts.iter().filter_map(|r| r.body["record"]["act"].as_str()).collect();
    assert_eq!(acts, ["feed.doubt", "feed.doubt", "feed.settled"]);
}

#[tokio::test]
async fn a_gap_that_is_filled_late_ends_the_doubt() {
    let dir = Dir::new();
    let store = base(&dir).await;
    assert!(matches!(take(&store, event("c", 3, "T10"), 10).await, Outcome::Person(_)));
    assert_eq!(take(&store, event("b", 2, "T04"), 20).await, Outcome::Late);
    let (state, version, confirmed) = told(&store).await;
    assert_eq!((state.as_str(), version, confirmed.is_some()), ("T10", 3, true));
}

#[tokio::test]
async fn a_heartbeat_confirms_all_of_its_kinds() {
    let dir = Dir::new();
    let store = base(&dir).await;
    assert_eq!(store.feed_pulse().await.unwrap().heard, None);
    assert_eq!(take(&store, Told::Alive(&["order", "shipment"]), 60).await, Outcome::Confirmed);
    assert_eq!(told(&store).await, ("T03".into(), 1, Some(60)));
    assert_eq!(take(&store, Told::Alive(&["stock"]), 90).await, Outcome::Confirmed);
    assert_eq!(told(&store).await.2, Some(60));
    let pulse = store.feed_pulse().await.unwrap();
    assert_eq!((pulse.heard, pulse.totals), (Some(at(90)), vec![("confirmed".into(), 2)]));
    take(&store, step_of("FX9"), 99).await;
    assert_eq!(store.feed_pulse().await.unwrap().heard, Some(at(90)), "what is refused is no sign of life");
}

#[tokio::test]
async fn somebody_elses_parcel_is_not_taken_over() {
    let dir = Dir::new();
    let store = base(&dir).await;
    let Record::Shipment(mut other) = parcel(2, "T05") else { unreachable!() };
    other.patient = "p2".into();
    let change = Change::Whole(Record::Shipment(other));
    let told_of = Told::Step(None, About::Named("shipment", "s1".into()), Step { version: 2, at: at(2), change });
    assert!(matches!(take(&store, told_of, 10).await, Outcome::Person(_)));
    assert!(store.shipments_of(&"p2".into()).await.unwrap().is_empty());
    assert_eq!(told(&store).await, ("T03".into(), 1, None));
}

#[tokio::test]
async fn a_batch_that_breaks_off_leaves_nothing() {
    let dir = Dir::new();
    let store = base(&dir).await;
    let inside = store.clone();
    let broken = tokio::spawn(async move {
        let table = Table { breaks: true, ..Table::new() };
        inside.take_feed(&[event("a", 2, "T05"), event("b", 3, "T11")], at(10), &table).await
    });
    assert!(broken.await.is_err(), "the second line ends it");
    assert_eq!(told(&store).await, ("T03".into(), 1, Some(0)));
    assert_eq!(store.feed_pulse().await.unwrap().heard, None);
    assert_eq!(take(&store, event("a", 2, "T05"), 20).await, Outcome::Applied, "its id was not kept either");
}

#[tokio::test]
async fn of_many_versions_the_latest_are_remembered() {
    let dir = Dir::new();
    let store = base(&dir).await;
    for v in 2..80 {
        let state = if v % 2 == 0 { "T04" } else { "T03" };
        assert_eq!(take(&store, event(&format!("e{v}"), v, state), 10).await, Outcome::Applied, "{v}");
    }
    assert_eq!(told(&store).await.1, 79);
    let mark = store.records_mark().await.unwrap();
    assert_eq!(take(&store, event("old", 0, "T08"), 20).await, Outcome::Late);
    assert_eq!(store.records_after(mark).await.unwrap().records.len(), 0, "nothing changed");
    assert_eq!(take(&store, event("new", 80, "T08"), 20).await, Outcome::Applied);
    assert_eq!(store.records_after(mark).await.unwrap().records.len(), 1);
}

/// What is told after the versions came in the given order.
fn after(order: &[(u64, &'static str)]) -> (String, u64, bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = Dir::new();
        let store = base(&dir).await;
        // Fresh ids: a repetition is known by its version.
        let lines: Vec<Told> = order.iter().enumerate().map(|(n, (v, s))| event(&format!("e{n}"), *v, s)).collect();
        for (n, line) in lines.iter().enumerate() {
            store.take_feed(std::slice::from_ref(line), at(i64::try_from(n).unwrap()), &Table::new()).await.unwrap();
        }
        let (state, version, confirmed) = told(&store).await;
        (state, version, confirmed.is_none())
    })
}

const SOME: [&str; 8] = ["T03", "T04", "T05", "T06", "T08", "T10", "T12", "T77"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_order_and_any_repetition_end_alike(
        states in prop::collection::vec(prop::sample::select(SOME.as_slice()), 1..7),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let sorted: Vec<(u64, &str)> = states.into_iter().enumerate().map(|(n, s)| (n as u64 + 2, s)).collect();
        let mut mixed: Vec<(u64, &str)> = picks.iter().map(|i| *i.get(&sorted)).collect();
        mixed.extend(sorted.iter().rev().copied());
        prop_assert_eq!(after(&sorted), after(&mixed));
    }
}
