//! `apothecary train-planted`: the head that finds instructions in retrieved texts, over the input guard's encoder as it serves.
//!
//! ```text
//! texts (their pieces, pages, public sets) → head (loss) → scale (calibration, threshold) → the folder
//! ```
//! The encoder itself is not changed; after it is trained anew, the head has to be, too: it takes minutes.

pub mod scale;
pub mod texts;

use super::TrainError;
use super::bars::Bars;
use super::fit::bar;
use super::head::{HeadFit, loss};
use crate::classify::artefact::{self, FileDigest};
use crate::classify::encoder::Noise;
use crate::classify::planted::{SCALE, WEIGHTS};
use crate::classify::pooled::{Pooled, Read, shapes};
use crate::classify::rules::RuleSet;
use crate::classify::{Model, ModelError, Precision, quant};
use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use scale::Measured;
use std::path::PathBuf;
use texts::{Piece, Source};

/// Settings of a run, as `apothecary train-planted` takes them.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  apothecary train-planted --calibrate guardrails/retrieved/bess.jsonl
  apothecary train-planted --calibrate bess.jsonl --public sets/inj_bipia.jsonl --out /tmp/trial")]
pub struct PlantedOptions {
    /// Folder of retrieved texts: every *.jsonl in it but the calibration files
    #[arg(long, default_value = "guardrails/retrieved")]
    pub data: PathBuf,
    /// Texts of other authors, for calibration and the threshold, never for a gradient
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub calibrate: Vec<PathBuf>,
    /// Public sets of retrieved texts, rows {id, text, label, attack}; a fifth by digest of the id is never trained on
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub public: Vec<PathBuf>,
    /// Folder of labelled messages: those with R6 are instructions, a part of the others are none
    #[arg(long, default_value = "guardrails/train")]
    pub messages: PathBuf,
    /// Pharmacy folder, whose pages carry none
    #[arg(long, default_value = "index")]
    pub pages: PathBuf,
    /// How many clean texts may be taken for one that carries an instruction
    #[arg(long, default_value = "guardrails/targets.toml")]
    pub targets: PathBuf,
    /// The input guard's model, whose encoder the head reads
    #[arg(long, default_value = "guardrails/model")]
    pub guard: PathBuf,
    /// The rules whose hits count beside the model
    #[arg(long, default_value = "guardrails/rules")]
    pub rules: PathBuf,
    /// Where the model goes
    #[arg(long, default_value = "guardrails/planted")]
    pub out: PathBuf,
    /// Passes over the pieces
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..))]
    pub epochs: u16,
    /// Pieces in an update
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
pub struct PlantedReport {
    /// Updates made.
    pub updates: u32,
    /// Pieces that were trained on: with an instruction, without.
    pub pieces: (usize, usize),
    /// On the calibration texts, as served.
    pub measured: Measured,
}

impl std::fmt::Display for PlantedReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (with, without) = self.pieces;
        writeln!(f, "{} updates over {with} pieces with an instruction and {without} without", self.updates)?;
        write!(f, "{}", self.measured)
    }
}

/// Trains, measures and writes the model.
///
/// # Errors
/// [`TrainError`], each with what to do about it.
pub fn run(options: &PlantedOptions) -> Result<PlantedReport, TrainError> {
    let bars = Bars::load(&options.targets)?;
    let guard = Model::load(&options.guard, Precision::Int8)?;
    let rules = RuleSet::load(&options.rules).map_err(|e| TrainError::Rules(e.to_string()))?;
    let own = Source::own(&super::data::files(&options.data, &options.calibrate)?)?;
    let held = Source::own(&options.calibrate)?;
    if held.texts.iter().all(|t| t.injected()) || !held.texts.iter().any(|t| t.injected()) {
        return Err(TrainError::NoLines);
    }
    let further = [
        Source::public(&options.public)?,
        Source::messages(&super::data::files(&options.messages, &[])?)?,
        Source::pages(&options.pages)?,
    ];
    let mut train = texts::pieces(&own, &guard)?;
    let mut files: Vec<FileDigest> = own.files.into_iter().chain(held.files).collect();
    for source in further {
        train.extend(texts::pieces(&source, &guard)?);
        files.extend(source.files);
    }
    let with = train.iter().filter(|p| p.planted).count();
    if with == 0 || with == train.len() {
        return Err(TrainError::NoLines);
    }
    let fit = fit(options, &train)?;
    let weights = quant::to_f32(&fit.weights())?;
    // What is measured is what is written.
    let head = Pooled::new(&quant::from_bytes(&weights)?, WEIGHTS)?;
    let measured =
        scale::fit(&texts::judged(&head, &guard, &rules, &held.texts)?, bars.planted.alarms, guard.encoder())?;
    let report = PlantedReport { updates: fit.updates(), pieces: (with, train.len() - with), measured };
    write(options, &report, &weights, files)?;
    Ok(report)
}

