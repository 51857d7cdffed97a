//! A linear model over hashed character and word n-grams: cheap, robust to misspelling, and wrong in other places than the encoder.
//! Its logits are added to the encoder's before calibration. Trained by `train::companion`.

use super::ModelError;
use crate::domain::labels::{INTENTS, RISKS};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Number of hash buckets.
pub const BUCKETS: usize = 1 << 17;
/// Risks first, intents behind.
pub const OUTPUTS: usize = RISKS + INTENTS;
/// The file's name in the model folder.
pub const FILE: &str = "ngrams.bin";

const MAGIC: &[u8; 8] = b"APONGRM1";
const HEAD: usize = 8 + 4 * (2 + 2 * OUTPUTS);

/// The linear model: int8 weights with one scale an output, and how much its logits count.
#[derive(Clone)]
pub struct Ngrams {
    /// Factor of its risk logits.
    pub risk_weight: f32,
    /// Factor of its intent logits.
    pub intent_weight: f32,
    scales: [f32; OUTPUTS],
    biases: [f32; OUTPUTS],
    weights: Vec<i8>,
}

/// Buckets of a text's n-grams, each once: characters 3 to 5 inside words (with their edges), words, and pairs of words.
#[must_use]
pub fn features(text: &str) -> Vec<usize> {
    let folded = fold(text);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let mut out = Vec::new();
    for word in &words {
        let edged: Vec<char> = std::iter::once(' ').chain(word.chars()).chain([' ']).collect();
        for n in 3..=5 {
            out.extend(edged.windows(n).map(|w| bucket(b'c', w.iter().copied())));
        }
        out.push(bucket(b'w', word.chars()));
    }
    out.extend(
        words.windows(2).filter_map(|p| Some(bucket(b'p', p.first()?.chars().chain([' ']).chain(p.last()?.chars())))),
    );
    out.sort_unstable();
    out.dedup();
    out
}

/// Lower case, accents off, digits alike.
fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    plain.map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

/// FNV-1a over a kind and characters.
fn bucket(kind: u8, chars: impl Iterator<Item = char>) -> usize {
    let mut buffer = [0; 4];
    let mut hash = (0xcbf2_9ce4_8422_2325_u64 ^ u64::from(kind)).wrapping_mul(0x0100_0000_01b3);
    for c in chars {
        for b in c.encode_utf8(&mut buffer).bytes() {
            hash = (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    usize::try_from((hash ^ (hash >> 29)) % BUCKETS as u64).unwrap_or_default()
}

impl Ngrams {
    /// Quantises trained weights (`BUCKETS` rows of `OUTPUTS`) and biases; the factors are 1 until they are chosen.
    #[must_use]
    pub fn quantise(weights: &[f32], biases: [f32; OUTPUTS]) -> Self {
        let mut scales = [1e-9_f32; OUTPUTS];
        for row in weights.chunks_exact(OUTPUTS) {
            scales.iter_mut().zip(row).for_each(|(s, w)| *s = s.max(w.abs() / 127.0));
        }
        let byte = |(i, w): (usize, &f32)| (w / scales.get(i % OUTPUTS).copied().unwrap_or(1.0)).round() as i8;
        let weights = weights.iter().enumerate().map(byte).collect();
        Self { risk_weight: 1.0, intent_weight: 1.0, scales, biases, weights }
    }

    /// Logits of a text, unweighted: risks first, intents behind. A text without features gives the biases.
    #[must_use]
    pub fn logits(&self, text: &str) -> [f32; OUTPUTS] {
        let buckets = features(text);
        let mut sums = [0_i32; OUTPUTS];
        for b in &buckets {
            let row = self.weights.get(b * OUTPUTS..(b + 1) * OUTPUTS).unwrap_or_default();
            sums.iter_mut().zip(row).for_each(|(s, w)| *s += i32::from(*w));
        }
        let norm = (buckets.len().max(1) as f32).sqrt();
        let mut out = self.biases;
        for ((o, s), scale) in out.iter_mut().zip(sums).zip(self.scales) {
            *o += s as f32 * scale / norm;
        }
        out
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let head = [self.risk_weight, self.intent_weight];
        head.iter().chain(&self.scales).chain(&self.biases).for_each(|x| out.extend_from_slice(&x.to_le_bytes()));
        out.extend(self.weights.iter().map(|w| w.cast_unsigned()));
        out
    }

    /// Parses the file; its digest was compared before.
    ///
    /// # Errors
    /// [`ModelError::Format`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ModelError> {
        let bad = |reason: &str| ModelError::Format { file: FILE.into(), reason: reason.into() };
        let (head, weights) = bytes.split_at_checked(HEAD).ok_or_else(|| bad("is too short"))?;
        let numbers = head.strip_prefix(MAGIC).ok_or_else(|| bad("is no n-gram model of this format"))?;
        if weights.len() != BUCKETS * OUTPUTS {
            return Err(bad("has the wrong length"));
        }
        let floats: Vec<f32> =
            numbers.chunks_exact(4).filter_map(|b| Some(f32::from_le_bytes(b.try_into().ok()?))).collect();
        let array = |from: usize| floats.get(from..from + OUTPUTS).and_then(|s| s.try_into().ok());
        let (Some(&risk_weight), Some(&intent_weight), Some(scales), Some(biases)) =
            (floats.first(), floats.get(1), array(2), array(2 + OUTPUTS))
        else {
            return Err(bad("lacks scales or biases"));
        };
        if !floats.iter().all(|x| x.is_finite()) {
            return Err(bad("holds a number that is not finite"));
        }
        Ok(Self {
            risk_weight,
            intent_weight,
            scales,
            biases,
            weights: weights.iter().map(|b| b.cast_signed()).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_ignore_case_accents_and_digits_but_not_letters() {
        assert_eq!(features("¿Dónde está 123?"), features("¿donde ESTA 999?"));
        assert_ne!(features("order"), features("older"));
        assert!(features("  ").is_empty());
    }

    #[test]
    fn a_model_survives_its_file_and_a_short_one_is_refused() {
        let mut weights = vec![0.0; BUCKETS * OUTPUTS];
        for b in features("refill") {
            weights[b * OUTPUTS] = 2.0;
        }
        let model = Ngrams::quantise(&weights, [0.5; OUTPUTS]);
        let again = Ngrams::parse(&model.to_bytes()).unwrap();
        assert_eq!(model.logits("refill please"), again.logits("refill please"));
        assert!(again.logits("refill")[0] > again.logits("order")[0]);
        assert!(Ngrams::parse(&model.to_bytes()[..100]).is_err() && Ngrams::parse(b"x").is_err());
    }
}
