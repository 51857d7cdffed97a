//! The life of a ticket: each act in each state, and over random histories that nothing is ever owned twice or written unread.

use super::*;
use crate::domain::lang::Lang;
use crate::domain::route::{Priority, Reason};
use crate::store::tickets::NewTicket;
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

fn actor(id: &str) -> Actor {
    Actor { id: id.into(), name: id.to_uppercase(), role: "pharmacist".into() }
}

fn fresh() -> TicketRow {
    let new = NewTicket {
        id: "t".into(),
        priority: Priority::P2,
        queue: Queue::Service,
        reason: Reason::Asked,
        fired: Vec::new(),
        due: at(600),
        lang: Lang::En,
        level: "L2".into(),
        patient: None,
        card: serde_json::Value::Null,
        legal_hold: false,
    };
    crate::store::tickets::opened(new, &"c".into(), &"m".into(), at(0))
}

fn plan(from: i64) -> Callback {
    Callback { from: at(from), until: at(from + 100), number: None, leave_message: false, attempts: Vec::new() }
}

fn end(version: i64) -> Act {
    let outcome = Resolution { disposition: "DUP".into(), further: Vec::new(), note: None, end: TicketState::Resolved };
    Act::Resolve { version, outcome }
}

/// Does each act by its actor at its second, and gives the ticket afterwards.
fn after(acts: &[(&str, i64, Act)]) -> TicketRow {
    let mut t = fresh();
    for (who, second, act) in acts {
        t = step(&t, &actor(who), act, at(*second)).unwrap();
    }
    t
}

fn claim(until: i64) -> Act {
    Act::Claim { until: at(until) }
}

#[test]
fn a_lease_keeps_others_out_until_it_runs_out_or_is_taken_over() {
    let held = after(&[("ann", 1, claim(100))]);
    let bob = actor("bob");
    assert_eq!(step(&held, &bob, &claim(200), at(99)), Err(LifeError::Taken { by: "ANN".into() }));
    assert_eq!(step(&held, &bob, &claim(200), at(100)).unwrap().claimed_by, Some(bob.id.clone()));
    let over = step(&held, &bob, &Act::TakeOver { until: at(200) }, at(50)).unwrap();
    assert_eq!((over.claimed_by, over.claimed_name), (Some(bob.id.clone()), Some("BOB".into())));
    assert_eq!(step(&held, &actor("ann"), &Act::TakeOver { until: at(200) }, at(50)), Err(LifeError::Free));
    assert_eq!(step(&fresh(), &bob, &Act::TakeOver { until: at(200) }, at(50)), Err(LifeError::Free));
}

#[test]
fn only_the_holder_writes_and_only_on_what_was_read() {
    let held = after(&[("ann", 1, claim(100))]);
    let reply = |v| Act::Reply { version: v };
    assert_eq!(step(&fresh(), &actor("ann"), &reply(1), at(2)), Err(LifeError::NotClaimed));
    assert!(matches!(step(&held, &actor("bob"), &reply(held.version), at(2)), Err(LifeError::Taken { .. })));
    assert_eq!(step(&held, &actor("ann"), &reply(1), at(2)), Err(LifeError::Stale { now: held.version }));
    let said = step(&held, &actor("ann"), &reply(held.version), at(2)).unwrap();
    assert_eq!((said.state, said.answered_at), (TicketState::WaitingCustomer, Some(at(2))));
}

#[test]
fn the_clock_of_an_unanswered_case_does_not_stop_when_it_is_handed_on() {
    let to = Act::Transfer { queue: Queue::Clinical, to: Some("bob".into()), due: at(9_000) };
    let handed = after(&[("ann", 1, claim(100)), ("ann", 50, to.clone())]);
    assert_eq!((handed.state, handed.due, handed.waiting_since), (TicketState::Offered, at(600), at(50)));
    assert_eq!((handed.queue, handed.owner()), (Queue::Clinical, None));
    assert_eq!(handed.reserved_for, Some("bob".into()));
    let answered = after(&[("ann", 1, claim(100)), ("ann", 2, Act::Reply { version: 2 }), ("ann", 50, to)]);
    assert_eq!((answered.due, answered.answered_at), (at(9_000), None), "one that was answered gets a new clock");
}

#[test]
fn what_is_put_aside_sleeps_and_wakes() {
    let parked = after(&[("ann", 1, claim(100)), ("ann", 5, Act::Park { until: at(5_000) })]);
    assert_eq!((parked.state, parked.owner(), parked.due), (TicketState::WaitingInternal, None, at(5_000)));
    assert_eq!(parked.unclaimed_since(at(10)), Some(at(5_000)), "nobody is called before");
    assert_eq!(parked.reserved_for, Some("ann".into()));
    let taken = step(&parked, &actor("bob"), &claim(300), at(20)).unwrap();
    assert_eq!(taken.owner(), Some(&"bob".into()), "anybody may take it earlier");
}

