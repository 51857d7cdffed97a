//! `guards.toml`: label → route, texts, priority, queue, thresholds; intent → level, records, pages.

use crate::domain::labels::{Intent, Risk};
use crate::domain::route::{Priority, Queue, Route};
use crate::domain::score::Threshold;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What one risk class leads to.
#[derive(Debug, Clone)]
pub struct RiskRule {
    /// Short name for staff.
    pub name: String,
    /// Route when fired.
    pub route: Route,
    /// Fixed texts, in order.
    pub texts: Vec<String>,
    /// Ticket priority; `None` opens no ticket.
    pub priority: Option<Priority>,
    /// Team.
    pub queue: Queue,
    /// Route when only unsure.
    pub unsure: Route,
    /// Skill that the ticket asks for.
    pub skill: Option<String>,
    /// What whoever takes the case usually has to ask.
    pub ask: Vec<String>,
    /// At or above: fired.
    pub fire: Threshold,
    /// At or above, but below `fire`: unsure.
    pub unsure_at: Threshold,
}

/// The lowest identity level at which an intent is answered from records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Level {
    /// Anonymous.
    L0,
    /// An old session.
    L1,
    /// Verified.
    L2,
    /// Stepped up.
    L3,
}

/// Where the answer to an intent comes from (DOMAIN.md 4.1).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentRule {
    /// Short name.
    pub name: String,
    /// Level needed; `L0` intents with records use them only when somebody is verified.
    pub level: Level,
    /// Record kinds: order, prescription, price, stock.
    pub records: Vec<String>,
    /// Policy pages that usually answer it; a prior for retrieval, not a limit.
    pub pages: Vec<String>,
    /// Pages are told beside records, not only in their absence.
    #[serde(default)]
    pub join: bool,
}

