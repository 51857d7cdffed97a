//! One turn from top to bottom on one screen: judge, gather, vet, draft, judge again, release or hand over.
//! Nothing here touches the network but the configured language model, and nothing here returns an error: the unexpected escalates.
//! Durability (the message before, the commit after) is `app`'s; the trace of a turn is `trace`.

use crate::domain::blocks::BlockKind;
use crate::domain::evidence::Fact;
use crate::domain::ids::TicketId;
use crate::domain::labels::{Intent, Risk};
use crate::domain::route::{Priority, Queue, Reason, Route};
use crate::domain::session::Session;
use crate::domain::text::UserText;
use crate::engine::Engine;
use crate::escalate::card::Card;
use crate::escalate::ticket::{About, Case, New, Ticket, promise};
use crate::gather::Gathered;
use crate::guard::context::{Frame, VetRefusal, Vetted, vet};
use crate::guard::input::{Permit, Screened, Screening};
use crate::guard::output::{Draft, Quarantined, Released};
use crate::guard::verdict::InputVerdict;
use crate::identity::Visitor;
use crate::trace::{Stage, Trace};
use crate::wording::FactWords;
use crate::wording::orders::leading_parcel;
use jiff::Timestamp;

/// What came of a turn. Matched without `_`, so that a new way out cannot be forgotten.
#[derive(Debug)]
#[must_use]
pub enum Outcome {
    /// An answer; with a ticket when the state of an order demands a person beside it.
    Answered(Released),
    /// A question back.
    Clarified(Released),
    /// Not here, or sign in first.
    Refused(Released),
    /// A fixed text or an answer, and a case for a human.
    Escalated(Released, Ticket<New>),
    /// A person owns the chat: nothing is sent.
    Forwarded,
}

/// One message to judge, in its circumstances.
#[derive(Debug)]
pub struct Request<'a> {
    /// The message.
    pub text: UserText,
    /// Who writes.
    pub visitor: &'a Visitor,
    /// Where, when, in which language; the language is settled by the verdict.
    pub frame: Frame,
    /// Earlier released answers.
    pub history: Vec<String>,
    /// A person owns the chat.
    pub owned: bool,
    /// Staff at their consoles.
    pub signed_in: usize,
    /// The person's latest orders in words, for the hand-over card only.
    pub overview: Vec<FactWords>,
    /// Id for a ticket, if one is opened.
    pub ticket: TicketId,
}

/// Runs one turn. `session` is changed in place; `stage` hears what is being done.
pub async fn run(
    engine: &Engine,
    mut request: Request<'_>,
    session: &mut Session,
    stage: &(dyn Fn(Stage) + Sync),
) -> (Outcome, Trace) {
    let mut trace = Trace::start(&engine.policy.digest, engine.model_digest());
    stage(Stage::Reading);
    let aid = engine.input.first_aid(&request.text);
    let screening = engine.input.screen(request.text.clone(), session).await;
    trace.lap("input");
    let outcome = match screening {
        Screening::Faulted(_) if !aid.is_empty() => Desk { engine, request: &request, trace: &mut trace }.aid(&aid),
        Screening::Faulted(fault) => Desk { engine, request: &request, trace: &mut trace }.fault(&fault.to_string()),
        Screening::Stopped(verdict) => {
            settle(&mut request.frame, session, &verdict, engine, &mut trace);
            Desk { engine, request: &request, trace: &mut trace }.stopped(&verdict, session).await
        }
        Screening::Permitted(screened) => {
            settle(&mut request.frame, session, screened.verdict(), engine, &mut trace);
            if request.owned {
                trace.route = Route::Human;
                return (Outcome::Forwarded, trace);
            }
            Desk { engine, request: &request, trace: &mut trace }.permitted(screened, session, stage).await
        }
    };
    let urgent = matches!(trace.route, Route::Emergency | Route::Crisis);
    if request.owned && !urgent {
        return (Outcome::Forwarded, trace);
    }
    (outcome, trace)
}

/// Language, memory and trace after the verdict.
fn settle(frame: &mut Frame, session: &mut Session, verdict: &InputVerdict, engine: &Engine, trace: &mut Trace) {
    if verdict.signals.lang_sure && verdict.signals.lang.supported() {
        session.lang = Some(verdict.signals.lang);
    }
    frame.lang = session.lang.unwrap_or(frame.lang);
    session.remember(&verdict.signals.risks, engine.policy.guards.memory_decay);
    if verdict.route != Route::Clarify {
        session.clarified = 0;
    }
    trace.judged(verdict);
}

