//! The buffers of one pass. They grow to the largest pass that was seen and are used again, so that a pass allocates nothing.

use super::rows::Affine;

/// Rows of bytes, each with its scale and minimum.
#[derive(Default)]
pub struct Acts {
    /// `[rows, width]`.
    pub bytes: Vec<u8>,
    /// One a row.
    pub affine: Vec<Affine>,
    /// Bytes in a row.
    pub width: usize,
}

impl Acts {
    fn fit(&mut self, rows: usize, width: usize) {
        self.width = width;
        grow(&mut self.bytes, rows * width);
        grow(&mut self.affine, rows);
    }
}

/// Sizes of a pass.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Tokens of all texts.
    pub rows: usize,
    /// Texts.
    pub texts: usize,
    /// Numbers in a hidden state.
    pub hidden: usize,
    /// Numbers between the two products of a layer's second half.
    pub inner: usize,
    /// Heads of attention.
    pub heads: usize,
    /// What attention needs for each head ([`super::attention::room`]).
    pub room: usize,
    /// Numbers between pooled state and logits, of both heads together.
    pub verdict: usize,
}

/// See the file's head.
#[derive(Default)]
pub struct Scratch {
    /// Hidden states `[rows, hidden]`.
    pub state: Vec<f32>,
    /// Hidden states before layer normalisation.
    pub next: Vec<f32>,
    /// Query, key and value by head, `[heads, rows, 3·width]`.
    pub heads: Vec<f32>,
    /// Room for attention, by head.
    pub room: Vec<f32>,
    /// What attention gives, `[rows, hidden]`.
    pub context: Vec<f32>,
    /// `[rows, inner]`.
    pub inner: Vec<f32>,
    /// Hidden states as bytes.
    pub state_acts: Acts,
    /// `context` as bytes.
    pub context_acts: Acts,
    /// `inner` as bytes.
    pub inner_acts: Acts,
    /// CLS beside mean, `[texts, 2·hidden]`.
    pub pooled: Vec<f32>,
    /// `pooled` as bytes.
    pub pooled_acts: Acts,
    /// `[texts, verdict]`.
    pub verdict: Vec<f32>,
}

impl Scratch {
    /// Makes every buffer large enough.
    pub fn fit(&mut self, s: Sizes) {
        for (buffer, len) in [
            (&mut self.state, s.rows * s.hidden),
            (&mut self.next, s.rows * s.hidden),
            (&mut self.heads, s.rows * s.hidden * 3),
            (&mut self.room, s.heads * s.room),
            (&mut self.context, s.rows * s.hidden),
            (&mut self.inner, s.rows * s.inner),
            (&mut self.pooled, s.texts * 2 * s.hidden),
            (&mut self.verdict, s.texts * s.verdict),
        ] {
            grow(buffer, len);
        }
        self.state_acts.fit(s.rows, s.hidden);
        self.context_acts.fit(s.rows, s.hidden);
        self.inner_acts.fit(s.rows, s.inner);
        self.pooled_acts.fit(s.texts, 2 * s.hidden);
    }
}

fn grow<T: Clone + Default>(buffer: &mut Vec<T>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, T::default());
    }
}
