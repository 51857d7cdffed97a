//! Text to WordPiece ids, and long texts to overlapping windows: nothing that a customer wrote is cut off.

use super::ModelError;

/// Tokens in a window, CLS and SEP included.
pub const WINDOW: usize = 128;
/// Tokens that two neighbouring windows share.
pub const OVERLAP: usize = 32;
const CLS: u32 = 101;
const SEP: u32 = 102;

/// The uncased WordPiece tokenizer of BERT: it lower-cases and strips accents itself.
pub struct Tokenizer(tokenizers::Tokenizer);

impl Tokenizer {
    /// From the bytes of a `tokenizer.json`; its own truncation and padding are switched off.
    ///
    /// # Errors
    /// [`ModelError::Format`] when it is no tokenizer with BERT's CLS and SEP.
    pub fn new(json: &[u8]) -> Result<Self, ModelError> {
        let bad = |reason: String| ModelError::Format { file: "tokenizer.json".into(), reason };
        let mut inner = tokenizers::Tokenizer::from_bytes(json).map_err(|e| bad(e.to_string()))?;
        inner.with_padding(None).with_truncation(None).map_err(|e| bad(e.to_string()))?;
        if inner.token_to_id("[CLS]") != Some(CLS) || inner.token_to_id("[SEP]") != Some(SEP) {
            return Err(bad("[CLS] and [SEP] must have the ids 101 and 102".into()));
        }
        Ok(Self(inner))
    }

    /// The ids of a text without special tokens; empty for a text without visible characters.
    ///
    /// # Errors
    /// [`ModelError::Tokenize`] when the tokenizer refuses.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let encoding = self.0.encode_fast(text, false).map_err(|e| ModelError::Tokenize(e.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The windows of a text: at least one, each at most [`WINDOW`] tokens with CLS and SEP.
    ///
    /// # Errors
    /// As [`Tokenizer::ids`].
    pub fn windows(&self, text: &str) -> Result<Vec<Vec<u32>>, ModelError> {
        Ok(windows(&self.ids(text)?, WINDOW, OVERLAP))
    }
}

/// Cuts ids into windows of at most `window` tokens, neighbours sharing `overlap`, and frames each with CLS and SEP.
#[must_use]
pub fn windows(ids: &[u32], window: usize, overlap: usize) -> Vec<Vec<u32>> {
    let room = window.saturating_sub(2).max(1);
    let stride = room.saturating_sub(overlap).max(1);
    let starts = (0..).step_by(stride).take_while(|&s| s == 0 || s + overlap < ids.len());
    let part = |s: usize| ids.iter().copied().skip(s).take(room);
    starts.map(|s| std::iter::once(CLS).chain(part(s)).chain([SEP]).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_and_cover_everything() {
        for n in [0, 1, 125, 126, 127, 220, 221, 1000] {
            let ids: Vec<u32> = (1000..1000 + n).collect();
            let parts = windows(&ids, WINDOW, OVERLAP);
            assert!(parts.iter().all(|p| p.len() <= WINDOW && p[0] == CLS && p[p.len() - 1] == SEP));
            assert!(ids.iter().all(|id| parts.iter().any(|p| p.contains(id))), "{n}");
            assert_eq!(parts.len(), if n <= 126 { 1 } else { (n as usize - 32).div_ceil(94) }, "{n}");
        }
        let two = windows(&(0..200).collect::<Vec<_>>(), WINDOW, OVERLAP);
        assert_eq!(two[0][95..127], two[1][1..33]);
    }
}
