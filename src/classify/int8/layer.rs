//! The stages of a layer, each cut into pieces that threads can do side by side.
#![allow(unsafe_code)]

use super::attention::{self, attend, start};
use super::micro::{Isa, Micro, ROWS, Sums, Work, tile};
use super::packed::{BLOCKS, LANES, Packed, Panel};
use super::rows::{Affine, gelu, normalise, quantise};
use super::scratch::Acts;
use super::shared::Shared;
use super::team::Crew;

/// Numbers in a head of attention: MiniLM's.
pub const WIDTH: usize = 32;

/// Weight and bias of a layer normalisation.
pub struct Norm {
    /// One a number.
    pub weight: Vec<f32>,
    /// One a number.
    pub bias: Vec<f32>,
    /// Added to the variance.
    pub eps: f32,
}

/// Who works, and with which instructions.
pub struct Hands<'a> {
    /// The caller, alone or with helpers.
    pub crew: Crew<'a>,
    /// What the processor has.
    pub isa: Isa,
}

impl Hands<'_> {
    /// Does all pieces of a stage.
    pub fn each(&self, pieces: usize, work: &impl Work) {
        // SAFETY: `isa` comes from `Isa::available`, and a crew does each piece once.
        self.crew.each(pieces, &|piece| unsafe { self.isa.run(work, piece) });
    }

    /// How many of `things` make a piece, so that each thread gets some four.
    pub fn share(&self, things: usize) -> usize {
        if self.crew.members() == 1 { things.max(1) } else { things.div_ceil(self.crew.members() * 4).max(1) }
    }
}

/// Rows of bytes for reading.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    bytes: &'a [u8],
    affine: &'a [Affine],
    width: usize,
}

impl<'a> Input<'a> {
    /// The first `rows` rows.
    pub fn new(acts: &'a Acts, rows: usize) -> Self {
        Self { bytes: &acts.bytes[..rows * acts.width], affine: &acts.affine[..rows], width: acts.width }
    }
}

/// The product of all rows with one panel, scaled and with its bias, handed over in vectors: row, block, numbers.
///
/// # Safety
/// The processor has the instructions of `M`.
#[inline(always)]
unsafe fn product<M: Micro>(
    matrix: &Packed,
    panel: &Panel,
    input: Input,
    mut emit: impl FnMut(usize, usize, M::Vector),
) {
    let blocks = panel.column / LANES..panel.column / LANES + panel.blocks;
    let part = |of: &'_ [f32]| -> [[f32; LANES]; BLOCKS] {
        let mut part = [[0.0; LANES]; BLOCKS];
        part.iter_mut().zip(&of.as_chunks().0[blocks.clone()]).for_each(|(to, from)| *to = *from);
        part
    };
    let (scale, sum, bias) = (part(&matrix.scale), part(&matrix.sum), part(&matrix.bias));
    let lines = matrix.lines(panel);
    let mut sums: Sums = [[[0; LANES]; BLOCKS]; ROWS];
    let groups = input.bytes.chunks(ROWS * input.width).zip(input.affine.chunks(ROWS));
    for (group, (acts, affine)) in groups.enumerate() {
        // SAFETY: whole rows of `width` bytes, and the matrix is as deep (checked when the layer was built).
        unsafe {
            tile::<M>(acts, affine.len(), lines, panel.blocks, &mut sums);
            for (row, (sums, Affine { scale: step, min })) in sums.iter().zip(affine).enumerate() {
                let (step, min) = (M::splat(*step), M::splat(*min));
                for block in 0..panel.blocks {
                    let base = M::add_product(min, M::load(&sum[block]), M::load(&bias[block]));
                    let factor = M::times(step, M::load(&scale[block]));
                    emit(group * ROWS + row, block, M::add_product(M::whole(&sums[block]), factor, base));
                }
            }
        }
    }
}

/// The `N` numbers from `at` on.
#[inline(always)]
fn at<const N: usize>(of: &mut [f32], at: usize) -> &mut [f32; N] {
    of[at..].first_chunk_mut().expect("buffers are whole vectors wide")
}

/// One head: its queries, keys and values, then its attention over each text. Piece = head.
pub struct Heads<'a> {
    /// Columns by head: query, key, value, each [`WIDTH`].
    pub matrix: &'a Packed,
    /// Hidden states.
    pub input: Input<'a>,
    /// First row and rows of each text.
    pub texts: &'a [(usize, usize)],
    /// Room for all heads.
    pub heads: Shared<'a, f32>,
    /// Room for attention.
    pub room: Shared<'a, f32>,
    /// Of it, for one head.
    pub each: usize,
    /// Where the result goes, `[rows, hidden]`.
    pub out: Shared<'a, f32>,
    /// Numbers in a hidden state.
    pub hidden: usize,
}

