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
    pub(super) fn mode(&mut self, intent: Intent, topics: &[String]) -> Mode {
        let mode = self.request.modes.of(intent, topics, self.request.frame.lang);
        self.trace.mode = mode;
        mode
    }

    /// A judged answer, and the case of its record's state: sent, suggested, or left to a person.
    pub(super) fn by_mode(&mut self, released: Released, state: Option<Case>, verdict: &InputVerdict) -> Outcome {
        match (self.mode(verdict.intent, &released.pages()), state) {
            (Mode::Live, None) => Outcome::Answered(released),
            (Mode::Live, Some(case)) => self.for_state(released, &case),
            (Mode::Suggest, state) => self.suggested(released, state, verdict),
            (Mode::Off, _) => self.paused(verdict),
        }
    }

    /// The customer reads that a pharmacist checks it first. Only they may send words of their own, so the case is theirs.
    pub(super) fn suggested(&mut self, released: Released, state: Option<Case>, verdict: &InputVerdict) -> Outcome {
        let urgent = state.map_or(Priority::P2, |case| case.priority.min(Priority::P2));
        let case = Case::plain(Reason::Mode, urgent, Queue::Clinical);
        self.trace.route = Route::Human;
        let outcome = self.with_case(Some(case), &["TX-REVIEW"], false, Some(verdict));
        with(outcome, Suggestion::of(released))
    }

    /// The customer reads that the assistant does not answer this now.
    pub(super) fn paused(&mut self, verdict: &InputVerdict) -> Outcome {
        self.trace.route = Route::Human;
        let case = Case::plain(Reason::Mode, Priority::P2, Queue::Service);
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
        if silent || self.mode(intent, &[]) == Mode::Off {
            return None;
        }
        let (released, _) = self.answer(screened, session, stage).await.ok()?;
        let off = self.mode(intent, &released.pages()) == Mode::Off;
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
