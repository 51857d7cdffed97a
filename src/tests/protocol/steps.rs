//! What the customer, the process, the receiver and two pharmacists may do next, and what comes of it.

use super::world::{Answer, Cause, Event, Half, Note, RowState, Stage, Ticket, Turn, World};
use stateright::{Model, Property};

/// The protocol, as it is or with one flaw, and how much of it is walked through.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    pub flaw: Option<Flaw>,
    /// How many the customer sends, at most two; each needs a person.
    pub messages: usize,
    /// How many pharmacists, at most two.
    pub staff: usize,
    /// How many changes of tickets there are before staff stop.
    pub acts: usize,
    /// Posts of a webhook until it is a dead letter; with 0 the worker hangs.
    pub attempts: u8,
    pub crashes: u8,
    /// Customer and staff act before this tick only; then the process is alone, until every lease and due time is over.
    pub closing: u8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flaw {
    /// The turn ends in one transaction, its ticket follows in another.
    TurnEndsFirst,
    /// The ticket is there, its webhook follows in another transaction.
    CommitsInTwo,
    CommitsTwice,
    /// A message goes to the owner that the chat had when the work began, and to no ticket.
    ForwardsByOldOwner,
    FreshIdOnRetry,
    NoVersionCheck,
    ClaimIgnoresLease,
    AlarmWaitsForDelivery,
    AlarmKeepsNoFlag,
    /// What was answered and then released never becomes due again.
    ReleaseKeepsClock,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    Tick,
    Crash,
    Start,
    /// From here on the message is taken.
    Send(usize),
    /// By the request, by the customer's retry, or after a restart.
    Work(usize),
    Commit(usize),
    SecondHalf(Half),
    /// What time does to a ticket: a lease lapses, an alarm is raised.
    Clock(usize),
    Post(Cause, Answer),
    Mark(Cause, bool),
    Staff(usize, Act),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    /// The screen shows the ticket as it is. The answer to an act is a look too: it may come late, or never.
    Look,
    Claim,
    TakeOver,
    Renew,
    Release,
    Reply,
    Resolve,
}

const ANSWERS: [Answer; 3] = [Answer::Accepted, Answer::Unheard, Answer::Failed];
const ACTS: [Act; 7] = [Act::Look, Act::Claim, Act::TakeOver, Act::Renew, Act::Release, Act::Reply, Act::Resolve];

