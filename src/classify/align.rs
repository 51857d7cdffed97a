//! Which word of a claim has no counterpart in its premise: a small head over the hidden states of both. Each word of the claim looks for
//! its like among the words of the premise and is compared with what it found; the words that fit worst decide (after Parikh et al., arXiv
//! 1606.01933, over a trained encoder). One code path for serving and for training, because every operation in it has a backward pass.

use super::encoder::Noise;
use super::{ModelError, Tensors};
use crate::domain::embedding::DIM;
use candle_core::{D, Device, Result, Tensor};

/// Hidden states of a token that the head reads: of the word table, from the middle of the encoder, from its end.
pub const LEVELS: usize = 3;
/// Numbers of a token.
pub const WIDTH: usize = LEVELS * DIM;
/// Width in which words are likened and compared.
const LIKE: usize = 128;
/// Width of the comparison's result.
const FOUND: usize = 96;
/// Width before the logit.
const LAST: usize = 64;
/// Sharpness with which a word looks for its like, before training.
const SHARP: f32 = 13.5;

/// A text as the encoder sees it, without CLS and SEP.
#[derive(Debug, Clone)]
pub struct Trail {
    /// Token ids.
    pub ids: Vec<u32>,
    /// Hidden states, `[tokens, WIDTH]`.
    pub rows: Vec<f32>,
}

