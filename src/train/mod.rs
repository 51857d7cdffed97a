//! `apothecary train`: from hand-written lines and the base model to the folder that the server loads.
//!
//! ```text
//! data → corpus (augment, distil) → step (forward, loss, optim) → fit → measure (fit_calibration, cut) → export (card, curves)
//! ```
//! One seed decides everything: heads, order, changes to the texts, dropout.

pub mod augment;
pub mod bars;
pub mod card;
pub mod checkpoint;
mod companion;
pub mod corpus;
pub mod curves;
pub mod cut;
pub mod data;
pub mod distil;
pub mod export;
pub mod fit;
pub mod fit_calibration;
pub mod forward;
pub mod head;
pub mod loss;
pub mod measure;
pub mod optim;
pub mod params;
pub mod planted;
pub mod sections;
pub mod step;
pub mod support;

use crate::classify::artefact::FileDigest;
use crate::classify::encoder::EncoderConfig;
use crate::classify::evaluate::Evaluation;
use crate::classify::tokenize::Tokenizer;
use crate::classify::{ModelError, Tensors, quant};
use clap::builder::TypedValueParser as _;
use corpus::Corpus;
use curves::Epoch;
use fit::{Base, Fitted, fit};
use forward::Student;
use loss::Weights;
use optim::AdamW;
use params::Params;
use std::path::{Path, PathBuf};
use step::Stepper;

/// Settings of a training run, as `apothecary train` takes them.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  apothecary train --base minilm --calibrate guardrails/train/carla.jsonl
  apothecary train --base minilm --calibrate carla.jsonl --frozen          the baseline: heads only, writes no model
  apothecary train --base minilm --calibrate carla.jsonl --resume          go on where it stopped
  apothecary train --base guardrails/model --calibrate carla.jsonl --epochs 1 --lr 5e-5 --question-share 0.1 --out /tmp/next
                                                                           on from our own model, with new lines
  apothecary train --base minilm --calibrate carla.jsonl --steps 30 --out /tmp/trial")]
pub struct TrainOptions {
    /// Folder of training lines: every *.jsonl in it but the calibration files
    #[arg(long, default_value = "guardrails/train")]
    pub data: PathBuf,
    /// Lines of another author, for calibration, thresholds and the choice of the epoch, never for a gradient
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub calibrate: Vec<PathBuf>,
    /// What thresholds are chosen by: recall and alarms of each class
    #[arg(long, default_value = "guardrails/targets.toml")]
    pub targets: PathBuf,
    /// Where to start: a folder with config.json, tokenizer.json and model.safetensors of all-MiniLM-L6-v2, or a model of
    /// ours, whose heads are kept. Its embeddings are what distillation holds to
    #[arg(long)]
    pub base: PathBuf,
    /// Where the model goes
    #[arg(long, default_value = "guardrails/model")]
    pub out: PathBuf,
    /// Where checkpoints and cached embeddings go
    #[arg(long, default_value = "target/train")]
    pub work: PathBuf,
    /// Passes over the lines; 0 keeps the encoder and makes companion, calibration and thresholds anew
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(0..).map(usize::from))]
    pub epochs: usize,
    /// Messages in an update
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(2..).map(usize::from))]
    pub batch: usize,
    /// Highest learning rate of the encoder; the heads take five times as much
    #[arg(long, default_value_t = 1.5e-4)]
    pub lr: f32,
    /// Decides heads, order, changes to texts and dropout
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Plain text or Markdown whose embeddings should stay near the original's
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub distil_text: Vec<PathBuf>,
    /// Weight of staying near the original embeddings
    #[arg(long, default_value_t = 1.0)]
    pub distil_weight: f64,
    /// Pharmacy folder with the pages and questions.jsonl, whose lines are trained on, too
    #[arg(long, default_value = "index")]
    pub pages: PathBuf,
    /// Share of the questions that are trained on, from 0 to 1: the others are left out by a digest of their text
    #[arg(long, default_value_t = 1.0)]
    pub question_share: f64,
    /// Weight of lying near the section that answers
    #[arg(long, default_value_t = 1.0)]
    pub section_weight: f64,
    /// Lowest layers that stay as they are, and with any of them the word table
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2).map(usize::from))]
    pub freeze_layers: usize,
    /// Train the heads only and write the result to the work folder: the baseline
    #[arg(long)]
    pub frozen: bool,
    /// Go on from what the work folder holds: each epoch's end, and every few minutes within one
    #[arg(long)]
    pub resume: bool,
    /// Stop after this many updates: for a trial
    #[arg(long)]
    pub steps: Option<usize>,
    /// Threads that share a batch [default: one a core]
    #[arg(long)]
    pub threads: Option<usize>,
}

