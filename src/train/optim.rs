//! AdamW (Loshchilov and Hutter, arXiv 1711.05101) over plain vectors, with clipping and a warm-up schedule.

use super::params::Param;
use crate::classify::ModelError;
use candle_core::{Device, Tensor};

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPS: f32 = 1e-8;
/// Weight decay of matrices.
pub const DECAY: f32 = 0.01;
/// Heads learn this much faster than the encoder.
pub const HEAD_RATE: f32 = 5.0;
/// The longest gradient, as Euclidean length over all weights.
pub const CLIP: f32 = 1.0;

/// The running means of each trained weight, in the order of the parameters.
#[derive(Default, Clone, PartialEq, Debug)]
pub struct AdamW {
    /// First moments.
    pub first: Vec<Vec<f32>>,
    /// Second moments.
    pub second: Vec<Vec<f32>>,
    /// Updates made.
    pub step: u32,
}

impl AdamW {
    /// Empty state for parameters.
    #[must_use]
    pub fn new(params: &[Param]) -> Self {
        let zeros = || params.iter().map(|p| vec![0f32; p.var.elem_count()]).collect::<Vec<_>>();
        Self { first: zeros(), second: zeros(), step: 0 }
    }

    /// Moves every parameter along its gradient (one vector a parameter, in their order) at the encoder's rate `lr`.
    ///
    /// # Errors
    /// From candle, when a shape does not fit.
    pub fn update(&mut self, params: &[Param], grads: &[Vec<f32>], lr: f32) -> Result<(), ModelError> {
        self.step += 1;
        let power = i32::try_from(self.step).unwrap_or(i32::MAX);
        let (c1, c2) = (1.0 - BETA1.powi(power), 1.0 - BETA2.powi(power));
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((param, grad), (first, second)) in params.iter().zip(grads).zip(moments) {
            let lr = if param.head { lr * HEAD_RATE } else { lr };
            let shrink = if param.decay { 1.0 - lr * DECAY } else { 1.0 };
            let mut theta = param.var.flatten_all()?.to_vec1::<f32>()?;
            let row = param.row.unwrap_or(theta.len()).max(1);
            let rows =
                theta.chunks_mut(row).zip(grad.chunks(row)).zip(first.chunks_mut(row)).zip(second.chunks_mut(row));
            for (((theta, grad), first), second) in rows {
                // A row that the batch does not touch keeps its place and its moments, as in lazy Adam.
                if param.row.is_some() && grad.iter().all(|&g| g == 0.0) {
                    continue;
                }
                for (((t, &g), m), v) in theta.iter_mut().zip(grad).zip(first).zip(second) {
                    *m = BETA1 * *m + (1.0 - BETA1) * g;
                    *v = BETA2 * *v + (1.0 - BETA2) * g * g;
                    *t = *t * shrink - lr * (*m / c1) / ((*v / c2).sqrt() + EPS);
                }
            }
            param.var.set(&Tensor::from_vec(theta, param.var.shape(), &Device::Cpu)?)?;
        }
        Ok(())
    }
}

/// Scales gradients down to a length of [`CLIP`] and returns the length before.
pub fn clip(grads: &mut [Vec<f32>]) -> f32 {
    let length = grads.iter().flatten().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt() as f32;
    if length > CLIP {
        let scale = CLIP / length;
        grads.iter_mut().flatten().for_each(|g| *g *= scale);
    }
    length
}

/// Share of the full rate at `step` of `total`: up over the first 6 %, then down in a line to 2 %.
#[must_use]
pub fn schedule(step: usize, total: usize) -> f32 {
    let (step, total) = (step as f32, total.max(1) as f32);
    let warm = (0.06 * total).max(1.0);
    let down = 1.0 - (step - warm) / (total - warm).max(1.0);
    if step < warm { (step + 1.0) / warm } else { down.max(0.02) }.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Var;

    #[test]
    fn it_finds_a_minimum_and_clips() {
        let var = Var::from_vec(vec![5f32, -3.0], 2, &Device::Cpu).unwrap();
        let params = [Param { name: "x".into(), var, decay: false, head: false, row: None }];
        let mut adam = AdamW::new(&params);
        for step in 0..400 {
            let x = params[0].var.to_vec1::<f32>().unwrap();
            let mut grads = [vec![2.0 * (x[0] - 1.0), 2.0 * (x[1] - 2.0)]];
            clip(&mut grads);
            adam.update(&params, &grads, 0.1 * schedule(step, 400)).unwrap();
        }
        let x = params[0].var.to_vec1::<f32>().unwrap();
        assert!((x[0] - 1.0).abs() < 0.02 && (x[1] - 2.0).abs() < 0.02, "{x:?}");
        let mut grads = [vec![30.0, 40.0]];
        assert!((clip(&mut grads) - 50.0).abs() < 1e-3 && (grads[0][0] - 0.6).abs() < 1e-6);
        assert!(schedule(0, 100) < 0.2 && schedule(6, 100) > 0.99 && schedule(99, 100) < 0.05);
    }

    #[test]
    fn rows_that_a_batch_does_not_touch_stay() {
        let var = Var::from_vec(vec![1f32, 1.0, 2.0, 2.0], (2, 2), &Device::Cpu).unwrap();
        let params = [Param { name: "table".into(), var, decay: false, head: false, row: Some(2) }];
        let mut adam = AdamW::new(&params);
        adam.update(&params, &[vec![1.0, 0.0, 1.0, 1.0]], 0.1).unwrap();
        adam.update(&params, &[vec![0.0, 0.0, 1.0, 1.0]], 0.1).unwrap();
        let x = params[0].var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert!((x[0] - 0.9).abs() < 1e-3 && x[1] == 1.0 && x[2] < 1.85, "{x:?}");
        assert!((adam.first[0][0] - 0.1).abs() < 1e-6, "its moments stay, too");
    }
}
