//! One update: the batch is split over threads, their gradients are added in a fixed order, then clipped and applied.

use super::TrainError;
use super::forward::{Student, dropout};
use super::loss::{Example, Totals, Weights, loss};
use super::optim::{AdamW, clip};
use super::params::{Param, Params};
use super::sections::Targets;
use crate::classify::ModelError;
use candle_core::backprop::GradStore;

/// What an update reports.
#[derive(Debug, Clone, Copy, Default)]
pub struct StepReport {
    /// Risk, intent, distillation and section loss, each weighted.
    pub parts: [f64; 4],
    /// Length of the gradient before clipping.
    pub gradient: f32,
}

/// Makes updates.
pub struct Stepper {
    /// The weights.
    pub params: Params,
    /// The optimiser's state.
    pub adam: AdamW,
    /// The network over the weights.
    pub student: Student,
    /// Weights in the loss.
    pub weights: Weights,
    /// The sections as they are embedded at present.
    pub targets: Option<Targets>,
    /// Threads that share a batch.
    pub threads: usize,
    /// True once a gradient was seen in every trained weight.
    pub checked: bool,
}

/// Gradients in the order of the trained weights, and parts of the loss.
pub(super) type Shard = (Vec<Vec<f32>>, [f64; 4]);

impl Stepper {
    /// One update at the encoder's rate `lr`; `seed` decides the dropout. The first with an intent in its
    /// batch checks that every trained weight gets a gradient: an operation without a backward pass would otherwise stop learning in silence.
    ///
    /// # Errors
    /// [`TrainError::NoGradient`], [`TrainError::Diverged`], [`TrainError::Model`].
    pub fn step(&mut self, batch: &[Example], lr: f32, seed: u64) -> Result<StepReport, TrainError> {
        let (mut grads, parts) = self.gradients(batch, seed)?;
        let complete = batch.iter().any(|e| e.labels.is_some_and(|l| l.intent.is_some()));
        if complete && !self.checked {
            check_flow(&self.params.trained, &grads)?;
            self.checked = true;
        }
        let gradient = clip(&mut grads);
        if !gradient.is_finite() {
            return Err(TrainError::Diverged(self.adam.step));
        }
        self.adam.update(&self.params.trained, &grads, lr)?;
        Ok(StepReport { parts, gradient })
    }

    fn gradients(&self, batch: &[Example], seed: u64) -> Result<Shard, TrainError> {
        let all: Vec<&Example> = batch.iter().collect();
        let totals = Totals::of(&all);
        sharded(batch, self.threads, |n, shard| self.shard(shard, totals, seed.wrapping_mul(64).wrapping_add(n)))
    }

    fn shard(&self, shard: &[&Example], totals: Totals, seed: u64) -> Result<Shard, ModelError> {
        let ids: Vec<&[u32]> = shard.iter().map(|e| e.ids.as_slice()).collect();
        let outputs = self.student.forward(&ids, &mut dropout(seed))?;
        let loss = loss(&outputs, shard, totals, &self.weights, self.targets.as_ref())?;
        let store = loss.total.backward()?;
        let grads = self.params.trained.iter().map(|p| gradient(&store, p)).collect::<Result<_, _>>()?;
        Ok((grads, loss.parts))
    }
}

/// Splits a batch over threads and adds what they find in a fixed order.
pub(super) fn sharded<T: Sync>(
    batch: &[T],
    threads: usize,
    run: impl Fn(u64, &[&T]) -> Result<Shard, ModelError> + Sync,
) -> Result<Shard, TrainError> {
    let all: Vec<&T> = batch.iter().collect();
    let shards: Vec<&[&T]> = all.chunks(all.len().div_ceil(threads.max(1)).max(1)).collect();
    let run = &run;
    let results: Vec<Result<Shard, ModelError>> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..).zip(&shards).map(|(n, shard)| scope.spawn(move || run(n, shard))).collect();
        started.into_iter().map(|t| t.join().unwrap_or(Err(ModelError::NotFinite))).collect()
    });
    let mut sum: Option<Shard> = None;
    for result in results {
        let next = result?;
        sum = Some(match sum {
            None => next,
            Some(sum) => add(sum, &next),
        });
    }
    sum.ok_or(TrainError::NoLines)
}

