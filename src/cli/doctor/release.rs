//! What the doctor says of signed releases; where a server answers by one, all that follows is looked at in its folders.

use super::{Finding, Verdict};
use crate::cli::release::told;
use crate::config::{Config, Release, UNDECIDED};
use crate::engine;
use crate::release::Releases;

/// The configuration with the release in force laid over it, and what came of looking for one.
pub(super) fn laid(config: &mut Config) -> Finding {
    let Release::Signed { dir, signers } = config.release.clone() else {
        return undecided(config);
    };
    let release = match Releases::new(&dir).in_force(&signers) {
        Ok(release) => release,
        Err(e) => return Finding(WHAT, Verdict::Wrong, e.to_string()),
    };
    let model = release.settings.endpoint.as_ref().map(|e| engine::model(e, config.model_key.clone()));
    let endpoint =
        |m: &Option<crate::draft::openai::ModelSettings>| m.as_ref().map(|m| (m.base_url.clone(), m.model.clone()));
    let other = endpoint(&model) != endpoint(&config.model);
    config.guardrails = release.guardrails();
    config.index = release.texts();
    config.versions = None;
    config.encoder = release.settings.encoder;
    config.mark_unreviewed = release.settings.mark_unreviewed;
    config.model = model;
    let mut said = vec![format!("{} is in force, every byte is what was signed", release.name)];
    said.extend(release.signatures.iter().map(told));
    if other {
        said.push("llm in the configuration names another server or model: that of the release counts".into());
        return Finding(WHAT, Verdict::Look, said.join("\n"));
    }
    Finding(WHAT, Verdict::Good, said.join("\n"))
}

const WHAT: &str = "release";

fn undecided(config: &Config) -> Finding {
    if config.release == Release::Unsigned {
        let said =
            "nobody has signed for what is said, and every page shows it; when you go live: apothecary release --help";
        return Finding(WHAT, Verdict::Look, said.into());
    }
    Finding(WHAT, Verdict::Wrong, UNDECIDED.into())
}
