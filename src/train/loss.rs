//! What a batch is judged by: risks, intents, closeness to the original embedding, nearness of questions to their sections.
//! Targets are matrices whose rows are zero where a line has no say, so that a line without an intent adds no intent loss.

use super::forward::Outputs;
use super::sections::Targets;
use crate::classify::evaluate::Labels;
use crate::domain::embedding::DIM;
use crate::domain::labels::{INTENTS, RISKS};
use candle_core::{D, Device, Result, Tensor};
use std::sync::Arc;

/// Share of an intent's target that is spread over all intents (Szegedy et al., arXiv 1512.00567).
const SMOOTHING: f32 = 0.05;
/// What the summed risk loss of a line is multiplied with, to weigh about as much as the intent loss.
const RISK_SHARE: f64 = 0.5;
/// What cosines are multiplied with before the softmax over sections: 1/0.05, usual for embeddings of length one.
const SHARPNESS: f64 = 20.0;

/// One text of a batch.
#[derive(Debug, Clone)]
pub struct Example {
    /// Token ids with CLS and SEP.
    pub ids: Vec<u32>,
    /// Labels; none for text that only holds the embedding in place.
    pub labels: Option<Labels>,
    /// Weight in the risk loss.
    pub weight: f32,
    /// The original model's embedding, where the text still means the same.
    pub teacher: Option<Arc<[f32]>>,
    /// The number of the section that answers it.
    pub section: Option<usize>,
}

/// What each part is divided by: sums over the whole batch, of which a shard is a part.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    risk: f64,
    intent: f64,
    distil: f64,
    section: f64,
}

impl Totals {
    /// Over all examples of a batch.
    #[must_use]
    pub fn of(batch: &[&Example]) -> Self {
        let labelled = batch.iter().filter(|e| e.labels.is_some());
        let count = |f: &dyn Fn(&Example) -> bool| batch.iter().filter(|e| f(e)).count().max(1) as f64;
        Self {
            risk: labelled.map(|e| f64::from(e.weight)).sum::<f64>().max(1.0),
            intent: count(&|e| e.labels.is_some_and(|l| l.intent.is_some())),
            distil: count(&|e| e.teacher.is_some()),
            section: count(&|e| e.section.is_some()),
        }
    }
}

/// How the parts are weighted.
#[derive(Debug, Clone)]
pub struct Weights {
    /// What a positive counts against a negative, R1 to R15.
    pub positive: [f32; RISKS],
    /// Weight of the distillation.
    pub distil: f64,
    /// Weight of finding the section.
    pub section: f64,
}

impl Weights {
    /// Positives count sqrt(negatives/positives), within 1 to 8.
    #[must_use]
    pub fn balanced<'a>(labels: impl Iterator<Item = &'a Labels>, distil: f64, section: f64) -> Self {
        let (mut positives, mut lines) = ([0f32; RISKS], 0f32);
        for l in labels {
            lines += 1.0;
            positives.iter_mut().zip(l.risks).for_each(|(n, has)| *n += f32::from(u8::from(has)));
        }
        Self { positive: positives.map(|n| ((lines - n) / n.max(1.0)).sqrt().clamp(1.0, 8.0)), distil, section }
    }
}

/// The loss of a shard: a scalar to go backward from, and its four parts for the curves.
pub struct Loss {
    /// The weighted sum.
    pub total: Tensor,
    /// Risk, intent, distillation and section, each weighted.
    pub parts: [f64; 4],
}

/// Compares outputs with the examples that they belong to.
///
/// # Errors
/// From candle.
pub fn loss(
    outputs: &Outputs,
    shard: &[&Example],
    totals: Totals,
    weights: &Weights,
    targets: Option<&Targets>,
) -> Result<Loss> {
    let risk = (risk_loss(&outputs.risks, shard, weights)? * (RISK_SHARE / totals.risk))?;
    let intent = (intent_loss(&outputs.intents, shard)? * (1.0 / totals.intent))?;
    let distil = (distil_loss(&outputs.embeddings, shard)? * (weights.distil / totals.distil))?;
    let section = match targets {
        Some(targets) => section_loss(&outputs.embeddings, shard, targets)?,
        None => Tensor::zeros((), candle_core::DType::F32, &Device::Cpu)?,
    };
    let section = (section * (weights.section / totals.section))?;
    let value = |t: &Tensor| t.to_scalar::<f32>().map(f64::from);
    let parts = [value(&risk)?, value(&intent)?, value(&distil)?, value(&section)?];
    Ok(Loss { total: (((risk + intent)? + distil)? + section)?, parts })
}