/// The same, by the name that the command line uses.
pub type TrainArgs = TrainOptions;

impl TrainOptions {
    /// Lowest layers that are not trained: all six for the baseline.
    #[must_use]
    pub fn frozen_layers(&self) -> usize {
        if self.frozen { 6 } else { self.freeze_layers }
    }
    fn run_folder(&self) -> PathBuf {
        self.work.join(if self.frozen { "frozen" } else { "full" })
    }
    fn threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.unwrap_or(cores).clamp(1, self.batch)
    }
}

/// Why training stopped.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A training line is wrong.
    #[error("{path} line {line}: {reason}", path = .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The targets are wrong.
    #[error("{path}: {reason}", path = .path.display())]
    Targets {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The pages cannot be read.
    #[error("the pages that the lines name cannot be read: {0}")]
    Pages(String),
    /// The rules cannot be read.
    #[error("rules: {0}")]
    Rules(String),
    /// A line names a section that does not exist.
    #[error("`{text}` names the section `{name}`, which the pages do not have in its language")]
    NoSection {
        /// The line.
        text: String,
        /// What it names.
        name: String,
    },
    /// Nothing to train or to calibrate on.
    #[error("no lines: both the data folder and the calibration files must hold some")]
    NoLines,
    /// An operation without a backward pass stands between the loss and these weights.
    #[error("no gradient reaches {0}: an operation in the forward pass has no backward pass")]
    NoGradient(String),
    /// The loss is no number any more.
    #[error("the gradient is not finite at update {0}: lower --lr")]
    Diverged(u32),
    /// The checkpoint cannot be used.
    #[error("cannot go on from the checkpoint: {0}; start without --resume")]
    Resume(String),
    /// The written model is not what was measured.
    #[error("the model was not written properly: {0}")]
    Export(String),
    /// The folder would be too large for the repository.
    #[error("the model folder has {0} bytes, more than 80 MB")]
    TooLarge(u64),
    /// The model itself failed.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct TrainReport {
    /// Finished epochs.
    pub history: Vec<Epoch>,
    /// Updates made.
    pub updates: u32,
    /// The released model on the calibration lines; for the baseline, the unquantised one.
    pub evaluation: Evaluation,
    /// What is to be said about the thresholds; nothing for the baseline.
    pub notes: Vec<String>,
    /// Largest change of a logit by quantisation; none for the baseline.
    pub drift: Option<f32>,
    /// Bytes of the model folder; none for the baseline.
    pub bytes: Option<u64>,
}

