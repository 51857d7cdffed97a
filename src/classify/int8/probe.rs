//! The rate of the innermost product alone, with everything in the nearest cache: what a pass is measured against.
#![allow(unsafe_code)]

use super::micro::{Isa, Micro, ROWS, Sums, Work, tile};
use super::packed::{BLOCKS, LANES, Packed};
use std::hint::black_box;
use std::time::Instant;

const DEPTH: usize = 384;
const TIMES: usize = 2_000;

struct Tile {
    matrix: Packed,
    acts: Vec<u8>,
}

impl Work for Tile {
    #[inline(always)]
    unsafe fn run<M: Micro>(&self, _: usize) {
        let mut sums: Sums = [[[0; LANES]; BLOCKS]; ROWS];
        for panel in self.matrix.panels() {
            for _ in 0..TIMES {
                // SAFETY: eight rows of the matrix's depth; the instructions as the caller promises.
                unsafe {
                    tile::<M>(black_box(&self.acts), ROWS, self.matrix.lines(panel), panel.blocks, &mut sums);
                }
                black_box(&sums);
            }
        }
    }
}

/// Operations a second (a product and a sum are two) of one thread with these instructions: the best of five tries.
///
/// # Panics
/// When the machine lacks the instructions.
#[must_use]
pub fn rate(isa: Isa) -> f64 {
    assert!(Isa::available().contains(&isa), "this machine has no {isa:?}");
    let columns = BLOCKS * LANES;
    let (weights, ones) = (vec![3; columns * DEPTH], vec![1.0; columns]);
    let Ok(matrix) = Packed::new(&weights, &ones, &ones) else { return f64::NAN };
    let tile = Tile { matrix, acts: vec![7; ROWS * DEPTH] };
    let operations = (2 * TIMES * ROWS * columns * DEPTH) as f64;
    let one = || {
        let start = Instant::now();
        // SAFETY: asserted above; one thread.
        unsafe { isa.run(&tile, 0) };
        operations / start.elapsed().as_secs_f64()
    };
    (0..5).map(|_| one()).fold(0.0, f64::max)
}
