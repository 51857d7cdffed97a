//! What a client tells of the customer's earlier messages: judged for the memory of risks as if each had come by itself, answered
//! never. The message that is answered is `super::run`'s.

use super::{remember, standing};
use crate::domain::labels::{RISKS, Risk};
use crate::domain::session::Session;
use crate::domain::text::UserText;
use crate::engine::Engine;
use crate::guard::context::Frame;
use crate::identity::Visitor;

/// Judges messages in their order into the memory; false when a guard failed.
pub async fn judge(
    engine: &Engine,
    visitor: &Visitor,
    frame: &Frame,
    told: &[&UserText],
    session: &mut Session,
) -> bool {
    let mut before = None;
    for text in told {
        let standing = standing(engine, visitor, frame, text.as_str(), before);
        match engine.input.judge(text, session, standing).await {
            Ok(verdict) => remember(session, &verdict, engine),
            Err(e) => {
                tracing::warn!("earlier messages were not judged: {e}");
                return false;
            }
        }
        before = Some(text.as_str());
    }
    true
}

/// What the emergency and crisis rules find, with no model.
pub fn by_rules(engine: &Engine, told: &[&UserText], session: &mut Session) {
    for text in told {
        let found = engine.input.first_aid(text);
        let mut risks = [0.0; RISKS];
        for (risk, value) in Risk::all().zip(risks.iter_mut()) {
            *value = if found.contains(&risk) { 1.0 } else { 0.0 };
        }
        session.remember(&risks, engine.policy.guards.memory_decay);
    }
}
