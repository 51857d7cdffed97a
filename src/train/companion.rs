//! Trains the n-gram companion (`classify::ngrams`) on the training lines, and chooses on the calibration lines how much its logits
//! count beside the encoder's: two numbers from a short list.

use super::corpus::Corpus;
use super::cut;
use super::data::Line;
use super::fit_calibration;
use crate::classify::evaluate::Labels;
use crate::classify::ngrams::{BUCKETS, Ngrams, OUTPUTS, features};
use crate::classify::parts::Parts;
use crate::classify::{Inference, Model, ModelError, Raw};
use crate::domain::labels::{INTENTS, RISKS};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

const EPOCHS: usize = 14;
/// First step of Adagrad (Duchi et al. 2011).
const RATE: f32 = 0.3;
/// Pull to zero at each touch of a weight.
const DECAY: f32 = 2e-5;
/// The rarest class counts at most this much more than lines without it.
const MOST: f32 = 12.0;
/// The factors that are tried.
const FACTORS: [f32; 6] = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5];

/// Trains on the lines; the same seed gives the same model.
#[must_use]
pub fn train(lines: &[Line], seed: u64) -> Ngrams {
    let inputs: Vec<Vec<usize>> = lines.iter().map(|l| features(&l.text)).collect();
    let positive = positive_weights(lines);
    let mut state = Adagrad {
        weights: vec![0.0; BUCKETS * OUTPUTS],
        squares: vec![1e-3; BUCKETS * OUTPUTS],
        biases: [0.0; OUTPUTS],
    };
    let mut order: Vec<usize> = (0..lines.len()).collect();
    let mut rng = StdRng::seed_from_u64(seed);
    for epoch in 0..EPOCHS {
        order.shuffle(&mut rng);
        let rate = RATE * (1.0 - epoch as f32 / EPOCHS as f32);
        for (buckets, line) in order.iter().filter_map(|i| Some((inputs.get(*i)?, lines.get(*i)?))) {
            let errors = errors(&state.logits(buckets), &line.labels, &positive, line.weight);
            state.step(buckets, &errors, rate);
        }
    }
    Ngrams::quantise(&state.weights, state.biases)
}

/// The factors at which class decisions and intents on the calibration lines are best.
///
/// # Errors
/// When a combination is not finite.
pub fn choose_factors(model: &Model, ngrams: &Ngrams, corpus: &Corpus) -> Result<(f32, f32), ModelError> {
    let lines = corpus.calibration.as_slice();
    let parts = Parts::of(lines.iter().map(|l| l.text.as_str()));
    let raw = model.encode(&parts.texts())?;
    let own: Vec<[f32; OUTPUTS]> = parts.texts().into_iter().map(|t| ngrams.logits(t)).collect();
    let labels: Vec<Labels> = lines.iter().map(|l| l.labels).collect();
    let mut best = ((0.0, f64::MIN), (0.0, f64::MIN));
    for factor in FACTORS {
        let mixed: Vec<Raw> = raw.iter().zip(&own).map(|(r, o)| r.clone().plus(o, factor, factor)).collect();
        let mixed = parts.fold(&mixed);
        let calibration = fit_calibration::fit(&mixed, lines);
        let inferences =
            mixed.into_iter().map(|r| model.calibrated_by(&calibration, r)).collect::<Result<Vec<Inference>, _>>()?;
        let risks = cut::recall_at_tolerated(&inferences, &labels, &corpus.bars);
        let right = inferences.iter().zip(&labels).filter(|(i, l)| l.intent == Some(i.top_intent().0)).count();
        best.0 = if risks > best.0.1 { (factor, risks) } else { best.0 };
        best.1 = if right as f64 > best.1.1 { (factor, right as f64) } else { best.1 };
    }
    Ok((best.0.0, best.1.0))
}

struct Adagrad {
    weights: Vec<f32>,
    squares: Vec<f32>,
    biases: [f32; OUTPUTS],
}

impl Adagrad {
    fn logits(&self, buckets: &[usize]) -> [f32; OUTPUTS] {
        let mut sums = [0.0; OUTPUTS];
        for b in buckets {
            let row = self.weights.get(b * OUTPUTS..(b + 1) * OUTPUTS).unwrap_or_default();
            sums.iter_mut().zip(row).for_each(|(s, w)| *s += w);
        }
        let norm = (buckets.len().max(1) as f32).sqrt();
        let mut out = self.biases;
        out.iter_mut().zip(sums).for_each(|(o, s)| *o += s / norm);
        out
    }

    fn step(&mut self, buckets: &[usize], errors: &[f32; OUTPUTS], rate: f32) {
        let norm = (buckets.len().max(1) as f32).sqrt();
        for b in buckets {
            let span = b * OUTPUTS..(b + 1) * OUTPUTS;
            let (Some(row), Some(squares)) = (self.weights.get_mut(span.clone()), self.squares.get_mut(span)) else {
                continue;
            };
            for ((w, s), e) in row.iter_mut().zip(squares).zip(errors) {
                let g = e / norm + DECAY * *w;
                *s += g * g;
                *w -= rate * g / s.sqrt();
            }
        }
        self.biases.iter_mut().zip(errors).for_each(|(b, e)| *b -= 0.02 * rate * e);
    }
}

/// Gradient of the loss by each logit: weighted binary cross entropy for risks, cross entropy for intents where there is one.
fn errors(logits: &[f32; OUTPUTS], labels: &Labels, positive: &[f32; RISKS], weight: f32) -> [f32; OUTPUTS] {
    let mut out = [0.0; OUTPUTS];
    let (risks, intents) = logits.split_at(RISKS);
    for (((o, x), y), p) in out.iter_mut().zip(risks).zip(labels.risks).zip(positive) {
        let probability = 1.0 / (1.0 + (-x).exp());
        *o = weight * if y { p * (probability - 1.0) } else { probability };
    }
    if let Some(intent) = labels.intent {
        let top = intents.iter().copied().fold(f32::MIN, f32::max);
        let total: f32 = intents.iter().map(|x| (x - top).exp()).sum();
        for (i, (o, x)) in out.iter_mut().skip(RISKS).zip(intents).enumerate() {
            *o = (x - top).exp() / total - if i == intent.index() { 1.0 } else { 0.0 };
        }
    }
    debug_assert_eq!(intents.len(), INTENTS);
    out
}

fn positive_weights(lines: &[Line]) -> [f32; RISKS] {
    let mut counts = [0_usize; RISKS];
    for line in lines {
        counts.iter_mut().zip(line.labels.risks).for_each(|(c, y)| *c += usize::from(y));
    }
    counts.map(|c| ((lines.len() - c) as f32 / c.max(1) as f32).sqrt().min(MOST))
}
