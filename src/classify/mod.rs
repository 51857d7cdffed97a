//! What a text is: risks, intents, language, personal data. Deterministic detection (normal form, language, identifiers, rules) and
//! the project's own classifier live here: MiniLM with a risk head and an intent head, on the CPU through candle. What follows from
//! a finding is decided in `guard`.
//!
//! ```text
//! text → windows (tokenize) → hidden states (encoder, ops, kernels) → logits (heads) → probabilities (calibration)
//! ```
//! [`Model::load`] checks every file of the model folder against its manifest ([`artefact`]) before it uses a byte.
//! [`worker::Classifier`] puts a model behind a bounded queue on its own thread.

pub mod align;
pub mod artefact;
pub mod calibration;
pub mod encoder;
pub mod evaluate;
pub mod heads;
pub mod int8;
pub mod kernels;
pub mod language;
pub mod network;
pub mod ngrams;
pub mod normalise;
pub mod ops;
pub mod parts;
pub mod phi;
pub mod planted;
pub mod pooled;
pub mod quant;
pub mod rules;
pub mod support;
pub mod thresholds;
pub mod tokenize;
pub mod worker;

use crate::domain::embedding::{DIM, Embedding};
use crate::domain::labels::{INTENTS, Intent, RISKS, Risk};
use crate::domain::score::Score;
use align::{Trail, WIDTH};
use artefact::Artefact;
use calibration::Calibration;
use candle_core::Tensor;
use network::{Network, Output};
use ngrams::Ngrams;
use parts::Parts;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thresholds::Thresholds;
use tokenize::Tokenizer;

/// Named weights, all f32.
pub type Tensors = BTreeMap<String, Tensor>;

/// Most windows that go through the encoder at once.
const BATCH: usize = 32;

/// Why a model cannot be loaded, written or run. Never holds a customer's text.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file of the model folder is absent or unreadable.
    #[error("cannot read {path}: {source}; restore the file from the repository or make it anew (`apothecary train`; `apothecary train-support` and `train-planted` for the heads beside it)", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not the one that was trained.
    #[error("{path} is not the file that the manifest describes; restore the file from the repository or make it anew (`apothecary train`; `apothecary train-support` and `train-planted` for the heads beside it)", path = .0.display())]
    Changed(PathBuf),
    /// A file does not hold what it should.
    #[error("{file} cannot be used: {reason}")]
    Format {
        /// The file's name.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The weights lack a tensor.
    #[error("the weights have no tensor `{0}`")]
    MissingTensor(String),
    /// The tokenizer refused a text.
    #[error("the tokenizer failed: {0}")]
    Tokenize(String),
    /// The result is no number: no verdict may be drawn from it.
    #[error("the model's output is not finite")]
    NotFinite,
    /// candle failed.
    #[error("the model cannot be run: {0}")]
    Compute(#[from] candle_core::Error),
}

/// What the model says about one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Inference {
    /// Calibrated probability of each risk, R1 to R15; of a long text the highest of its windows.
    pub risks: [Score; RISKS],
    /// Probability of each intent, I01 to I35; they sum to one.
    pub intents: [Score; INTENTS],
    /// Probability that the text is out of distribution.
    pub ood: Score,
    /// For retrieval: the mean hidden state, of length one.
    pub embedding: Embedding,
    /// In which sentence of the text each risk is heard most ([`parts::sentence`]): what a person should read first.
    pub loudest: [u16; RISKS],
}

impl Inference {
    /// The probability of one risk.
    #[must_use]
    pub fn risk(&self, risk: Risk) -> Score {
        let [first, ..] = self.risks;
        self.risks.get(risk.index()).copied().unwrap_or(first)
    }

    /// The most probable intent with its probability.
    #[must_use]
    pub fn top_intent(&self) -> (Intent, Score) {
        let [first, ..] = self.intents;
        let better = |best: (Intent, Score), next: (Intent, Score)| if next.1 > best.1 { next } else { best };
        let start = (Intent::UNCLEAR, first);
        Intent::all().zip(self.intents).reduce(better).unwrap_or(start)
    }
}

