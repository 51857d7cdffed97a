//! The trace of a turn: verdicts, evidence ids and versions, drafter, rules that failed, timings. It goes into the audit chain and, by
//! `ask --json` and the harness, to engineers. It holds no words of the customer and none of the answer.

use crate::domain::evidence::Fact;
use crate::domain::labels::{Intent, Risk};
use crate::domain::modes::Mode;
use crate::domain::route::Route;
use crate::escalate::ticket::{New, Ticket};
use crate::guard::context::Vetted;
use crate::guard::output::{Drafter, Quarantined};
use crate::guard::verdict::InputVerdict;
use crate::release::Stamp;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

/// What is being done, told to the customer while they wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The message is read.
    Reading,
    /// Policies and records are looked up.
    Searching,
    /// The answer is checked.
    Checking,
}

/// One turn's record.
#[derive(Debug, Clone, Serialize)]
pub struct Trace {
    /// What the customer got.
    pub route: Route,
    /// Fired classes.
    pub fired: Vec<Risk>,
    /// Best intent.
    pub intent: Option<Intent>,
    /// How far the assistant may answer this by itself.
    pub mode: Mode,
    /// Being unsure decided.
    pub unsure: bool,
    /// Scores above one in a hundred.
    pub scores: BTreeMap<String, f32>,
    /// Ids of the rules that hit.
    pub rules: Vec<String>,
    /// Detected language.
    pub lang: String,
    /// Vetted sources with their versions.
    pub evidence: Vec<(String, u64)>,
    /// Who composed the released draft.
    pub drafter: Option<Drafter>,
    /// A model server was asked, whatever became of its draft: words left the process.
    pub model_asked: bool,
    /// Output rules that failed in any draft.
    pub rejected: Vec<String>,
    /// Sentences that failed were dropped from what was released.
    pub repaired: bool,
    /// Priority and reason of the ticket.
    pub escalation: Option<(String, String)>,
    /// What failed, if anything did.
    pub fault: Option<String>,
    /// Digest of the guard policy.
    pub policy: String,
    /// Digest of the model.
    pub model: String,
    /// Number and digest of the published texts; none where a folder is read as it lies.
    pub texts: Option<String>,
    /// The release that it was answered by, and who signed it; the audit row names it.
    #[serde(skip)]
    pub release: Stamp,
    /// Microseconds up to the end of each step.
    pub micros: BTreeMap<&'static str, u64>,
    #[serde(skip)]
    started: Instant,
}

impl Trace {
    /// Starts the clock.
    #[must_use]
    pub fn start(policy: &str, model: &str, texts: Option<String>, release: Stamp) -> Self {
        Self {
            route: Route::Human,
            fired: Vec::new(),
            intent: None,
            mode: Mode::Live,
            unsure: false,
            scores: BTreeMap::new(),
            rules: Vec::new(),
            lang: String::new(),
            evidence: Vec::new(),
            drafter: None,
            model_asked: false,
            rejected: Vec::new(),
            repaired: false,
            escalation: None,
            fault: None,
            policy: policy.to_owned(),
            model: model.to_owned(),
            texts,
            release,
            micros: BTreeMap::new(),
            started: Instant::now(),
        }
    }
    /// Notes the end of a step.
    pub fn lap(&mut self, step: &'static str) {
        let micros = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.micros.insert(step, micros);
    }
    /// Microseconds since the start.
    #[must_use]
    pub fn elapsed(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
    /// Notes the verdict.
    pub fn judged(&mut self, verdict: &InputVerdict) {
        self.route = verdict.route;
        self.fired = verdict.fired.clone();
        self.intent = Some(verdict.intent);
        self.unsure = verdict.unsure;
        self.rules = verdict.signals.rule_ids.clone();
        self.lang = verdict.signals.lang.to_string();
        let scores = Risk::all().zip(verdict.signals.risks);
        self.scores = scores.map(|(r, p)| (r.to_string(), p)).collect();
    }
    /// Notes what was vetted.
    pub fn vetted(&mut self, vetted: &Vetted) {
        let pages = vetted.passages().iter().map(|p| (p.meta.id.0.clone(), u64::from(p.meta.version)));
        let facts = vetted.facts().iter().map(|f| (Fact::source(&f.fact), f.fact.version()));
        self.evidence = pages.chain(facts).collect();
    }
    /// Notes a draft and what was wrong with it.
    pub fn drafted(&mut self, drafter: Drafter, quarantined: Option<&Quarantined>) {
        match quarantined {
            Some(q) => {
                let new = q.rules().into_iter().filter(|rule| !self.rejected.contains(rule)).collect::<Vec<_>>();
                self.rejected.extend(new);
            }
            None => self.drafter = Some(drafter),
        }
    }
    /// Notes the ticket.
    pub fn escalated(&mut self, ticket: &Ticket<New>) {
        self.escalation = Some((format!("{:?}", ticket.priority()), ticket.reason().to_string()));
    }
    /// The audit form.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_else(|_| json!({"route": self.route.code()}))
    }
}

/// Why the message is here, for the hand-over card: what fired with its score, and the rules.
#[must_use]
pub fn signals(verdict: &InputVerdict) -> Value {
    let scores = Risk::all().zip(verdict.signals.risks).filter(|(_, p)| *p >= 0.05);
    let scores: BTreeMap<String, f32> = scores.map(|(r, p)| (r.to_string(), p)).collect();
    let asks: Vec<&str> = verdict.signals.asks.iter().map(|a| a.id.as_str()).collect();
    json!({ "scores": scores, "rules": verdict.signals.rule_ids, "intent": verdict.intent, "asks": asks })
}
