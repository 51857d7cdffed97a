//! The original model's embeddings of the training texts: computed once, cached in the work folder.
//! Training is pulled towards them, so that the embedding stays good for retrieval (Hinton et al., arXiv 1503.02531).

use super::TrainError;
use super::forward::Student;
use crate::classify::encoder::still;
use crate::classify::{ModelError, Tensors, artefact, quant};
use crate::domain::embedding::DIM;
use candle_core::{Device, Tensor};
use std::path::Path;
use std::sync::Arc;

const BATCH: usize = 64;
const NAME: &str = "embeddings";

/// One embedding (length 384) for each token sequence, by `original`; read from `work` when they were made before
/// from the same base weights (`base`: their digest) and the same sequences.
///
/// # Errors
/// [`TrainError::Model`].
pub fn embeddings(
    original: &Student,
    base: &str,
    sequences: &[Vec<u32>],
    work: &Path,
) -> Result<Vec<Arc<[f32]>>, TrainError> {
    let ids: Vec<u8> = sequences.iter().flat_map(|s| s.iter().chain([&0]).flat_map(|id| id.to_le_bytes())).collect();
    let key = artefact::sha256(&[base.as_bytes(), &ids].concat());
    let file = format!("teacher-{}.safetensors", key.get(..16).unwrap_or(&key));
    let matrix = match cached(&work.join(&file), sequences.len()) {
        Some(matrix) => matrix,
        None => {
            let matrix = compute(original, sequences)?;
            let tensors = Tensors::from([(NAME.to_owned(), matrix.clone())]);
            artefact::write(work, &file, &quant::to_f32(&tensors)?)?;
            matrix
        }
    };
    Ok(matrix.to_vec2::<f32>().map_err(ModelError::from)?.into_iter().map(Arc::from).collect())
}

fn cached(path: &Path, rows: usize) -> Option<Tensor> {
    let tensors = quant::from_bytes(&std::fs::read(path).ok()?).ok()?;
    tensors.get(NAME).filter(|t| t.dims() == [rows, DIM]).cloned()
}

/// One embedding a sequence, `[sequences, 384]`, rows of length one.
///
/// # Errors
/// [`ModelError::Compute`].
pub fn compute(original: &Student, sequences: &[Vec<u32>]) -> Result<Tensor, ModelError> {
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    order.sort_by_key(|&i| sequences.get(i).map_or(0, Vec::len));
    let mut rows = vec![vec![0f32; DIM]; sequences.len()];
    for batch in order.chunks(BATCH) {
        let ids: Vec<&[u32]> = batch.iter().filter_map(|&i| sequences.get(i)).map(Vec::as_slice).collect();
        let found = original.forward(&ids, &mut still)?.embeddings.to_vec2::<f32>()?;
        for (&i, row) in batch.iter().zip(found) {
            rows.get_mut(i).into_iter().for_each(|r| r.clone_from(&row));
        }
    }
    Ok(Tensor::from_vec(rows.concat(), (sequences.len(), DIM), &Device::Cpu)?)
}
