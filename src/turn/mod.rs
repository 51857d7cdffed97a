//! One turn from top to bottom on one screen: judge, gather, vet, draft, judge again, release or hand over.
//! Nothing here touches the network but the configured language model, and nothing here returns an error: the unexpected escalates.
//! Durability (the message before, the commit after) is `app`'s; the trace of a turn is `trace`.

mod answer;
mod hand_over;
pub mod heard;
mod mode;
mod records;
mod texts;

use crate::domain::ids::TicketId;
use crate::domain::route::{Priority, Queue, Reason, Route};
use crate::domain::session::Session;
use crate::domain::text::UserText;
use crate::engine::Engine;
use crate::escalate::load::Load;
use crate::escalate::ticket::{Case, New, Ticket};
use crate::guard::context::{Frame, Offer, VetRefusal};
use crate::guard::input::{Screening, Standing};
use crate::guard::output::{Quarantined, Released};
use crate::guard::suggestion::Suggestion;
use crate::guard::verdict::InputVerdict;
use crate::identity::Visitor;
use crate::policy::modes::Modes;
use crate::trace::{Stage, Trace};
use crate::wording::FactWords;

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
    /// A person owns the chat: nothing is sent; what would have been answered is for them.
    Forwarded(Option<Suggestion>),
}

/// One message to judge, in its circumstances.
#[derive(Debug)]
pub struct Request<'a> {
    /// The message.
    pub text: UserText,
    /// The customer's message before this one, if it is recent.
    pub before: Option<String>,
    /// Who writes.
    pub visitor: &'a Visitor,
    /// Where, when, in which language; the language is settled by the verdict.
    pub frame: Frame,
    /// Earlier released answers.
    pub history: Vec<String>,
    /// A person owns the chat.
    pub owned: bool,
    /// What the assistant may answer by itself, as it stands now.
    pub modes: Modes,
    /// Staff at their consoles, and what waits for them.
    pub load: Load,
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
    let mut trace = started(engine);
    stage(Stage::Reading);
    let aid = engine.input.first_aid(&request.text);
    let before = request.before.as_deref();
    let standing = standing(engine, request.visitor, &request.frame, request.text.as_str(), before);
    let screening = engine.input.screen(request.text.clone(), session, standing).await;
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
            let mut desk = Desk { engine, request: &request, trace: &mut trace };
            if request.owned {
                let suggestion = desk.for_owner(screened, session, stage).await;
                trace.route = Route::Human;
                return (Outcome::Forwarded(suggestion), trace);
            }
            desk.permitted(screened, session, stage).await
        }
    };
    if !matches!(outcome, Outcome::Clarified(_)) {
        session.clarified = 0;
    }
    let urgent = matches!(trace.route, Route::Emergency | Route::Crisis);
    if request.owned && !urgent {
        return (Outcome::Forwarded(None), trace);
    }
    (outcome, trace)
}

/// A trace that says by what the turn is decided.
fn started(engine: &Engine) -> Trace {
    let texts = engine.version().map(ToString::to_string);
    Trace::start(&engine.policy.digest, engine.model_digest(), texts, engine.stamp())
}

/// What is proven of the writer and was said before, as far as it bears on judging.
fn standing<'a>(
    engine: &Engine,
    visitor: &Visitor,
    frame: &'a Frame,
    text: &str,
    before: Option<&'a str>,
) -> Standing<'a> {
    Standing {
        before,
        names: &frame.names,
        helper: frame.caregiver,
        numbered: frame.patient.is_some() && crate::gather::subject::names_number(text),
        names_own: engine.gatherer.names_own(visitor, text),
        clear_page: engine.gatherer.is_clear(text),
        published: engine.gatherer.is_published(text),
    }
}

/// Language and risks of a verdict, into the memory.
fn remember(session: &mut Session, verdict: &InputVerdict, engine: &Engine) {
    if verdict.signals.lang_sure && verdict.signals.lang.supported() {
        session.lang = Some(verdict.signals.lang);
    }
    session.remember(&verdict.signals.risks, engine.policy.guards.memory_decay);
}

/// Language, memory and trace after the verdict.
fn settle(frame: &mut Frame, session: &mut Session, verdict: &InputVerdict, engine: &Engine, trace: &mut Trace) {
    remember(session, verdict, engine);
    frame.lang = session.lang.unwrap_or(frame.lang);
    trace.judged(verdict);
}

/// The turn's parts at hand; what it can do stands in the files beside.
struct Desk<'a, 'r> {
    engine: &'a Engine,
    request: &'a Request<'r>,
    trace: &'a mut Trace,
}

/// Hands over because the customer asked: at once, without condition.
pub fn hand_over(engine: &Engine, request: Request<'_>) -> (Outcome, Trace) {
    let mut trace = started(engine);
    trace.route = Route::Human;
    let case = Case::plain(Reason::Asked, Priority::P2, Queue::Service);
    let outcome =
        Desk { engine, request: &request, trace: &mut trace }.with_case(Some(case), &["TX-HUMAN"], false, None);
    if request.owned { (Outcome::Forwarded(None), trace) } else { (outcome, trace) }
}

/// What was said before could not be judged, so this is not answered: a person gets it.
pub fn unjudged(engine: &Engine, request: Request<'_>) -> (Outcome, Trace) {
    let mut trace = started(engine);
    let outcome = Desk { engine, request: &request, trace: &mut trace }.fault("earlier messages were not judged");
    if request.owned { (Outcome::Forwarded(None), trace) } else { (outcome, trace) }
}

/// Why an allowed question was not answered.
enum Stop {
    SignIn,
    NotTheirs,
    OutOfScope {
        minor: bool,
    },
    Vetting(VetRefusal),
    /// Nothing was relevant enough; these questions are near.
    Near(Vec<Offer>),
    Quarantined(Quarantined),
    Fault(String),
}
