//! The innermost product, u8 × i8 → i32 over up to eight rows and 48 columns, for each kind of processor. All of them
//! give the same integers: 255 · 127 · 16,384 inputs still fit into an `i32`, and no step in between saturates.
#![allow(unsafe_code)]

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::packed::{BLOCKS, LANES, Line};
pub use portable::Portable;

/// Rows of a tile at most.
pub const ROWS: usize = 8;

/// 1.5 · 2^23: added to a small number it rounds it, and leaves the whole number in the lowest bits.
pub const SHIFT: f32 = 12_582_912.0;
/// What turns those bits into the exponent of 2^n, before they are moved to its place.
const EXPONENT: i32 = 127 - SHIFT.to_bits().cast_signed();

/// Sums of a tile: row, block, column.
pub type Sums = [[[i32; LANES]; BLOCKS]; ROWS];

/// One kind of processor: the product of bytes, and sixteen `f32` at a time.
///
/// Every function is inlined into code that was built for the processor ([`Isa::run`]).
pub trait Micro {
    /// Sixteen numbers.
    type Vector: Copy;

    /// Sums of `R` rows of `acts` (each `depth` bytes, one behind the other) times a panel of `C` blocks.
    ///
    /// # Safety
    /// The processor has the instructions; `acts` holds `R` rows and `lines` one line a block for each four inputs.
    unsafe fn dot<const R: usize, const C: usize>(acts: &[u8], depth: usize, lines: &[Line], sums: &mut Sums);

    /// One number sixteen times.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn splat(x: f32) -> Self::Vector;

    /// The first sixteen numbers.
    ///
    /// # Safety
    /// As [`Micro::splat`].
    unsafe fn load(from: &[f32; LANES]) -> Self::Vector;

    /// `a·b + c`.
    ///
    /// # Safety
    /// As [`Micro::splat`].
    unsafe fn add_product(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;

    /// `a·b`.
    ///
    /// # Safety
    /// As [`Micro::splat`].
    unsafe fn times(a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// The lower of each pair.
    ///
    /// # Safety
    /// As [`Micro::splat`].
    unsafe fn lower(a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// The higher of each pair.
    ///
    /// # Safety
    /// As [`Micro::splat`].
    unsafe fn higher(a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// Whole numbers as `f32`.
    ///
    /// # Safety
    /// As [`Micro::splat`].
    unsafe fn whole(from: &[i32; LANES]) -> Self::Vector;

    /// 2^n, given n + [`SHIFT`], for n from -126 to 127.
    ///
    /// # Safety
    /// As [`Micro::splat`].
    unsafe fn power_of_two(shifted: Self::Vector) -> Self::Vector;

    /// The lowest byte of each number's bits.
    ///
    /// # Safety
    /// As [`Micro::splat`].
    unsafe fn low_bytes(v: Self::Vector, to: &mut [u8; LANES]);

    /// Back to memory.
    ///
    /// # Safety
    /// As [`Micro::splat`].
    unsafe fn store(v: Self::Vector, to: &mut [f32; LANES]);
}

/// Something to do in numbered pieces, built once for each kind of processor.
pub trait Work: Sync {
    /// Does piece `chunk`.
    ///
    /// # Safety
    /// The processor has the instructions of `M`; no two threads do the same piece.
    unsafe fn run<M: Micro>(&self, chunk: usize);
}

/// The instruction sets that the products are written for, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isa {
    /// `vpdpbusd` on 512 bits.
    Avx512Vnni,
    /// `vpmaddwd` on 256 bits.
    Avx2,
    /// Plain loops.
    Portable,
}

impl Isa {
    /// Those that this machine has, the best first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        #[cfg(target_arch = "x86_64")]
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vnni");
        #[cfg(target_arch = "x86_64")]
        let vector = [(Self::Avx512Vnni, avx512 && avx2), (Self::Avx2, avx2)];
        #[cfg(not(target_arch = "x86_64"))]
        let vector: [(Self, bool); 0] = [];
        vector.into_iter().filter_map(|(isa, here)| here.then_some(isa)).chain([Self::Portable]).collect()
    }

    /// Does a piece with these instructions.
    ///
    /// # Safety
    /// The processor has them ([`Isa::available`]); no two threads do the same piece.
    pub(in crate::classify::int8) unsafe fn run<W: Work>(self, work: &W, chunk: usize) {
        // SAFETY: as the caller promises.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Avx512Vnni => run_avx512(work, chunk),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => run_avx2(work, chunk),
                _ => work.run::<Portable>(chunk),
            }
        }
    }
}

/// Everything that is inlined here may use the instructions, the plain loops between the products too.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma")]
unsafe fn run_avx512<W: Work>(work: &W, chunk: usize) {
    // SAFETY: as the caller promises.
    unsafe { work.run::<x86::Avx512Vnni>(chunk) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2<W: Work>(work: &W, chunk: usize) {
    // SAFETY: as the caller promises.
    unsafe { work.run::<x86::Avx2>(chunk) }
}

/// Sums of `rows` rows (1 to [`ROWS`]) and `blocks` blocks (1 to [`BLOCKS`]).
///
/// # Safety
/// As [`Micro::dot`].
#[inline(always)]
pub unsafe fn tile<M: Micro>(acts: &[u8], rows: usize, lines: &[Line], blocks: usize, sums: &mut Sums) {
    let depth = acts.len() / rows.max(1);
    macro_rules! dispatch {
        ($($r:literal)*) => {
            match (rows, blocks) {
                $(($r, 1) => M::dot::<$r, 1>(acts, depth, lines, sums),
                ($r, 2) => M::dot::<$r, 2>(acts, depth, lines, sums),
                ($r, 3) => M::dot::<$r, 3>(acts, depth, lines, sums),)*
                _ => unreachable!("a tile of {rows} rows and {blocks} blocks; at most {ROWS} and {BLOCKS}"),
            }
        };
    }
    // SAFETY: as the caller promises.
    unsafe { dispatch!(1 2 3 4 5 6 7 8) }
}