/// The parsed file.
#[derive(Debug, Clone)]
pub struct Guards {
    risks: BTreeMap<Risk, RiskRule>,
    intents: BTreeMap<Intent, IntentRule>,
    /// First fired class of this list chooses the text.
    pub precedence: Vec<Risk>,
    /// Milliseconds that the model has from receipt.
    pub deadline_ms: u64,
    /// Log-odds that an earlier turn's full risk adds.
    pub memory_weight: f32,
    /// Factor by which memory fades each turn.
    pub memory_decay: f32,
    /// Two intents closer than this are unclear.
    pub intent_margin: f32,
    /// A best intent below this is unclear.
    pub intent_floor: f32,
    /// Probability of a page from which the matter is clear without a sure intent.
    pub page_clear: Threshold,
    /// Out-of-distribution score at which a text is unclear.
    pub ood: Threshold,
    /// Relevance below which a passage is no evidence.
    pub relevance: Threshold,
    /// The same where nothing is known of what people ask for.
    pub relevance_unasked: Threshold,
    /// Relevance below which a passage is not even offered by a question back.
    pub offer: Threshold,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGuards {
    precedence: Vec<Risk>,
    deadline_ms: u64,
    memory_weight: f32,
    memory_decay: f32,
    intent_margin: f32,
    intent_floor: f32,
    ood_threshold: Threshold,
    page_clear: Threshold,
    relevance: Threshold,
    relevance_unasked: Threshold,
    offer: Threshold,
    risk: BTreeMap<Risk, RawRisk>,
    intent: BTreeMap<Intent, IntentRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRisk {
    name: String,
    route: Route,
    texts: Vec<String>,
    priority: Option<Priority>,
    queue: Queue,
    unsure: Route,
    skill: Option<String>,
    #[serde(default)]
    ask: Vec<String>,
    fire: Option<Threshold>,
    unsure_at: Option<Threshold>,
    #[serde(default)]
    unsure_is_sure: bool,
}

/// `model/thresholds.json`, as far as decisions need it.
#[derive(Deserialize)]
struct CalibratedFile {
    classes: Vec<Calibrated>,
}

/// One class of it.
#[derive(Deserialize)]
struct Calibrated {
    class: Risk,
    fire: Threshold,
    unsure: Threshold,
}

impl Guards {
    /// Joins `guards.toml` with the model's calibrated thresholds.
    ///
    /// # Errors
    /// The place and reason, for a message to the operator.
    pub fn parse(toml_text: &str, thresholds: &str) -> Result<Self, String> {
        let raw: RawGuards = toml::from_str(toml_text).map_err(|e| e.to_string())?;
        let calibrated: CalibratedFile =
            serde_json::from_str(thresholds).map_err(|e| format!("model/thresholds.json: {e}"))?;
        let mut risks = BTreeMap::new();
        for risk in Risk::all() {
            let rule = raw.risk.get(&risk).ok_or_else(|| format!("[risk.{risk}] is missing"))?;
            let tuned = calibrated.classes.iter().find(|c| c.class == risk);
            risks.insert(risk, merge(risk, rule, tuned)?);
        }
        if let Some(intent) = Intent::all().find(|i| !raw.intent.contains_key(i)) {
            return Err(format!("[intent.{intent}] is missing"));
        }
        if let Some(risk) = Risk::all().find(|r| !raw.precedence.contains(r)) {
            return Err(format!("precedence lacks {risk}"));
        }
        Ok(Self {
            risks,
            intents: raw.intent,
            precedence: raw.precedence,
            deadline_ms: raw.deadline_ms,
            memory_weight: raw.memory_weight,
            memory_decay: raw.memory_decay,
            intent_margin: raw.intent_margin,
            intent_floor: raw.intent_floor,
            ood: raw.ood_threshold,
            page_clear: raw.page_clear,
            relevance: raw.relevance,
            relevance_unasked: raw.relevance_unasked,
            offer: raw.offer,
        })
    }

    /// All risk rules in order R1 to R15.
    pub fn risks(&self) -> impl Iterator<Item = (Risk, &RiskRule)> {
        self.risks.iter().map(|(r, rule)| (*r, rule))
    }
    /// The rule of a class; `parse` made sure that each has one.
    #[must_use]
    pub fn risk(&self, risk: Risk) -> Option<&RiskRule> {
        self.risks.get(&risk)
    }
    /// The rule of an intent; `parse` made sure that each has one.
    #[must_use]
    pub fn intent(&self, intent: Intent) -> Option<&IntentRule> {
        self.intents.get(&intent)
    }
    /// The fired class that decides the text, by precedence.
    #[must_use]
    pub fn leading(&self, fired: &[Risk]) -> Option<Risk> {
        self.precedence.iter().copied().find(|r| fired.contains(r))
    }
    /// The most urgent priority over all fired classes.
    #[must_use]
    pub fn priority(&self, fired: &[Risk]) -> Option<Priority> {
        fired.iter().filter_map(|r| self.risk(*r)?.priority).min()
    }
}

fn merge(risk: Risk, raw: &RawRisk, tuned: Option<&Calibrated>) -> Result<RiskRule, String> {
    let need = || {
        format!(
            "{risk} has no threshold: neither guards.toml nor model/thresholds.json gives one; run `apothecary train`"
        )
    };
    let fire = raw.fire.or(tuned.map(|t| t.fire)).ok_or_else(need)?;
    let unsure_at = raw.unsure_at.or(tuned.map(|t| t.unsure)).ok_or_else(need)?;
    if unsure_at.value() > fire.value() {
        return Err(format!("{risk}: unsure_at {} lies above fire {}", unsure_at.value(), fire.value()));
    }
    let fire = if raw.unsure_is_sure { unsure_at } else { fire };
    Ok(RiskRule {
        name: raw.name.clone(),
        route: raw.route,
        texts: raw.texts.clone(),
        priority: raw.priority,
        queue: raw.queue,
        unsure: raw.unsure,
        skill: raw.skill.clone(),
        ask: raw.ask.clone(),
        fire,
        unsure_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsure_of_an_emergency_is_sure_and_of_others_is_not() {
        let thresholds: Vec<_> =
            Risk::all().map(|r| serde_json::json!({"class": r.to_string(), "fire": 0.5, "unsure": 0.2})).collect();
        let file = serde_json::json!({ "classes": thresholds }).to_string();
        let guards = Guards::parse(include_str!("../../guardrails/guards.toml"), &file).unwrap();
        for (risk, rule) in guards.risks() {
            let sure = [Risk::EMERGENCY, Risk::SELF_HARM].contains(&risk);
            assert_eq!(rule.fire.value(), if sure { 0.2 } else { 0.5 }, "{risk}");
        }
    }
}
