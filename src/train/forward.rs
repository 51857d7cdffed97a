//! The network in training: the encoder that serves, with dropout, over weights that collect gradients.

use crate::classify::encoder::{Batch, Encoder, EncoderConfig, Noise};
use crate::classify::heads::Heads;
use crate::classify::{ModelError, Tensors};
use crate::domain::embedding::DIM;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use std::sync::Arc;

/// The chance that a number is dropped, as a share of 256: 26/256 is 0.10.
const DROPPED: u8 = 26;

/// What the network says about a batch of `n` texts.
pub struct Outputs {
    /// Risk logits `[n, 15]`.
    pub risks: Tensor,
    /// Intent logits `[n, 35]`.
    pub intents: Tensor,
    /// Embeddings `[n, 384]`, each of length one.
    pub embeddings: Tensor,
}

/// Encoder and heads over shared weights.
pub struct Student {
    encoder: Encoder,
    heads: Heads,
}

impl Student {
    /// Over named weights, which are shared.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`].
    pub fn new(tensors: &Tensors, config: &EncoderConfig) -> std::result::Result<Self, ModelError> {
        Ok(Self { encoder: Encoder::new(tensors, config)?, heads: Heads::new(tensors)? })
    }

    /// Runs complete token sequences.
    ///
    /// # Errors
    /// From candle.
    pub fn forward(&self, sequences: &[&[u32]], noise: &mut Noise) -> Result<Outputs> {
        let pooled = self.encoder.forward(&Batch::new(sequences)?, noise)?;
        let (risks, intents) = self.heads.forward(&pooled, noise)?;
        let mean = pooled.narrow(1, DIM, DIM)?;
        let length = (mean.sqr()?.sum_keepdim(1)? + 1e-12)?.sqrt()?;
        Ok(Outputs { risks, intents, embeddings: mean.broadcast_div(&length)? })
    }
}

struct Dropout(Arc<[u8]>);

impl Dropout {
    fn apply(&self, x: &[f32]) -> Vec<f32> {
        let scale = 256.0 / (256.0 - f32::from(DROPPED));
        x.iter().zip(self.0.iter()).map(|(x, &m)| if m < DROPPED { 0.0 } else { x * scale }).collect()
    }
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }
    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        let all = s.as_slice::<f32>()?;
        let part = l.contiguous_offsets().and_then(|(from, to)| all.get(from..to));
        let part = part.ok_or_else(|| candle_core::Error::msg("dropout needs contiguous input"))?;
        Ok((CpuStorage::F32(self.apply(part)), l.shape().clone()))
    }
    fn bwd(&self, _: &Tensor, _: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        g.contiguous()?.apply_op1_no_bwd(&Dropout(self.0.clone())).map(Some)
    }
}

/// Dropout of one tenth (Srivastava et al. 2014), seeded.
///
/// # Errors
/// The returned function errs on what is not contiguous.
pub fn dropout(seed: u64) -> impl FnMut(Tensor) -> Result<Tensor> {
    let mut rng = StdRng::seed_from_u64(seed);
    move |x| {
        let mut mask = vec![0u8; x.elem_count()];
        rng.fill_bytes(&mut mask);
        x.contiguous()?.apply_op1(Dropout(mask.into()))
    }
}