fn fit(options: &PlantedOptions, train: &[Piece]) -> Result<HeadFit, TrainError> {
    let mut fit = HeadFit::new(shapes(), options.lr, options.seed)?;
    let (batch, epochs) = (usize::from(options.batch), usize::from(options.epochs));
    let total = train.len().div_ceil(batch) * epochs;
    let bar = bar(total, 0);
    let mut rng = StdRng::seed_from_u64(options.seed.wrapping_add(1));
    let mut order: Vec<&Piece> = train.iter().collect();
    let lost = |head: &Pooled, pieces: &[&&Piece], noise: &mut Noise| -> Result<Tensor, ModelError> {
        let read: Vec<&Read> = pieces.iter().map(|p| &p.read).collect();
        let column = |of: &dyn Fn(&Piece) -> f32| -> candle_core::Result<Tensor> {
            Tensor::from_vec(pieces.iter().map(|p| of(p)).collect::<Vec<_>>(), pieces.len(), &Device::Cpu)
        };
        let z = head.forward(&read, noise)?;
        let lost = loss(&z, &column(&|p| f32::from(u8::from(p.planted)))?)?;
        Ok((lost * column(&|p| p.weight)?)?.sum_all()?)
    };
    for epoch in 1..=epochs {
        order.shuffle(&mut rng);
        let mut sum = 0.0;
        for pieces in order.chunks(batch) {
            sum += fit.step(pieces, total, |tensors| Pooled::new(tensors, WEIGHTS), lost)? * pieces.len() as f64;
            bar.inc(1);
        }
        bar.suspend(|| eprintln!("epoch {epoch}: loss {:.4}", sum / train.len() as f64));
    }
    bar.finish();
    Ok(fit)
}

fn write(
    options: &PlantedOptions,
    report: &PlantedReport,
    weights: &[u8],
    files: Vec<FileDigest>,
) -> Result<(), TrainError> {
    let out = options.out.as_path();
    std::fs::create_dir_all(out).map_err(|source| ModelError::Write { path: out.into(), source })?;
    let scale = serde_json::to_vec_pretty(&report.measured.scale).map_err(|e| TrainError::Export(e.to_string()))?;
    artefact::write(out, WEIGHTS, weights)?;
    artefact::write(out, SCALE, &scale)?;
    artefact::write(out, "MODEL_CARD.md", card(options, report, &files).as_bytes())?;
    artefact::write_manifest(out, artefact::PLANTED_FILES, "the input guard's encoder", options.seed, files)?;
    Ok(())
}

fn card(options: &PlantedOptions, report: &PlantedReport, files: &[FileDigest]) -> String {
    let listed = |f: &FileDigest| format!("- `{}`, sha256 `{}`\n", f.name, f.sha256);
    format!(
        "# Model card: instructions planted in retrieved texts\n\nDoes a page, a remark in a record or another retrieved text carry an \
         instruction for whoever composes the answer? A small head over the hidden states of the input guard's encoder judges each \
         sentence; the highest counts. English and Spanish. A text that is taken for one is not used: a page is left out, a record goes \
         to a person. It is used for nothing else, and only beside the rules, never in their place. It belongs to the encoder whose \
         configuration, tokenizer and weights have the digest `{}`.\n\n## Training\n\n{} pieces with an instruction, {} without, {} \
         epochs of batches of {}, learning rate {}, seed {}. The texts were written for this project by hand; no customer's words are \
         in them.\n\n## On the calibration texts (another author, no gradient)\n\n```\n{}```\n\nThe threshold was chosen on these \
         texts: they are no test. Tests are in the README.\n\n## Made from\n\n{}",
        report.measured.scale.encoder,
        report.pieces.0,
        report.pieces.1,
        options.epochs,
        options.batch,
        options.lr,
        options.seed,
        report.measured,
        files.iter().map(listed).collect::<String>()
    )
}
