//! From permission to answer: gather, vet, draft, judge. Says why when there is none; what is said then is `hand_over`'s.

use super::mode::with;
use super::{Desk, Outcome, Stop};
use crate::domain::blocks::BlockKind;
use crate::domain::labels::Intent;
use crate::domain::modes::Mode;
use crate::domain::route::{Queue, Reason, Route};
use crate::domain::session::Session;
use crate::escalate::ticket::Case;
use crate::gather::Gathered;
use crate::guard::context::{VetRefusal, Vetted, offers, vet};
use crate::guard::input::{Permit, Screened};
use crate::guard::output::{Draft, Quarantined, Released};
use crate::guard::suggestion::Suggestion;
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
        let off = self.surely_off(verdict.intent);
        match screened.permit() {
            Permit::FactsOnly if off => {
                let stopped = self.stopped(&verdict, session).await;
                let refused = verdict.route == Route::Refuse;
                return if refused { behind(stopped, self.paused(None, &verdict)) } else { stopped };
            }
            Permit::FactsOnly => return self.beside(screened, &verdict, session, stage).await,
            Permit::Full if off => return self.paused(None, &verdict),
            Permit::Full => {}
        }
        if verdict.intent == Intent::GREETING {
            return Outcome::Answered(self.fixed(&["TX-HELLO"]));
        }
        match self.answer(screened, session, stage).await {
            Ok((released, state)) => self.by_mode(released, state, &verdict),
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
        let stopped = self.stopped(verdict, session).await;
        let Some((facts, state)) = facts else { return stopped };
        // A refusal is said, and the lawful part waits for a person, whose case is not the quiet one of a refusal.
        let refused = verdict.route == Route::Refuse;
        match self.mode_of(verdict.intent, &facts) {
            Mode::Live => {}
            Mode::Suggest if refused => return behind(stopped, self.suggested(facts, state, verdict)),
            Mode::Suggest => return with(stopped, Suggestion::of(facts)),
            Mode::Off if refused => return behind(stopped, self.paused(state, verdict)),
            Mode::Off => return stopped,
        }
        match (stopped, state) {
            // One promise is enough: the fixed text has made it. A refusal makes none, and its case is a quiet one.
            (Outcome::Escalated(text, ticket), Some(case)) if verdict.route == Route::Refuse => {
                Outcome::Escalated(text.followed_by(facts).followed_by(self.hand_over_line(&case)), ticket)
            }
            (Outcome::Escalated(text, ticket), _) => Outcome::Escalated(text.followed_by(facts), ticket),
            (Outcome::Refused(text), Some(case)) => {
                let line = self.hand_over_line(&case);
                self.escalated(text.followed_by(facts).followed_by(line), &case, None, None)
            }
            (Outcome::Refused(text), None) => Outcome::Refused(text.followed_by(facts)),
            (Outcome::Answered(r) | Outcome::Clarified(r), _) => Outcome::Answered(r),
            (forwarded @ Outcome::Forwarded(_), _) => forwarded,
        }
    }

    /// Gather, vet, draft, judge: the answer, and the case when the state of its record demands a person beside it. `Err` says why there
    /// is no answer.
    pub(super) async fn answer(
        &mut self,
        screened: Screened,
        session: &mut Session,
        stage: &(dyn Fn(Stage) + Sync),
    ) -> Result<(Released, Option<Case>), Stop> {
        stage(Stage::Searching);
        let frame = self.request.frame.clone();
        let intent = screened.verdict().intent;
        let gathered = self
            .engine
            .gatherer
            .gather((&screened, self.request.before.as_deref()), session, self.request.visitor, &frame)
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
        let guards = &self.engine.policy.guards;
        // What only a record tells is for a person to look up.
        let of_pages = screened.verdict().signals.asks.iter().all(|a| a.general);
        let read = evidence.iter().filter_map(|e| e.scanned(guards.offer.value()));
        let clean = self.engine.planted.clean(read.collect()).await;
        let planted = |t: &str| !clean.contains(t);
        let near = if of_pages { offers(&evidence, &frame, guards, &planted) } else { Vec::new() };
        let vetted = vet(screened, frame, evidence, guards, &words, &planted).map_err(|refused| match refused {
            VetRefusal::NoEvidence if !near.is_empty() => Stop::Near(near),
            other => Stop::Vetting(other),
        })?;
        self.trace.vetted(&vetted);
        stage(Stage::Checking);
        let released = self.draft_and_release(&vetted).await.map_err(Stop::Quarantined)?;
        self.trace.lap("draft");
        session.intent = Some(intent);
        session.speak_of(released.records().into_iter().chain(released.pages()).collect());
        let released =
            if hint { released.followed_by(self.phrase("sign_in_more", BlockKind::NextStep)) } else { released };
        Ok((released, self.state_case(&vetted)))
    }

    /// The language model once, once more with the broken rules named, then what is left of that without the sentences that failed, then
    /// the local drafters.
    pub(super) async fn draft_and_release(&mut self, vetted: &Vetted) -> Result<Released, Quarantined> {
        let engine = self.engine;
        let mut rejected: Option<Quarantined> = None;
        let worded = !self.request.owned && vetted.screened().permit() == Permit::Full;
        if let Some(model) = engine.model.as_ref().filter(|_| worded) {
            for _ in 0..2 {
                let broken = rejected.as_ref().map(Quarantined::rules).unwrap_or_default();
                self.trace.model_asked = true;
                let Ok(draft) = model.draft(vetted, &engine.wording, &broken).await else { break };
                match self.judge(draft, vetted).await {
                    Ok(released) => return Ok(released),
                    Err(q) => rejected = Some(q),
                }
            }
        }
        if let Some(rest) = rejected.and_then(|q| q.repaired())
            && let Ok(released) = self.judge(rest, vetted).await
        {
            self.trace.repaired = true;
            return Ok(released);
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
        // Whoever worded the answer: cards come from the vetted records.
        let draft = draft.with_cards(crate::draft::facts::cards(vetted, &self.engine.wording));
        let judged = self.engine.output.release(draft, vetted, &self.request.history).await;
        self.trace.drafted(drafter, judged.as_ref().err());
        judged
    }

    /// The case of a state that demands a person beside the answer, or of a record past its clock.
    fn state_case(&self, vetted: &Vetted) -> Option<Case> {
        let fact = vetted.facts().first()?;
        let (queue, priority) = self.needs_person(&fact.fact, self.request.frame.now)?;
        Some(Case::plain(Reason::State, priority, queue))
    }

    /// The answer, the promise, and the case.
    pub(super) fn for_state(&mut self, released: Released, case: &Case) -> Outcome {
        self.trace.route = if case.queue == Queue::Clinical { Route::Pharmacist } else { Route::Human };
        let line = self.hand_over_line(case);
        self.escalated(released.followed_by(line), case, None, None)
    }
}

/// Two outcomes as one: what is said first, then what is said with the case.
fn behind(first: Outcome, second: Outcome) -> Outcome {
    match (first, second) {
        (Outcome::Refused(text) | Outcome::Escalated(text, _), Outcome::Escalated(rest, ticket)) => {
            Outcome::Escalated(text.followed_by(rest), ticket)
        }
        (_, second) => second,
    }
}
