//! What becomes of an answer that the assistant may not send by itself: a suggestion for staff, or nothing; and a case either way.

use super::{Desk, Outcome};
use crate::domain::labels::Intent;
use crate::domain::modes::Mode;
use crate::domain::route::{Priority, Queue, Reason, Route};
use crate::domain::session::Session;
use crate::escalate::ticket::Case;
use crate::guard::input::{Permit, Screened};
use crate::guard::output::Released;
use crate::guard::suggestion::Suggestion;
use crate::guard::verdict::InputVerdict;
use crate::trace::Stage;

impl Desk<'_, '_> {
    /// How far the assistant may answer this by itself; noted in the trace.
    pub(super) fn mode(&mut self, intent: Intent, topics: &[String], records: bool) -> Mode {
        let mode = self.request.modes.of(intent, topics, records, self.request.frame.lang);
        self.trace.mode = mode;
        mode
    }

    /// As [`Desk::mode`] for an answer with what it cites.
    pub(super) fn mode_of(&mut self, intent: Intent, released: &Released) -> Mode {
        self.mode(intent, &released.pages(), !released.records().is_empty())
    }

    /// Whether nothing that could be found may be answered.
    pub(super) fn surely_off(&mut self, intent: Intent) -> bool {
        let off = self.request.modes.surely_off(intent, self.request.frame.lang);
        if off {
            self.trace.mode = Mode::Off;
        }
        off
    }

    /// A judged answer, and the case of its record's state: sent, suggested, or left to a person.
    pub(super) fn by_mode(&mut self, released: Released, state: Option<Case>, verdict: &InputVerdict) -> Outcome {
        match (self.mode_of(verdict.intent, &released), state) {
            (Mode::Live, None) => Outcome::Answered(released),
            (Mode::Live, Some(case)) => self.for_state(released, &case),
            (Mode::Suggest, state) => self.suggested(released, state, verdict),
            (Mode::Off, state) => self.paused(state, verdict),
        }
    }

    /// The customer reads that a pharmacist checks it first. Only they may send words of their own, so the case is theirs.
    pub(super) fn suggested(&mut self, released: Released, state: Option<Case>, verdict: &InputVerdict) -> Outcome {
        let priority = state.map_or(Priority::P2, |case| case.priority.min(Priority::P2));
        let fired = verdict.fired.clone();
        let case = Case { reason: Reason::Mode, fired, priority, queue: Queue::Clinical };
        self.trace.route = Route::Human;
        let outcome = self.with_case(Some(case), &["TX-REVIEW"], false, Some(verdict));
        with(outcome, Suggestion::of(released))
    }

    /// The customer reads that the assistant does not answer this now; what the record's state demands, it demands all the same.
    pub(super) fn paused(&mut self, state: Option<Case>, verdict: &InputVerdict) -> Outcome {
        self.trace.route = Route::Human;
        let (priority, queue) =
            state.map_or((Priority::P2, Queue::Service), |case| (case.priority.min(Priority::P2), case.queue));
        let case = Case { reason: Reason::Mode, fired: verdict.fired.clone(), priority, queue };
        self.with_case(Some(case), &["TX-PAUSED"], false, Some(verdict))
    }

    /// What would be answered to a message in a chat that a person owns. From records and pages alone, so that the person does not wait
    /// for a model; nothing when there is no answer.
    pub(super) async fn for_owner(
        &mut self,
        screened: Screened,
        session: &mut Session,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Option<Suggestion> {
        let intent = screened.verdict().intent;
        let silent = screened.permit() != Permit::Full || matches!(intent, Intent::GREETING | Intent::HUMAN);
        if silent || self.surely_off(intent) {
            return None;
        }
        let (released, _) = self.answer(screened, session, stage).await.ok()?;
        let off = self.mode_of(intent, &released) == Mode::Off;
        (!off).then(|| Suggestion::of(released))
    }
}

/// The ticket of the outcome takes the suggestion along.
pub(super) fn with(outcome: Outcome, suggestion: Suggestion) -> Outcome {
    match outcome {
        Outcome::Escalated(text, ticket) => Outcome::Escalated(text, ticket.with_suggestion(suggestion)),
        Outcome::Answered(_) | Outcome::Clarified(_) | Outcome::Refused(_) | Outcome::Forwarded(_) => outcome,
    }
}
