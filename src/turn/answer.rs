//! From permission to answer: gather, vet, draft, judge. Says why when there is none; what is said then is `hand_over`'s.

use super::{Desk, Outcome, Stop};
use crate::domain::blocks::BlockKind;
use crate::domain::labels::Intent;
use crate::domain::route::{Queue, Reason, Route};
use crate::domain::session::Session;
use crate::escalate::ticket::Case;
use crate::gather::Gathered;
use crate::guard::context::{Vetted, vet};
use crate::guard::input::{Permit, Screened};
use crate::guard::output::{Draft, Quarantined, Released};
use crate::guard::verdict::InputVerdict;
use crate::trace::Stage;

impl Desk<'_, '_> {
    /// The message may be answered, wholly or from facts only.
    pub(super) async fn permitted(
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
    pub(super) async fn beside(
        &mut self,
        screened: Screened,
        verdict: &InputVerdict,
        session: &mut Session,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Outcome {
        let facts = self.answer(screened, session, stage).await.ok();
        self.trace.route = verdict.route;
        let stopped = self.stopped(verdict, session).await;
        let (facts, own) = match facts {
            Some(Outcome::Answered(facts)) => (facts, None),
            Some(Outcome::Escalated(facts, ticket)) => (facts, Some(ticket)),
            _ => return stopped,
        };
        match stopped {
            Outcome::Escalated(text, ticket) => Outcome::Escalated(text.followed_by(facts), ticket),
            // The facts say that a person has it: then one has.
            Outcome::Refused(text) => match own {
                Some(ticket) => Outcome::Escalated(text.followed_by(facts), ticket),
                None => Outcome::Refused(text.followed_by(facts)),
            },
            Outcome::Answered(r) | Outcome::Clarified(r) => Outcome::Answered(r),
            Outcome::Forwarded => Outcome::Forwarded,
        }
    }

    /// Gather, vet, draft, judge. `Err` says why there is no answer.
    pub(super) async fn answer(
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
        let words = self.engine.pharmacy.drugs.expand(screened.text().as_str());
        let planted = |t: &str| self.engine.planted(t);
        let vetted =
            vet(screened, frame, evidence, &self.engine.policy.guards, &words, &planted).map_err(Stop::Vetting)?;
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
    pub(super) async fn draft_and_release(&mut self, vetted: &Vetted) -> Result<Released, Quarantined> {
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

    pub(super) async fn judge(&mut self, draft: Draft, vetted: &Vetted) -> Result<Released, Quarantined> {
        let drafter = draft.drafter();
        let judged = self.engine.output.release(draft, vetted, &self.request.history).await;
        self.trace.drafted(drafter, judged.as_ref().err());
        judged
    }

    /// States that demand a person beside the answer, and records past their clock.
    pub(super) fn with_state(&mut self, released: Released, vetted: &Vetted) -> Outcome {
        let Some((queue, priority)) =
            vetted.facts().iter().take(1).find_map(|f| self.needs_person(&f.fact, self.request.frame.now))
        else {
            return Outcome::Answered(released);
        };
        self.trace.route = if queue == Queue::Clinical { Route::Pharmacist } else { Route::Human };
        let case = Case::plain(Reason::State, priority, queue);
        let line = self.hand_over_line(&case);
        self.escalated(released.followed_by(line), &case, None, None)
    }
}
