//! What of the engine hangs on the pharmacy's texts: built at start, and again beside the old when another version is published.

use super::{BuildError, Sources};
use crate::cache;
use crate::classify::Model;
use crate::domain::evidence::Passage;
use crate::pharmacy::Pharmacy;
use crate::pharmacy::versions::{VersionName, Versions};
use crate::policy::{GuardPolicy, PolicyError};
use crate::retrieval::PolicyIndex;
use crate::wording::Wording;
use std::sync::Arc;

pub(super) struct Texts {
    pub(super) pharmacy: Arc<Pharmacy>,
    pub(super) policies: PolicyIndex,
    pub(super) wording: Arc<Wording>,
    pub(super) version: Option<VersionName>,
}

/// Why policy and texts do not fit together.
pub(super) enum Unfit {
    /// A rule for no page.
    Page(String),
    /// A fixed text with a constant that nobody knows.
    Hole(String),
}

impl From<Unfit> for BuildError {
    fn from(unfit: Unfit) -> Self {
        let (Unfit::Page(why) | Unfit::Hole(why)) = unfit;
        PolicyError::Check(why).into()
    }
}

/// That every page and every constant that the policy names is there.
pub(super) fn fits(policy: &GuardPolicy, pharmacy: &Pharmacy) -> Result<(), Unfit> {
    policy.modes.known(|id| pharmacy.has_page(id)).map_err(Unfit::Page)?;
    policy.texts.filled(|id| pharmacy.constants.list().iter().any(|c| c.id == id)).map_err(Unfit::Hole)
}

impl Texts {
    /// From the published version in force, whose digests are compared first, or else from the folder.
    pub(super) fn build(sources: &Sources, policy: &Arc<GuardPolicy>, model: &Model) -> Result<Self, BuildError> {
        let (mut pharmacy, version) = match &sources.versions {
            Some(dir) => {
                let versions = Versions::new(dir);
                let version = versions.in_force()?;
                let pharmacy = version.load()?;
                // What was compared is what was read, unless somebody wrote in between.
                versions.verified(&version.name)?;
                (pharmacy, Some(version.name))
            }
            None => (Pharmacy::load(&sources.index, sources.fallback.as_deref())?, None),
        };
        pharmacy.shift(sources.weeks);
        match fits(policy, &pharmacy) {
            // A folder under work may lack something; what was published is complete or not in force.
            Err(Unfit::Hole(hole)) if version.is_none() && sources.release.is_none() => tracing::warn!("{hole}"),
            checked => checked?,
        }
        let pharmacy = Arc::new(pharmacy);
        let passages: Vec<Passage> = pharmacy.passages().cloned().collect();
        let texts: Vec<String> = passages.iter().flat_map(Passage::embedded).collect();
        let embeddings = cache::embeddings(model, &texts, &sources.guardrails.join("model"))?;
        let policies = PolicyIndex::build(&passages, &embeddings)?;
        let wording = Wording::new(Arc::clone(policy), Arc::clone(&pharmacy), sources.mark_unreviewed);
        Ok(Self { pharmacy, policies, wording: Arc::new(wording), version })
    }
}
