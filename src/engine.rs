//! The parts that a turn needs, built once at start from checked files: policy, guards, gatherer, wording, drafters.
//! What hangs on the pharmacy's texts is built anew, in `texts`, when another version of them is published.

pub mod records;
mod texts;

use crate::classify::rules::RuleSet;
use crate::classify::support::SupportModel;
use crate::classify::worker::Classifier;
use crate::classify::{Model, Precision};
use crate::domain::labels::Risk;
use crate::draft::openai;
use crate::escalate::recipe::{RecipeError, Recipes};
use crate::gather::Gatherer;
use crate::guard::formulary::Formulary;
use crate::guard::input::InputGuard;
use crate::guard::output::OutputGuard;
use crate::pharmacy::Pharmacy;
use crate::pharmacy::versions::{VersionError, VersionName, Versions};
use crate::policy::GuardPolicy;
use crate::policy::subjects::subjects;
use crate::store::Store;
use crate::wording::Wording;
use std::path::PathBuf;
use std::sync::Arc;
use texts::Texts;

/// The folders of `guardrails/` that an engine reads, beside the files of the policy.
pub const FOLDERS: [&str; 5] = ["model", "rules", "support", "webhooks", "prompts"];

/// Messages that wait for the classifier at most; more is an honest 503.
const QUEUE: usize = 64;

/// A long start says how far it is, each time that so many records were taken in.
const TOLD: usize = 100_000;

