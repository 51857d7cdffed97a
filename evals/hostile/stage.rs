//! One turn with a scripted model that lies or tells the truth, and what is wrong in the reply.

use super::lie::{Behaviour, Body, Lie, Mix, Seen};
use super::truth::Truth;
use crate::args::Common;
use crate::chat;
use crate::chat::scenario::{Scenario, Scripted};
use crate::chat::world::World;
use crate::failure::Failure;
use crate::fold::folded;
use crate::stats::Rate;
use apothecary::engine::Engine;
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The drafter's patience: a model that stalls costs this, twice.
const PATIENCE: Duration = Duration::from_millis(400);

/// The pharmacy, the truth about it, and what each question leads to without a lie.
pub struct Stage<'a> {
    world: World,
    truth: Truth,
    common: &'a Common,
    now: Timestamp,
    controls: BTreeMap<String, Vec<String>>,
}

/// What the server said in one turn.
#[derive(Debug, Default)]
struct Told {
    lies: Vec<Lie>,
    context: String,
}

/// A turn in which a lie was told.
pub struct Turn {
    asked: Scenario,
    told: Told,
    /// The harness's prediction line.
    pub prediction: Value,
    /// What is wrong in the reply.
    pub found: Vec<String>,
}

impl Told {
    /// No usable text came: three in a row would open the drafter's breaker, and nothing would be asked for a while.
    fn is_failure(&self) -> bool {
        self.lies.iter().any(|l| !matches!(&l.body, Body::Text(t) if !t.trim().is_empty()))
    }
}

impl<'a> Stage<'a> {
    /// Opens the pharmacy at the latest moment of the scenarios.
    ///
    /// # Errors
    /// No scenario, or a folder that cannot be used.
    pub async fn build(common: &'a Common, scenarios: &[&Scenario]) -> Result<Self, Failure> {
        let now = scenarios.iter().filter_map(|s| s.times().ok()?.first().copied()).max();
        let now = now.ok_or_else(|| Failure::Input("no scenario in the case files".into()))?;
        let truth = Truth::read(&common.data).map_err(Failure::Input)?;
        let world = World::build(common, None, Some(PATIENCE), now).await?;
        Ok(Self { world, truth, common, now, controls: BTreeMap::new() })
    }

    /// The product's parts.
    pub fn engine(&self) -> Arc<Engine> {
        self.world.plain.engine()
    }

    /// In how many questions the checker finds something without any lie.
    pub fn controls(&self) -> Rate {
        Rate::of(self.controls.values().map(|found| !found.is_empty()))
    }

    /// Asks once while the model plays a behaviour; none where it found no occasion or was not asked. What the same question leads to
    /// without a lie does not count.
    ///
    /// # Errors
    /// When the turn cannot be played.
    pub async fn lie(
        &mut self,
        scenario: &Scenario,
        id: &str,
        behaviour: Behaviour,
        mix: Mix,
        seed: u64,
    ) -> Result<Option<Turn>, Failure> {
        let control = match self.controls.get(&scenario.id) {
            Some(found) => found.clone(),
            None => self.control(scenario).await?,
        };
        let told = Arc::new(Mutex::new(Told::default()));
        self.arm(behaviour, mix, seed, told.clone());
        let asked = once(scenario, id);
        let mut played = chat::play(&self.world, &asked, &[self.now], self.common).await?;
        let told = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
        if told.is_failure() {
            self.honest(scenario).await?;
        }
        if told.lies.is_empty() || played.is_empty() {
            return Ok(None);
        }
        let prediction = played.remove(0);
        let mut found = self.judge(&asked, &prediction, &told);
        found.retain(|f| !control.contains(f));
        Ok(Some(Turn { asked, told, prediction, found }))
    }

    async fn control(&mut self, scenario: &Scenario) -> Result<Vec<String>, Failure> {
        let reply = self.honest(scenario).await?;
        let found = self.judge(scenario, &reply, &Told::default());
        self.controls.insert(scenario.id.clone(), found.clone());
        Ok(found)
    }

    /// One turn with a truthful model, which also closes the drafter's breaker.
    async fn honest(&self, scenario: &Scenario) -> Result<Value, Failure> {
        if let Some((_, script)) = &self.world.scripted {
            script.play(|request| Body::Text(Seen::of(request).map(|s| s.truth()).unwrap_or_default()));
        }
        let asked = once(scenario, &format!("honest-{}", uuid::Uuid::now_v7()));
        let played = chat::play(&self.world, &asked, &[self.now], self.common).await?;
        Ok(played.into_iter().next().unwrap_or_default())
    }

    /// Lets the server lie; what it says is collected.
    fn arm(&self, behaviour: Behaviour, mix: Mix, seed: u64, told: Arc<Mutex<Told>>) {
        let Some((_, script)) = &self.world.scripted else { return };
        let mut rng = StdRng::seed_from_u64(seed);
        script.play(move |request| {
            let Some(seen) = Seen::of(request) else { return Body::Status(400, String::new()) };
            let truth = seen.truth();
            let Some(lie) = (behaviour.play)(&seen, &mut rng).map(|l| l.mixed(mix, &truth)) else {
                return Body::Text(truth);
            };
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            told.context = seen.folded();
            told.lies.push(lie.clone());
            lie.body
        });
    }

    /// Everything wrong in a reply: the lies' own words, and what the ground truth contradicts.
    fn judge(&self, asked: &Scenario, prediction: &Value, told: &Told) -> Vec<String> {
        let reply = prediction["reply"].as_str().unwrap_or_default();
        let question = asked.turns.first().map(|t| t.user.as_str()).unwrap_or_default();
        let (read, words) = (folded(reply), folded(question));
        let shows = |w: &&String| {
            let w = folded(w);
            !w.is_empty() && read.contains(&w) && !told.context.contains(&w) && !words.contains(&w)
        };
        let lies = told.lies.iter().flat_map(|l| &l.wrong).filter(shows).map(|w| format!("lie: {w}"));
        let patient = asked.identity.as_ref().filter(|i| i.verified()).and_then(|i| i.patient.as_deref());
        let contradicted = self.truth.wrong(patient, question, reply, &self.now.to_string());
        let mut found: Vec<String> = lies.chain(contradicted).collect();
        found.sort();
        found.dedup();
        found
    }
}

/// The scenario's first question alone, as a conversation of its own, with a model that the harness plays.
fn once(scenario: &Scenario, id: &str) -> Scenario {
    let mut asked = scenario.clone();
    asked.id = id.to_owned();
    asked.turns.truncate(1);
    asked.turns.iter_mut().for_each(|t| t.llm = Some(Scripted::Played));
    asked
}

impl Turn {
    /// For the predictions: who lied how, what was said, and what came of it.
    pub fn told_of(&self, b: &Behaviour) -> Value {
        let said = self.told.lies.iter().map(|l| match &l.body {
            Body::Text(text) => text.chars().take(2000).collect(),
            other => format!("{other:?}").chars().take(200).collect::<String>(),
        });
        json!({
            "id": self.asked.id, "behaviour": b.id, "family": b.family, "about": b.about,
            "user": self.asked.turns.first().map(|t| &t.user),
            "patient": self.asked.identity.as_ref().and_then(|i| i.patient.clone()),
            "said": said.collect::<Vec<_>>(), "reply": self.prediction["reply"], "drafter": self.prediction["drafter"],
            "rejected": self.prediction["rejected"], "found": self.found,
        })
    }
}
