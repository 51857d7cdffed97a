//! The loop of a support run: updates with a progress bar; after each epoch, how well held claims are told apart.

use super::SupportOptions;
use super::claims::{Claim, Context};
use crate::classify::align::{Align, Trail, shapes, start};
use crate::classify::encoder::still;
use crate::classify::evaluate::auroc;
use crate::classify::{ModelError, Tensors};
use crate::train::TrainError;
use crate::train::fit::bar;
use crate::train::forward::dropout;
use crate::train::optim::{AdamW, clip, schedule};
use crate::train::params::Param;
use crate::train::step::{Shard, check_flow, gradient, sharded};
use candle_core::{Device, Tensor, Var};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

/// Share of a target that is given away: no sentence is quite certain.
const SMOOTHING: f64 = 0.02;
/// Share of the supported claims that are also shown beside another context, which does not carry them: a claim must not be believed for
/// its style.
const ASTRAY: f64 = 0.3;
/// Share of the unsupported claims that are shown beside a context that says the same: then they are supported.
const QUOTED: f64 = 0.3;
/// How much alike another context's best sentence may be: above it the context may carry the claim, too.
const ALIKE: std::ops::Range<f32> = 0.3..0.8;
/// Contexts that are tried for one claim.
const TRIES: usize = 6;

/// A claim beside a context that carries it or not.
struct Pair<'a> {
    claim: &'a Claim,
    context: &'a Context,
    /// The claim itself stands in the context, in the place of its best sentence.
    quoted: bool,
    ok: bool,
}

impl<'a> Pair<'a> {
    fn premise(&self) -> Vec<&'a Trail> {
        let mut premise = self.claim.premise(self.context).0;
        if self.quoted {
            premise.iter_mut().take(1).for_each(|first| *first = self.claim.trail());
        }
        premise
    }
}

/// The head in training.
pub struct Fit<'a> {
    params: Vec<Param>,
    adam: AdamW,
    options: &'a SupportOptions,
}