/// What the encoder sees in one text, token by token.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its tokens with their hidden states; a longer text than a window is cut.
    pub trail: Trail,
    /// Its meaning as a whole.
    pub embedding: Embedding,
}

/// What comes out of the network for one text, before calibration.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// Risk logits; of a long text the highest of its windows.
    pub risks: [f32; RISKS],
    /// Intent logits of each window.
    pub intents: Vec<[f32; INTENTS]>,
    /// Mean over the windows of the pooled hidden state, of length one.
    pub embedding: Embedding,
    /// As in [`Inference::loudest`].
    pub loudest: [u16; RISKS],
}

impl Raw {
    /// Adds a companion's logits (risks first, intents behind), each kind with its factor.
    #[must_use]
    pub fn plus(mut self, logits: &[f32; ngrams::OUTPUTS], risk: f32, intent: f32) -> Self {
        let (risks, intents) = logits.split_at(RISKS);
        self.risks.iter_mut().zip(risks).for_each(|(a, b)| *a += risk * b);
        for window in &mut self.intents {
            window.iter_mut().zip(intents).for_each(|(a, b)| *a += intent * b);
        }
        self
    }

    /// Risks as high as the higher of both; everything else is this one's.
    #[must_use]
    pub fn or_higher(mut self, other: Raw) -> Self {
        self.risks.iter_mut().zip(other.risks).for_each(|(a, b)| *a = higher(*a, b));
        self
    }
}

/// `max` would drop a NaN; a NaN must stay visible, so that it fails closed.
fn higher(a: f32, b: f32) -> f32 {
    if a.is_nan() || a > b { a } else { b }
}

/// How a model computes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Eight-bit products written for the processor: the fastest.
    #[default]
    Int8,
    /// Plain `f32` through candle, without a line of `unsafe` of ours: the reference.
    Fp32,
}

/// A loaded model. Immutable, shared between threads by `Arc`.
pub struct Model {
    tokenizer: Tokenizer,
    network: Network,
    ngrams: Option<Ngrams>,
    calibration: Calibration,
    thresholds: Option<Thresholds>,
    digest: String,
    encoder: String,
}

impl Model {
    /// Reads a model folder, compares every digest with the manifest, then builds the model.
    ///
    /// # Errors
    /// Any [`ModelError`] but `NotFinite`; a changed file is named together with the mend.
    pub fn load(dir: &Path, precision: Precision) -> Result<Self, ModelError> {
        let files = Artefact::read(dir, artefact::FILES)?;
        let [config, tokenizer, weights] =
            ["config.json", "tokenizer.json", "model.safetensors"].map(|name| files.content(name));
        let mut model = Self::quantised(config, tokenizer, weights, precision)?;
        model.calibration = Calibration::parse(files.content("calibration.json"))?;
        model.thresholds = Some(Thresholds::parse(files.content("thresholds.json"))?);
        model.ngrams = Some(Ngrams::parse(files.content(ngrams::FILE))?);
        model.digest = files.digest().to_owned();
        model.encoder = artefact::sha256(&[config, tokenizer, weights].concat());
        Ok(model)
    }

    /// Builds an uncalibrated model over weights in memory: for training, which measures before it writes.
    /// `config` and `tokenizer` are the contents of the JSON files; the weights are shared, not copied.
    ///
    /// # Errors
    /// [`ModelError::Format`], [`ModelError::MissingTensor`], [`ModelError::Compute`].
    pub fn assemble(config: &[u8], tokenizer: &[u8], tensors: &Tensors) -> Result<Self, ModelError> {
        Self::over(tokenizer, Network::assemble(config, tensors)?)
    }

