//! Weights as files: int8 per output channel for the release, plain f32 for checkpoints and the base model.
//! A quantised tensor `NAME` of shape `[out, in]` has its scales in `NAME.scale` `[out]`: value = int8 · scale.

use super::{ModelError, Tensors};
use candle_core::{Device, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use std::collections::BTreeMap;

/// What is behind the name of a matrix in the name of its scales.
pub(super) const SCALE: &str = ".scale";

/// A tensor's bytes as a safetensors file wants them.
struct Packed {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// Serialises tensors with every matrix as int8 per row (its output channel) and everything else as f32.
///
/// # Errors
/// [`ModelError::Compute`] or [`ModelError::Format`].
pub fn to_int8(tensors: &Tensors) -> Result<Vec<u8>, ModelError> {
    let mut out = BTreeMap::new();
    for (name, tensor) in tensors {
        match tensor.dims() {
            [_, columns] => {
                let (weights, scales) = quantise(&numbers(tensor)?, *columns);
                let shape = tensor.dims().to_vec();
                out.insert(format!("{name}{SCALE}"), floats(vec![scales.len()], &scales));
                out.insert(name.clone(), Packed { dtype: Dtype::I8, shape, bytes: weights });
            }
            shape => drop(out.insert(name.clone(), floats(shape.to_vec(), &numbers(tensor)?))),
        }
    }
    pack(&out)
}

/// Serialises tensors as f32.
///
/// # Errors
/// As [`to_int8`].
pub fn to_f32(tensors: &Tensors) -> Result<Vec<u8>, ModelError> {
    let mut out = BTreeMap::new();
    for (name, tensor) in tensors {
        out.insert(name.clone(), floats(tensor.dims().to_vec(), &numbers(tensor)?));
    }
    pack(&out)
}

/// Reads either form back as f32 tensors; integers other than int8 (BERT's position ids) are left out.
///
/// # Errors
/// [`ModelError::Format`] when the bytes are no safetensors file or scales are missing.
pub fn from_bytes(bytes: &[u8]) -> Result<Tensors, ModelError> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| bad(e.to_string()))?;
    let mut tensors = Tensors::new();
    for (name, view) in file.iter().filter(|(name, _)| !name.ends_with(SCALE)) {
        let data = match view.dtype() {
            Dtype::F32 => read_floats(view.data()),
            Dtype::I8 => {
                let scales = file.tensor(&format!("{name}{SCALE}")).map_err(|e| bad(e.to_string()))?;
                restore(view.data(), &read_floats(scales.data()))
            }
            _ => continue,
        };
        tensors.insert(name.to_owned(), Tensor::from_vec(data, view.shape(), &Device::Cpu)?);
    }
    Ok(tensors)
}

fn bad(reason: String) -> ModelError {
    ModelError::Format { file: "model.safetensors".into(), reason }
}

fn numbers(tensor: &Tensor) -> Result<Vec<f32>, ModelError> {
    Ok(tensor.flatten_all()?.to_vec1::<f32>()?)
}

fn floats(shape: Vec<usize>, data: &[f32]) -> Packed {
    Packed { dtype: Dtype::F32, shape, bytes: data.iter().flat_map(|x| x.to_le_bytes()).collect() }
}

/// Numbers as the file holds them.
pub(super) fn read_floats(bytes: &[u8]) -> Vec<f32> {
    let word = |c: &[u8]| f32::from_le_bytes(c.try_into().unwrap_or_default());
    bytes.chunks_exact(4).map(word).collect()
}

/// Rows of `columns` numbers to int8 and one scale a row.
fn quantise(data: &[f32], columns: usize) -> (Vec<u8>, Vec<f32>) {
    let (mut weights, mut scales) = (Vec::with_capacity(data.len()), Vec::new());
    for row in data.chunks_exact(columns.max(1)) {
        let top = row.iter().fold(0f32, |m, x| m.max(x.abs()));
        let scale = if top > 0.0 { top / 127.0 } else { 1.0 };
        weights.extend(row.iter().map(|x| (x / scale).round().clamp(-127.0, 127.0) as i8 as u8));
        scales.push(scale);
    }
    (weights, scales)
}

fn restore(bytes: &[u8], scales: &[f32]) -> Vec<f32> {
    let columns = bytes.len() / scales.len().max(1);
    let rows = bytes.chunks_exact(columns.max(1)).zip(scales);
    rows.flat_map(|(row, s)| row.iter().map(move |&b| f32::from(b as i8) * s)).collect()
}

fn view(p: &Packed) -> Result<TensorView<'_>, ModelError> {
    TensorView::new(p.dtype, p.shape.clone(), &p.bytes).map_err(|e| bad(e.to_string()))
}

fn pack(tensors: &BTreeMap<String, Packed>) -> Result<Vec<u8>, ModelError> {
    let views = tensors.iter().map(|(name, p)| Ok((name.as_str(), view(p)?)));
    let views = views.collect::<Result<Vec<_>, ModelError>>()?;
    serialize(views, None).map_err(|e| bad(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int8_stays_within_half_a_step_of_each_row() {
        let weight = Tensor::randn(0f32, 0.3f32, (7, 32), &Device::Cpu).unwrap();
        let bias = Tensor::randn(0f32, 1f32, 7, &Device::Cpu).unwrap();
        let tensors = Tensors::from([("a.weight".to_owned(), weight.clone()), ("a.bias".to_owned(), bias.clone())]);
        let back = from_bytes(&to_int8(&tensors).unwrap()).unwrap();
        assert_eq!(back.len(), 2);
        assert_eq!(numbers(&back["a.bias"]).unwrap(), numbers(&bias).unwrap());
        let (a, b) = (numbers(&weight).unwrap(), numbers(&back["a.weight"]).unwrap());
        for (a, b) in a.chunks(32).zip(b.chunks(32)) {
            let step = a.iter().fold(0f32, |m, x| m.max(x.abs())) / 127.0;
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= step * 0.51));
        }
        let plain = from_bytes(&to_f32(&tensors).unwrap()).unwrap();
        assert_eq!(numbers(&plain["a.weight"]).unwrap(), a);
    }
}
