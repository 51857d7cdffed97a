//! The loop of a small head over hidden states that stay as they are: fresh weights, updates with clipped gradients. What an example is, and
//! what is lost on it, is the caller's.

use super::TrainError;
use super::forward::dropout;
use super::optim::{AdamW, clip, schedule};
use super::params::Param;
use super::step::{Shard, check_flow, gradient, sharded};
use crate::classify::align::start;
use crate::classify::encoder::Noise;
use crate::classify::{ModelError, Tensors};
use candle_core::{Device, Tensor, Var};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Share of a target that is given away: nothing is quite certain.
const SMOOTHING: f64 = 0.02;

/// A head in training.
pub struct HeadFit {
    params: Vec<Param>,
    adam: AdamW,
    lr: f32,
    seed: u64,
}

impl HeadFit {
    /// Fresh weights of these names and shapes, by the seed.
    ///
    /// # Errors
    /// [`TrainError::Model`].
    pub fn new(
        shapes: impl IntoIterator<Item = (&'static str, Vec<usize>)>,
        lr: f32,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let mut rng = StdRng::seed_from_u64(seed);
        let param = |(name, shape): (&str, Vec<usize>)| -> Result<Param, ModelError> {
            let data = start(name, &shape, || rng.random_range(-1.0..1.0));
            let decay = shape.len() == 2;
            let var = Var::from_tensor(&Tensor::from_vec(data, shape, &Device::Cpu)?)?;
            Ok(Param { name: name.to_owned(), var, decay, head: false, row: None })
        };
        let params: Vec<Param> = shapes.into_iter().map(param).collect::<Result<_, _>>()?;
        Ok(Self { adam: AdamW::new(&params), params, lr, seed })
    }

    /// The weights, without gradients.
    #[must_use]
    pub fn weights(&self) -> Tensors {
        self.params.iter().map(|p| (p.name.clone(), p.var.as_detached_tensor())).collect()
    }

    /// Updates made.
    #[must_use]
    pub fn updates(&self) -> u32 {
        self.adam.step
    }

    /// One update of `total` by some examples: `build` makes the head over the weights, `loss` says what it loses on some, added up. Returns
    /// the mean loss.
    ///
    /// # Errors
    /// [`TrainError::NoGradient`], [`TrainError::Diverged`], [`TrainError::Model`].
    pub fn step<T: Sync, H: Sync>(
        &mut self,
        examples: &[T],
        total: usize,
        build: impl Fn(&Tensors) -> Result<H, ModelError>,
        loss: impl Fn(&H, &[&T], &mut Noise) -> Result<Tensor, ModelError> + Sync,
    ) -> Result<f64, TrainError> {
        let step = self.adam.step as usize;
        let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(step as u64);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let head = build(&self.params.iter().map(|p| (p.name.clone(), p.var.as_tensor().clone())).collect())?;
        let (mut grads, parts) = sharded(examples, threads, |n, shard: &[&T]| -> Result<Shard, ModelError> {
            let noise = &mut dropout(seed.wrapping_mul(64).wrapping_add(n));
            let mean = (loss(&head, shard, noise)? * (1.0 / examples.len() as f64))?;
            let store = mean.backward()?;
            let grads = self.params.iter().map(|p| gradient(&store, p)).collect::<Result<_, _>>()?;
            Ok((grads, [f64::from(mean.to_scalar::<f32>()?), 0.0, 0.0, 0.0]))
        })?;
        if step == 0 {
            check_flow(&self.params, &grads)?;
        }
        if !clip(&mut grads).is_finite() {
            return Err(TrainError::Diverged(self.adam.step));
        }
        self.adam.update(&self.params, &grads, self.lr * schedule(step, total))?;
        Ok(parts[0])
    }
}

/// Binary cross-entropy of logits by their answers, 0 or 1: softplus(z) - y·z.
///
/// # Errors
/// From candle.
pub fn loss(z: &Tensor, yes: &Tensor) -> candle_core::Result<Tensor> {
    let y = yes.affine(1.0 - 2.0 * SMOOTHING, SMOOTHING)?;
    // softplus(z) = relu(z) + ln(1 + exp(-|z|)), which does not overflow.
    let soft = (z.relu()? + (z.abs()?.neg()?.exp()? + 1.0)?.log()?)?;
    soft - (z * y)?
}