/// A parameter's gradient; empty when none arrived.
pub(super) fn gradient(store: &GradStore, param: &Param) -> Result<Vec<f32>, ModelError> {
    match store.get(param.var.as_tensor()) {
        Some(g) => Ok(g.flatten_all()?.to_vec1::<f32>()?),
        None => Ok(Vec::new()),
    }
}

fn add((mut grads, mut parts): Shard, next: &Shard) -> Shard {
    for (a, b) in grads.iter_mut().zip(&next.0) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    }
    parts.iter_mut().zip(next.1).for_each(|(a, b)| *a += b);
    (grads, parts)
}

/// Every trained weight gets a gradient: an operation without a backward pass would otherwise stop learning in silence.
pub(super) fn check_flow(params: &[Param], grads: &[Vec<f32>]) -> Result<(), TrainError> {
    let dry = |(_, g): &(&Param, &Vec<f32>)| g.iter().all(|&g| g == 0.0);
    let names: Vec<String> = params.iter().zip(grads).filter(dry).map(|(p, _)| p.name.clone()).collect();
    if names.is_empty() { Ok(()) } else { Err(TrainError::NoGradient(names.join(", "))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::evaluate::Labels;
    use crate::classify::tiny;
    use crate::domain::labels::Intent;
    use crate::domain::lang::Lang;
    use candle_core::{Device, Tensor};

    fn stepper(threads: usize) -> Stepper {
        let params = Params::new(tiny::tensors(), 0, 5).unwrap();
        let config = serde_json::from_str(tiny::CONFIG).unwrap();
        let student = Student::new(&params.tracked(), &config).unwrap();
        let adam = AdamW::new(&params.trained);
        Stepper {
            adam,
            student,
            weights: Weights { positive: [2.0; 15], distil: 1.0, section: 1.0 },
            targets: Some(targets()),
            threads,
            checked: false,
            params,
        }
    }

    fn targets() -> Targets {
        let column = |at: usize| (0..384).map(move |n| if n % 2 == at { 0.072f32 } else { 0.0 });
        let matrix = Tensor::from_vec(column(0).chain(column(1)).collect(), (2, 384), &Device::Cpu).unwrap();
        Targets { matrix: matrix.t().unwrap().contiguous().unwrap(), langs: vec![Lang::En; 2].into() }
    }

    fn batch() -> Vec<Example> {
        let example = |n: u32| {
            let mut risks = [false; 15];
            risks[n as usize % 15] = true;
            let labels = Labels { risks, intent: Intent::from_index(n as usize % 35).filter(|_| !n.is_multiple_of(3)) };
            let teacher = n.is_multiple_of(2).then(|| vec![0.051f32; 384].into());
            Example {
                ids: [&[101][..], &vec![n % 14 + 1; 3 + n as usize % 4], &[102]].concat(),
                labels: Some(labels),
                weight: 1.0,
                teacher,
                section: Some(n as usize % 2),
            }
        };
        (0..8).map(example).collect()
    }

    #[test]
    fn gradients_flow_everywhere_and_the_loss_falls() {
        let (mut stepper, batch) = (stepper(2), batch());
        let losses: Vec<f64> = (0..40).map(|n| stepper.step(&batch, 1e-3, n).unwrap().parts.iter().sum()).collect();
        assert!(losses[39] < losses[0] * 0.7, "{losses:?}");
    }

    #[test]
    fn a_weight_without_gradient_is_named() {
        let mut stepper = stepper(1);
        let name = stepper.params.trained[3].name.clone();
        stepper.params.trained[3].var =
            candle_core::Var::from_tensor(&Tensor::zeros(3, candle_core::DType::F32, &Device::Cpu).unwrap()).unwrap();
        let error = stepper.step(&batch(), 1e-3, 0).unwrap_err().to_string();
        assert!(error.contains(&name), "{error}");
    }
}
