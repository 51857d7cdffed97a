//! The ways out that are no answer: fixed texts, refusals, and the case for a human that every one of them opens where it should.

use super::{Desk, Outcome, Stop};
use crate::classify::parts;
use crate::domain::labels::{Intent, Risk};
use crate::domain::modes::Mode;
use crate::domain::route::{Priority, Queue, Reason, Route};
use crate::domain::session::Session;
use crate::escalate::card::Card;
use crate::escalate::ticket::{About, Case, Ticket};
use crate::guard::context::VetRefusal;
use crate::guard::output::{Quarantined, Released};
use crate::guard::verdict::InputVerdict;

impl Desk<'_, '_> {
    /// The message may not be answered: the verdict decides what is said and who gets the case.
    pub(super) async fn stopped(&mut self, verdict: &InputVerdict, session: &mut Session) -> Outcome {
        self.trace.route = verdict.route;
        match verdict.route {
            Route::Emergency | Route::Crisis => self.urgent(verdict),
            Route::Clarify if self.surely_off(verdict.intent) => self.paused(None, verdict),
            Route::Clarify => {
                session.clarified = session.clarified.saturating_add(1);
                Outcome::Clarified(self.fixed(&["TX-CLARIFY"]))
            }
            Route::Refuse => self.refuse(verdict, session),
            Route::Pharmacist | Route::Privacy | Route::Human | Route::Answer => self.hand_to_person(verdict).await,
        }
    }

    /// What the rules alone caught while the model is gone.
    pub(super) fn aid(&mut self, aid: &[Risk]) -> Outcome {
        self.trace.fired = aid.to_vec();
        self.trace.route = if aid.contains(&Risk::EMERGENCY) { Route::Emergency } else { Route::Crisis };
        let ids = urgent_texts(aid, true);
        let case = Case::of_risks(&self.engine.policy, aid, true);
        self.with_case(case, &ids, true, None)
    }

    pub(super) fn urgent(&mut self, verdict: &InputVerdict) -> Outcome {
        let ids = urgent_texts(&verdict.fired, self.engine.swallowed(self.request.text.as_str()));
        let case = Case::of_risks(&self.engine.policy, &verdict.fired, true);
        self.with_case(case, &ids, !verdict.signals.lang_sure, Some(verdict))
    }

    pub(super) fn refuse(&mut self, verdict: &InputVerdict, session: &mut Session) -> Outcome {
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

    pub(super) async fn hand_to_person(&mut self, verdict: &InputVerdict) -> Outcome {
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
        // The label is read from a record: while something stops that, nothing is read back.
        let live = self.mode(verdict.intent, &[], true) == Mode::Live;
        let label = if live && ids.contains(&"TX-CLIN") { self.label().await } else { None };
        // The model hears a pregnancy in other messages, too: the case stays what it is, but nobody is told of one unasked. No label is
        // read back then, since it may have heard well.
        let unspoken = ids == ["TX-PREG"] && !self.engine.expecting(self.request.text.as_str());
        let ids = if unspoken { vec!["TX-CLIN"] } else { ids };
        let outcome = self.with_case(case, &ids, false, Some(verdict));
        match (outcome, label) {
            (Outcome::Escalated(released, ticket), Some(label)) => {
                Outcome::Escalated(released.followed_by(label), ticket)
            }
            (outcome, _) => outcome,
        }
    }

    pub(super) fn unanswered(&mut self, stop: Stop, verdict: &InputVerdict, session: &mut Session) -> Outcome {
        if let Stop::Near(offers) = &stop
            && session.clarified == 0
            && self.mode(verdict.intent, &[], false) == Mode::Live
        {
            session.clarified = 1;
            self.trace.route = Route::Clarify;
            return Outcome::Clarified(self.engine.output.ask_back(offers, self.request.frame.lang));
        }
        let to_care = |reason| Some(Case::plain(reason, Priority::P3, Queue::Service));
        let (case, ids, route) = match &stop {
            Stop::SignIn => (None, "TX-SIGNIN", Route::Privacy),
            Stop::NotTheirs => (None, "TX-NOTFOUND", Route::Privacy),
            Stop::OutOfScope { minor: false } => (None, "TX-PRIV", Route::Privacy),
            Stop::OutOfScope { minor: true } => {
                (Case::of_risks(&self.engine.policy, &[Risk::MINOR], false), "TX-MINOR", Route::Pharmacist)
            }
            Stop::Vetting(VetRefusal::NoEvidence) | Stop::Near(_) => {
                (to_care(Reason::NoEvidence), "TX-UNSURE", Route::Human)
            }
            Stop::Vetting(VetRefusal::Conflict) => (to_care(Reason::Conflict), "TX-UNSURE", Route::Human),
            Stop::Vetting(VetRefusal::Stale) => (to_care(Reason::Stale), "TX-UNSURE", Route::Human),
            Stop::Vetting(VetRefusal::Doubt) => (to_care(Reason::State), "TX-UNSURE", Route::Human),
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
    pub(super) fn fault(&mut self, what: &str) -> Outcome {
        self.trace.route = Route::Human;
        self.trace.fault = Some(what.to_owned());
        let case = Case::plain(Reason::Fault, Priority::P2, Queue::Clinical);
        let released = self.fixed(&["TX-DOWN"]).followed_by(self.hand_over_line(&case));
        self.escalated(released, &case, None, None)
    }

    pub(super) fn with_case(
        &mut self,
        case: Option<Case>,
        ids: &[&str],
        both: bool,
        verdict: Option<&InputVerdict>,
    ) -> Outcome {
        let Some(case) = case else { return Outcome::Refused(self.fixed(ids)) };
        let released = self.fixed_with(ids, both, &case);
        self.escalated(released, &case, verdict, None)
    }

    pub(super) fn escalated(
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
        let leading = match case.reason {
            Reason::Risk(risk) => Some(risk),
            _ => verdict.and_then(|v| v.unsure_class),
        };
        if let Some(rule) = leading.and_then(|risk| self.engine.policy.guards.risk(risk)) {
            card = card.with_questions(&rule.ask);
        }
        if let Some(v) = verdict {
            let place = leading.and_then(|risk| v.signals.loudest.get(risk.index())).copied();
            card = match place {
                Some(place) => card.with_sentence(parts::sentence(self.request.text.as_str(), place)),
                None => card,
            };
            card = card.with_signals(crate::trace::signals(v));
        }
        let about = About { lang: frame.lang, level: level.to_owned(), patient: frame.patient.clone() };
        let ticket = Ticket::open(self.request.ticket.clone(), case, &about, card, &self.engine.policy, frame.now);
        self.trace.escalated(&ticket);
        Outcome::Escalated(released, ticket)
    }
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
