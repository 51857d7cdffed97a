//! Prescriptions for a question.

use super::ask::Ask;
use super::choose::Choice;
use super::named::is_hit;
use super::{GatherError, Gatherer};
use crate::domain::evidence::{Evidence, Fact};
use crate::domain::facts::Prescription;
use crate::domain::labels::Intent;
use crate::retrieval::RecordHit;

impl Gatherer {
    pub(super) async fn prescriptions(&self, ask: &Ask<'_>, hits: &[RecordHit]) -> Result<Vec<Evidence>, GatherError> {
        let mut all = self.own_prescriptions(ask).await?;
        all.sort_by_key(|p| std::cmp::Reverse(p.value.stamp.as_of));
        let (states, only) = ask.states();
        let in_state = |p: &Prescription| states.contains(&p.state.to_string().as_str());
        let choice = Choice {
            named: &|p: &Prescription| is_hit(hits, &p.id),
            asked: &in_state,
            fits: &|p| if states.is_empty() { fits(ask.intent, p) } else { in_state(p) },
            source: &|p| format!("rx:{}", p.number),
            may_point_back: true,
            strict: if ask.asks.is_empty() { is_narrow(ask.intent) } else { only },
        };
        let chosen = choice.of(&all, ask);
        Ok(chosen.into_iter().map(|p| Evidence::Fact(Fact::Prescription(p.value.clone()), p.confirmed_at)).collect())
    }
}

/// Intents about particular states: where none of theirs is in such a state, no other record answers.
fn is_narrow(intent: Intent) -> bool {
    matches!(intent.to_string().as_str(), "I06" | "I07" | "I08" | "I11" | "I13" | "I28" | "I29")
}

/// Prescription states that an intent is about.
fn fits(intent: Intent, p: &Prescription) -> bool {
    let state = p.state.to_string();
    let among = |list: &[&str]| list.contains(&state.as_str());
    match intent.to_string().as_str() {
        "I06" => among(&["P18"]),
        "I07" => among(&["P19"]),
        "I08" => among(&["P01", "P02", "P03", "P04", "P05", "P09", "P10"]),
        "I09" => among(&["P01", "P02", "P03", "P04", "P05", "P06", "P07", "P09", "P10", "P12", "P13"]),
        "I10" => p.refills_left.is_some_and(|n| n > 0) || among(&["P17"]),
        "I11" => p.pays_again_on.is_some(),
        "I13" => among(&["P17", "P09", "P20"]) || p.refills_left == Some(0),
        "I28" => among(&["P06", "P08"]),
        "I29" => among(&["P07", "P08"]),
        _ => true,
    }
}
