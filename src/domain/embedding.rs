//! A sentence embedding, shared by the encoder that makes it and the index that compares it.

use std::ops::Range;

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
    /// Its direction as [`DIM`] bytes: each number in 127ths of the largest. Bytes of bytes are the same bytes.
    pub fn bytes(&self) -> impl Iterator<Item = i8> + '_ {
        let largest = self.0.iter().fold(1e-6_f32, |m, x| m.max(x.abs()));
        self.0.iter().map(move |x| (x / largest * 127.0).round() as i8)
    }
}

/// Many embeddings in a byte a number, one behind the other: a quarter of the room, and quick to look through from end to end.
#[derive(Clone, Debug, Default)]
pub struct Codes {
    bytes: Vec<i8>,
    /// One over the length of each.
    scales: Vec<f32>,
}

/// Numbers that are added up side by side, so that a compiler can keep them in one register.
const LANES: usize = 16;

impl Codes {
    /// Adds one at the end.
    pub fn push(&mut self, e: &Embedding) {
        let from = self.bytes.len();
        self.bytes.extend(e.bytes());
        let own = self.bytes.get(from..).unwrap_or_default();
        let length = own.iter().map(|b| f32::from(*b).powi(2)).sum::<f32>().sqrt();
        self.scales.push(1.0 / length.max(f32::MIN_POSITIVE));
    }
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scales.len()
    }
    /// There is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }
    /// Cosines of those in a range to one; of those that there are.
    pub fn cosines<'c>(&'c self, rows: Range<usize>, to: &'c Embedding) -> impl Iterator<Item = f32> + 'c {
        let bytes = self.bytes.get(rows.start * DIM..rows.end * DIM).unwrap_or_default();
        let scales = self.scales.get(rows).unwrap_or_default();
        bytes.chunks_exact(DIM).zip(scales).map(|(row, scale)| dot(to.as_slice(), row) * scale)
    }
}

impl<'e> FromIterator<&'e Embedding> for Codes {
    fn from_iter<T: IntoIterator<Item = &'e Embedding>>(all: T) -> Self {
        let mut codes = Self::default();
        all.into_iter().for_each(|e| codes.push(e));
        codes
    }
}

fn dot(numbers: &[f32], bytes: &[i8]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for (numbers, bytes) in numbers.chunks_exact(LANES).zip(bytes.chunks_exact(LANES)) {
        for ((lane, x), b) in lanes.iter_mut().zip(numbers).zip(bytes) {
            *lane += x * f32::from(*b);
        }
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(step: f32) -> Embedding {
        Embedding::new((0..DIM).map(|i| (i as f32 * step).sin()).collect()).unwrap()
    }

    #[test]
    fn bytes_are_near_and_stay_what_they_are() {
        let all = [wave(0.1), wave(0.11), wave(2.7)];
        let codes: Codes = all.iter().collect();
        assert_eq!((codes.len(), codes.is_empty()), (3, false));
        for (got, want) in codes.cosines(0..3, &all[0]).zip(all.iter().map(|e| e.cosine(&all[0]))) {
            assert!((got - want).abs() < 5e-3, "{got} {want}");
        }
        assert_eq!(codes.cosines(1..2, &all[1]).count(), 1);
        assert_eq!(codes.cosines(2..9, &all[1]).count(), 0, "a range that is not there");
        let back = Embedding::new(all[2].bytes().map(f32::from).collect()).unwrap();
        assert!(back.bytes().eq(all[2].bytes()));
    }
}