#[test]
fn a_call_is_tried_again_and_ends_when_they_spoke() {
    let tried = |reached, next| Act::Attempt { reached, next };
    let again = tried(Reached::NoAnswer, Some((at(3_000), at(3_100))));
    let acts = [
        ("ann", 1, claim(100)),
        ("ann", 5, Act::Callback(plan(1_000))),
        ("bob", 1_010, claim(1_300)),
        ("bob", 1_020, again),
    ];
    let waits = after(&acts);
    assert_eq!((waits.state, waits.waiting_since, waits.due), (TicketState::Callback, at(3_000), at(3_100)));
    let call = waits.callback.clone().unwrap();
    assert_eq!((call.from, call.attempts.len(), call.attempts[0].by.as_str()), (at(3_000), 1, "BOB"));
    let held = step(&waits, &actor("cat"), &claim(3_400), at(3_010)).unwrap();
    let spoke = step(&held, &actor("cat"), &tried(Reached::Spoke, None), at(3_020)).unwrap();
    assert_eq!((spoke.state, spoke.answered_at), (TicketState::Working, Some(at(3_020))));
    let none = after(&[("ann", 1, claim(100))]);
    assert_eq!(step(&none, &actor("ann"), &tried(Reached::Spoke, None), at(2)), Err(LifeError::NoCallback));
}

#[test]
fn a_lapsed_lease_gives_the_chat_back_and_an_answer_keeps_waiting() {
    let held = after(&[("ann", 1, claim(100))]);
    let lost = lapse(&held, at(7_000));
    assert_eq!((lost.state, lost.waiting_since, lost.due), (TicketState::Offered, at(100), at(600)));
    let said = after(&[("ann", 1, claim(100)), ("ann", 2, Act::Reply { version: 2 })]);
    let quiet = lapse(&said, at(7_000));
    assert_eq!((quiet.state, quiet.owner(), quiet.answered_at), (TicketState::WaitingCustomer, None, Some(at(2))));
    assert_eq!((quiet.unclaimed_since(at(9_999)), quiet.reserved_for.clone()), (None, Some("ann".into())));
    assert!(expire(&quiet, at(10_000)).state.closed());
}

/// An act that the random histories are made of; `read` is how old the version is that the writer saw.
fn random_act(kind: u8, now: i64, version: i64) -> Act {
    match kind {
        0 | 1 => Act::Claim { until: at(now + 50) },
        2 => Act::TakeOver { until: at(now + 50) },
        3 | 4 => Act::Reply { version },
        5 => Act::Note,
        6 => Act::Transfer { queue: Queue::Clinical, to: None, due: at(now + 600) },
        7 => Act::Park { until: at(now + 200) },
        8 => Act::Callback(plan(now + 100)),
        9 => Act::Attempt { reached: Reached::NoAnswer, next: Some((at(now + 90), at(now + 99))) },
        10 => Act::Release { due: at(now + 600) },
        _ => end(version),
    }
}

proptest! {
    #[test]
    fn over_any_history_nothing_is_owned_twice_or_written_unread(
        moves in prop::collection::vec((0u8..12, 0usize..3, 0i64..40, 0i64..2, prop::bool::ANY), 1..60)
    ) {
        let people = ["ann", "bob", "cat"].map(actor);
        let (mut t, mut now) = (fresh(), 0);
        for (kind, who, passed, unread, clock) in moves {
            now += passed;
            if clock && t.owner().is_some() && t.holder(at(now)).is_none() {
                t = lapse(&t, at(now + 600));
            }
            let act = random_act(kind, now, t.version - unread);
            let before = t.clone();
            let Ok(after) = step(&t, &people[who], &act, at(now)) else { continue };
            let me = &people[who].id;
            prop_assert!(!before.state.closed(), "an ended ticket stays ended");
            prop_assert_eq!(after.version, before.version + 1);
            if before.holder(at(now)).is_some_and(|by| by != me) {
                prop_assert!(matches!(act, Act::TakeOver { .. }), "{:?} moved somebody else's ticket", act);
            }
            if matches!(act, Act::Reply { .. } | Act::Resolve { .. }) {
                prop_assert_eq!(before.owner(), Some(me));
                prop_assert_eq!(unread, 0);
            }
            prop_assert_eq!(after.owner().is_some(), after.state.held());
            prop_assert!(after.lease_until.is_none() || after.state.held());
            if !after.state.closed() && after.owner().is_none() {
                prop_assert!(after.unclaimed_since(at(now)).is_some(), "nobody would ever be called: {:?}", after.state);
            }
            t = after;
        }
    }
}
