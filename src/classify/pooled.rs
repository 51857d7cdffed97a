//! Says one thing of a text, yes or no: a small head over the hidden states of its words. Each word is read by itself; what one of them
//! shows, what the ones show that the head attends to, and what all of them show, decide together (attention pooling after Lin et al., arXiv
//! 1703.03130), and beside them hashed n-grams, which are wrong in other places. One code path for serving and for training, because every operation in it has a backward pass.

use super::align::{Trail, WIDTH, rows, softmax};
use super::encoder::Noise;
use super::{ModelError, Seen, Tensors, ngrams};
use candle_core::{Device, Result, Tensor};

/// Width in which a word is read.
const READ: usize = 96;
/// Width before the logit.
const LAST: usize = 48;
/// What an n-gram's weight counts: its steps in training are as long as those of a dense weight, and it is met far less often.
const RARE: f64 = 3.0;

/// A text as the head reads it.
#[derive(Debug, Clone)]
pub struct Read {
    /// Its words; at least one.
    pub trail: Trail,
    grams: Vec<u32>,
}

impl Read {
    /// What the encoder sees in a text; `None` without words.
    #[must_use]
    pub fn of(text: &str, seen: Seen) -> Option<Self> {
        let grams: Vec<u32> = ngrams::features(text).into_iter().filter_map(|b| u32::try_from(b).ok()).collect();
        (!seen.trail.ids.is_empty() && !grams.is_empty()).then_some(Self { trail: seen.trail, grams })
    }
}

/// Names and shapes of the head's weights: `[in, out]` for matrices.
#[must_use]
pub fn shapes() -> [(&'static str, Vec<usize>); 8] {
    [
        ("pool.read", vec![WIDTH, READ]),
        ("pool.read.bias", vec![READ]),
        ("pool.attend", vec![READ, 1]),
        ("join.inner", vec![3 * READ, LAST]),
        ("join.inner.bias", vec![LAST]),
        ("join.outer", vec![LAST, 1]),
        ("join.outer.bias", vec![1]),
        ("grams", vec![ngrams::BUCKETS]),
    ]
}

/// The head's weights.
#[derive(Debug)]
pub struct Pooled([Tensor; 8]);

impl Pooled {
    /// Over named tensors of the file `file`, which are shared; see [`shapes`].
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`]; [`ModelError::Format`] for another shape.
    pub fn new(tensors: &Tensors, file: &str) -> std::result::Result<Self, ModelError> {
        super::align::taken(shapes(), tensors, file).map(Self)
    }

    /// The logits `[texts]` of texts, at least one.
    ///
    /// # Errors
    /// From candle.
    pub fn forward(&self, texts: &[&Read], noise: &mut Noise) -> Result<Tensor> {
        let [read, read_bias, attend, inner, inner_bias, outer, outer_bias, grams] = &self.0;
        let trails: Vec<&Trail> = texts.iter().map(|t| &t.trail).collect();
        let words = noise(rows(&trails)?)?.matmul(read)?.broadcast_add(read_bias)?.relu()?;
        let heeded = words.matmul(attend)?.t()?;
        let (mut pooled, mut start) = (Vec::with_capacity(texts.len()), 0);
        for len in trails.iter().map(|t| t.ids.len()) {
            let own = words.narrow(0, start, len)?;
            let heed = softmax(&heeded.narrow(1, start, len)?)?;
            pooled.push(Tensor::cat(&[&heed.matmul(&own)?, &own.max_keepdim(0)?, &own.mean_keepdim(0)?], 1)?);
            start += len;
        }
        let joined = noise(Tensor::cat(&pooled, 0)?)?.matmul(inner)?.broadcast_add(inner_bias)?.relu()?;
        joined.matmul(outer)?.broadcast_add(outer_bias)?.squeeze(1)? + spelt(grams, texts)?
    }
}

/// What the n-grams of texts add to their logits, `[texts]`: the more of them, the less each.
fn spelt(grams: &Tensor, texts: &[&Read]) -> Result<Tensor> {
    let ids: Vec<u32> = texts.iter().flat_map(|t| t.grams.iter().copied()).collect();
    let weights = grams.index_select(&Tensor::new(ids, &Device::Cpu)?, 0)?;
    let (mut sums, mut start) = (Vec::with_capacity(texts.len()), 0);
    for len in texts.iter().map(|t| t.grams.len()) {
        sums.push((weights.narrow(0, start, len)?.sum_all()? * (RARE / (len as f64).sqrt()))?);
        start += len;
    }
    Tensor::stack(&sums, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::align::start;
    use crate::classify::encoder::still;
    use candle_core::{Device, Var};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn every_weight_gets_a_gradient() {
        let mut rng = StdRng::seed_from_u64(3);
        let vars: Vec<(&str, Var)> = shapes()
            .into_iter()
            .map(|(name, shape)| {
                let data = start(name, &shape, || rng.random_range(-1.0..1.0));
                (name, Var::from_tensor(&Tensor::from_vec(data, shape, &Device::Cpu).unwrap()).unwrap())
            })
            .collect();
        let mut tensors: Tensors = vars.iter().map(|(n, v)| ((*n).to_owned(), v.as_tensor().clone())).collect();
        let trail = Trail { ids: vec![4, 5, 6], rows: (0..3 * WIDTH).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let read = Read { trail, grams: vec![1, 7] };
        let head = Pooled::new(&tensors, "planted.safetensors").unwrap();
        let grads = head.forward(&[&read, &read], &mut still).unwrap().sum_all().unwrap().backward().unwrap();
        for (name, var) in &vars {
            let g = grads.get(var.as_tensor()).unwrap_or_else(|| panic!("{name} has no gradient"));
            assert!(g.flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().any(|x| *x != 0.0), "{name}");
        }
        tensors.remove("pool.attend");
        assert!(matches!(Pooled::new(&tensors, "planted.safetensors"), Err(ModelError::MissingTensor(_))));
    }
}
