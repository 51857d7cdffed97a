//! A sentence embedding, shared by the encoder that makes it and the index that compares it.

/// Width of the encoder's hidden state.
pub const DIM: usize = 384;

/// A vector of [`DIM`] numbers of length one.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Scales a vector to length one; `None` when it has the wrong width, is zero or not finite.
    #[must_use]
    pub fn new(mut v: Vec<f32>) -> Option<Self> {
        let norm = v.iter().map(|x| x * x).sum::<f32>().sqrt();
        if v.len() != DIM || !norm.is_finite() || norm <= 0.0 {
            return None;
        }
        v.iter_mut().for_each(|x| *x /= norm);
        Some(Self(v))
    }
    /// The numbers, length [`DIM`].
    #[must_use]
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }
    /// Cosine similarity in [-1,1].
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }
}