    /// Builds an uncalibrated model from the bytes of the files of a model folder, the weights as int8.
    ///
    /// # Errors
    /// As [`Model::assemble`].
    pub fn quantised(
        config: &[u8],
        tokenizer: &[u8],
        weights: &[u8],
        precision: Precision,
    ) -> Result<Self, ModelError> {
        Self::over(tokenizer, Network::quantised(config, weights, precision)?)
    }

    fn over(tokenizer: &[u8], network: Network) -> Result<Self, ModelError> {
        Ok(Self {
            tokenizer: Tokenizer::new(tokenizer)?,
            network,
            ngrams: None,
            calibration: Calibration::identity(),
            thresholds: None,
            digest: String::new(),
            encoder: String::new(),
        })
    }

    /// Judges texts, in their order. A text longer than a window is judged in overlapping windows, to its end.
    ///
    /// # Errors
    /// [`ModelError::Tokenize`], [`ModelError::Compute`], [`ModelError::NotFinite`].
    pub fn infer(&self, texts: &[&str]) -> Result<Vec<Inference>, ModelError> {
        self.raw(texts)?.into_iter().map(|raw| self.calibrated(raw)).collect()
    }

    /// The embeddings alone.
    ///
    /// # Errors
    /// As [`Model::infer`].
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, ModelError> {
        Ok(self.encode(texts)?.into_iter().map(|raw| raw.embedding).collect())
    }

    /// The outputs before calibration: of the encoder with its companion, over each text and its parts.
    ///
    /// # Errors
    /// As [`Model::infer`].
    pub fn raw(&self, texts: &[&str]) -> Result<Vec<Raw>, ModelError> {
        let parts = Parts::of(texts.iter().copied());
        let texts = parts.texts();
        let encoded = self.encode(&texts)?.into_iter().zip(&texts);
        let accompanied: Vec<Raw> = encoded.map(|(raw, text)| self.accompanied(raw, text)).collect();
        Ok(parts.fold(&accompanied))
    }

    /// How many pieces the tokenizer cuts a text into.
    ///
    /// # Errors
    /// [`ModelError::Tokenize`].
    pub fn tokens(&self, text: &str) -> Result<usize, ModelError> {
        Ok(self.tokenizer.ids(text)?.len())
    }

    /// What the encoder sees in texts, each in one window.
    ///
    /// # Errors
    /// As [`Model::infer`].
    pub fn see(&self, texts: &[&str]) -> Result<Vec<Seen>, ModelError> {
        let windows = texts.iter().map(|t| Ok(self.tokenizer.windows(t)?.into_iter().next().unwrap_or_default()));
        let windows: Vec<Vec<u32>> = windows.collect::<Result<_, ModelError>>()?;
        let mut out = Vec::with_capacity(texts.len());
        for batch in windows.chunks(BATCH) {
            let ids: Vec<&[u32]> = batch.iter().map(Vec::as_slice).collect();
            for (ids, rows) in batch.iter().zip(self.network.trails(&ids)?) {
                out.push(seen(ids, &rows)?);
            }
        }
        Ok(out)
    }

    /// The encoder's outputs for whole texts.
    ///
    /// # Errors
    /// As [`Model::infer`].
    pub fn encode(&self, texts: &[&str]) -> Result<Vec<Raw>, ModelError> {
        let mut windows = Vec::new();
        for (text, raw) in texts.iter().enumerate() {
            windows.extend(self.tokenizer.windows(raw)?.into_iter().map(|ids| (text, ids)));
        }
        windows.sort_by_key(|(_, ids)| ids.len());
        let mut sums: Vec<Sum> = texts.iter().map(|_| Sum::default()).collect();
        for batch in windows.chunks(BATCH) {
            let ids: Vec<&[u32]> = batch.iter().map(|(_, ids)| ids.as_slice()).collect();
            for ((text, _), output) in batch.iter().zip(self.network.forward(&ids)?) {
                sums.get_mut(*text).ok_or(ModelError::NotFinite)?.add(output);
            }
        }
        sums.into_iter().map(Sum::finish).collect()
    }