/// Binary cross-entropy summed over lines and classes: softplus(z) - y·z, positives weighted.
fn risk_loss(logits: &Tensor, shard: &[&Example], weights: &Weights) -> Result<Tensor> {
    let (mut targets, mut scale) = (Vec::new(), Vec::new());
    for example in shard {
        let labels = example.labels.map_or([false; RISKS], |l| l.risks);
        let line = if example.labels.is_some() { example.weight } else { 0.0 };
        targets.extend(labels.map(|has| f32::from(u8::from(has))));
        scale.extend(labels.iter().zip(weights.positive).map(|(&has, w)| line * if has { w } else { 1.0 }));
    }
    let matrix = |v: Vec<f32>| Tensor::from_vec(v, (shard.len(), RISKS), &Device::Cpu);
    let softplus = (logits.relu()? + (logits.abs()?.neg()?.exp()? + 1.0)?.log()?)?;
    (softplus - (logits * matrix(targets)?)?)?.mul(&matrix(scale)?)?.sum_all()
}

/// Cross-entropy with label smoothing, summed over the lines that have an intent.
fn intent_loss(logits: &Tensor, shard: &[&Example]) -> Result<Tensor> {
    let mut targets = vec![0f32; shard.len() * INTENTS];
    for (row, example) in targets.chunks_exact_mut(INTENTS).zip(shard) {
        if let Some(intent) = example.labels.and_then(|l| l.intent) {
            row.fill(SMOOTHING / INTENTS as f32);
            row.iter_mut().skip(intent.index()).take(1).for_each(|t| *t += 1.0 - SMOOTHING);
        }
    }
    let targets = Tensor::from_vec(targets, (shard.len(), INTENTS), &Device::Cpu)?;
    cross_entropy(logits, &targets)
}

/// Cross-entropy over the sections of the line's language, summed over the lines that have a section.
fn section_loss(embeddings: &Tensor, shard: &[&Example], targets: &Targets) -> Result<Tensor> {
    let wanted: Vec<Option<usize>> = shard.iter().map(|e| e.section).collect();
    let count = targets.langs.len();
    let mut rows = vec![0f32; shard.len() * count];
    for (row, section) in rows.chunks_exact_mut(count.max(1)).zip(&wanted) {
        section.and_then(|n| row.get_mut(n)).into_iter().for_each(|t| *t = 1.0);
    }
    let rows = Tensor::from_vec(rows, (shard.len(), count), &Device::Cpu)?;
    let logits = ((embeddings.matmul(&targets.matrix)? * SHARPNESS)? + targets.mask(&wanted)?)?;
    cross_entropy(&logits, &rows)
}

/// Minus the sum of `targets` times the log of the softmax of each row.
fn cross_entropy(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let shifted = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?.detach())?;
    let log_p = shifted.broadcast_sub(&shifted.exp()?.sum_keepdim(D::Minus1)?.log()?)?;
    (log_p * targets)?.sum_all()?.neg()
}

/// One minus the cosine to the original embedding, summed over the lines that have one.
fn distil_loss(embeddings: &Tensor, shard: &[&Example]) -> Result<Tensor> {
    let zeros: Arc<[f32]> = vec![0f32; DIM].into();
    let rows = shard.iter().map(|e| e.teacher.as_ref().unwrap_or(&zeros));
    let teacher: Vec<f32> = rows.flat_map(|row| row.iter().copied()).collect();
    let held = shard.iter().filter(|e| e.teacher.is_some()).count();
    let teacher = Tensor::from_vec(teacher, (shard.len(), DIM), &Device::Cpu)?;
    (embeddings * teacher)?.sum_all()?.neg()? + held as f64
}
