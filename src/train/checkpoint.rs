//! What survives a stop: weights, optimiser state and history, in the work folder; of each epoch's end and every few minutes within it.

use super::curves::Epoch;
use super::step::Stepper;
use super::{TrainError, TrainOptions};
use crate::classify::{ModelError, Tensors, artefact, quant};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::path::Path;

const LAST: &str = "last.safetensors";
const BEST: &str = "best.safetensors";
const STATE: &str = "state.json";

/// How far a run has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The settings that a resumed run must share.
    pub settings: String,
    /// Updates made.
    pub updates: u32,
    /// Finished epochs.
    pub history: Vec<Epoch>,
    /// How far the epoch is that was under way.
    #[serde(default)]
    pub under_way: UnderWay,
}

/// A part of an epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct UnderWay {
    /// Updates of this epoch.
    pub updates: usize,
    /// Their losses, summed: risk, intent, distillation, section.
    pub sums: [f64; 4],
}

impl UnderWay {
    /// Mean losses.
    #[must_use]
    pub fn means(&self) -> [f64; 4] {
        self.sums.map(|s| s / self.updates.max(1) as f64)
    }
}

impl State {
    /// A fresh run.
    #[must_use]
    pub fn new(settings: String) -> Self {
        Self { settings, updates: 0, history: Vec::new(), under_way: UnderWay::default() }
    }

    /// The epoch whose weights are kept.
    #[must_use]
    pub fn best(&self) -> Option<&Epoch> {
        self.history.iter().max_by(|a, b| a.quality.total_cmp(&b.quality))
    }

    /// True when the last epoch is the best so far, or the first.
    #[must_use]
    pub fn last_is_best(&self) -> bool {
        let earlier = self.history.iter().rev().skip(1).map(|e| e.quality).fold(f64::MIN, f64::max);
        self.history.last().is_some_and(|e| e.quality > earlier)
    }
}

/// What must be equal for a run to go on from a checkpoint.
#[must_use]
pub fn settings(options: &TrainOptions, lines: usize) -> String {
    let o = options;
    format!(
        "seed {} batch {} lr {} epochs {} frozen {} distil {} section {} questions {} lines {lines}",
        o.seed,
        o.batch,
        o.lr,
        o.epochs,
        o.frozen_layers(),
        o.distil_weight,
        o.section_weight,
        o.question_share
    )
}

/// Saves the weights apart when the last epoch is the best so far.
///
/// # Errors
/// [`TrainError::Model`] with the file that cannot be written.
pub fn save_best(work: &Path, stepper: &Stepper, state: &State) -> Result<(), TrainError> {
    if state.last_is_best() {
        artefact::write(work, BEST, &quant::to_f32(&stepper.params.checkpoint())?)?;
    }
    Ok(())
}

/// Saves what [`resume`] goes on from.
///
/// # Errors
/// [`TrainError::Model`] with the file that cannot be written.
pub fn save(work: &Path, stepper: &Stepper, state: &State) -> Result<(), TrainError> {
    let mut all = stepper.params.checkpoint();
    for (p, (m, v)) in stepper.params.trained.iter().zip(stepper.adam.first.iter().zip(&stepper.adam.second)) {
        all.insert(format!("first:{}", p.name), flat(m)?);
        all.insert(format!("second:{}", p.name), flat(v)?);
    }
    artefact::write(work, LAST, &quant::to_f32(&all)?)?;
    let json = serde_json::to_vec_pretty(state).map_err(|e| TrainError::Resume(e.to_string()))?;
    Ok(artefact::write(work, STATE, &json)?)
}

/// Goes on from what was saved last.
///
/// # Errors
/// [`TrainError::Resume`] when there is none or it was made with other settings.
pub fn resume(work: &Path, stepper: &mut Stepper, settings: &str) -> Result<State, TrainError> {
    let json = std::fs::read(work.join(STATE)).map_err(|e| TrainError::Resume(e.to_string()))?;
    let state: State = serde_json::from_slice(&json).map_err(|e| TrainError::Resume(e.to_string()))?;
    if state.settings != settings {
        return Err(TrainError::Resume(format!("it was made with `{}`, not `{settings}`", state.settings)));
    }
    let saved = read(&work.join(LAST))?;
    stepper.params.restore(&saved)?;
    let moments = stepper.adam.first.iter_mut().zip(&mut stepper.adam.second);
    for (p, (m, v)) in stepper.params.trained.iter().zip(moments) {
        *m = unflat(&saved, &format!("first:{}", p.name))?;
        *v = unflat(&saved, &format!("second:{}", p.name))?;
    }
    stepper.adam.step = state.updates;
    Ok(state)
}

/// Puts the best epoch's weights in place.
///
/// # Errors
/// [`TrainError::Resume`].
pub fn restore_best(work: &Path, stepper: &Stepper) -> Result<(), TrainError> {
    stepper.params.restore(&read(&work.join(BEST))?)
}

fn read(path: &Path) -> Result<Tensors, TrainError> {
    let bytes = std::fs::read(path).map_err(|e| TrainError::Resume(format!("{}: {e}", path.display())))?;
    Ok(quant::from_bytes(&bytes)?)
}

fn flat(v: &[f32]) -> Result<Tensor, ModelError> {
    Ok(Tensor::from_slice(v, v.len(), &Device::Cpu)?)
}

fn unflat(saved: &Tensors, name: &str) -> Result<Vec<f32>, TrainError> {
    let tensor = saved.get(name).ok_or_else(|| TrainError::Resume(format!("it has no {name}")))?;
    Ok(tensor.to_vec1::<f32>().map_err(ModelError::from)?)
}
