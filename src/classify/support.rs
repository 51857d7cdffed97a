//! The output guard's model: is a claim carried by a premise? A head of its own (`align`) over the hidden states of the input guard's
//! encoder, which it therefore belongs to. What counts as a claim, and which sentences are its premise, is decided in `guard::support`.

use super::align::{Align, Trail};
use super::artefact::{Artefact, SUPPORT_FILES};
use super::encoder::still;
use super::{Model, ModelError, Seen, quant};
use crate::domain::score::Threshold;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// Sentences of a premise at most.
pub const SENTENCES: usize = 5;
/// Tokens of a premise at most: what is beyond is left out.
const ROOM: usize = 110;

/// How logits become scores, which scores are enough, and which encoder the head was trained on: `support.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Score = 1 / (1 + exp(-(slope · logit + shift))).
    pub slope: f32,
    /// See `slope`.
    pub shift: f32,
    /// A claim below this is not released.
    pub threshold: Threshold,
    /// A claim that is less like every sentence of its context than this speaks of something else: its support is 0.
    pub likeness: Threshold,
    /// Digest of the input guard's encoder.
    pub encoder: String,
}

impl Scale {
    /// The score of a logit, 0 to 1.
    #[must_use]
    pub fn score(&self, logit: f32) -> f32 {
        1.0 / (1.0 + (-(self.slope * logit + self.shift)).exp())
    }
}

/// A loaded model. Immutable, shared between threads by `Arc`.
pub struct SupportModel {
    encoder: Arc<Model>,
    head: Align,
    scale: Scale,
    digest: String,
}

impl SupportModel {
    /// Reads a model folder, compares every digest with the manifest, then builds the head over the encoder.
    ///
    /// # Errors
    /// [`ModelError`]; a changed file, and a head that belongs to another encoder, are named together with the mend.
    pub fn load(dir: &Path, encoder: Arc<Model>) -> Result<Self, ModelError> {
        let files = Artefact::read(dir, SUPPORT_FILES)?;
        let bad = |reason: String| ModelError::Format { file: dir.join("support.json").display().to_string(), reason };
        let scale: Scale = serde_json::from_slice(files.content("support.json")).map_err(|e| bad(e.to_string()))?;
        if scale.encoder != encoder.encoder() {
            return Err(bad("it belongs to another encoder; run `apothecary train-support`".into()));
        }
        let head = Align::new(&quant::from_bytes(files.content("support.safetensors"))?)?;
        Ok(Self { encoder, head, scale, digest: files.digest().to_owned() })
    }

    /// SHA-256 of the manifest in hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// A claim below this is not released.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.scale.threshold.value()
    }

    /// What the encoder sees in texts.
    ///
    /// # Errors
    /// As [`Model::see`].
    pub fn see(&self, texts: &[&str]) -> Result<Vec<Seen>, ModelError> {
        self.encoder.see(texts)
    }

    /// The score, 0 to 1, of a claim beside the sentences of its premise, best first; `likeness` is that of the best. Without words,
    /// without a premise, or with too little likeness, it is 0.
    ///
    /// # Errors
    /// [`ModelError::Compute`], [`ModelError::NotFinite`].
    pub fn score(&self, claim: &Trail, premise: &[&Trail], likeness: f32) -> Result<f32, ModelError> {
        let premise = fitting(premise);
        if claim.ids.is_empty() || premise.is_empty() || likeness < self.scale.likeness.value() {
            return Ok(0.0);
        }
        let logit = self.head.forward(claim, &premise, &mut still)?.to_scalar::<f32>()?;
        if logit.is_finite() { Ok(self.scale.score(logit)) } else { Err(ModelError::NotFinite) }
    }
}

/// The sentences of a premise that are read: at most [`SENTENCES`], best first, while they fit.
#[must_use]
pub fn fitting<'a>(premise: &[&'a Trail]) -> Vec<&'a Trail> {
    let mut room = ROOM;
    let taken = premise.iter().filter(|t| !t.ids.is_empty()).take(SENTENCES).take_while(|t| {
        let fits = t.ids.len() <= room;
        room = room.saturating_sub(t.ids.len());
        fits
    });
    taken.copied().collect()
}