/// The turn's parts at hand.
struct Desk<'a, 'r> {
    engine: &'a Engine,
    request: &'a Request<'r>,
    trace: &'a mut Trace,
}

impl<'a> Desk<'a, '_> {
    /// The message may not be answered: the verdict decides what is said and who gets the case.
    async fn stopped(&mut self, verdict: &InputVerdict, session: &mut Session) -> Outcome {
        self.trace.route = verdict.route;
        match verdict.route {
            Route::Emergency | Route::Crisis => self.urgent(verdict),
            Route::Clarify => {
                session.clarified = session.clarified.saturating_add(1);
                Outcome::Clarified(self.fixed(&["TX-CLARIFY"]))
            }
            Route::Refuse => self.refuse(verdict, session),
            Route::Pharmacist | Route::Privacy | Route::Human | Route::Answer => self.hand_to_person(verdict).await,
        }
    }

    /// What the rules alone caught while the model is gone.
    fn aid(&mut self, aid: &[Risk]) -> Outcome {
        self.trace.fired = aid.to_vec();
        self.trace.route = if aid.contains(&Risk::EMERGENCY) { Route::Emergency } else { Route::Crisis };
        let ids = urgent_texts(aid, true);
        let case = Case::of_risks(&self.engine.policy, aid, true);
        self.with_case(case, &ids, true, None)
    }

    fn urgent(&mut self, verdict: &InputVerdict) -> Outcome {
        let ids = urgent_texts(&verdict.fired, self.engine.swallowed(self.request.text.as_str()));
        let case = Case::of_risks(&self.engine.policy, &verdict.fired, true);
        self.with_case(case, &ids, !verdict.signals.lang_sure, Some(verdict))
    }

    fn refuse(&mut self, verdict: &InputVerdict, session: &mut Session) -> Outcome {
        let case = Case::of_risks(&self.engine.policy, &verdict.fired, false);
        if verdict.fired.contains(&Risk::INJECTION) {
            session.injected = session.injected.saturating_add(1);
        }
        let mut ids = self.texts(&verdict.fired);
        if verdict.fired.contains(&Risk::ABUSE) {
            session.abused = session.abused.saturating_add(1);
            if session.abused >= 3 && ids.contains(&"TX-WARN") {
                ids = vec!["TX-END"];
            }
        }
        match case {
            // The ticket is quiet: nobody is told that they were noted.
            Some(case) => {
                let released = self.fixed(&ids);
                self.escalated(released, &case, Some(verdict), None)
            }
            None => Outcome::Refused(self.fixed(&ids)),
        }
    }

    async fn hand_to_person(&mut self, verdict: &InputVerdict) -> Outcome {
        let policy = &self.engine.policy;
        let asked = verdict.fired.is_empty() && verdict.intent == Intent::HUMAN;
        if let Some(class) = verdict.unsure_class.filter(|_| verdict.fired.is_empty()) {
            let rule = policy.guards.risk(class);
            let urgent = matches!(class, Risk::EMERGENCY | Risk::SELF_HARM);
            let priority = rule.and_then(|r| r.priority).unwrap_or(Priority::P3);
            let case = Case {
                reason: Reason::Unsure,
                fired: Vec::new(),
                priority,
                queue: rule.map_or(Queue::Clinical, |r| r.queue),
            };
            let ids: &[&str] = if urgent {
                &["TX-UNSURE", "TX-SAFE"]
            } else if verdict.route == Route::Privacy {
                &["TX-PRIV"]
            } else {
                &["TX-UNSURE"]
            };
            return self.with_case(Some(case), ids, urgent && !verdict.signals.lang_sure, Some(verdict));
        }
        let (case, ids) = if !verdict.fired.is_empty() {
            let mut ids = self.texts(&verdict.fired);
            if ids == ["TX-WRONGMED"] && self.engine.temperature(self.request.text.as_str()) {
                ids = vec!["TX-TEMP"];
            }
            (Case::of_risks(policy, &verdict.fired, false), ids)
        } else if asked {
            (Some(Case::plain(Reason::Asked, Priority::P2, Queue::Service)), vec!["TX-HUMAN"])
        } else if !verdict.signals.lang.supported() {
            (Some(Case::plain(Reason::Language, Priority::P2, Queue::Service)), vec!["TX-LANG"])
        } else {
            (Some(Case::plain(Reason::Unsure, Priority::P3, Queue::Service)), vec!["TX-UNSURE"])
        };
        let label = if ids.contains(&"TX-CLIN") { self.engine.label_for(self.request).await } else { None };
        let outcome = self.with_case(case, &ids, false, Some(verdict));
        match (outcome, label) {
            (Outcome::Escalated(released, ticket), Some(label)) => {
                Outcome::Escalated(released.followed_by(label), ticket)
            }
            (outcome, _) => outcome,
        }
    }

    /// The message may be answered, wholly or from facts only.
    async fn permitted(
        &mut self,
        screened: Screened,
        session: &mut Session,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Outcome {
        let verdict = screened.verdict().clone();
        self.trace.route = verdict.route;
        if screened.permit() == Permit::FactsOnly {
            return self.beside(screened, &verdict, session, stage).await;
        }
        if verdict.intent == Intent::GREETING {
            return Outcome::Answered(self.fixed(&["TX-HELLO"]));
        }
        match self.answer(screened, session, stage).await {
            Ok(outcome) => outcome,
            Err(stop) => self.unanswered(stop, &verdict, session),
        }
    }

    /// A fixed text and its ticket, with the facts of the lawful part behind it when there are any.
    async fn beside(
        &mut self,
        screened: Screened,
        verdict: &InputVerdict,
        session: &mut Session,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Outcome {
        let facts = self.answer(screened, session, stage).await.ok();
        self.trace.route = verdict.route;
        let stopped = self.stopped(verdict, session).await;
        let (Some(Outcome::Answered(facts) | Outcome::Escalated(facts, _)), false) = (facts, verdict.fired.is_empty())
        else {
            return stopped;
        };
        match stopped {
            Outcome::Escalated(text, ticket) => Outcome::Escalated(text.followed_by(facts), ticket),
            Outcome::Refused(text) => Outcome::Refused(text.followed_by(facts)),
            Outcome::Answered(r) | Outcome::Clarified(r) => Outcome::Answered(r),
            Outcome::Forwarded => Outcome::Forwarded,
        }
    }

    /// Gather, vet, draft, judge. `Err` says why there is no answer.
    async fn answer(
        &mut self,
        screened: Screened,
        session: &mut Session,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Result<Outcome, Stop> {
        stage(Stage::Searching);
        let frame = self.request.frame.clone();
        let intent = screened.verdict().intent;
        let gathered = self
            .engine
            .gatherer
            .gather(&screened, session, self.request.visitor, &frame)
            .await
            .map_err(|e| Stop::Fault(e.to_string()))?;
        self.trace.lap("gather");
        let (evidence, hint) = match gathered {
            Gathered::Found { evidence, sign_in_hint } => (evidence, sign_in_hint),
            Gathered::SignIn => return Err(Stop::SignIn),
            Gathered::NotTheirs => return Err(Stop::NotTheirs),
            Gathered::OutOfScope { minor } => return Err(Stop::OutOfScope { minor }),
        };
        let vetted = vet(screened, frame, evidence, &self.engine.policy.guards, &|t| self.engine.planted(t))
            .map_err(Stop::Vetting)?;
        self.trace.vetted(&vetted);
        stage(Stage::Checking);
        let released = self.draft_and_release(&vetted).await.map_err(Stop::Quarantined)?;
        self.trace.lap("draft");
        session.intent = Some(intent);
        session.speak_of(released.records().into_iter().chain(released.pages()).collect());
        let released =
            if hint { released.followed_by(self.phrase("sign_in_more", BlockKind::NextStep)) } else { released };
        Ok(self.with_state(released, &vetted))
    }

    /// The language model once, once more with the broken rules named, then the local drafters.
    async fn draft_and_release(&mut self, vetted: &Vetted) -> Result<Released, Quarantined> {
        let engine = self.engine;
        let mut rejected: Vec<String> = Vec::new();
        if let Some(model) = engine.model.as_ref().filter(|_| vetted.screened().permit() == Permit::Full) {
            for _ in 0..2 {
                let Ok(draft) = model.draft(vetted, &engine.wording, &rejected).await else { break };
                match self.judge(draft, vetted).await {
                    Ok(released) => return Ok(released),
                    Err(q) => rejected = q.rules(),
                }
            }
        }
        let local = crate::draft::local(vetted, &engine.wording);
        let joined = !vetted.facts().is_empty() && !vetted.passages().is_empty();
        match self.judge(local, vetted).await {
            Err(_) if joined => self.judge(crate::draft::facts::draft(vetted, &engine.wording), vetted).await,
            other => other,
        }
    }

    async fn judge(&mut self, draft: Draft, vetted: &Vetted) -> Result<Released, Quarantined> {
        let drafter = draft.drafter();
        let judged = self.engine.output.release(draft, vetted, &self.request.history).await;
        self.trace.drafted(drafter, judged.as_ref().err());
        judged
    }

    /// States that demand a person beside the answer, and records past their clock.
    fn with_state(&mut self, released: Released, vetted: &Vetted) -> Outcome {
        let Some((queue, priority)) =
            vetted.facts().iter().take(1).find_map(|f| self.engine.needs_person(&f.fact, self.request.frame.now))
        else {
            return Outcome::Answered(released);
        };
        self.trace.route = if queue == Queue::Clinical { Route::Pharmacist } else { Route::Human };
        let case = Case::plain(Reason::State, priority, queue);
        let line = self.hand_over_line(&case);
        self.escalated(released.followed_by(line), &case, None, None)
    }

    fn unanswered(&mut self, stop: Stop, verdict: &InputVerdict, session: &mut Session) -> Outcome {
        let to_care = |reason| Some(Case::plain(reason, Priority::P3, Queue::Service));
        let (case, ids, route) = match &stop {
            Stop::SignIn => (None, "TX-SIGNIN", Route::Privacy),
            Stop::NotTheirs => (None, "TX-NOTFOUND", Route::Privacy),
            Stop::OutOfScope { minor: false } => (None, "TX-PRIV", Route::Privacy),
            Stop::OutOfScope { minor: true } => {
                (Case::of_risks(&self.engine.policy, &[Risk::MINOR], false), "TX-MINOR", Route::Pharmacist)
            }
            Stop::Vetting(VetRefusal::NoEvidence) => (to_care(Reason::NoEvidence), "TX-UNSURE", Route::Human),
            Stop::Vetting(VetRefusal::Conflict) => (to_care(Reason::Conflict), "TX-UNSURE", Route::Human),
            Stop::Vetting(VetRefusal::Stale) => (to_care(Reason::Stale), "TX-UNSURE", Route::Human),
            Stop::Quarantined(_) => (to_care(Reason::OutputRule), "TX-UNSURE", Route::Human),
            Stop::Fault(what) => return self.fault(what),
        };
        self.trace.route = route;
        session.failed = session.failed.saturating_add(1);
        let Some(case) = case else { return Outcome::Refused(self.fixed(&[ids])) };
        let quarantined = if let Stop::Quarantined(q) = &stop { Some(q) } else { None };
        let released = self.fixed_with(&[ids], false, &case);
        self.escalated(released, &case, Some(verdict), quarantined)
    }

    /// A guard, the index or the store failed: the emergency numbers, and a case.
    fn fault(&mut self, what: &str) -> Outcome {
        self.trace.route = Route::Human;
        self.trace.fault = Some(what.to_owned());
        let case = Case::plain(Reason::Fault, Priority::P2, Queue::Clinical);
        let released = self.fixed(&["TX-DOWN"]).followed_by(self.hand_over_line(&case));
        self.escalated(released, &case, None, None)
    }

    fn with_case(&mut self, case: Option<Case>, ids: &[&str], both: bool, verdict: Option<&InputVerdict>) -> Outcome {
        let Some(case) = case else { return Outcome::Refused(self.fixed(ids)) };
        let released = self.fixed_with(ids, both, &case);
        self.escalated(released, &case, verdict, None)
    }

    fn escalated(
        &mut self,
        released: Released,
        case: &Case,
        verdict: Option<&InputVerdict>,
        rejected: Option<&Quarantined>,
    ) -> Outcome {
        let level = self.request.visitor.level_code();
        let fired: Vec<String> = case.fired.iter().map(ToString::to_string).collect();
        let frame = &self.request.frame;
        let name = frame.names.first().map(String::as_str);
        let mut card = Card::new(level, name, &case.reason.to_string(), &fired, self.request.text.as_str())
            .with_facts(&self.request.overview)
            .with_said(&released.text())
            .with_rejected(rejected);
        if let Some(v) = verdict {
            card = card.with_signals(crate::trace::signals(v));
        }
        let about = About { lang: frame.lang, level: level.to_owned(), patient: frame.patient.clone() };
        let ticket = Ticket::open(self.request.ticket.clone(), case, &about, card, &self.engine.policy, frame.now);
        self.trace.escalated(&ticket);
        Outcome::Escalated(released, ticket)
    }

    fn texts(&self, fired: &[Risk]) -> Vec<&'a str> {
        self.engine.texts_of(fired)
    }

    fn fixed(&self, ids: &[&str]) -> Released {
        self.engine.output.fixed(ids, self.request.frame.lang, false, None)
    }

    fn fixed_with(&self, ids: &[&str], both: bool, case: &Case) -> Released {
        let frame = &self.request.frame;
        let promise = promise(&self.engine.policy, case, frame.now, &frame.zone, frame.lang, self.request.signed_in);
        self.engine.output.fixed(ids, frame.lang, both, Some(promise))
    }

    fn hand_over_line(&self, case: &Case) -> Released {
        let frame = &self.request.frame;
        let promise = promise(&self.engine.policy, case, frame.now, &frame.zone, frame.lang, self.request.signed_in);
        let care = self.engine.wording.constants(frame.lang).remove("CARE_PHONE").unwrap_or_default();
        match promise.time {
            Some(time) => self.engine.output.phrase("passed_on", BlockKind::Fixed, frame.lang, &[("time", &time)]),
            None => {
                self.engine.output.phrase("passed_on_phone", BlockKind::Fixed, frame.lang, &[("CARE_PHONE", &care)])
            }
        }
    }

    fn phrase(&self, id: &str, kind: BlockKind) -> Released {
        self.engine.output.phrase(id, kind, self.request.frame.lang, &[])
    }
}

/// Hands over because the customer asked: at once, without condition.
pub fn hand_over(engine: &Engine, request: Request<'_>) -> (Outcome, Trace) {
    let mut trace = Trace::start(&engine.policy.digest, engine.model_digest());
    trace.route = Route::Human;
    let case = Case::plain(Reason::Asked, Priority::P2, Queue::Service);
    let outcome =
        Desk { engine, request: &request, trace: &mut trace }.with_case(Some(case), &["TX-HUMAN"], false, None);
    if request.owned { (Outcome::Forwarded, trace) } else { (outcome, trace) }
}

/// Why an allowed question was not answered.
enum Stop {
    SignIn,
    NotTheirs,
    OutOfScope { minor: bool },
    Vetting(VetRefusal),
    Quarantined(Quarantined),
    Fault(String),
}

/// Emergency texts: 911 first; Poison Help when something was swallowed; the crisis line when that fired too.
fn urgent_texts(fired: &[Risk], swallowed: bool) -> Vec<&'static str> {
    let emergency = fired.contains(&Risk::EMERGENCY);
    let crisis = fired.contains(&Risk::SELF_HARM);
    let mut ids = Vec::new();
    if crisis && !emergency {
        ids.push("TX-988");
    }
    if emergency {
        ids.push("TX-EMERG");
        if swallowed {
            ids.push("TX-POISON");
        }
        if crisis {
            ids.push("TX-988");
        }
    }
    ids
}

/// Records whose fact is not an answer but a reason to act (used by `Engine::needs_person`).
pub(crate) fn overdue(fact: &Fact, now: Timestamp) -> bool {
    let due = match fact {
        Fact::Prescription(p) => p.details.due,
        Fact::Order { order, shipments, .. } => {
            let parcel = leading_parcel(order, shipments);
            parcel.map_or(order.details.due, |s| s.details.due)
        }
        Fact::Price(_) | Fact::Stock(_) => None,
    };
    due.is_some_and(|d| d < now)
}
