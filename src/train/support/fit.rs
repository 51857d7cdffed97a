//! The loop of a support run: updates with a progress bar; after each epoch, how well held claims are told apart.

use super::SupportOptions;
use super::claims::{Claim, Context};
use crate::classify::ModelError;
use crate::classify::align::{Align, Trail, shapes};
use crate::classify::encoder::{Noise, still};
use crate::classify::evaluate::auroc;
use crate::train::TrainError;
use crate::train::fit::bar;
use crate::train::head::{HeadFit, loss};
use candle_core::{Device, Tensor};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

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

/// Trains the head for the epochs of the options.
///
/// # Errors
/// [`TrainError`].
pub fn run(options: &SupportOptions, train: &[Claim], held: &[Claim]) -> Result<HeadFit, TrainError> {
    let mut fit = HeadFit::new(shapes(), options.lr, options.seed)?;
    let (batch, epochs) = (usize::from(options.batch), usize::from(options.epochs));
    let total = train.len().div_ceil(batch) * epochs;
    let bar = bar(total, 0);
    let mut rng = StdRng::seed_from_u64(options.seed.wrapping_add(1));
    let mut order: Vec<&Claim> = train.iter().collect();
    let lost = |head: &Align, pairs: &[&Pair<'_>], noise: &mut Noise| -> Result<Tensor, ModelError> {
        let one = |pair: &&Pair<'_>| head.forward(pair.claim.trail(), &pair.premise(), noise);
        let z = Tensor::stack(&pairs.iter().map(one).collect::<Result<Vec<_>, _>>()?, 0)?;
        let ok: Vec<f32> = pairs.iter().map(|p| f32::from(u8::from(p.ok))).collect();
        Ok(loss(&z, &Tensor::from_vec(ok, pairs.len(), &Device::Cpu)?)?.sum_all()?)
    };
    for epoch in 1..=epochs {
        order.shuffle(&mut rng);
        let mut sum = 0.0;
        for claims in order.chunks(batch) {
            let pairs: Vec<Pair<'_>> = claims.iter().map(|c| paired(c, train, &mut rng)).collect();
            sum += fit.step(&pairs, total, Align::new, lost)? * claims.len() as f64;
            bar.inc(1);
        }
        let told = auroc_of(&logits(&Align::new(&fit.weights())?, held)?, held);
        let loss = sum / train.len() as f64;
        bar.suspend(|| eprintln!("epoch {epoch}: loss {loss:.4}, AUROC {told:.4} on {} held claims", held.len()));
    }
    bar.finish();
    Ok(fit)
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