impl Protocol {
    fn has(self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn work(self, world: &mut World, turn: usize) {
        world.working[turn] += 1;
        let owned = world.open().is_some_and(|id| world.tickets[id].owner.is_some());
        world.owned[turn] = owned && self.has(Flaw::ForwardsByOldOwner);
    }

    fn commit(self, world: &mut World, turn: usize) {
        world.working[turn] -= 1;
        if world.turns[turn] == Turn::Done && !self.has(Flaw::CommitsTwice) {
            world.note = Some(Note::TurnDone);
            return;
        }
        world.turns[turn] = Turn::Done;
        if self.has(Flaw::TurnEndsFirst) {
            world.half = Some(Half::HandOver(turn));
        } else if !world.owned[turn] {
            self.hand_over(world, turn);
        } else if let Some(id) = world.open() {
            world.tickets[id].join(turn, world.now);
        }
    }

    fn hand_over(self, world: &mut World, turn: usize) {
        let id = world.open().unwrap_or(world.tickets.len());
        if id == world.tickets.len() {
            world.tickets.push(Ticket::new(world.now));
            if self.has(Flaw::CommitsInTwo) {
                world.half = Some(Half::Tell(id));
            } else {
                world.tell((id, Event::Created));
            }
        }
        world.tickets[id].join(turn, world.now);
        world.tickets[id].version += 1;
    }

    fn second_half(self, world: &mut World, half: Half) {
        world.half = None;
        match half {
            Half::HandOver(turn) => self.hand_over(world, turn),
            Half::Tell(id) => world.tell((id, Event::Created)),
        }
    }

    /// What time has done to a ticket by now: how it is afterwards, and what is told.
    fn judge(self, world: &World, id: usize) -> (Ticket, Vec<Event>) {
        let mut after = world.tickets[id];
        if after.owner.is_some() && after.holder(world.now).is_none() {
            after.lapse(world.now);
        }
        let arrived = world.told((id, Event::Created), Some(RowState::Delivered));
        if self.has(Flaw::AlarmWaitsForDelivery) && !arrived {
            return (after, Vec::new());
        }
        let late = after.late(world.now);
        for event in late.iter().filter(|_| !self.has(Flaw::AlarmKeepsNoFlag)) {
            match event {
                Event::Overdue(_) => after.breached = true,
                Event::Called(_) | Event::Created => after.calls += 1,
            }
        }
        (after, late)
    }

    fn clock(self, world: &mut World, id: usize) {
        let (after, late) = self.judge(world, id);
        world.note = (after.version > world.tickets[id].version).then_some(Note::Lapsed);
        world.tickets[id] = after;
        for event in late {
            world.tell((id, event));
        }
    }

    fn mark(self, world: &mut World, cause: Cause, accepted: bool) {
        world.post = None;
        for row in world.outbox.iter_mut().filter(|row| row.cause == cause) {
            if accepted {
                row.state = RowState::Delivered;
                continue;
            }
            row.failures += 1;
            row.id += u8::from(self.has(Flaw::FreshIdOnRetry));
            if row.failures >= self.attempts {
                row.state = RowState::Dead;
            }
        }
    }

    /// False when it is refused, or changes nothing.
    fn act(self, world: &mut World, who: usize, act: Act) -> bool {
        let Some(id) = world.open() else { return false };
        let (now, ticket) = (world.now, &mut world.tickets[id]);
        let (mine, holder, before) = (ticket.owner == Some(who), ticket.holder(now), *ticket);
        match act {
            Act::Look => return world.screens[who].replace(ticket.version) != Some(ticket.version),
            Act::Renew => {
                if mine {
                    ticket.extend(who, now);
                }
                return before != *ticket;
            }
            Act::Claim if holder == Some(who) => ticket.extend(who, now),
            Act::Claim if holder.is_none() || self.has(Flaw::ClaimIgnoresLease) => {
                world.note = (ticket.owner.is_some() && !mine).then_some(Note::LeaseRanOut);
                ticket.take(who, now);
            }
            Act::TakeOver if holder.is_some() && !mine => {
                // With its reason, in the thread that both see.
                ticket.granted = [0; 2];
                ticket.take(who, now);
                world.note = Some(Note::TakenOver);
            }
            Act::Release if mine => {
                ticket.give_up(now, now);
                ticket.answered |= before.answered && self.has(Flaw::ReleaseKeepsClock);
            }
            Act::Reply | Act::Resolve if mine => return self.answer(world, id, who, act),
            _ => return false,
        }
        ticket.version += 1;
        true
    }

    fn answer(self, world: &mut World, id: usize, by: usize, act: Act) -> bool {
        let Some(saw) = world.screens[by] else { return false };
        let ticket = &mut world.tickets[id];
        let (owner, before) = (ticket.owner, ticket.version);
        if saw != before && !self.has(Flaw::NoVersionCheck) {
            world.note = Some(Note::Stale);
            return true;
        }
        (ticket.version, ticket.unanswered) = (before + 1, [false; 2]);
        if act == Act::Resolve {
            ticket.let_go(Stage::Ended);
        } else {
            (ticket.stage, ticket.answered) = (Stage::Answered, true);
        }
        world.note = Some(Note::Answer { by, saw, owner, before, after: ticket.version });
        true
    }

    fn outside(self, world: &World, steps: &mut Vec<Step>) {
        let ahead = |ticket: &Ticket| ticket.due > world.now || ticket.holder(world.now).is_some();
        if world.turns[0] != Turn::Unsent && (world.now < self.closing || world.tickets.iter().any(ahead)) {
            steps.push(Step::Tick);
        }
        if world.down {
            steps.push(Step::Start);
            return;
        }
        if world.crashes < self.crashes {
            steps.push(Step::Crash);
        }
        if world.now < self.closing {
            let turns = &world.turns[..self.messages];
            steps.extend(turns.iter().position(|turn| *turn == Turn::Unsent).map(Step::Send));
            let spent = world.tickets.iter().map(Ticket::acts).sum::<usize>() >= self.acts;
            let acts = if spent { &[] } else { &ACTS[..] };
            steps.extend((0..self.staff).flat_map(|who| acts.iter().map(move |act| Step::Staff(who, *act))));
        }
    }

    fn inside(self, world: &World, steps: &mut Vec<Step>) {
        for turn in 0..self.messages {
            // Two at once are enough to get in each other's way.
            if world.turns[turn] == Turn::Pending && world.working[turn] < 2 {
                steps.push(Step::Work(turn));
            }
            if world.working[turn] > 0 {
                steps.push(Step::Commit(turn));
            }
        }
        steps.extend(world.half.map(Step::SecondHalf));
        let changed = |id: &usize| {
            let (after, late) = self.judge(world, *id);
            after != world.tickets[*id] || !late.is_empty()
        };
        steps.extend((0..world.tickets.len()).filter(changed).map(Step::Clock));
        match world.post {
            Some((cause, accepted)) => steps.push(Step::Mark(cause, accepted)),
            None if self.attempts > 0 => {
                let waiting = world.outbox.iter().filter(|row| row.state == RowState::Waiting);
                steps.extend(waiting.flat_map(|row| ANSWERS.map(|answer| Step::Post(row.cause, answer))));
            }
            None => {}
        }
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::default()]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        self.outside(world, steps);
        if !world.down {
            self.inside(world, steps);
        }
    }

    fn next_state(&self, last: &World, step: Step) -> Option<World> {
        let mut world = World { note: None, ..last.clone() };
        match step {
            Step::Tick => world.now += 1,
            Step::Crash => world.crash(),
            Step::Start => world.down = false,
            Step::Send(turn) => world.turns[turn] = Turn::Pending,
            Step::Work(turn) => self.work(&mut world, turn),
            Step::Commit(turn) => self.commit(&mut world, turn),
            Step::SecondHalf(half) => self.second_half(&mut world, half),
            Step::Clock(id) => self.clock(&mut world, id),
            Step::Post(cause, answer) => world.post(cause, answer),
            Step::Mark(cause, accepted) => self.mark(&mut world, cause, accepted),
            Step::Staff(who, act) if !self.act(&mut world, who, act) => return None,
            Step::Staff(..) => {}
        }
        world.forget();
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        super::properties()
    }
}