/// What cannot be built, with the mend in the message of its cause.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// `guardrails/`.
    #[error(transparent)]
    Policy(#[from] crate::policy::PolicyError),
    /// `guardrails/model`.
    #[error("model: {0}")]
    Model(#[from] crate::classify::ModelError),
    /// `guardrails/rules`.
    #[error("rules: {0}")]
    Rules(#[from] crate::classify::rules::RulesError),
    /// `index/`.
    #[error("pharmacy folder: {0}")]
    Pharmacy(#[from] crate::pharmacy::PharmacyError),
    /// Published texts.
    #[error("published texts: {0}")]
    Versions(#[from] VersionError),
    /// The search index.
    #[error("index: {0}")]
    Index(#[from] crate::retrieval::IndexError),
    /// Search over records.
    #[error("search: {0}")]
    Search(#[from] records::FollowError),
    /// `guardrails/webhooks`.
    #[error("webhook recipes: {0}")]
    Recipes(#[from] RecipeError),
    /// The store.
    #[error("store: {0}")]
    Store(#[from] crate::store::StoreError),
    /// The language model's client.
    #[error("language model: {0}")]
    LanguageModel(#[from] openai::ModelError),
    /// A file beside these.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Where things are and how they are set.
#[derive(Debug, Clone)]
pub struct Sources {
    /// `guardrails/`.
    pub guardrails: PathBuf,
    /// The pharmacy folder.
    pub index: PathBuf,
    /// Published versions of the pharmacy's texts, in place of `index`.
    pub versions: Option<PathBuf>,
    /// The product's own pharmacy folder: a file missing in `index` is taken from here.
    pub fallback: Option<PathBuf>,
    /// Unreviewed translations are released with a mark.
    pub mark_unreviewed: bool,
    /// A language model, if configured.
    pub model: Option<openai::ModelSettings>,
    /// Pages are shifted by so many weeks (demo).
    pub weeks: i64,
    /// How the classifier computes.
    pub encoder: Precision,
    /// The folder of the search index over records; in memory without one.
    pub search: Option<PathBuf>,
}

/// Everything that a turn reads.
pub struct Engine {
    /// Guard policy.
    pub policy: Arc<GuardPolicy>,
    /// Input guard.
    pub input: Arc<InputGuard>,
    /// Output guard.
    pub output: OutputGuard,
    /// Evidence.
    pub gatherer: Gatherer,
    /// Words.
    pub wording: Arc<Wording>,
    /// Language model, if configured.
    pub model: Option<Arc<openai::Model>>,
    /// States, constants, pages.
    pub pharmacy: Arc<Pharmacy>,
    /// Forms of webhooks.
    pub recipes: Arc<Recipes>,
    rules: Arc<RuleSet>,
    encoder: Arc<Model>,
    support: Arc<SupportModel>,
    classifier: Classifier,
    digest: String,
    sources: Sources,
    version: Option<VersionName>,
}

impl Engine {
    /// Builds all parts; search knows the store's records as they are now.
    ///
    /// # Errors
    /// [`BuildError`], naming the file and the mend.
    pub async fn build(sources: &Sources, store: Store) -> Result<Self, BuildError> {
        let policy = Arc::new(GuardPolicy::load(&sources.guardrails)?);
        let rules = Arc::new(RuleSet::load(&sources.guardrails.join("rules"))?);
        let model = Arc::new(Model::load(&sources.guardrails.join("model"), sources.encoder)?);
        let support = Arc::new(SupportModel::load(&sources.guardrails.join("support"), Arc::clone(&model))?);
        let texts = Texts::build(sources, &policy, &model)?;
        let told = |n: usize| {
            if n.is_multiple_of(TOLD) {
                tracing::info!(records = n, "search takes in records");
            }
        };
        let records = records::open(sources.search.as_deref(), &store, &told).await?;
        let classifier = Classifier::start(Arc::clone(&model), QUEUE);
        let gatherer = Gatherer {
            store,
            policies: texts.policies,
            records,
            classifier: classifier.clone(),
            policy: Arc::clone(&policy),
            pharmacy: Arc::clone(&texts.pharmacy),
        };
        let digest = format!("{}+{}", model.digest(), support.digest());
        Ok(Self {
            input: Arc::new(InputGuard::new(Arc::clone(&rules), classifier.clone(), Arc::clone(&policy))),
            output: output(&support, &policy, &texts.wording, &rules),
            model: language_model(sources)?.map(Arc::new),
            recipes: Arc::new(Recipes::load(&sources.guardrails.join("webhooks"))?),
            digest,
            policy,
            gatherer,
            wording: texts.wording,
            pharmacy: texts.pharmacy,
            rules,
            encoder: model,
            support,
            classifier,
            sources: sources.clone(),
            version: texts.version,
        })
    }

    /// The same by the texts that are in force now; models, rules, records and store are shared with this one. Reads files and embeds
    /// what is new: for a thread that may block.
    ///
    /// # Errors
    /// [`BuildError`], naming the file and the mend; this engine is as good as before.
    pub fn renewed(&self) -> Result<Self, BuildError> {
        let texts = Texts::build(&self.sources, &self.policy, &self.encoder)?;
        let gatherer = Gatherer {
            store: self.gatherer.store.clone(),
            policies: texts.policies,
            records: Arc::clone(&self.gatherer.records),
            classifier: self.classifier.clone(),
            policy: Arc::clone(&self.policy),
            pharmacy: Arc::clone(&texts.pharmacy),
        };
        Ok(Self {
            policy: Arc::clone(&self.policy),
            input: Arc::clone(&self.input),
            output: output(&self.support, &self.policy, &texts.wording, &self.rules),
            gatherer,
            wording: texts.wording,
            model: self.model.clone(),
            pharmacy: texts.pharmacy,
            recipes: Arc::clone(&self.recipes),
            rules: Arc::clone(&self.rules),
            encoder: Arc::clone(&self.encoder),
            support: Arc::clone(&self.support),
            classifier: self.classifier.clone(),
            digest: self.digest.clone(),
            sources: self.sources.clone(),
            version: texts.version,
        })
    }

    /// Where the texts are published, when they are.
    #[must_use]
    pub fn versions(&self) -> Option<Versions> {
        self.sources.versions.as_deref().map(Versions::new)
    }
    /// The published version that it answers by.
    #[must_use]
    pub fn version(&self) -> Option<&VersionName> {
        self.version.as_ref()
    }

    /// Digests of the two models' files.
    #[must_use]
    pub fn model_digest(&self) -> &str {
        &self.digest
    }
    /// How many pieces the classifier's tokenizer cuts a text into; none of a text that it refuses.
    #[must_use]
    pub fn tokens(&self, text: &str) -> usize {
        self.encoder.tokens(text).unwrap_or_default()
    }
    /// The classifier, for the harness and `classify`.
    #[must_use]
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }
    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.gatherer.store
    }
    /// True when a retrieved text carries an instruction.
    #[must_use]
    pub fn planted(&self, text: &str) -> bool {
        !self.rules.planted(text).is_empty()
    }
    /// Rules of kind "planted" that hit, for the harness: the highest score.
    #[must_use]
    pub fn planted_score(&self, text: &str) -> f32 {
        self.rules.planted(text).iter().map(|h| h.score).fold(0.0, f32::max)
    }
    /// Something was swallowed, taken or injected: Poison Help belongs to the text.
    #[must_use]
    pub fn swallowed(&self, text: &str) -> bool {
        subjects().swallowed.is_match(&text.to_lowercase())
    }
    /// Warm, frozen or melted: the temperature text, not the wrong-medicine text.
    #[must_use]
    pub fn temperature(&self, text: &str) -> bool {
        subjects().temperature.is_match(&text.to_lowercase())
    }
    /// Speaks of a pregnancy or of nursing: the pregnancy text, not the one for any clinical question.
    #[must_use]
    pub fn expecting(&self, text: &str) -> bool {
        subjects().expecting.is_match(&text.to_lowercase())
    }
    /// The fixed texts of what fired: those of the leading class.
    #[must_use]
    pub fn texts_of(&self, fired: &[Risk]) -> Vec<&str> {
        let leading = self.policy.guards.leading(fired).and_then(|r| self.policy.guards.risk(r));
        leading.map(|rule| rule.texts.iter().map(String::as_str).collect()).unwrap_or_default()
    }
}

fn output(
    support: &Arc<SupportModel>,
    policy: &Arc<GuardPolicy>,
    wording: &Arc<Wording>,
    rules: &Arc<RuleSet>,
) -> OutputGuard {
    let lexicon = Arc::clone(rules);
    let formulary = Formulary::new(move |t| {
        lexicon.lexicon().find(t).into_iter().filter(|f| f.exact).map(|f| (f.name.to_owned(), f.span)).collect()
    });
    OutputGuard::new(Arc::clone(support), Arc::clone(policy), Arc::clone(wording), formulary)
}

fn language_model(sources: &Sources) -> Result<Option<openai::Model>, BuildError> {
    let Some(settings) = sources.model.clone() else { return Ok(None) };
    let path = sources.guardrails.join("prompts/answer.md");
    let prompt = std::fs::read_to_string(&path).map_err(|source| BuildError::Read { path, source })?;
    Ok(Some(openai::Model::new(settings, prompt)?))
}
