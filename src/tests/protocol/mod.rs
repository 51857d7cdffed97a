//! The life of a case as a model: stored message, commit, webhook, alarm, claim, reply. `stateright` walks through
//! every order of steps, crashes included, that two messages of a customer and two pharmacists allow within a few
//! ticks.
//!
//! Modelled: each transaction of the store as one step; the process that dies between any two steps and forgets turns
//! in work and webhooks under way; a turn worked on twice at once; screens that show an old version; requests and
//! answers that get lost, and dead letters; leases that run out and lapse, take-overs, releases; the ladder (one
//! rung) and the due time, also while the process is down.
//!
//! Not modelled: the database itself, words, roles, other conversations, transfers, callbacks, tickets put aside,
//! merged or expired, a second message that is more urgent, webhooks about staff's acts, replays by hand. A message
//! for the owner of the chat joins the ticket like any other, as a new version. Retries come at any moment, which
//! allows for more than their schedule does.

mod steps;
mod world;

use stateright::{Checker, Expectation, Model, Property};
use std::collections::BTreeSet;
use steps::{Flaw, Protocol};
use world::{Event, Note, RowState, Stage, Ticket, Turn, World};

const NOT_LOST: &str = "a message that was taken is pending or in a ticket";
const HAS_WEBHOOK: &str = "a ticket has its webhook, and an overdue one that of its alarm";
const IN_ONE_TICKET: &str = "a message is in one ticket, once";
const WRITTEN_ONCE: &str = "a webhook is written once";
const HANDLED_ONCE: &str = "a receiver that honours the id acts on each event once";
const ONE_HOLDER: &str = "at most one pharmacist was told that the ticket is theirs";
const ONE_VOICE: &str = "an answer is by the owner, on the version that they saw, and the only one on it";
const CARED_FOR: &str = "at the end each message was answered after it came, or its ticket is alarmed";

const POSTED_AGAIN: &str = "the worker dies between post and mark, and the receiver hears the id again";
const STALE_REPLY: &str = "a reply to an old version is refused";
const LEASE_RAN_OUT: &str = "a lease runs out and another claims";
const LAPSED: &str = "the clock takes back what its owner left alone";
const TAKEN_OVER: &str = "a ticket is taken over";
const TURN_DONE: &str = "a second commit of a turn is refused";
const DEAD_LETTER: &str = "the webhook is a dead letter, and the alarm is raised";
const JOINED: &str = "a message joins the ticket of the one before";
const NEXT_TICKET: &str = "a message opens a ticket after the first is resolved";

pub fn properties() -> Vec<Property<Protocol>> {
    vec![
        Property::always(NOT_LOST, not_lost),
        Property::always(HAS_WEBHOOK, has_webhook),
        Property::always(IN_ONE_TICKET, |_, world: &World| {
            (0..2).all(|turn| world.tickets.iter().map(|ticket| ticket.messages[turn]).sum::<usize>() <= 1)
        }),
        Property::always(WRITTEN_ONCE, |_, world: &World| all_differ(world.outbox.iter().map(|row| row.cause))),
        Property::always(HANDLED_ONCE, |_, world: &World| all_differ(world.handled.iter().map(|(cause, _)| *cause))),
        Property::always(ONE_HOLDER, |_, world: &World| {
            let told = world.tickets.iter().flat_map(|ticket| ticket.granted).filter(|until| *until > world.now);
            told.count() <= 1
        }),
        Property::always(ONE_VOICE, one_voice),
        Property::always(CARED_FOR, cared_for),
        Property::sometimes(POSTED_AGAIN, |_, world: &World| world.note == Some(Note::PostedAgain)),
        Property::sometimes(STALE_REPLY, |_, world: &World| world.note == Some(Note::Stale)),
        Property::sometimes(LEASE_RAN_OUT, |_, world: &World| world.note == Some(Note::LeaseRanOut)),
        Property::sometimes(LAPSED, |_, world: &World| world.note == Some(Note::Lapsed)),
        Property::sometimes(TAKEN_OVER, |_, world: &World| world.note == Some(Note::TakenOver)),
        Property::sometimes(TURN_DONE, |_, world: &World| world.note == Some(Note::TurnDone)),
        Property::sometimes(DEAD_LETTER, |_, world: &World| {
            let dead = |id| world.told((id, Event::Created), Some(RowState::Dead));
            (0..world.tickets.len()).any(|id| world.tickets[id].breached && dead(id))
        }),
        Property::sometimes(JOINED, |_, world: &World| world.tickets.iter().any(|ticket| ticket.messages == [1, 1])),
        Property::sometimes(NEXT_TICKET, |_, world: &World| world.tickets.len() == 2),
    ]
}

fn not_lost(_: &Protocol, world: &World) -> bool {
    let kept = |turn: usize| world.tickets.iter().any(|ticket| ticket.messages[turn] > 0);
    (0..2).all(|turn| world.turns[turn] != Turn::Done || kept(turn))
}

fn has_webhook(_: &Protocol, world: &World) -> bool {
    (0..world.tickets.len()).all(|id| {
        let ticket = &world.tickets[id];
        let alarm = ticket.answered || !ticket.breached || world.told((id, Event::Overdue(ticket.due)), None);
        (alarm || ticket.stage == Stage::Ended) && world.told((id, Event::Created), None)
    })
}

fn one_voice(_: &Protocol, world: &World) -> bool {
    let Some(Note::Answer { by, saw, owner, before, after }) = world.note else { return true };
    // An answer raises the version, so another one on what was seen then is stale.
    owner == Some(by) && saw == before && before < after
}