    /// Adds the companion's logits, if there is one.
    fn accompanied(&self, raw: Raw, text: &str) -> Raw {
        match &self.ngrams {
            Some(n) => raw.plus(&n.logits(text), n.risk_weight, n.intent_weight),
            None => raw,
        }
    }

    /// Puts the n-gram companion beside the encoder.
    pub fn accompany(&mut self, ngrams: Ngrams) {
        self.ngrams = Some(ngrams);
    }

    /// SHA-256 of the manifest in hex; empty for a model that was not loaded from a folder.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// SHA-256 in hex of what makes hidden states: configuration, tokenizer and weights, one after the other. Calibration and thresholds
    /// have no part in it. Empty for a model that was not loaded from a folder.
    #[must_use]
    pub fn encoder(&self) -> &str {
        &self.encoder
    }

    /// The thresholds that came with the model, if it was loaded from a folder.
    #[must_use]
    pub fn thresholds(&self) -> Option<&Thresholds> {
        self.thresholds.as_ref()
    }

    /// The calibration in use.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Puts a calibration in place of the present one.
    pub fn calibrate(&mut self, calibration: Calibration) {
        self.calibration = calibration;
    }

    /// Applies the calibration to raw outputs.
    ///
    /// # Errors
    /// [`ModelError::NotFinite`].
    pub fn calibrated(&self, raw: Raw) -> Result<Inference, ModelError> {
        self.calibrated_by(&self.calibration, raw)
    }

    /// Applies another calibration to raw outputs: for choosing one.
    ///
    /// # Errors
    /// [`ModelError::NotFinite`].
    pub fn calibrated_by(&self, calibration: &Calibration, raw: Raw) -> Result<Inference, ModelError> {
        Ok(Inference {
            risks: calibration.risks(&raw.risks)?,
            intents: calibration.intents(&raw.intents)?,
            ood: calibration.ood(&raw.intents)?,
            embedding: raw.embedding,
            loudest: raw.loudest,
        })
    }
}

/// Hidden states of a window as a trail without CLS and SEP, and the mean of the last ones.
fn seen(ids: &[u32], rows: &[f32]) -> Result<Seen, ModelError> {
    let mut mean = vec![0.0; DIM];
    for row in rows.chunks_exact(WIDTH) {
        mean.iter_mut().zip(row.iter().skip(WIDTH - DIM)).for_each(|(m, x)| *m += x);
    }
    let inner = |len: usize, each: usize| each..len.saturating_sub(each).max(each);
    let trail = Trail {
        ids: ids.get(inner(ids.len(), 1)).unwrap_or_default().to_vec(),
        rows: rows.get(inner(rows.len(), WIDTH)).unwrap_or_default().to_vec(),
    };
    Ok(Seen { trail, embedding: Embedding::new(mean).ok_or(ModelError::NotFinite)? })
}

/// What the windows of one text add up to.
struct Sum {
    risks: [f32; RISKS],
    intents: Vec<[f32; INTENTS]>,
    mean: Vec<f32>,
}

impl Default for Sum {
    fn default() -> Self {
        Self { risks: [f32::NEG_INFINITY; RISKS], intents: Vec::new(), mean: vec![0.0; DIM] }
    }
}

impl Sum {
    fn add(&mut self, output: Output) {
        self.risks.iter_mut().zip(output.risks).for_each(|(a, b)| *a = higher(*a, b));
        self.intents.push(output.intents.try_into().unwrap_or([f32::NAN; INTENTS]));
        self.mean.iter_mut().zip(output.mean).for_each(|(a, b)| *a += b);
    }

    fn finish(self) -> Result<Raw, ModelError> {
        let embedding = Embedding::new(self.mean).ok_or(ModelError::NotFinite)?;
        Ok(Raw { risks: self.risks, intents: self.intents, embedding, loudest: [0; RISKS] })
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod tiny;
