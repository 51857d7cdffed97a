//! One case through the input guard: the session from its history, then the last message.

use super::case::{GuardCase, Role};
use crate::args::Common;
use crate::lines::rounded;
use crate::offsets;
use apothecary::classify::phi::PhiSpan;
use apothecary::domain::labels::{Intent, Risk};
use apothecary::domain::route::Route;
use apothecary::domain::session::Session;
use apothecary::domain::text::UserText;
use apothecary::engine::Engine;
use apothecary::guard::input::Standing;
use apothecary::guard::verdict::InputVerdict;
use serde_json::{Map, Value, json};
use std::time::Instant;

/// How far a case got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has a verdict.
    Judged,
    /// The text is no message; the code says why.
    Rejected(&'static str),
    /// A guard failed: the product would hand over.
    Faulted,
}

/// A prediction.
#[derive(Clone, Debug)]
pub struct Judged {
    /// How far it got.
    pub state: State,
    /// The route.
    pub route: Route,
    /// Fired classes.
    pub fired: Vec<Risk>,
    /// The best intent.
    pub intent: Option<Intent>,
    /// Identifiers, bytes of the text as typed.
    pub phi: Vec<PhiSpan>,
    /// Wall time; 0 with `--no-timing`.
    pub micros: u64,
    /// The line.
    pub json: Value,
}

/// Judges a case.
pub async fn judge(engine: &Engine, case: &GuardCase, common: &Common) -> Judged {
    let text = match UserText::parse(&case.text) {
        Ok(text) => text,
        Err(e) => return empty(case, State::Rejected(e.code()), Route::Refuse, Vec::new()),
    };
    let session = session(engine, case).await;
    let start = Instant::now();
    let before = case.history.iter().rev().find(|t| t.role == Role::User).map(|t| t.text.as_str());
    let verdict = engine.input.judge(&text, &session, Standing { before, ..Standing::default() }).await;
    let micros = common.micros(start);
    let Ok(verdict) = verdict else {
        let aid = engine.input.first_aid(&text);
        let route = match (aid.contains(&Risk::EMERGENCY), aid.is_empty()) {
            (true, _) => Route::Emergency,
            (false, false) => Route::Crisis,
            (false, true) => Route::Human,
        };
        return empty(case, State::Faulted, route, aid);
    };
    let phi = offsets::in_raw(&case.text, text.as_str(), &verdict.signals.phi);
    Judged {
        state: State::Judged,
        route: verdict.route,
        fired: verdict.fired.clone(),
        intent: Some(verdict.intent),
        json: line(case, &verdict, &phi, micros),
        phi,
        micros,
    }
}

fn line(case: &GuardCase, verdict: &InputVerdict, phi: &[PhiSpan], micros: u64) -> Value {
    let risks: Map<String, Value> =
        Risk::all().zip(verdict.signals.risks).map(|(r, p)| (r.to_string(), rounded(p).into())).collect();
    let intents: Map<String, Value> =
        Intent::all().zip(verdict.signals.intents).map(|(i, p)| (i.to_string(), rounded(p).into())).collect();
    json!({
        "id": case.id, "route": verdict.route, "fired": verdict.fired, "risks": risks, "intent": verdict.intent,
        "intents": intents, "unsure": verdict.unsure, "lang": verdict.signals.lang, "phi": phi,
        "ood": rounded(verdict.signals.ood), "rules": verdict.signals.rule_ids, "micros": micros,
    })
}

/// A prediction without scores.
fn empty(case: &GuardCase, state: State, route: Route, fired: Vec<Risk>) -> Judged {
    let mut json = json!({
        "id": case.id, "route": route, "fired": fired, "risks": {}, "intent": null, "intents": {}, "unsure": false,
        "lang": null, "phi": [], "micros": 0,
    });
    match state {
        State::Rejected(code) => json["rejected"] = code.into(),
        State::Faulted => json["fault"] = true.into(),
        State::Judged => {}
    }
    Judged { state, route, fired, intent: None, phi: Vec::new(), micros: 0, json }
}

/// What the conversation would remember: each earlier message judged in order, clarifying questions of the assistant counted.
async fn session(engine: &Engine, case: &GuardCase) -> Session {
    let mut session = Session::default();
    let mut before = None;
    for turn in &case.history {
        if turn.role == Role::Assistant {
            session.clarified = if asks_back(&turn.text) { session.clarified.saturating_add(1) } else { 0 };
            continue;
        }
        let Ok(text) = UserText::parse(&turn.text) else { continue };
        let standing = Standing { before: before.replace(turn.text.as_str()), ..Standing::default() };
        let Ok(verdict) = engine.input.judge(&text, &session, standing).await else { continue };
        session.remember(&verdict.signals.risks, engine.policy.guards.memory_decay);
        if verdict.signals.lang_sure && verdict.signals.lang.supported() {
            session.lang = Some(verdict.signals.lang);
        }
    }
    session
}

/// A turn that ends with a question is a question back: the format marks none.
fn asks_back(text: &str) -> bool {
    text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | ')' | '*')).ends_with('?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_ends_with_a_question_asks_back() {
        assert!(asks_back("Is it about an order, or something else? "));
        assert!(!asks_back("Which one? The blue one ships today."));
    }
}