impl<'a> Fit<'a> {
    /// Fresh weights, by the seed.
    ///
    /// # Errors
    /// [`TrainError::Model`].
    pub fn new(options: &'a SupportOptions) -> Result<Self, TrainError> {
        let mut rng = StdRng::seed_from_u64(options.seed);
        let param = |(name, shape): (&str, Vec<usize>)| -> Result<Param, ModelError> {
            let data = start(name, &shape, || rng.random_range(-1.0..1.0));
            let decay = shape.len() == 2;
            let var = Var::from_tensor(&Tensor::from_vec(data, shape, &Device::Cpu)?)?;
            Ok(Param { name: name.to_owned(), var, decay, head: false, row: None })
        };
        let params: Vec<Param> = shapes().into_iter().map(param).collect::<Result<_, _>>()?;
        Ok(Self { adam: AdamW::new(&params), params, options })
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

    /// Trains for the epochs of the options.
    ///
    /// # Errors
    /// [`TrainError`].
    pub fn run(&mut self, train: &[Claim], held: &[Claim]) -> Result<(), TrainError> {
        let (batch, epochs) = (usize::from(self.options.batch), usize::from(self.options.epochs));
        let total = train.len().div_ceil(batch) * epochs;
        let bar = bar(total, 0);
        let mut rng = StdRng::seed_from_u64(self.options.seed.wrapping_add(1));
        let mut order: Vec<&Claim> = train.iter().collect();
        for epoch in 1..=epochs {
            order.shuffle(&mut rng);
            let mut sum = 0.0;
            for claims in order.chunks(batch) {
                let pairs: Vec<Pair<'_>> = claims.iter().map(|c| paired(c, train, &mut rng)).collect();
                sum += self.step(&pairs, total)? * claims.len() as f64;
                bar.inc(1);
            }
            let told = auroc_of(&logits(&Align::new(&self.weights())?, held)?, held);
            let loss = sum / train.len() as f64;
            bar.suspend(|| eprintln!("epoch {epoch}: loss {loss:.4}, AUROC {told:.4} on {} held claims", held.len()));
        }
        bar.finish();
        Ok(())
    }

    fn step(&mut self, pairs: &[Pair<'_>], total: usize) -> Result<f64, TrainError> {
        let step = self.adam.step as usize;
        let seed = self.options.seed.wrapping_mul(1_000_003).wrapping_add(step as u64);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let tracked = self.params.iter().map(|p| (p.name.clone(), p.var.as_tensor().clone())).collect();
        let head = Align::new(&tracked)?;
        let (mut grads, parts) = sharded(pairs, threads, |n, shard: &[&Pair<'_>]| -> Result<Shard, ModelError> {
            let noise = &mut dropout(seed.wrapping_mul(64).wrapping_add(n));
            let mut losses = Vec::with_capacity(shard.len());
            for pair in shard {
                losses.push(loss(&head.forward(pair.claim.trail(), &pair.premise(), noise)?, pair.ok)?);
            }
            let loss = (Tensor::stack(&losses, 0)?.sum_all()? * (1.0 / pairs.len() as f64))?;
            let store = loss.backward()?;
            let grads = self.params.iter().map(|p| gradient(&store, p)).collect::<Result<_, _>>()?;
            Ok((grads, [f64::from(loss.to_scalar::<f32>()?), 0.0, 0.0, 0.0]))
        })?;
        if step == 0 {
            check_flow(&self.params, &grads)?;
        }
        if !clip(&mut grads).is_finite() {
            return Err(TrainError::Diverged(self.adam.step));
        }
        self.adam.update(&self.params, &grads, self.options.lr * schedule(step, total))?;
        Ok(parts[0])
    }
}

/// A claim beside its own context or, now and then, beside one of which the opposite is true.
fn paired<'a>(claim: &'a Claim, all: &'a [Claim], rng: &mut StdRng) -> Pair<'a> {
    let quoted = !claim.ok && rng.random_bool(QUOTED);
    let own = Pair { claim, context: &claim.context, quoted, ok: claim.ok || quoted };
    if !claim.ok || !rng.random_bool(ASTRAY) {
        return own;
    }
    let other = (0..TRIES).filter_map(|_| all.choose(rng)).map(|c| c.context.as_ref()).find(|context| {
        let (premise, likeness) = claim.premise(context);
        !std::ptr::eq(*context, own.context) && !premise.is_empty() && ALIKE.contains(&likeness)
    });
    other.map_or(own, |context| Pair { claim, context, quoted: false, ok: false })
}

/// Binary cross-entropy of a scalar logit: softplus(z) - y·z.
fn loss(z: &Tensor, ok: bool) -> candle_core::Result<Tensor> {
    let y = if ok { 1.0 - SMOOTHING } else { SMOOTHING };
    // softplus(z) = relu(z) + ln(1 + exp(-|z|)), which does not overflow.
    let soft = (z.relu()? + (z.abs()?.neg()?.exp()? + 1.0)?.log()?)?;
    soft - (z * y)?
}

/// Logits of claims.
///
/// # Errors
/// [`ModelError::Compute`].
pub fn logits(head: &Align, claims: &[Claim]) -> Result<Vec<f32>, ModelError> {
    let one = |c: &Claim| Ok(head.forward(c.trail(), &c.premise(&c.context).0, &mut still)?.to_scalar::<f32>()?);
    claims.iter().map(one).collect()
}

/// How well supported claims are told from the others.
#[must_use]
pub fn auroc_of(logits: &[f32], claims: &[Claim]) -> f64 {
    let of = |ok: bool| logits.iter().zip(claims).filter(|(_, c)| c.ok == ok).map(|(z, _)| *z).collect::<Vec<_>>();
    auroc(&of(true), &of(false)).unwrap_or(0.5)
}
