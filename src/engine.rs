//! The parts that a turn needs, built once at start from checked files: policy, guards, gatherer, wording, drafters.
//! What hangs on the pharmacy's texts is built anew, in `texts`, when another version of them is published; under signed releases (`place`)
//! all that differs is.

mod guards;
mod place;
pub mod records;
mod served;
mod texts;

pub use place::model;
pub use served::{served, sound};

use crate::classify::Precision;
use crate::classify::rules::RuleSet;
use crate::classify::support::SupportModel;
use crate::classify::worker::Classifier;
use crate::domain::labels::Risk;
use crate::draft::openai;
use crate::escalate::recipe::{RecipeError, Recipes};
use crate::gather::Gatherer;
use crate::guard::formulary::Formulary;
use crate::guard::input::InputGuard;
use crate::guard::output::OutputGuard;
use crate::guard::planted::Scanner;
use crate::pharmacy::Pharmacy;
use crate::pharmacy::versions::{VersionError, VersionName, Versions};
use crate::policy::GuardPolicy;
use crate::policy::subjects::subjects;
use crate::release::{PublicKey, Release, ReleaseError, Releases, Stamp};
use crate::retrieval::RecordIndex;
use crate::store::Store;
use crate::wording::Wording;
use guards::{Guards, Judging, Models};
use place::Place;
use secrecy::SecretString;
use std::path::PathBuf;
use std::sync::Arc;
use texts::Texts;

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
    /// Signed releases.
    #[error("signed release: {0}")]
    Release(#[from] ReleaseError),
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
    /// Signed releases, in place of all of the above but `weeks` and `search`.
    pub release: Option<ReleaseSource>,
}

/// Where signed releases are, and whose signatures count.
#[derive(Debug, Clone)]
pub struct ReleaseSource {
    /// The folder.
    pub dir: PathBuf,
    /// Keys of those who may sign.
    pub signers: Vec<PublicKey>,
    /// The key for the language model that a release names.
    pub api_key: Option<SecretString>,
}

/// Everything that a turn reads.
pub struct Engine {
    /// Guard policy.
    pub policy: Arc<GuardPolicy>,
    /// Input guard.
    pub input: Arc<InputGuard>,
    /// Output guard.
    pub output: OutputGuard,
    /// Instructions in retrieved texts.
    pub planted: Arc<Scanner>,
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
    models: Models,
    sources: Sources,
    version: Option<VersionName>,
    release: Option<Release>,
    mark: Option<String>,
}

impl Engine {
    /// Builds all parts; search knows the store's records as they are now.
    ///
    /// # Errors
    /// [`BuildError`], naming the file and the mend.
    pub async fn build(sources: &Sources, store: Store) -> Result<Self, BuildError> {
        let place = Place::of(sources)?;
        let guards = Guards::load(&place)?;
        let models = Models::load(&place.sources)?;
        let texts = Texts::build(&place.sources, &guards.policy, &models.encoder)?;
        place.verified_again()?;
        let told = |n: usize| {
            if n.is_multiple_of(TOLD) {
                tracing::info!(records = n, "search takes in records");
            }
        };
        let records = records::open(sources.search.as_deref(), &store, &told).await?;
        let guards = guards.with(&models);
        Ok(Self::joined(sources.clone(), place, models, guards, texts, (store, records)))
    }

    /// The same by what is in force now. Records and store are shared with this one; models, too, when they are the same; and all of the
    /// policy where only texts are published. Reads files and embeds what is new: for a thread that may block.
    ///
    /// # Errors
    /// [`BuildError`], naming the file and the mend; this engine is as good as before.
    pub fn renewed(&self) -> Result<Self, BuildError> {
        let place = Place::of(&self.sources)?;
        let models = if place.has_models_of(self.release.as_ref()) {
            self.models.clone()
        } else {
            Models::load(&place.sources)?
        };
        let guards = match &place.release {
            Some(_) => Guards::load(&place)?.with(&models),
            None => self.guards(),
        };
        let texts = Texts::build(&place.sources, &guards.policy, &models.encoder)?;
        place.verified_again()?;
        let kept = (self.gatherer.store.clone(), Arc::clone(&self.gatherer.records));
        Ok(Self::joined(self.sources.clone(), place, models, guards, texts, kept))
    }

    fn joined(
        sources: Sources,
        place: Place,
        models: Models,
        guards: Judging,
        texts: Texts,
        (store, records): (Store, Arc<RecordIndex>),
    ) -> Self {
        let gatherer = Gatherer {
            store,
            policies: texts.policies,
            records,
            classifier: models.classifier.clone(),
            policy: Arc::clone(&guards.policy),
            pharmacy: Arc::clone(&texts.pharmacy),
        };
        Self {
            output: output(&models.support, &guards.policy, &texts.wording, &guards.rules),
            planted: Arc::new(Scanner::new(Arc::clone(&guards.rules), Arc::clone(&models.planted))),
            policy: guards.policy,
            input: guards.input,
            gatherer,
            wording: texts.wording,
            model: guards.model,
            pharmacy: texts.pharmacy,
            recipes: guards.recipes,
            rules: guards.rules,
            models,
            sources,
            mark: place.mark.or(texts.version.as_ref().map(ToString::to_string)),
            version: texts.version,
            release: place.release,
        }
    }

    /// The parts that stay where only texts are published.
    fn guards(&self) -> Judging {
        Judging {
            policy: Arc::clone(&self.policy),
            rules: Arc::clone(&self.rules),
            input: Arc::clone(&self.input),
            recipes: Arc::clone(&self.recipes),
            model: self.model.clone(),
        }
    }

    /// What is in force on the disk: a word that is another as soon as something else is. None where nothing is published.
    ///
    /// # Errors
    /// Why nothing that could answer is in force.
    pub fn latest(&self) -> Option<Result<String, BuildError>> {
        match (&self.sources.release, &self.sources.versions) {
            (Some(from), _) => Some(Releases::new(&from.dir).mark().map_err(Into::into)),
            (None, Some(dir)) => Some(Versions::new(dir).current().map(|n| n.to_string()).map_err(Into::into)),
            (None, None) => None,
        }
    }
    /// The same of what this engine answers by.
    #[must_use]
    pub fn mark(&self) -> Option<&str> {
        self.mark.as_deref()
    }
    /// The published version that it answers by.
    #[must_use]
    pub fn version(&self) -> Option<&VersionName> {
        self.version.as_ref()
    }
    /// The release that it answers by, with the signatures that count.
    #[must_use]
    pub fn release(&self) -> Option<&Release> {
        self.release.as_ref()
    }
    /// How the audit names what it answers by.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.release.as_ref().map(Release::stamp).unwrap_or_default()
    }

    /// Digests of the models' files.
    #[must_use]
    pub fn model_digest(&self) -> &str {
        &self.models.digest
    }
    /// How many pieces the classifier's tokenizer cuts a text into; none of a text that it refuses.
    #[must_use]
    pub fn tokens(&self, text: &str) -> usize {
        self.models.encoder.tokens(text).unwrap_or_default()
    }
    /// The classifier, for the harness and `classify`.
    #[must_use]
    pub fn classifier(&self) -> &Classifier {
        &self.models.classifier
    }
    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.gatherer.store
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