/// Not `eventually`: that is content with a passing moment, and overlooks paths that join others. A path ends here when
/// nothing is left to happen, so a clock that may still ring has not been passed over.
fn cared_for(protocol: &Protocol, world: &World) -> bool {
    let alarmed = |ticket: &Ticket| ticket.breached && !ticket.answered;
    let cared = |turn: usize| {
        let mut of_turn = world.tickets.iter().filter(|ticket| ticket.messages[turn] > 0);
        of_turn.any(|ticket| !ticket.unanswered[turn] || alarmed(ticket))
    };
    let done = world.turns[0] != Turn::Unsent && (0..2).all(|turn| world.turns[turn] == Turn::Unsent || cared(turn));
    let mut steps = Vec::new();
    if !done {
        protocol.actions(world, &mut steps);
    }
    done || !steps.is_empty()
}

fn all_differ<T: Ord>(items: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    items.into_iter().all(|item| seen.insert(item))
}

fn promises() -> impl Iterator<Item = &'static str> {
    let kept = |property: &Property<Protocol>| property.expectation == Expectation::Always;
    properties().into_iter().filter(kept).map(|property| property.name)
}

/// Every loss and retry of the webhooks, two crashes, and nobody at the desk.
const DELIVERY: Protocol = Protocol { flaw: None, messages: 1, staff: 0, acts: 0, attempts: 3, crashes: 2, closing: 2 };
/// Two pharmacists and a customer who writes again, while the worker hangs.
const DESK: Protocol = Protocol { messages: 2, staff: 2, acts: 4, attempts: 0, closing: 3, ..DELIVERY };
/// All at once, with less of each.
const TOGETHER: Protocol = Protocol { messages: 1, acts: 2, attempts: 2, crashes: 1, ..DESK };

/// Walks through all worlds.
fn holds(protocol: Protocol, happens: &[&'static str]) {
    let checker = protocol.checker().spawn_dfs().join();
    println!("{} states, depth {}", checker.unique_state_count(), checker.max_depth());
    promises().for_each(|name| checker.assert_no_discovery(name));
    for name in happens {
        checker.assert_any_discovery(name);
    }
}

/// The shortest way to a broken promise breaks this one, and no other. The checker may give a longer way than it must,
/// so it may go one step further at a time.
fn breaks(protocol: Protocol, flaw: Flaw, promise: &str) {
    let protocol = Protocol { flaw: Some(flaw), ..protocol };
    let within = |depth| {
        let checker = protocol.checker().target_max_depth(depth).spawn_bfs().join();
        let broken: Vec<_> = promises().filter(|name| checker.discovery(name).is_some()).collect();
        (!broken.is_empty()).then(|| (depth, checker.unique_state_count(), broken))
    };
    let (depth, states, broken) = (1..).find_map(within).unwrap();
    println!("{flaw:?}: {states} states, broken at depth {depth}");
    assert_eq!(broken, [promise]);
}

#[test]
fn webhooks_arrive_once_or_the_alarm_is_raised() {
    holds(DELIVERY, &[POSTED_AGAIN, TURN_DONE, DEAD_LETTER]);
}

#[test]
fn a_ticket_has_one_voice() {
    holds(DESK, &[STALE_REPLY, LEASE_RAN_OUT, LAPSED, TAKEN_OVER, TURN_DONE, JOINED, NEXT_TICKET]);
}

#[test]
fn desk_and_webhooks_do_not_disturb_each_other() {
    holds(TOGETHER, &[POSTED_AGAIN, STALE_REPLY, LEASE_RAN_OUT, LAPSED, TAKEN_OVER, TURN_DONE, DEAD_LETTER]);
}

#[test]
fn a_turn_that_ends_before_its_ticket_is_found() {
    breaks(DELIVERY, Flaw::TurnEndsFirst, NOT_LOST);
}

#[test]
fn a_commit_in_two_is_found() {
    breaks(DELIVERY, Flaw::CommitsInTwo, HAS_WEBHOOK);
}

#[test]
fn a_second_commit_is_found() {
    breaks(DELIVERY, Flaw::CommitsTwice, IN_ONE_TICKET);
}

#[test]
fn a_fresh_id_on_retry_is_found() {
    breaks(DELIVERY, Flaw::FreshIdOnRetry, HANDLED_ONCE);
}

#[test]
fn a_missing_version_check_is_found() {
    breaks(DESK, Flaw::NoVersionCheck, ONE_VOICE);
}

#[test]
fn a_claim_that_ignores_the_lease_is_found() {
    breaks(DESK, Flaw::ClaimIgnoresLease, ONE_HOLDER);
}

#[test]
fn an_alarm_that_waits_for_delivery_is_found() {
    breaks(DELIVERY, Flaw::AlarmWaitsForDelivery, CARED_FOR);
}

#[test]
fn an_alarm_that_keeps_no_flag_is_found() {
    breaks(DELIVERY, Flaw::AlarmKeepsNoFlag, WRITTEN_ONCE);
}

#[test]
fn a_message_for_an_owner_who_has_left_is_found() {
    breaks(DESK, Flaw::ForwardsByOldOwner, NOT_LOST);
}

#[test]
fn a_release_that_keeps_the_clock_is_found() {
    let alone = Protocol { staff: 1, acts: 3, crashes: 0, ..DESK };
    breaks(alone, Flaw::ReleaseKeepsClock, CARED_FOR);
}
