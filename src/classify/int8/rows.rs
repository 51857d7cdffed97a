//! What happens to a row of numbers between the products: quantising, layer normalisation, GELU, softmax.
//! Sixteen numbers at a time, inlined into code that was built for the processor.

#![allow(unsafe_code)]

use super::micro::{Micro, SHIFT};
use super::packed::LANES;
use crate::classify::kernels::{EXP, LN_2};

/// A quantised row stands for `min + scale · byte`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Affine {
    /// Worth of one step.
    pub scale: f32,
    /// Worth of byte 0.
    pub min: f32,
}

/// A row as vectors. Every row here is a whole number of vectors wide (checked when the network is built).
#[inline(always)]
fn vectors(row: &[f32]) -> &[[f32; LANES]] {
    row.as_chunks().0
}

#[inline(always)]
fn lower(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

#[inline(always)]
fn higher(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// The lanes of a vector.
#[inline(always)]
unsafe fn lanes<M: Micro>(v: M::Vector) -> [f32; LANES] {
    let mut lanes = [0f32; LANES];
    // SAFETY: as the caller promises.
    unsafe { M::store(v, &mut lanes) };
    lanes
}

/// Writes a row as bytes.
///
/// # Safety
/// The processor has the instructions of `M`; so for the other functions here.
#[inline(always)]
pub unsafe fn quantise<M: Micro>(row: &[f32], bytes: &mut [u8]) -> Affine {
    // SAFETY: as the caller promises.
    unsafe {
        let (mut low, mut high) = (M::splat(f32::INFINITY), M::splat(f32::NEG_INFINITY));
        for vector in vectors(row) {
            let x = M::load(vector);
            (low, high) = (M::lower(low, x), M::higher(high, x));
        }
        let min = lanes::<M>(low).into_iter().fold(f32::INFINITY, lower);
        let scale = (lanes::<M>(high).into_iter().fold(f32::NEG_INFINITY, higher) - min) / 255.0;
        let steps = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        let (one, less, steps, shift) = (M::splat(1.0), M::splat(-min), M::splat(steps), M::splat(SHIFT));
        for (bytes, vector) in bytes.as_chunks_mut::<LANES>().0.iter_mut().zip(vectors(row)) {
            let above = M::add_product(M::load(vector), one, less);
            M::low_bytes(M::add_product(above, steps, shift), bytes);
        }
        Affine { scale, min }
    }
}

/// Layer normalisation of a row in place (Ba et al., arXiv 1607.06450).
///
/// # Safety
/// As [`quantise`].
#[inline(always)]
pub unsafe fn normalise<M: Micro>(row: &mut [f32], weight: &[f32], bias: &[f32], eps: f32) {
    let n = row.len() as f32;
    // SAFETY: as the caller promises.
    unsafe {
        let (one, mut sum) = (M::splat(1.0), M::splat(0.0));
        for vector in vectors(row) {
            sum = M::add_product(M::load(vector), one, sum);
        }
        let less = M::splat(-lanes::<M>(sum).into_iter().sum::<f32>() / n);
        let mut squares = M::splat(0.0);
        for vector in vectors(row) {
            let off = M::add_product(M::load(vector), one, less);
            squares = M::add_product(off, off, squares);
        }
        let variance = lanes::<M>(squares).into_iter().sum::<f32>() / n;
        let inverse = M::splat(1.0 / (variance + eps).sqrt());
        for ((row, weight), bias) in row.as_chunks_mut::<LANES>().0.iter_mut().zip(vectors(weight)).zip(vectors(bias)) {
            let x = M::times(M::add_product(M::load(row), one, less), inverse);
            M::store(M::add_product(x, M::load(weight), M::load(bias)), row);
        }
    }
}

/// GELU, x·Φ(x): Φ by a polynomial in x²/8 - 1 on [-4, 4], and 0 or 1 beyond. Largest error 1.3e-4, at ±4, which is
/// far below one step of the bytes that it becomes; the test measures it.
///
/// # Safety
/// The processor has the instructions of `M`.
#[inline(always)]
pub unsafe fn gelu<M: Micro>(x: M::Vector) -> M::Vector {
    const POWERS: [f32; 8] = [
        -0.007_223_857,
        0.001_682_081_9,
        -0.007_338_244_6,
        0.024_075_567,
        -0.038_617_33,
        0.055_816_85,
        -0.084_180_155,
        0.175_949_21,
    ];
    // SAFETY: as the caller promises.
    unsafe {
        let near = M::lower(M::splat(4.0), M::higher(M::splat(-4.0), x));
        let t = M::add_product(M::times(near, near), M::splat(0.125), M::splat(-1.0));
        let mut p = M::splat(0.004_835_875);
        for c in POWERS {
            p = M::add_product(p, t, M::splat(c));
        }
        M::times(x, M::add_product(near, p, M::splat(0.5)))
    }
}

/// e^x for x up to 0, by range reduction and a polynomial of degree six (relative error below 2e-7, as Cephes `expf`);
/// below -87 what e^-87 is, next to nothing.
#[inline(always)]
unsafe fn exp<M: Micro>(x: M::Vector) -> M::Vector {
    // SAFETY: as the caller promises.
    unsafe {
        let (one, x) = (M::splat(1.0), M::higher(x, M::splat(-87.0)));
        let shifted = M::add_product(x, M::splat(std::f32::consts::LOG2_E), M::splat(SHIFT));
        let n = M::add_product(shifted, one, M::splat(-SHIFT));
        let r = M::add_product(n, M::splat(-LN_2[0]), x);
        let r = M::add_product(n, M::splat(-LN_2[1]), r);
        let mut p = M::splat(0.0);
        for c in EXP {
            p = M::add_product(p, r, M::splat(c));
        }
        let near = M::add_product(p, M::times(r, r), M::add_product(r, one, one));
        M::times(near, M::power_of_two(shifted))
    }
}

/// Turns scores into weights, e^(x - max), and gives one over their sum. Minus infinity becomes next to nothing.
///
/// # Safety
/// The processor has the instructions of `M`.
#[inline(always)]
pub unsafe fn softmax<M: Micro>(row: &mut [f32]) -> f32 {
    let vectors = row.as_chunks_mut::<LANES>().0;
    // SAFETY: as the caller promises.
    unsafe {
        let mut high = M::splat(f32::NEG_INFINITY);
        for vector in vectors.iter() {
            high = M::higher(high, M::load(vector));
        }
        let less = M::splat(-lanes::<M>(high).into_iter().fold(f32::NEG_INFINITY, higher));
        let (mut sum, one) = (M::splat(0.0), M::splat(1.0));
        for vector in vectors {
            let weights = exp::<M>(M::add_product(M::load(vector), one, less));
            sum = M::add_product(weights, one, sum);
            M::store(weights, vector);
        }
        1.0 / lanes::<M>(sum).into_iter().sum::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::micro::Portable;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn gelu_is_within_its_stated_error() {
        let reference = |x: f64| x * 0.5 * libm_erfc(-x / std::f64::consts::SQRT_2);
        // SAFETY: plain loops run anywhere.
        let gelu = |x: f32| unsafe { gelu::<Portable>([x; LANES]) }[3];
        let points = (-80_000..=80_000).map(|n| f64::from(n) * 1e-4);
        let worst = points.map(|x| (f64::from(gelu(x as f32)) - reference(x)).abs()).fold(0.0, f64::max);
        assert!(worst < 1.3e-4, "{worst}");
        assert_eq!((gelu(-30.0).abs(), gelu(30.0)), (0.0, 30.0));
        assert!(gelu(f32::NAN).is_nan());
    }

    /// erfc by its series or its continued fraction, in f64.
    fn libm_erfc(x: f64) -> f64 {
        if x.abs() < 2.5 {
            let mut term = x;
            let mut sum = x;
            for n in 1..80 {
                let n = f64::from(n);
                term *= -x * x / n;
                sum += term / (2.0 * n + 1.0);
            }
            return 1.0 - sum * std::f64::consts::FRAC_2_SQRT_PI;
        }
        let tail = (1..60).rev().fold(0.0, |f, n| f64::from(n) / 2.0 / (x.abs() + f));
        let value = (-x * x).exp() / std::f64::consts::PI.sqrt() / (x.abs() + tail);
        if x > 0.0 { value } else { 2.0 - value }
    }

    proptest! {
        #[test]
        fn a_quantised_row_is_within_half_a_step(row in prop::collection::vec(-1e4f32..1e4, 64)) {
            let mut bytes = vec![0; row.len()];
            // SAFETY: plain loops run anywhere.
            let affine = unsafe { quantise::<Portable>(&row, &mut bytes) };
            for (x, byte) in row.iter().zip(&bytes) {
                let back = affine.min + affine.scale * f32::from(*byte);
                prop_assert!((back - x).abs() <= affine.scale * 0.51 + 1e-3, "{x} {back}");
            }
        }
    }

    #[test]
    fn a_row_without_width_is_its_minimum() {
        let mut bytes = [9; 32];
        // SAFETY: plain loops run anywhere.
        let affine = unsafe { quantise::<Portable>(&[2.5; 32], &mut bytes) };
        assert_eq!(affine, Affine { scale: 0.0, min: 2.5 });
        assert_eq!(bytes, [0; 32]);
    }

    #[test]
    fn weights_sum_to_one_and_padding_weighs_nothing() {
        let mut row: Vec<f32> = (0..48).map(|n| if n < 33 { n as f32 * 0.1 } else { f32::NEG_INFINITY }).collect();
        // SAFETY: plain loops run anywhere.
        let inverse = unsafe { softmax::<Portable>(&mut row) };
        assert!((row.iter().sum::<f32>() * inverse - 1.0).abs() < 1e-5);
        assert!((row[32] / row[22] - std::f32::consts::E).abs() < 1e-4);
        assert!(row[33..].iter().all(|x| *x < 1e-30));
    }
}
