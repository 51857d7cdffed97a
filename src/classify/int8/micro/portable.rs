//! Plain loops, for any machine and as the reference of the others.
#![allow(unsafe_code)]

use super::{EXPONENT, Micro, Sums};
use crate::classify::int8::packed::{BLOCKS, DEPTH, LANES, Line};

/// Plain loops: any machine.
pub struct Portable;

impl Micro for Portable {
    type Vector = [f32; LANES];

    unsafe fn dot<const R: usize, const C: usize>(acts: &[u8], depth: usize, lines: &[Line], sums: &mut Sums) {
        for (sums, acts) in sums.iter_mut().zip(acts.chunks_exact(depth)).take(R) {
            *sums = [[0; LANES]; BLOCKS];
            for (quad, lines) in acts.chunks_exact(DEPTH).zip(lines.chunks_exact(C)) {
                for (sums, line) in sums.iter_mut().zip(lines) {
                    for (sum, four) in sums.iter_mut().zip(line.0.chunks_exact(DEPTH)) {
                        *sum += quad.iter().zip(four).map(|(a, w)| i32::from(*a) * i32::from(*w)).sum::<i32>();
                    }
                }
            }
        }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::Vector {
        [x; LANES]
    }
    #[inline(always)]
    unsafe fn load(from: &[f32; LANES]) -> Self::Vector {
        *from
    }
    #[inline(always)]
    unsafe fn add_product(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        std::array::from_fn(|n| a[n] * b[n] + c[n])
    }
    #[inline(always)]
    unsafe fn times(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        std::array::from_fn(|n| a[n] * b[n])
    }
    #[inline(always)]
    unsafe fn lower(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        std::array::from_fn(|n| if a[n] < b[n] { a[n] } else { b[n] })
    }
    #[inline(always)]
    unsafe fn higher(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        std::array::from_fn(|n| if a[n] > b[n] { a[n] } else { b[n] })
    }
    #[inline(always)]
    unsafe fn whole(from: &[i32; LANES]) -> Self::Vector {
        from.map(|x| x as f32)
    }
    #[inline(always)]
    unsafe fn power_of_two(shifted: Self::Vector) -> Self::Vector {
        shifted.map(|x| f32::from_bits((x.to_bits().cast_signed().wrapping_add(EXPONENT) << 23).cast_unsigned()))
    }
    #[inline(always)]
    unsafe fn low_bytes(v: Self::Vector, to: &mut [u8; LANES]) {
        *to = v.map(|x| x.to_bits() as u8);
    }
    #[inline(always)]
    unsafe fn store(v: Self::Vector, to: &mut [f32; LANES]) {
        *to = v;
    }
}
