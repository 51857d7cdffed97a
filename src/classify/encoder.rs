//! The BERT encoder of all-MiniLM-L6-v2 (Devlin et al., arXiv 1810.04805; Wang et al., arXiv 2002.10957):
//! one code path for serving and for training, because every operation in it has a backward pass.

use super::{ModelError, Tensors, ops};
use candle_core::{Device, Result, Tensor};
use std::sync::Arc;

/// The part of a BERT `config.json` that the encoder reads.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct EncoderConfig {
    /// Width of the hidden state.
    pub hidden_size: usize,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Attention heads in a layer; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Added to the variance in layer normalisation.
    pub layer_norm_eps: f32,
    /// The longest sequence that has position embeddings, in tokens.
    pub max_position_embeddings: usize,
}

/// Token sequences of one batch, padded to the longest.
pub struct Batch {
    ids: Tensor,
    len: usize,
    lens: Arc<[usize]>,
}

impl Batch {
    /// From complete sequences (with CLS and SEP), none of them empty.
    ///
    /// # Errors
    /// When candle cannot build the tensor.
    pub fn new(sequences: &[&[u32]]) -> Result<Self> {
        let len = sequences.iter().map(|s| s.len()).max().unwrap_or(0);
        let padded = |s: &&[u32]| s.iter().copied().chain(std::iter::repeat(0)).take(len).collect::<Vec<_>>();
        let ids: Vec<u32> = sequences.iter().flat_map(padded).collect();
        let ids = Tensor::from_vec(ids, sequences.len() * len, &Device::Cpu)?;
        Ok(Self { ids, len, lens: sequences.iter().map(|s| s.len()).collect() })
    }
    /// Number of sequences.
    #[must_use]
    pub fn texts(&self) -> usize {
        self.lens.len()
    }
}

/// What a caller does to a hidden state on its way: dropout while training, nothing while serving.
pub type Noise<'a> = dyn FnMut(Tensor) -> Result<Tensor> + 'a;

/// No noise: for serving and evaluation.
///
/// # Errors
/// Never.
pub fn still(x: Tensor) -> Result<Tensor> {
    Ok(x)
}

/// `y = x·Wᵀ + b` on rows.
#[derive(Debug)]
pub struct Linear {
    /// `[in, out]`: laid out anew where no gradient is wanted, as the matrix product then need not re-pack it each time.
    transposed: Tensor,
    bias: Tensor,
}

impl Linear {
    /// Takes `PREFIX.weight` `[out, in]` and `PREFIX.bias` `[out]`.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`].
    pub fn new(tensors: &Tensors, prefix: &str) -> std::result::Result<Self, ModelError> {
        let weight = tensor(tensors, prefix, "weight")?;
        let transposed = if weight.track_op() { weight.t()? } else { ops::transposed(&weight)? };
        Ok(Self { transposed, bias: tensor(tensors, prefix, "bias")? })
    }
    /// `[rows, in]` to `[rows, out]`.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::add_bias(&x.matmul(&self.transposed)?, &self.bias)
    }
}

#[derive(Debug)]
struct Norm {
    weight: Tensor,
    bias: Tensor,
    eps: f32,
}

impl Norm {
    fn new(tensors: &Tensors, prefix: &str, eps: f32) -> std::result::Result<Self, ModelError> {
        Ok(Self { weight: tensor(tensors, prefix, "weight")?, bias: tensor(tensors, prefix, "bias")?, eps })
    }
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::layer_norm(x, &self.weight, &self.bias, self.eps)
    }
}

fn tensor(tensors: &Tensors, prefix: &str, part: &str) -> std::result::Result<Tensor, ModelError> {
    let name = format!("{prefix}.{part}");
    tensors.get(&name).cloned().ok_or(ModelError::MissingTensor(name))
}

#[derive(Debug)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    mix: Linear,
    mix_norm: Norm,
    up: Linear,
    down: Linear,
    down_norm: Norm,
    heads: usize,
}

impl Layer {
    fn new(tensors: &Tensors, config: &EncoderConfig, number: usize) -> std::result::Result<Self, ModelError> {
        let linear = |part: &str| Linear::new(tensors, &format!("encoder.layer.{number}.{part}"));
        let norm = |part: &str| Norm::new(tensors, &format!("encoder.layer.{number}.{part}"), config.layer_norm_eps);
        Ok(Self {
            query: linear("attention.self.query")?,
            key: linear("attention.self.key")?,
            value: linear("attention.self.value")?,
            mix: linear("attention.output.dense")?,
            mix_norm: norm("attention.output.LayerNorm")?,
            up: linear("intermediate.dense")?,
            down: linear("output.dense")?,
            down_norm: norm("output.LayerNorm")?,
            heads: config.num_attention_heads,
        })
    }

