//! A model file's bytes as packed matrices, rows of bytes and plain numbers, without a detour over `f32` matrices.

use super::packed::Packed;
use crate::classify::{ModelError, quant};
use safetensors::tensor::{Dtype, SafeTensors};

/// The file, read by name.
pub struct Weights<'a>(SafeTensors<'a>);

/// A matrix as the file holds it: int8 rows, each with its scale.
pub struct Rows {
    /// `[rows, width]`.
    pub weights: Vec<i8>,
    /// One a row.
    pub scale: Vec<f32>,
}

impl Rows {
    /// Row `number` as numbers.
    pub fn row(&self, number: usize) -> Option<impl Iterator<Item = f32>> {
        let width = self.weights.len() / self.scale.len().max(1);
        let scale = *self.scale.get(number)?;
        let row = self.weights.get(number * width..(number + 1) * width)?;
        Some(row.iter().map(move |w| f32::from(*w) * scale))
    }
}

impl<'a> Weights<'a> {
    /// Over the bytes of a `model.safetensors`.
    ///
    /// # Errors
    /// [`ModelError::Format`].
    pub fn new(bytes: &'a [u8]) -> Result<Self, ModelError> {
        SafeTensors::deserialize(bytes).map(Self).map_err(|e| bad(e.to_string()))
    }

    /// A tensor of plain numbers.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`], [`ModelError::Format`].
    pub fn numbers(&self, name: &str) -> Result<Vec<f32>, ModelError> {
        let view = self.0.tensor(name).map_err(|_| ModelError::MissingTensor(name.into()))?;
        if view.dtype() != Dtype::F32 {
            return Err(bad(format!("{name} is {:?}, wanted F32", view.dtype())));
        }
        let numbers = quant::read_floats(view.data());
        // The pass itself does not look for NaN: with finite weights none arises.
        let finite = numbers.iter().all(|x| x.is_finite());
        if finite { Ok(numbers) } else { Err(bad(format!("{name} is not finite"))) }
    }

    /// A matrix of int8 rows.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`], [`ModelError::Format`].
    pub fn rows(&self, name: &str) -> Result<Rows, ModelError> {
        let view = self.0.tensor(name).map_err(|_| ModelError::MissingTensor(name.into()))?;
        let scale = self.numbers(&format!("{name}{}", quant::SCALE))?;
        let weights: Vec<i8> = view.data().iter().map(|b| b.cast_signed()).collect();
        if view.dtype() != Dtype::I8 || scale.is_empty() || !weights.len().is_multiple_of(scale.len()) {
            return Err(bad(format!("{name} is no int8 matrix with a scale for each row")));
        }
        Ok(Rows { weights, scale })
    }

    /// `PREFIX.weight` and `PREFIX.bias`, packed.
    ///
    /// # Errors
    /// As [`Weights::rows`].
    pub fn linear(&self, prefix: &str) -> Result<Packed, ModelError> {
        self.stacked(&[prefix], |_, column| column, |_| 1.0)
    }

    /// Several linear layers over one input as one matrix: `place` says at which column an output of a layer ends up, and
    /// `factor` what the layer is multiplied with.
    ///
    /// # Errors
    /// As [`Weights::rows`].
    pub fn stacked(
        &self,
        prefixes: &[&str],
        place: impl Fn(usize, usize) -> usize,
        factor: impl Fn(usize) -> f32,
    ) -> Result<Packed, ModelError> {
        let (mut weights, mut scale, mut bias) = (Vec::new(), Vec::new(), Vec::new());
        for (layer, prefix) in prefixes.iter().enumerate() {
            let rows = self.rows(&format!("{prefix}.weight"))?;
            let width = rows.weights.len() / rows.scale.len();
            let biases = self.numbers(&format!("{prefix}.bias"))?;
            if biases.len() != rows.scale.len() {
                return Err(bad(format!("{prefix} has {} biases for {} outputs", biases.len(), rows.scale.len())));
            }
            let total = prefixes.len() * rows.scale.len();
            if layer == 0 {
                (weights, scale, bias) = (vec![0; total * width], vec![0.0; total], vec![0.0; total]);
            } else if (scale.len(), weights.len()) != (total, total * width) {
                return Err(bad(format!("{prefix} has another shape than {}", prefixes.first().unwrap_or(prefix))));
            }
            for (column, row) in rows.weights.chunks_exact(width).enumerate() {
                let at = place(layer, column);
                weights[at * width..(at + 1) * width].copy_from_slice(row);
                scale[at] = rows.scale[column] * factor(layer);
                bias[at] = biases[column] * factor(layer);
            }
        }
        Packed::new(&weights, &scale, &bias).map_err(|reason| bad(format!("{}: {reason}", prefixes.join(", "))))
    }
}

/// The weights cannot be used.
pub fn bad(reason: String) -> ModelError {
    ModelError::Format { file: "model.safetensors".into(), reason }
}
