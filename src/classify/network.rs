//! Encoder and heads as they serve, in either precision: windows of token ids in, logits or hidden states out.

use super::encoder::{Batch, Encoder, EncoderConfig, still};
use super::heads::Heads;
use super::{ModelError, Precision, Tensors, int8, quant};
use crate::domain::embedding::DIM;

/// A network that is ready to run.
pub enum Network {
    /// Plain `f32` through candle.
    Reference(Box<(Encoder, Heads)>),
    /// Eight-bit products.
    Int8(Box<int8::Network>),
}

/// The network's output for one window.
pub struct Output {
    /// Risk logits.
    pub risks: Vec<f32>,
    /// Intent logits.
    pub intents: Vec<f32>,
    /// Mean hidden state.
    pub mean: Vec<f32>,
}

impl Network {
    /// Over weights in memory, which are shared, not copied; `config` is the content of `config.json`.
    ///
    /// # Errors
    /// [`ModelError::Format`], [`ModelError::MissingTensor`].
    pub fn assemble(config: &[u8], tensors: &Tensors) -> Result<Self, ModelError> {
        let config = read_config(config)?;
        Ok(Self::Reference(Box::new((Encoder::new(tensors, &config)?, Heads::new(tensors)?))))
    }

    /// From the bytes of an int8 `model.safetensors`.
    ///
    /// # Errors
    /// As [`Network::assemble`].
    pub fn quantised(config: &[u8], weights: &[u8], how: Precision) -> Result<Self, ModelError> {
        match how {
            Precision::Fp32 => Self::assemble(config, &quant::from_bytes(weights)?),
            Precision::Int8 => Ok(Self::Int8(Box::new(int8::Network::new(weights, read_config(config)?)?))),
        }
    }

    /// Hidden states of each window, `[tokens, 3·hidden]`, CLS and SEP included.
    ///
    /// # Errors
    /// [`ModelError::Compute`].
    pub fn trails(&self, windows: &[&[u32]]) -> Result<Vec<Vec<f32>>, ModelError> {
        match self {
            Self::Int8(network) => network.trails(windows),
            Self::Reference(both) => windows.iter().map(|w| Ok(both.0.trail(w)?.flatten_all()?.to_vec1()?)).collect(),
        }
    }

    /// Logits and mean hidden state of each window.
    ///
    /// # Errors
    /// [`ModelError::Compute`].
    pub fn forward(&self, windows: &[&[u32]]) -> Result<Vec<Output>, ModelError> {
        let (encoder, heads) = match self {
            Self::Int8(network) => return network.forward(windows),
            Self::Reference(both) => (&both.0, &both.1),
        };
        let pooled = encoder.forward(&Batch::new(windows)?, &mut still)?;
        let (risks, intents) = heads.forward(&pooled, &mut still)?;
        let mean = pooled.narrow(1, DIM, DIM)?.to_vec2::<f32>()?;
        let logits = risks.to_vec2::<f32>()?.into_iter().zip(intents.to_vec2::<f32>()?);
        Ok(logits.zip(mean).map(|((risks, intents), mean)| Output { risks, intents, mean }).collect())
    }
}

fn read_config(json: &[u8]) -> Result<EncoderConfig, ModelError> {
    let bad = |reason: String| ModelError::Format { file: "config.json".into(), reason };
    let config: EncoderConfig = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
    if config.hidden_size != DIM || !DIM.is_multiple_of(config.num_attention_heads.max(1)) {
        return Err(bad(format!("hidden_size must be {DIM} and divide into the heads")));
    }
    Ok(config)
}