/// Names and shapes of the head's weights: `[in, out]` for matrices.
#[must_use]
pub fn shapes() -> [(&'static str, Vec<usize>); 11] {
    [
        ("align.like", vec![WIDTH, LIKE]),
        ("align.value", vec![WIDTH, LIKE]),
        ("align.sharp", vec![1]),
        ("compare.inner", vec![4 * LIKE + 2, FOUND]),
        ("compare.inner.bias", vec![FOUND]),
        ("compare.outer", vec![FOUND, FOUND]),
        ("compare.outer.bias", vec![FOUND]),
        ("join.inner", vec![2 * FOUND, LAST]),
        ("join.inner.bias", vec![LAST]),
        ("join.outer", vec![LAST, 1]),
        ("join.outer.bias", vec![1]),
    ]
}

/// Where a fresh weight starts: biases at zero, the sharpness at a fixed value, a matrix from noise by its inputs.
#[must_use]
pub fn start(name: &str, shape: &[usize], mut noise: impl FnMut() -> f32) -> Vec<f32> {
    let n = shape.iter().product();
    match (name, shape) {
        ("align.sharp", _) => vec![SHARP; n],
        (_, [inputs, _]) => {
            let bound = (4.5 / *inputs as f32).sqrt();
            (0..n).map(|_| noise() * bound).collect()
        }
        _ => vec![0.0; n],
    }
}

/// The head's weights.
#[derive(Debug)]
pub struct Align([Tensor; 11]);

impl Align {
    /// Over named tensors, which are shared; see [`shapes`].
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`]; [`ModelError::Format`] for another shape.
    pub fn new(tensors: &Tensors) -> std::result::Result<Self, ModelError> {
        taken(shapes(), tensors, "support.safetensors").map(Self)
    }

    /// The logit, a scalar, that a premise carries a claim; neither may be empty.
    ///
    /// # Errors
    /// From candle.
    pub fn forward(&self, claim: &Trail, premise: &[&Trail], noise: &mut Noise) -> Result<Tensor> {
        let [like, value, sharp, inner, inner_bias, outer, outer_bias, join, join_bias, last, last_bias] = &self.0;
        let (c, p) = (rows(&[claim])?, rows(premise)?);
        let likeness = unit(&c.matmul(like)?)?.matmul(&unit(&p.matmul(like)?)?.t()?)?;
        let weights = softmax(&likeness.broadcast_mul(sharp)?)?;
        let (own, all) = (c.matmul(value)?, p.matmul(value)?);
        let found = weights.matmul(&all)?;
        let best = likeness.max_keepdim(D::Minus1)?;
        let pair = [&own, &found, &(&own - &found)?.abs()?, &(&own * &found)?, &best, &same(claim, premise)?];
        let pair = noise(Tensor::cat(&pair, 1)?)?;
        let compared = pair.matmul(inner)?.broadcast_add(inner_bias)?.relu()?;
        let compared = noise(compared)?.matmul(outer)?.broadcast_add(outer_bias)?.relu()?;
        let joined = Tensor::cat(&[&compared.max_keepdim(0)?, &compared.mean_keepdim(0)?], 1)?;
        let joined = noise(joined)?.matmul(join)?.broadcast_add(join_bias)?.relu()?;
        joined.matmul(last)?.broadcast_add(last_bias)?.squeeze(1)?.squeeze(0)
    }
}

/// The named tensors in the order of their shapes, out of those of a file.
///
/// # Errors
/// As [`Align::new`].
pub(super) fn taken<const N: usize>(
    shapes: [(&'static str, Vec<usize>); N],
    tensors: &Tensors,
    file: &str,
) -> std::result::Result<[Tensor; N], ModelError> {
    let take = |(name, shape): (&str, Vec<usize>)| {
        let tensor = tensors.get(name).cloned().ok_or_else(|| ModelError::MissingTensor(name.into()))?;
        if tensor.dims() == shape {
            return Ok(tensor);
        }
        let reason = format!("{name} has the shape {:?} instead of {shape:?}", tensor.dims());
        Err(ModelError::Format { file: file.into(), reason })
    };
    let all = shapes.into_iter().map(take).collect::<std::result::Result<Vec<_>, _>>()?;
    all.try_into().map_err(|_| ModelError::NotFinite)
}

/// The hidden states of texts, one word a row: `[tokens, WIDTH]`.
pub(super) fn rows(trails: &[&Trail]) -> Result<Tensor> {
    let tokens: usize = trails.iter().map(|t| t.ids.len()).sum();
    Tensor::from_vec(trails.iter().flat_map(|t| t.rows.iter().copied()).collect(), (tokens, WIDTH), &Device::Cpu)
}

/// Rows of length one.
fn unit(x: &Tensor) -> Result<Tensor> {
    x.broadcast_div(&(x.sqr()?.sum_keepdim(D::Minus1)? + 1e-6)?.sqrt()?)
}

/// Of each row.
pub(super) fn softmax(x: &Tensor) -> Result<Tensor> {
    let e = x.broadcast_sub(&x.max_keepdim(D::Minus1)?.detach())?.exp()?;
    e.broadcast_div(&e.sum_keepdim(D::Minus1)?)
}

/// One for each token of the claim that also stands in the premise, as a column.
fn same(claim: &Trail, premise: &[&Trail]) -> Result<Tensor> {
    let known = |id: &u32| premise.iter().any(|p| p.ids.contains(id));
    let column: Vec<f32> = claim.ids.iter().map(|id| f32::from(u8::from(known(id)))).collect();
    Tensor::from_vec(column, (claim.ids.len(), 1), &Device::Cpu)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::encoder::still;
    use candle_core::Var;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn trail(rng: &mut StdRng, ids: &[u32]) -> Trail {
        Trail { ids: ids.to_vec(), rows: (0..ids.len() * WIDTH).map(|_| rng.random_range(-1.0..1.0)).collect() }
    }

    #[test]
    fn every_weight_gets_a_gradient_and_shapes_are_checked() {
        let mut rng = StdRng::seed_from_u64(5);
        let vars: Vec<(&str, Var)> = shapes()
            .into_iter()
            .map(|(name, shape)| {
                let data = start(name, &shape, || rng.random_range(-1.0..1.0));
                (name, Var::from_tensor(&Tensor::from_vec(data, shape, &Device::Cpu).unwrap()).unwrap())
            })
            .collect();
        let mut tensors: Tensors = vars.iter().map(|(n, v)| ((*n).to_owned(), v.as_tensor().clone())).collect();
        let align = Align::new(&tensors).unwrap();
        let (claim, a, b) = (trail(&mut rng, &[1, 2, 3]), trail(&mut rng, &[3, 4]), trail(&mut rng, &[5]));
        let logit = align.forward(&claim, &[&a, &b], &mut still).unwrap();
        assert!(logit.to_scalar::<f32>().unwrap().is_finite());
        let grads = logit.backward().unwrap();
        for (name, var) in &vars {
            let g = grads.get(var.as_tensor()).unwrap_or_else(|| panic!("{name} has no gradient"));
            assert!(g.flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().any(|x| *x != 0.0), "{name}");
        }
        tensors.insert("join.outer.bias".into(), Tensor::zeros(2, candle_core::DType::F32, &Device::Cpu).unwrap());
        assert!(Align::new(&tensors).err().unwrap().to_string().contains("join.outer.bias"));
        tensors.remove("align.like");
        assert!(matches!(Align::new(&tensors), Err(ModelError::MissingTensor(_))));
    }
}
