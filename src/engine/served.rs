//! Which files of `guardrails/` a server reads, and whether these and a pharmacy folder make an engine: asked before they are copied for a
//! pharmacy of one's own or frozen as a release.

use super::BuildError;
use super::texts::fits;
use crate::cache;
use crate::classify::planted::Planted;
use crate::classify::rules::RuleSet;
use crate::classify::support::SupportModel;
use crate::classify::{Model, Precision};
use crate::domain::evidence::Passage;
use crate::escalate::recipe::Recipes;
use crate::pharmacy::Pharmacy;
use crate::policy::{self, GuardPolicy};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Folders that an engine reads, beside the files of the policy.
const FOLDERS: [&str; 6] = ["model", "rules", "support", "planted", "webhooks", "prompts"];

/// The files of `guardrails/` that a server reads, by their paths in it, without what they were trained from and without the embeddings of
/// pages, which hang on the pages.
///
/// # Errors
/// The first that cannot be read.
pub fn served(guardrails: &Path) -> Result<BTreeMap<String, Vec<u8>>, BuildError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| BuildError::Read { path, source }
    };
    let mut names: Vec<String> = policy::FILES.iter().map(|f| (*f).to_owned()).collect();
    for folder in FOLDERS {
        let dir = guardrails.join(folder);
        for entry in std::fs::read_dir(&dir).map_err(failed(&dir))? {
            let path = entry.map_err(failed(&dir))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_file() && name != cache::FILE {
                names.push(format!("{folder}/{name}"));
            }
        }
    }
    let read = |name: String| {
        let path = guardrails.join(&name);
        std::fs::read(&path).map(|bytes| (name, bytes)).map_err(failed(&path))
    };
    names.into_iter().map(read).collect()
}

/// That an engine can be built of these folders; the file with the embeddings of the pages, and its path in `guardrails`. What lies in
/// `known`, the folder of a model, is not embedded anew.
///
/// # Errors
/// [`BuildError`], naming the file and the mend.
pub fn sound(
    guardrails: &Path,
    index: &Path,
    known: &Path,
    encoder: Precision,
) -> Result<(String, Vec<u8>), BuildError> {
    let policy = Arc::new(GuardPolicy::load(guardrails)?);
    RuleSet::load(&guardrails.join("rules"))?;
    Recipes::load(&guardrails.join("webhooks"))?;
    let model = Arc::new(Model::load(&guardrails.join("model"), encoder)?);
    SupportModel::load(&guardrails.join("support"), Arc::clone(&model))?;
    Planted::load(&guardrails.join("planted"), Arc::clone(&model))?;
    let pharmacy = Pharmacy::load(index, None)?;
    fits(&policy, &pharmacy)?;
    let embedded: Vec<String> = pharmacy.passages().flat_map(Passage::embedded).collect();
    let bytes = cache::file(&model, &embedded, known)?;
    Ok((format!("model/{}", cache::FILE), bytes))
}
