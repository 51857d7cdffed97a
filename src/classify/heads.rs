//! The two heads over the pooled hidden state: fifteen risks and thirty-five intents, each through a 256-wide GELU layer.

use super::encoder::{Linear, Noise};
use super::{ModelError, Tensors, ops};
use crate::domain::labels::{INTENTS, RISKS};
use candle_core::{Result, Tensor};

/// Width of the layer between the pooled state and the logits.
pub const HEAD: usize = 256;

/// Names and shapes `(name prefix, out, in)` of the heads' linear layers over a hidden state of `hidden` numbers.
#[must_use]
pub fn shapes(hidden: usize) -> [(&'static str, usize, usize); 4] {
    [
        ("heads.risk.inner", HEAD, 2 * hidden),
        ("heads.risk.out", RISKS, HEAD),
        ("heads.intent.inner", HEAD, 2 * hidden),
        ("heads.intent.out", INTENTS, HEAD),
    ]
}

/// Risk and intent heads.
#[derive(Debug)]
pub struct Heads {
    risk: [Linear; 2],
    intent: [Linear; 2],
}

impl Heads {
    /// From named tensors, see [`shapes`].
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`].
    pub fn new(tensors: &Tensors) -> std::result::Result<Self, ModelError> {
        let pair = |name: &str| {
            Ok::<_, ModelError>([
                Linear::new(tensors, &format!("heads.{name}.inner"))?,
                Linear::new(tensors, &format!("heads.{name}.out"))?,
            ])
        };
        Ok(Self { risk: pair("risk")?, intent: pair("intent")? })
    }

    /// Pooled states `[texts, 2·hidden]` to logits `[texts, 15]` and `[texts, 35]`.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn forward(&self, pooled: &Tensor, noise: &mut Noise) -> Result<(Tensor, Tensor)> {
        let mut head = |[inner, out]: &[Linear; 2]| out.forward(&noise(ops::gelu(&inner.forward(pooled)?)?)?);
        Ok((head(&self.risk)?, head(&self.intent)?))
    }
}
