//! Where the parts come from: the folders of the configuration, or the release in force, which has the last word on all that it holds.

use super::{BuildError, ReleaseSource, Sources};
use crate::draft::openai::ModelSettings;
use crate::release::{Endpoint, Release, Releases, Settings};
use secrecy::SecretString;
use std::time::Duration;

/// The parts of a release that are the models.
const MODELS: [&str; 4] = ["model", "thresholds", "support model", "planted model"];

/// Sources with the release laid over them.
pub(super) struct Place {
    pub(super) sources: Sources,
    pub(super) release: Option<Release>,
    pub(super) mark: Option<String>,
}

impl Place {
    /// The release in force is verified whole, signatures included.
    pub(super) fn of(sources: &Sources) -> Result<Self, BuildError> {
        let Some(from) = &sources.release else {
            return Ok(Self { sources: sources.clone(), release: None, mark: None });
        };
        let releases = Releases::new(&from.dir);
        let mark = releases.mark()?;
        let release = releases.in_force(&from.signers)?;
        let sources = laid(sources, from, &release);
        Ok(Self { sources, release: Some(release), mark: Some(mark) })
    }

    /// What was compared is what was read, unless somebody wrote in between.
    pub(super) fn verified_again(&self) -> Result<(), BuildError> {
        match (&self.release, &self.sources.release) {
            (Some(release), Some(from)) => Ok(Releases::new(&from.dir).verified(&release.name).map(drop)?),
            _ => Ok(()),
        }
    }

    /// Whether the models are those that an engine has, which was built by that release, or by none as this one.
    pub(super) fn has_models_of(&self, old: Option<&Release>) -> bool {
        let part = |r: &Release, part: &str| r.manifest.parts.get(part).cloned();
        match (&self.release, old) {
            (Some(new), Some(old)) => {
                new.settings.encoder == old.settings.encoder && MODELS.iter().all(|p| part(new, p) == part(old, p))
            }
            (new, old) => new.is_none() && old.is_none(),
        }
    }
}

/// How a release's endpoint is asked, with the key of this installation.
#[must_use]
pub fn model(endpoint: &Endpoint, api_key: Option<SecretString>) -> ModelSettings {
    ModelSettings {
        base_url: endpoint.url.clone(),
        api_key,
        model: endpoint.model.clone(),
        timeout: Duration::from_millis(endpoint.timeout_ms),
    }
}

fn laid(sources: &Sources, from: &ReleaseSource, release: &Release) -> Sources {
    let Settings { encoder, endpoint, mark_unreviewed } = &release.settings;
    let model = endpoint.as_ref().map(|e| model(e, from.api_key.clone()));
    Sources {
        guardrails: release.guardrails(),
        index: release.texts(),
        versions: None,
        fallback: None,
        mark_unreviewed: *mark_unreviewed,
        model,
        encoder: *encoder,
        ..sources.clone()
    }
}
