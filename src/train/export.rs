//! Writes the model folder: int8 weights, calibration and thresholds measured on those, card, curves, manifest.

use super::card::{Facts, card};
use super::corpus::Corpus;
use super::fit::{Base, Fitted, validate};
use super::measure::{Measured, measure};
use super::step::Stepper;
use super::{TrainError, TrainOptions, companion, curves};
use crate::classify::artefact::{self, FileDigest};
use crate::classify::{Model, ModelError, Precision, Raw, quant};
use std::path::Path;

/// The largest sum of the model's files, in bytes.
pub const MOST_BYTES: u64 = 80_000_000;
/// The name of the base model in the manifest.
pub const BASE: &str = "sentence-transformers/all-MiniLM-L6-v2";

/// A released model and how it compares with the weights in training.
pub struct Exported {
    /// The int8 model on the calibration lines.
    pub measured: Measured,
    /// Largest difference of a risk or intent logit between f32 and int8.
    pub drift: f32,
    /// Sum of the files in bytes.
    pub bytes: u64,
}

/// Quantises, measures the quantised model, writes everything and reads it back.
///
/// # Errors
/// [`TrainError`]; [`TrainError::TooLarge`] above [`MOST_BYTES`].
pub fn export(
    stepper: &Stepper,
    corpus: &Corpus,
    base: &Base,
    fitted: &Fitted,
    options: &TrainOptions,
    made_from: Vec<FileDigest>,
) -> Result<Exported, TrainError> {
    let out = options.out.as_path();
    std::fs::create_dir_all(out).map_err(|source| ModelError::Write { path: out.into(), source })?;
    let weights = quant::to_int8(&stepper.params.detached())?;
    // Calibration and thresholds are fitted to what serves: eight-bit products.
    let mut model = Model::quantised(&base.config, &base.tokenizer, &weights, Precision::Int8)?;
    let encoder = measure(&mut model, &corpus.calibration, &corpus.bars)?;
    let drift = drift(&validate(stepper, corpus, base)?.raw, &encoder.raw);
    let mut ngrams = companion::train(&corpus.lines, options.seed);
    (ngrams.risk_weight, ngrams.intent_weight) = companion::choose_factors(&model, &ngrams, corpus)?;
    let companion = ngrams.to_bytes();
    model.accompany(ngrams);
    let measured = measure(&mut model, &corpus.calibration, &corpus.bars)?;
    artefact::write(out, "config.json", &base.config)?;
    artefact::write(out, "tokenizer.json", &base.tokenizer)?;
    artefact::write(out, "model.safetensors", &weights)?;
    artefact::write(out, "ngrams.bin", &companion)?;
    artefact::write(out, "calibration.json", &json(model.calibration())?)?;
    artefact::write(out, "thresholds.json", &json(&measured.thresholds)?)?;
    artefact::write(out, "history.json", &json(&fitted.history)?)?;
    artefact::write(out, "curves.svg", curves::svg(&fitted.history).as_bytes())?;
    let facts = Facts {
        measured: &measured,
        bars: &corpus.bars,
        history: &fitted.history,
        files: &made_from,
        continued: super::base_weights(&options.base)?.keys().any(|name| name.starts_with("heads.")),
        lines: corpus.lines.len(),
        drift,
        kept: kept(&measured.raw, corpus, base, options)?,
        frozen: super::frozen_result(options),
    };
    artefact::write(out, "MODEL_CARD.md", card(options, &facts).as_bytes())?;
    artefact::write_manifest(out, artefact::FILES, BASE, options.seed, made_from)?;
    let bytes = size(out)?;
    same_when_loaded(out, corpus, &measured)?;
    Ok(Exported { measured, drift, bytes })
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, TrainError> {
    serde_json::to_vec_pretty(value).map_err(|e| TrainError::Export(e.to_string()))
}

fn size(out: &Path) -> Result<u64, TrainError> {
    let names = artefact::FILES.iter().chain(&["history.json", "curves.svg", "MODEL_CARD.md"]);
    let length = |name: &&str| std::fs::metadata(out.join(name)).map_or(0, |m| m.len());
    let bytes = names.map(length).sum();
    if bytes > MOST_BYTES { Err(TrainError::TooLarge(bytes)) } else { Ok(bytes) }
}

/// Largest difference of any logit of the first window.
fn drift(a: &[Raw], b: &[Raw]) -> f32 {
    let intents = |r: &Raw| r.intents.first().map(|l| l.to_vec()).unwrap_or_default();
    let logits = |r: &Raw| r.risks.into_iter().chain(intents(r)).collect::<Vec<f32>>();
    let pair = |(a, b): (&Raw, &Raw)| logits(a).iter().zip(logits(b)).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
    a.iter().zip(b).map(pair).fold(0f32, f32::max)
}

/// Mean cosine between new and original embeddings of the calibration lines.
fn kept(raw: &[Raw], corpus: &Corpus, base: &Base, options: &TrainOptions) -> Result<f32, TrainError> {
    let params = super::params::Params::new(super::base_weights(&options.base)?, usize::MAX, options.seed)?;
    let original = Model::assemble(&base.config, &base.tokenizer, &params.detached())?;
    let texts: Vec<&str> = corpus.calibration.iter().map(|l| l.text.as_str()).collect();
    let cosines = original.embed(&texts)?.into_iter().zip(raw).map(|(a, b)| a.cosine(&b.embedding));
    Ok(cosines.sum::<f32>() / raw.len().max(1) as f32)
}

/// The folder, loaded as the server loads it, must say what was measured.
fn same_when_loaded(out: &Path, corpus: &Corpus, measured: &Measured) -> Result<(), TrainError> {
    let model = Model::load(out, Precision::Int8)?;
    let texts: Vec<&str> = corpus.calibration.iter().take(16).map(|l| l.text.as_str()).collect();
    let off = drift(&model.raw(&texts)?, &measured.raw);
    if off < 1e-3 { Ok(()) } else { Err(TrainError::Export(format!("the reloaded model is off by {off}"))) }
}