impl Work for Heads<'_> {
    #[inline(always)]
    unsafe fn run<M: Micro>(&self, head: usize) {
        const WIDE: usize = 3 * WIDTH;
        let rows = self.input.affine.len();
        // SAFETY: a piece is one head, and each head has its own part of both.
        let (own, room) =
            unsafe { (self.heads.part(head * rows * WIDE, rows * WIDE), self.room.part(head * self.each, self.each)) };
        let per = WIDE / (BLOCKS * LANES);
        for panel in &self.matrix.panels()[head * per..(head + 1) * per] {
            let column = panel.column - head * WIDE;
            // SAFETY: as the caller promises.
            unsafe {
                product::<M>(self.matrix, panel, self.input, |row, block, y| {
                    M::store(y, at(own, row * WIDE + column + block * LANES));
                });
            }
        }
        for (first, tokens) in self.texts {
            let rows = &own[first * WIDE..][..tokens * WIDE];
            let room = &mut room[..attention::room(*tokens, WIDTH)];
            let emit = |token: usize, y: &[f32; WIDTH]| {
                // SAFETY: the numbers of this head in this row.
                let out = unsafe { self.out.part((first + token) * self.hidden + head * WIDTH, WIDTH) };
                *at(out, 0) = *y;
            };
            // SAFETY: as the caller promises.
            unsafe { attend::<M, WIDTH>(rows, room, emit) }
        }
    }
}

/// What becomes of a product.
pub enum Then<'a> {
    /// GELU.
    Gelu,
    /// The numbers at the same place are added.
    Plus(&'a [f32]),
}

/// A product with what comes right behind it. Piece = `share` panels.
pub struct Project<'a> {
    /// The weights.
    pub matrix: &'a Packed,
    /// Its input.
    pub input: Input<'a>,
    /// `[rows, columns]`.
    pub out: Shared<'a, f32>,
    /// What follows.
    pub then: Then<'a>,
    /// Panels in a piece.
    pub share: usize,
}

impl Project<'_> {
    /// Number of pieces.
    pub fn pieces(&self) -> usize {
        self.matrix.panels().len().div_ceil(self.share)
    }
}

impl Work for Project<'_> {
    #[inline(always)]
    unsafe fn run<M: Micro>(&self, piece: usize) {
        let columns = self.matrix.columns;
        for panel in self.matrix.panels().iter().skip(piece * self.share).take(self.share) {
            // SAFETY: as the caller promises; a row's numbers of this panel belong to this piece.
            unsafe {
                product::<M>(self.matrix, panel, self.input, |row, block, y| {
                    let from = row * columns + panel.column + block * LANES;
                    let y = match self.then {
                        Then::Gelu => gelu::<M>(y),
                        Then::Plus(x) => M::add_product(y, M::splat(1.0), M::load(start(x, from))),
                    };
                    M::store(y, at(self.out.part(from, LANES), 0));
                });
            }
        }
    }
}

/// Rows on their way into the next product: normalised where `norm` is given, then as bytes. Piece = `share` rows.
pub struct Quantise<'a> {
    /// `[rows, width]`.
    pub rows: Shared<'a, f32>,
    /// Layer normalisation, in place.
    pub norm: Option<&'a Norm>,
    /// Where the bytes go.
    pub bytes: Shared<'a, u8>,
    /// Where scales and minima go.
    pub affine: Shared<'a, Affine>,
    /// Number of rows.
    pub count: usize,
    /// Numbers in a row.
    pub width: usize,
    /// Rows in a piece.
    pub share: usize,
}

impl Work for Quantise<'_> {
    #[inline(always)]
    unsafe fn run<M: Micro>(&self, piece: usize) {
        for at in (piece * self.share..self.count).take(self.share) {
            // SAFETY: a row belongs to one piece.
            let (row, bytes, affine) = unsafe {
                let from = at * self.width;
                (self.rows.part(from, self.width), self.bytes.part(from, self.width), self.affine.part(at, 1))
            };
            // SAFETY: as the caller promises.
            unsafe {
                if let Some(norm) = self.norm {
                    normalise::<M>(row, &norm.weight, &norm.bias, norm.eps);
                }
                affine[0] = quantise::<M>(row, bytes);
            }
        }
    }
}
