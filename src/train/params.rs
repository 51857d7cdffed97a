//! Which weights training changes, and which it leaves as they came.

use super::TrainError;
use crate::classify::heads::shapes;
use crate::classify::{ModelError, Tensors};
use crate::domain::embedding::DIM;
use candle_core::{Device, Tensor, Var};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// One trained weight.
pub struct Param {
    /// Its name in the model file.
    pub name: String,
    /// Its value; training writes into it.
    pub var: Var,
    /// True for matrices: biases and layer norms are not decayed.
    pub decay: bool,
    /// True for the heads, which start from noise and learn faster.
    pub head: bool,
    /// Length of a row where only the rows that a batch touches move: the word table.
    pub row: Option<usize>,
}

/// The word table: its pieces are those of English, so Spanish has to be learned into them.
const WORDS: &str = "embeddings.word_embeddings.weight";

/// All weights of a model in training.
pub struct Params {
    /// Trained weights, in name order.
    pub trained: Vec<Param>,
    frozen: Tensors,
}

impl Params {
    /// The base model's weights, with fresh seeded heads where it has none. The lowest `frozen_layers` layers stay as they are, and with
    /// any of them the word table; position and type tables always; so do key biases, whose gradient is zero by construction (softmax
    /// ignores a shift of a whole row).
    ///
    /// # Errors
    /// [`ModelError::Compute`].
    pub fn new(mut base: Tensors, frozen_layers: usize, seed: u64) -> Result<Self, ModelError> {
        base.retain(|name, _| !name.starts_with("pooler."));
        let mut rng = StdRng::seed_from_u64(seed);
        let fresh = shapes(DIM).into_iter().filter(|(name, ..)| !base.contains_key(&format!("{name}.weight")));
        for (name, rows, columns) in fresh.collect::<Vec<_>>() {
            let bound = (6.0 / (rows + columns) as f32).sqrt();
            let weight: Vec<f32> = (0..rows * columns).map(|_| rng.random_range(-bound..bound)).collect();
            base.insert(format!("{name}.weight"), Tensor::from_vec(weight, (rows, columns), &Device::Cpu)?);
            base.insert(format!("{name}.bias"), Tensor::zeros(rows, candle_core::DType::F32, &Device::Cpu)?);
        }
        let (trained, frozen): (Tensors, Tensors) =
            base.into_iter().partition(|(name, _)| is_trained(name, frozen_layers));
        let param = |(name, tensor): (String, Tensor)| -> Result<Param, ModelError> {
            let row = if name == WORDS { Some(tensor.dim(1)?) } else { None };
            let (decay, head) = (tensor.rank() == 2 && row.is_none(), name.starts_with("heads."));
            Ok(Param { var: Var::from_tensor(&tensor)?, name, decay, head, row })
        };
        Ok(Self { trained: trained.into_iter().map(param).collect::<Result<_, _>>()?, frozen })
    }

    /// Views of all weights through which gradients flow.
    #[must_use]
    pub fn tracked(&self) -> Tensors {
        self.all(|var| var.as_tensor().clone())
    }

    /// Views of all weights for measuring, without gradients; they follow later changes.
    #[must_use]
    pub fn detached(&self) -> Tensors {
        self.all(Var::as_detached_tensor)
    }

    /// The trained weights alone, as [`Params::detached`]: what a checkpoint holds.
    #[must_use]
    pub fn checkpoint(&self) -> Tensors {
        self.trained.iter().map(|p| (p.name.clone(), p.var.as_detached_tensor())).collect()
    }

    /// Puts the weights of a checkpoint in place.
    ///
    /// # Errors
    /// [`TrainError::Resume`] when the checkpoint is of another selection of layers.
    pub fn restore(&self, saved: &Tensors) -> Result<(), TrainError> {
        for p in &self.trained {
            let tensor = saved.get(&p.name).ok_or_else(|| TrainError::Resume(format!("it has no {}", p.name)))?;
            p.var.set(tensor).map_err(ModelError::from)?;
        }
        Ok(())
    }

    fn all(&self, view: impl Fn(&Var) -> Tensor) -> Tensors {
        let trained = self.trained.iter().map(|p| (p.name.clone(), view(&p.var)));
        self.frozen.iter().map(|(n, t)| (n.clone(), t.clone())).chain(trained).collect()
    }
}

fn is_trained(name: &str, frozen_layers: usize) -> bool {
    let layer = name.strip_prefix("encoder.layer.").and_then(|n| n.split('.').next()?.parse::<usize>().ok());
    let key_bias = name.ends_with("attention.self.key.bias");
    name.starts_with("heads.")
        || (name == WORDS && frozen_layers == 0)
        || (layer.is_some_and(|n| n >= frozen_layers) && !key_bias)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::tiny;

    #[test]
    fn frozen_layers_and_tables_are_no_variables() {
        let params = Params::new(tiny::tensors(), 1, 1).unwrap();
        let names: Vec<&str> = params.trained.iter().map(|p| p.name.as_str()).collect();
        assert!(names.contains(&"encoder.layer.1.output.dense.weight") && names.contains(&"heads.risk.out.bias"));
        assert!(!names.iter().any(|n| n.contains("layer.0") || n.contains("embeddings") || n.contains("key.bias")));
        assert_eq!(params.tracked().len(), tiny::tensors().len());
        let whole = Params::new(tiny::tensors(), 0, 1).unwrap();
        let tables: Vec<&Param> = whole.trained.iter().filter(|p| p.name.contains("embeddings")).collect();
        assert_eq!(tables.iter().map(|p| (p.name.as_str(), p.row)).collect::<Vec<_>>(), [(WORDS, Some(DIM))]);
        assert!(Params::new(tiny::tensors(), 2, 1).unwrap().trained.iter().all(|p| p.head));
    }
}