    fn forward(&self, x: &Tensor, batch: &Batch, noise: &mut Noise) -> Result<Tensor> {
        let attended = self.attend(x, batch, noise)?;
        let mixed = noise(self.mix.forward(&attended)?)?;
        let x = self.mix_norm.forward(&(mixed + x)?)?;
        let inner = ops::gelu(&self.up.forward(&x)?)?;
        let out = noise(self.down.forward(&inner)?)?;
        self.down_norm.forward(&(out + x)?)
    }

    fn attend(&self, x: &Tensor, batch: &Batch, noise: &mut Noise) -> Result<Tensor> {
        let (rows, width) = x.dims2()?;
        let split = |y: Tensor| y.reshape((batch.texts(), batch.len, self.heads, width / self.heads))?.transpose(1, 2);
        let query = split(self.query.forward(x)?)?.contiguous()?;
        let key = split(self.key.forward(x)?)?.contiguous()?;
        let value = split(self.value.forward(x)?)?.contiguous()?;
        let scale = 1.0 / ((width / self.heads.max(1)) as f32).sqrt();
        let weights = ops::masked_softmax(&query.matmul(&key.t()?)?, &batch.lens, scale)?;
        noise(weights)?.matmul(&value)?.transpose(1, 2)?.reshape((rows, width))
    }
}

/// True for the layers behind which hidden states are kept for [`super::align`]: the middle one and the last.
#[must_use]
pub fn keeps(layer: usize, of: usize) -> bool {
    layer + 1 == of / 2 || layer + 1 == of
}

/// Word, position and type embeddings, then layers of attention.
#[derive(Debug)]
pub struct Encoder {
    words: Tensor,
    positions: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
    longest: usize,
}

impl Encoder {
    /// Builds the encoder over named tensors (names of Hugging Face's BERT); they are shared, not copied.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`] when one is absent.
    pub fn new(tensors: &Tensors, config: &EncoderConfig) -> std::result::Result<Self, ModelError> {
        // One message gains next to nothing from a second thread inside a product; a busy server loses by it.
        gemm::set_threading_threshold(usize::MAX);
        let kind = tensor(tensors, "embeddings.token_type_embeddings", "weight")?.narrow(0, 0, 1)?;
        let positions = tensor(tensors, "embeddings.position_embeddings", "weight")?.broadcast_add(&kind)?;
        let layers = (0..config.num_hidden_layers).map(|n| Layer::new(tensors, config, n));
        Ok(Self {
            words: tensor(tensors, "embeddings.word_embeddings", "weight")?,
            positions,
            norm: Norm::new(tensors, "embeddings.LayerNorm", config.layer_norm_eps)?,
            layers: layers.collect::<std::result::Result<_, _>>()?,
            longest: config.max_position_embeddings,
        })
    }

    /// The hidden states of one sequence at the word table, in the middle and at the end, `[tokens, 3·hidden]`.
    ///
    /// # Errors
    /// As [`Encoder::forward`].
    pub fn trail(&self, sequence: &[u32]) -> Result<Tensor> {
        let batch = Batch::new(&[sequence])?;
        let mut x = self.embed(&batch, &mut still)?;
        let mut kept = vec![x.clone()];
        for (n, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x, &batch, &mut still)?;
            if keeps(n, self.layers.len()) {
                kept.push(x.clone());
            }
        }
        Tensor::cat(&kept, 1)
    }

    /// The pooled hidden state, `[texts, 2·hidden]`: CLS beside the mean over the tokens of each text.
    ///
    /// # Errors
    /// When a sequence is longer than the position table or a token is unknown.
    pub fn forward(&self, batch: &Batch, noise: &mut Noise) -> Result<Tensor> {
        let mut x = self.embed(batch, noise)?;
        for layer in &self.layers {
            x = layer.forward(&x, batch, noise)?;
        }
        ops::pool(&x, &batch.lens)
    }

    fn embed(&self, batch: &Batch, noise: &mut Noise) -> Result<Tensor> {
        if batch.len > self.longest {
            candle_core::bail!("{} tokens in a sequence, the model reads {}", batch.len, self.longest)
        }
        let places: Vec<u32> = (0..batch.texts()).flat_map(|_| 0..batch.len as u32).collect();
        let places = Tensor::from_vec(places, batch.texts() * batch.len, &Device::Cpu)?;
        let x = (self.words.index_select(&batch.ids, 0)? + self.positions.index_select(&places, 0)?)?;
        noise(self.norm.forward(&x)?)
    }
}
