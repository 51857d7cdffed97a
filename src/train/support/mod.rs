//! `apothecary train-support`: the output guard's head, from hand-written claims, over the input guard's encoder as it serves.
//!
//! ```text
//! claims (premises as the guard chooses them) → fit (loss) → scale (calibration, threshold) → the folder
//! ```
//! The encoder itself is not changed; after it is trained anew, the head has to be, too: it takes minutes.

pub mod claims;
pub mod fit;
pub mod scale;

use super::TrainError;
use super::bars::Bars;
use crate::classify::align::Align;
use crate::classify::artefact::{self, FileDigest};
use crate::classify::{Model, ModelError, Precision, quant};
use fit::logits;
use scale::Measured;
use std::path::PathBuf;

/// Settings of a run, as `apothecary train-support` takes them.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Example:
  apothecary train-support --calibrate guardrails/claims/hot.jsonl")]
pub struct SupportOptions {
    /// Folder of claims: every *.jsonl in it but the calibration files
    #[arg(long, default_value = "guardrails/claims")]
    pub data: PathBuf,
    /// Claims of another author over other contexts, for calibration and the threshold, never for a gradient
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub calibrate: Vec<PathBuf>,
    /// How many wrong claims may pass
    #[arg(long, default_value = "guardrails/targets.toml")]
    pub targets: PathBuf,
    /// The input guard's model, whose encoder the head reads
    #[arg(long, default_value = "guardrails/model")]
    pub guard: PathBuf,
    /// Where the model goes
    #[arg(long, default_value = "guardrails/support")]
    pub out: PathBuf,
    /// Passes over the claims
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..))]
    pub epochs: u16,
    /// Claims in an update
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(2..))]
    pub batch: u16,
    /// Highest learning rate
    #[arg(long, default_value_t = 1e-3)]
    pub lr: f32,
    /// Decides where the weights start, order and dropout
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct SupportReport {
    /// Updates made.
    pub updates: u32,
    /// Claims that were trained on.
    pub claims: usize,
    /// On the calibration claims, as served.
    pub measured: Measured,
}

impl std::fmt::Display for SupportReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} updates over {} claims", self.updates, self.claims)?;
        write!(f, "{}", self.measured)
    }
}

/// Trains, measures and writes the model.
///
/// # Errors
/// [`TrainError`], each with what to do about it.
pub fn run(options: &SupportOptions) -> Result<SupportReport, TrainError> {
    let bars = Bars::load(&options.targets)?;
    let guard = Model::load(&options.guard, Precision::Int8)?;
    let (train, mut files) = claims::read(&super::data::files(&options.data, &options.calibrate)?, &guard)?;
    let (held, more) = claims::read(&options.calibrate, &guard)?;
    if train.is_empty() || !held.iter().any(|c| c.ok) || held.iter().all(|c| c.ok) {
        return Err(TrainError::NoLines);
    }
    files.extend(more);
    let fit = fit::run(options, &train, &held)?;
    let weights = quant::to_f32(&fit.weights())?;
    // What is measured is what is written.
    let head = Align::new(&quant::from_bytes(&weights)?)?;
    let measured = scale::fit(&logits(&head, &held)?, &held, bars.support.wrong, guard.encoder())?;
    let out = options.out.as_path();
    std::fs::create_dir_all(out).map_err(|source| ModelError::Write { path: out.into(), source })?;
    artefact::write(out, "support.safetensors", &weights)?;
    artefact::write(out, "support.json", &json(&measured.scale)?)?;
    artefact::write(out, "MODEL_CARD.md", card(options, &measured, train.len(), &files).as_bytes())?;
    artefact::write_manifest(out, artefact::SUPPORT_FILES, "the input guard's encoder", options.seed, files)?;
    Ok(SupportReport { updates: fit.updates(), claims: train.len(), measured })
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, TrainError> {
    serde_json::to_vec_pretty(value).map_err(|e| TrainError::Export(e.to_string()))
}

fn card(options: &SupportOptions, measured: &Measured, claims: usize, files: &[FileDigest]) -> String {
    let listed = |f: &FileDigest| format!("- `{}`, sha256 `{}`\n", f.name, f.sha256);
    format!(
        "# Model card: the output guard's support head\n\nIs a sentence of a draft carried by the vetted context? A small head over the \
         hidden states of the input guard's encoder: each word of the sentence looks for its like among up to {} sentences of the \
         context and is compared with what it found. English and Spanish. It is used for nothing else, and only beside the output \
         rules, never in their place. It belongs to the encoder whose configuration, tokenizer and weights have the digest `{}`.\n\n## Training\n\n{claims} claims, {} epochs of \
         batches of {}, learning rate {}, seed {}. All claims were written for this project by hand; no customer's words are in \
         them.\n\n## On the calibration claims (another author, other pages and people, no gradient)\n\n```\n{measured}```\n\nThe \
         threshold was chosen on these claims: they are no test. Tests are in the README.\n\n## Made from\n\n{}",
        crate::classify::support::SENTENCES,
        measured.scale.encoder,
        options.epochs,
        options.batch,
        options.lr,
        options.seed,
        files.iter().map(listed).collect::<String>()
    )
}
