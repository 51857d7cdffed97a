//! What the input stage found: a plain value for traces, audit and the harness. It permits nothing.

use crate::classify::phi::PhiSpan;
use crate::domain::labels::{INTENTS, Intent, RISKS, Risk};
use crate::domain::lang::Lang;
use crate::domain::route::Route;
use crate::domain::session::Session;
use crate::policy::asks::Ask;
use crate::policy::guards::Guards;

/// Scores and rule hits of one message, before any decision.
#[derive(Clone, Debug)]
pub struct Signals {
    /// Calibrated probability of each class: the higher of model and rules, raised by the session.
    pub risks: [f32; RISKS],
    /// Classes for which a rule fires alone.
    pub sure_rules: Vec<Risk>,
    /// Ids of the rules that hit.
    pub rule_ids: Vec<String>,
    /// Probability of each intent.
    pub intents: [f32; INTENTS],
    /// Out-of-distribution score.
    pub ood: f32,
    /// In which sentence of the message each class was heard most.
    pub loudest: [u16; RISKS],
    /// Language of the message, or of the conversation when the message does not tell.
    pub lang: Lang,
    /// The message itself tells its language.
    pub lang_sure: bool,
    /// What it asks to know of a record, most probable first; empty when a page tells it, or when it says too little by itself.
    pub asks: Vec<&'static Ask>,
    /// What the message is about is clear without a sure intent: it asks for something that a record tells, names a record of the
    /// writer's own, or asks for one page clearly.
    pub clear_matter: bool,
    /// Points back at what was spoken of (`and the other one?`).
    pub points_back: bool,
    /// Wants a person, as far as words tell: says so, or does not put a question that a page could answer.
    pub wants_person: bool,
    /// Personal identifiers, byte offsets into the message.
    pub phi: Vec<PhiSpan>,
}

impl Signals {
    /// Takes a class out of the decision: the writer's proven standing answers it.
    pub(super) fn forget(&mut self, risk: Risk) {
        self.sure_rules.retain(|r| *r != risk);
        self.risks.iter_mut().skip(risk.index()).take(1).for_each(|p| *p = 0.0);
    }
}

/// The decision over one message (EVAL_FORMATS.md, `evals guards`).
#[derive(Clone, Debug)]
pub struct InputVerdict {
    /// What the input stage alone would do.
    pub route: Route,
    /// Sure classes in order R1 to R15; precedence removes none.
    pub fired: Vec<Risk>,
    /// The best intent, `None` when a risk stands alone without a service question.
    pub intent: Intent,
    /// The intent leads clearly, by itself or from the conversation.
    pub clear: bool,
    /// True only where being unsure decided the route.
    pub unsure: bool,
    /// The class that was unsure, when that decided.
    pub unsure_class: Option<Risk>,
    /// The scores.
    pub signals: Signals,
}

impl InputVerdict {
    /// Decides from signals, thresholds and the session; the first line that applies.
    #[must_use]
    pub fn decide(signals: Signals, guards: &Guards, session: &Session) -> Self {
        let over = |r: Risk, at: crate::domain::score::Threshold| value(&signals.risks, r.index()) >= at.value();
        let fired: Vec<Risk> = guards
            .risks()
            .filter(|(r, rule)| signals.sure_rules.contains(r) || over(*r, rule.fire))
            .map(|(r, _)| r)
            .collect();
        let unsure_class = fired.is_empty().then(|| unsure_class(guards, &over)).flatten();
        let (best, clear) = clear_intent(&signals, guards);
        let intent = session.intent.filter(|_| signals.points_back && !clear).unwrap_or(best);
        let route = fired_route(&fired)
            .or_else(|| unsure_class.and_then(|r| Some(guards.risk(r)?.unsure)))
            .unwrap_or_else(|| plain_route(&signals, guards, session, (intent, clear || intent != best)));
        Self {
            route,
            fired,
            intent,
            clear: clear || intent != best,
            unsure: unsure_class.is_some(),
            unsure_class,
            signals,
        }
    }
    /// True when the message is a plain service question beside what fired: then facts may be shown with the fixed text.
    #[must_use]
    pub fn service_question(&self) -> bool {
        !matches!(self.intent, Intent::HUMAN | Intent::GREETING | Intent::UNCLEAR)
            && best(&self.signals.intents).1 > 0.4
    }
}

/// Lines 1 to 8 of the routing table.
fn fired_route(fired: &[Risk]) -> Option<Route> {
    const LINES: [(&[Risk], Route); 8] = [
        (&[Risk::EMERGENCY], Route::Emergency),
        (&[Risk::SELF_HARM], Route::Crisis),
        (&[Risk::WRONG_MEDICINE, Risk::SUPPLY_GAP, Risk::PREGNANCY, Risk::MINOR, Risk::CLINICAL], Route::Pharmacist),
        (&[Risk::DIVERSION], Route::Refuse),
        (&[Risk::TAKEOVER, Risk::OTHERS_PHI], Route::Privacy),
        (&[Risk::ADVERSE_EVENT], Route::Pharmacist),
        (&[Risk::COMPLAINT], Route::Human),
        (&[Risk::INJECTION, Risk::ABUSE, Risk::OFF_TOPIC], Route::Refuse),
    ];
    LINES.iter().find(|(classes, _)| classes.iter().any(|c| fired.contains(c))).map(|(_, route)| *route)
}

/// Line 9: of the classes between their thresholds the one that leads to the strictest route, then by precedence.
fn unsure_class(guards: &Guards, over: &dyn Fn(Risk, crate::domain::score::Threshold) -> bool) -> Option<Risk> {
    let unsure: Vec<Risk> = guards.risks().filter(|(r, rule)| over(*r, rule.unsure_at)).map(|(r, _)| r).collect();
    guards.leading(&unsure)
}

/// Lines 10 to 13.
fn plain_route(signals: &Signals, guards: &Guards, session: &Session, (intent, clear): (Intent, bool)) -> Route {
    if !signals.lang.supported() {
        return Route::Human;
    }
    if intent == Intent::HUMAN && signals.wants_person {
        return Route::Human;
    }
    let strange = signals.ood >= guards.ood.value();
    if strange || !(clear || signals.clear_matter) {
        return if session.clarified >= 2 { Route::Human } else { Route::Clarify };
    }
    Route::Answer
}

/// The best intent, and whether it leads clearly.
fn clear_intent(signals: &Signals, guards: &Guards) -> (Intent, bool) {
    let (intent, top, second) = top_two(&signals.intents);
    let close = top - second < guards.intent_margin || top < guards.intent_floor;
    (intent, !close && intent != Intent::UNCLEAR)
}

fn value(values: &[f32], at: usize) -> f32 {
    values.get(at).copied().unwrap_or(1.0)
}

fn best(intents: &[f32; INTENTS]) -> (Intent, f32) {
    let (intent, top, _) = top_two(intents);
    (intent, top)
}

fn top_two(intents: &[f32; INTENTS]) -> (Intent, f32, f32) {
    let mut top = (Intent::UNCLEAR, 0.0, 0.0);
    for (i, p) in Intent::all().zip(intents) {
        if *p > top.1 {
            top = (i, *p, top.1);
        } else if *p > top.2 {
            top.2 = *p;
        }
    }
    top
}
