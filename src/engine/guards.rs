//! The parts that judge: models with their thread, policy, rules, input guard, forms of webhooks, the language model's client.

use super::place::Place;
use super::{BuildError, Sources};
use crate::classify::Model;
use crate::classify::planted::Planted;
use crate::classify::rules::RuleSet;
use crate::classify::support::SupportModel;
use crate::classify::worker::Classifier;
use crate::draft::openai;
use crate::escalate::recipe::Recipes;
use crate::guard::input::InputGuard;
use crate::policy::GuardPolicy;
use std::sync::Arc;

/// Messages that wait for the classifier at most; more is an honest 503.
const QUEUE: usize = 64;

/// The models of one folder; clones share them.
#[derive(Clone)]
pub(super) struct Models {
    pub(super) encoder: Arc<Model>,
    pub(super) support: Arc<SupportModel>,
    pub(super) planted: Arc<Planted>,
    pub(super) classifier: Classifier,
    /// Of the files of all three.
    pub(super) digest: String,
}

impl Models {
    pub(super) fn load(sources: &Sources) -> Result<Self, BuildError> {
        let encoder = Arc::new(Model::load(&sources.guardrails.join("model"), sources.encoder)?);
        let support = Arc::new(SupportModel::load(&sources.guardrails.join("support"), Arc::clone(&encoder))?);
        let planted = Arc::new(Planted::load(&sources.guardrails.join("planted"), Arc::clone(&encoder))?);
        let digest = format!("{}+{}+{}", encoder.digest(), support.digest(), planted.digest());
        let classifier = Classifier::start(Arc::clone(&encoder), QUEUE);
        Ok(Self { encoder, support, planted, classifier, digest })
    }
}

/// What is read from `guardrails/` beside the models.
pub(super) struct Guards {
    pub(super) policy: Arc<GuardPolicy>,
    rules: Arc<RuleSet>,
    recipes: Arc<Recipes>,
    model: Option<Arc<openai::Model>>,
}

impl Guards {
    /// Under a release only what its signatures name goes live.
    pub(super) fn load(place: &Place) -> Result<Self, BuildError> {
        let dir = &place.sources.guardrails;
        let mut policy = GuardPolicy::load(dir)?;
        if let Some(release) = &place.release {
            policy.modes = policy.modes.under(release.grants());
        }
        Ok(Self {
            policy: Arc::new(policy),
            rules: Arc::new(RuleSet::load(&dir.join("rules"))?),
            recipes: Arc::new(Recipes::load(&dir.join("webhooks"))?),
            model: language_model(&place.sources)?.map(Arc::new),
        })
    }

    /// With the input guard over the models.
    pub(super) fn with(self, models: &Models) -> Judging {
        let Self { policy, rules, recipes, model } = self;
        let input = InputGuard::new(Arc::clone(&rules), models.classifier.clone(), Arc::clone(&policy));
        Judging { input: Arc::new(input), policy, rules, recipes, model }
    }
}

/// The same, whole.
pub(super) struct Judging {
    pub(super) policy: Arc<GuardPolicy>,
    pub(super) rules: Arc<RuleSet>,
    pub(super) input: Arc<InputGuard>,
    pub(super) recipes: Arc<Recipes>,
    pub(super) model: Option<Arc<openai::Model>>,
}

fn language_model(sources: &Sources) -> Result<Option<openai::Model>, BuildError> {
    let Some(settings) = sources.model.clone() else { return Ok(None) };
    let path = sources.guardrails.join("prompts/answer.md");
    let prompt = std::fs::read_to_string(&path).map_err(|source| BuildError::Read { path, source })?;
    Ok(Some(openai::Model::new(settings, prompt)?))
}
