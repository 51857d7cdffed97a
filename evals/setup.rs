//! The product's parts as the harness uses them: the engine on a store in a temporary folder, the input guard with the harness's
//! deadline, digests, the progress bar.

use crate::args::Common;
use crate::failure::Failure;
use apothecary::classify::rules::RuleSet;
use apothecary::draft::openai::ModelSettings;
use apothecary::engine::{Engine, Sources};
use apothecary::guard::input::InputGuard;
use apothecary::policy::GuardPolicy;
use apothecary::store::Store;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// The product's own pharmacy folder.
const OWN: &str = "index";
/// Of the guard folder, what no running product reads or what has a digest of its own.
const NOT_SERVED: [&str; 11] = [
    "model",
    "train",
    "calibrate",
    "claims",
    "retrieved",
    "cases",
    "LABELS.md",
    "second_reading.jsonl",
    "retention.toml",
    "targets.toml",
    "unanswerable.jsonl",
];
/// Several bars stand below each other.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A folder that goes when it is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes one.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("apothecary-evals-{}", uuid::Uuid::now_v7()));
        apothecary::boot::private_dir(&path).map_err(Failure::internal)?;
        Ok(Self(path))
    }
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
    /// Opens the store in it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn store(&self) -> Result<Store, Failure> {
        Store::open(&self.0.join("apothecary.db")).await.map_err(Failure::internal)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing to be done when it fails; the system clears its temporary folder.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// HTTP clients need a provider of cryptography even for plain HTTP; a second install changes nothing.
pub fn tls() {
    rustls::crypto::ring::default_provider().install_default().ok();
}

/// The engine on a store, with the harness's deadline in its input guard.
///
/// # Errors
/// Files of the pharmacy or guard folder that cannot be used.
pub async fn engine(common: &Common, store: Store, model: Option<ModelSettings>) -> Result<Engine, Failure> {
    let own = Path::new(OWN);
    let sources = Sources {
        guardrails: common.guardrails.clone(),
        index: common.data.clone(),
        versions: None,
        fallback: (common.data != own && own.is_dir()).then(|| own.to_owned()),
        mark_unreviewed: true,
        model,
        weeks: 0,
        encoder: common.encoder,
        search: None,
        release: None,
    };
    let mut engine = Engine::build(&sources, store).await.map_err(|e| Failure::Input(e.to_string()))?;
    let mut policy = GuardPolicy::load(&common.guardrails).map_err(|e| Failure::Input(e.to_string()))?;
    policy.guards.deadline_ms = common.deadline_ms;
    engine.input = Arc::new(InputGuard::new(Arc::new(rules(common)?), engine.classifier().clone(), Arc::new(policy)));
    Ok(engine)
}

/// The engine on an empty store, for subcommands without records.
///
/// # Errors
/// As [`engine`].
pub async fn bare(common: &Common) -> Result<(Engine, Folder), Failure> {
    let folder = Folder::new()?;
    let store = folder.store().await?;
    Ok((engine(common, store, None).await?, folder))
}

/// The rule set of the guard folder.
///
/// # Errors
/// When a rule file is wrong.
pub fn rules(common: &Common) -> Result<RuleSet, Failure> {
    RuleSet::load(&common.guardrails.join("rules")).map_err(|e| Failure::Input(e.to_string()))
}

/// Sample records of the pharmacy folder, or the product's own when it has none.
pub fn sample(common: &Common) -> PathBuf {
    let given = common.data.join("sample");
    if given.is_dir() { given } else { Path::new(OWN).join("sample") }
}

/// Digests of what is measured.
///
/// # Errors
/// When the pharmacy folder cannot be read.
pub fn provenance(common: &Common, engine: &Engine) -> Result<Value, Failure> {
    Ok(json!({
        "model": engine.model_digest(),
        "policy": engine.policy.digest,
        "rules": rules(common)?.digest(),
        "guardrails": folder_digest(&common.guardrails, &NOT_SERVED)?,
        "index": folder_digest(&common.data, &[])?,
        "encoder": common.encoder,
        "deadline_ms": common.deadline_ms,
    }))
}

/// SHA-256 over names and bytes of all files below a folder, in order of their names; what is `skipped` there does not count.
///
/// # Errors
/// A file that cannot be read.
pub fn folder_digest(dir: &Path, skipped: &[&str]) -> Result<String, Failure> {
    let mut files = Vec::new();
    collect(dir, &mut files)?;
    let within =
        |file: &PathBuf| file.strip_prefix(dir).ok().and_then(|f| f.iter().next()?.to_str().map(str::to_owned));
    files.retain(|f| within(f).is_none_or(|first| !skipped.contains(&first.as_str())));
    files.sort();
    let mut hash = Sha256::new();
    for file in &files {
        let bytes = std::fs::read(file).map_err(|e| Failure::file(file, e))?;
        let name = file.strip_prefix(dir).unwrap_or(file).to_string_lossy().into_owned();
        hash.update(format!("{name}\n{}\n", bytes.len()));
        hash.update(&bytes);
    }
    Ok(hex::encode(hash.finalize()))
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(dir).map_err(|e| Failure::file(dir, e))? {
        let path = entry.map_err(|e| Failure::file(dir, e))?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// A bar on standard error, shown on a terminal only.
pub fn bar(n: usize, what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = BARS.add(ProgressBar::new(n as u64)).with_message(what.to_owned());
    match ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