/// Trains, measures and writes the model.
///
/// # Errors
/// [`TrainError`], each with what to do about it.
pub fn run(options: &TrainOptions) -> Result<TrainReport, TrainError> {
    let work = options.run_folder();
    std::fs::create_dir_all(&work).map_err(|source| TrainError::Read { path: work.clone(), source })?;
    let base = Base { config: read(&options.base, "config.json")?, tokenizer: read(&options.base, "tokenizer.json")? };
    let weights = read(&options.base, "model.safetensors")?;
    let base_digest = FileDigest::of("base/model.safetensors", &weights);
    let params = Params::new(quant::from_bytes(&weights)?, options.frozen_layers(), options.seed)?;
    let config = encoder_config(&base.config)?;
    let mut corpus = Corpus::read(options, Tokenizer::new(&base.tokenizer)?)?;
    if !options.frozen && options.epochs > 0 {
        let original = Student::new(&params.detached(), &config)?;
        corpus.learn_from(&original, &base_digest.sha256, &options.work)?;
    }
    let mut stepper = Stepper {
        student: Student::new(&params.tracked(), &config)?,
        adam: AdamW::new(&params.trained),
        weights: Weights::balanced(
            corpus.lines.iter().map(|l| &l.labels),
            options.distil_weight,
            options.section_weight,
        ),
        targets: None,
        threads: options.threads(),
        checked: false,
        params,
    };
    let fitted = fit(&mut stepper, &corpus, &base, options, &work)?;
    if options.frozen {
        return baseline(&stepper, &corpus, &base, fitted, &work);
    }
    let made_from = corpus.files.iter().cloned().chain([base_digest]).collect();
    let exported = export::export(&stepper, &corpus, &base, &fitted, options, made_from)?;
    let (evaluation, notes) = (exported.measured.evaluation, exported.measured.notes);
    let (drift, bytes) = (Some(exported.drift), Some(exported.bytes));
    Ok(TrainReport { history: fitted.history, updates: fitted.updates, evaluation, notes, drift, bytes })
}

/// The baseline's result goes to the work folder, where the next full run finds it for the model card.
fn baseline(s: &Stepper, c: &Corpus, b: &Base, fitted: Fitted, work: &Path) -> Result<TrainReport, TrainError> {
    let evaluation = fit::validate(s, c, b)?.evaluation;
    Ok(TrainReport {
        history: fitted.history,
        updates: fitted.updates,
        evaluation,
        notes: Vec::new(),
        drift: None,
        bytes: None,
    })
    .inspect(|_| tracing::info!(work = %work.display(), "the baseline's history is in the work folder"))
}

/// The baseline that was run in the same work folder.
fn frozen_result(options: &TrainOptions) -> Option<checkpoint::State> {
    let json = std::fs::read(options.work.join("frozen").join("state.json")).ok()?;
    serde_json::from_slice(&json).ok()
}

fn base_weights(dir: &Path) -> Result<Tensors, TrainError> {
    Ok(quant::from_bytes(&read(dir, "model.safetensors")?)?)
}

fn encoder_config(json: &[u8]) -> Result<EncoderConfig, ModelError> {
    serde_json::from_slice(json).map_err(|e| ModelError::Format { file: "config.json".into(), reason: e.to_string() })
}

fn read(dir: &Path, name: &str) -> Result<Vec<u8>, TrainError> {
    let path = dir.join(name);
    std::fs::read(&path).map_err(|source| TrainError::Read { path, source })
}

impl std::fmt::Display for TrainReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} updates in {} epochs", self.updates, self.history.len())?;
        writeln!(f, "class     n  recall  unsure  false alarms  AUROC")?;
        for c in &self.evaluation.classes {
            let (class, auroc) = (c.class.to_string(), c.auroc.map_or("-".into(), |a| format!("{a:.4}")));
            let (recall, unsure, alarms) = (100.0 * c.recall, 100.0 * c.recall_unsure, 100.0 * c.false_alarms);
            writeln!(f, "{class:<4} {:>6} {recall:>6.1}% {unsure:>6.1}% {alarms:>12.2}%  {auroc}", c.positives)?;
        }
        let e = &self.evaluation;
        writeln!(f, "intent {:.1} % of {}", 100.0 * e.intent_accuracy, e.intent_lines)?;
        writeln!(f, "plain lines that reach a pharmacist {:.1} % of {}", 100.0 * e.pharmacist_alarms, e.plain_lines)?;
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))?;
        if let (Some(drift), Some(bytes)) = (self.drift, self.bytes) {
            writeln!(f, "quantisation moves a logit by at most {drift:.3}; the folder has {bytes} bytes")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
