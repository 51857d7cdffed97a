//! Vector instructions of x86-64.
#![allow(unsafe_code)]

use super::{EXPONENT, Micro, Sums};
use crate::classify::int8::packed::{BLOCKS, DEPTH, LANES, Line};
use std::arch::x86_64::*;

/// One `vpdpbusd` does 64 products.
pub struct Avx512Vnni;

impl Micro for Avx512Vnni {
    type Vector = __m512;

    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    unsafe fn dot<const R: usize, const C: usize>(acts: &[u8], depth: usize, lines: &[Line], out: &mut Sums) {
        let (acts, lines) = (acts.as_ptr(), lines.as_ptr());
        // SAFETY: offsets stay inside what the caller promises: R rows of `depth` bytes, C lines for each four inputs.
        unsafe {
            let mut sums = [[_mm512_setzero_si512(); C]; R];
            for quad in 0..depth / DEPTH {
                let mut weights = [_mm512_setzero_si512(); C];
                for (block, w) in weights.iter_mut().enumerate() {
                    *w = _mm512_load_si512(lines.add(quad * C + block).cast());
                }
                for (row, sums) in sums.iter_mut().enumerate() {
                    let four = acts.add(row * depth + quad * DEPTH).cast::<i32>().read_unaligned();
                    let four = _mm512_set1_epi32(four);
                    for (sum, w) in sums.iter_mut().zip(weights) {
                        *sum = _mm512_dpbusd_epi32(*sum, four, w);
                    }
                }
            }
            for (out, sums) in out.iter_mut().zip(sums) {
                for (out, sum) in out.iter_mut().zip(sums) {
                    _mm512_storeu_si512(out.as_mut_ptr().cast(), sum);
                }
            }
        }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> __m512 {
        // SAFETY: as the caller promises; so below.
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn load(from: &[f32; LANES]) -> __m512 {
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    unsafe fn add_product(a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn times(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn lower(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn higher(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn whole(from: &[i32; LANES]) -> __m512 {
        unsafe { _mm512_cvtepi32_ps(_mm512_loadu_si512(from.as_ptr().cast())) }
    }
    #[inline(always)]
    unsafe fn power_of_two(shifted: __m512) -> __m512 {
        unsafe {
            let n = _mm512_add_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(EXPONENT));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(n))
        }
    }
    #[inline(always)]
    unsafe fn low_bytes(v: __m512, to: &mut [u8; LANES]) {
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), _mm512_cvtepi32_epi8(_mm512_castps_si512(v))) }
    }
    #[inline(always)]
    unsafe fn store(v: __m512, to: &mut [f32; LANES]) {
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), v) }
    }
}

/// Products of 16-bit pairs, so that nothing saturates.
pub struct Avx2;

impl Micro for Avx2 {
    type Vector = [__m256; 2];

    #[target_feature(enable = "avx2")]
    unsafe fn dot<const R: usize, const C: usize>(acts: &[u8], depth: usize, lines: &[Line], out: &mut Sums) {
        for (acts, out) in acts.chunks_exact(depth).zip(out).take(R) {
            for (block, out) in out.iter_mut().enumerate().take(C.min(BLOCKS)) {
                // SAFETY: as the caller promises.
                *out = unsafe { block_avx2(acts, lines.as_ptr().add(block), C) };
            }
        }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> [__m256; 2] {
        // SAFETY: as the caller promises; so below.
        unsafe { [_mm256_set1_ps(x); 2] }
    }
    #[inline(always)]
    unsafe fn load(from: &[f32; LANES]) -> [__m256; 2] {
        unsafe { [_mm256_loadu_ps(from.as_ptr()), _mm256_loadu_ps(from.as_ptr().add(8))] }
    }
    #[inline(always)]
    unsafe fn add_product(a: [__m256; 2], b: [__m256; 2], c: [__m256; 2]) -> [__m256; 2] {
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }
    #[inline(always)]
    unsafe fn times(a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }
    #[inline(always)]
    unsafe fn lower(a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
        unsafe { [_mm256_min_ps(a[0], b[0]), _mm256_min_ps(a[1], b[1])] }
    }
    #[inline(always)]
    unsafe fn higher(a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
        unsafe { [_mm256_max_ps(a[0], b[0]), _mm256_max_ps(a[1], b[1])] }
    }
    #[inline(always)]
    unsafe fn whole(from: &[i32; LANES]) -> [__m256; 2] {
        unsafe {
            let half = |at: usize| _mm256_cvtepi32_ps(_mm256_loadu_si256(from.as_ptr().add(at).cast()));
            [half(0), half(8)]
        }
    }
    #[inline(always)]
    unsafe fn power_of_two(shifted: [__m256; 2]) -> [__m256; 2] {
        unsafe {
            let half = |x: __m256| {
                let n = _mm256_add_epi32(_mm256_castps_si256(x), _mm256_set1_epi32(EXPONENT));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(n))
            };
            shifted.map(half)
        }
    }
    #[inline(always)]
    unsafe fn low_bytes(v: [__m256; 2], to: &mut [u8; LANES]) {
        unsafe {
            let low = |x: __m256| _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0xff));
            // Packing works within halves; the permutation puts the quarters in order.
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(low(v[0]), low(v[1])));
            let bytes = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi16(words, words));
            _mm_storeu_si128(to.as_mut_ptr().cast(), _mm256_castsi256_si128(bytes));
        }
    }
    #[inline(always)]
    unsafe fn store(v: [__m256; 2], to: &mut [f32; LANES]) {
        unsafe {
            _mm256_storeu_ps(to.as_mut_ptr(), v[0]);
            _mm256_storeu_ps(to.as_mut_ptr().add(8), v[1]);
        }
    }
}

/// One row times one block, whose lines lie `stride` apart.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn block_avx2(acts: &[u8], lines: *const Line, stride: usize) -> [i32; LANES] {
    // SAFETY: the caller promises a line for each four inputs.
    unsafe {
        let mut sums = [_mm256_setzero_si256(); 4];
        for (quad, four) in acts.chunks_exact(DEPTH).enumerate() {
            let four = _mm_cvtsi32_si128(four.as_ptr().cast::<i32>().read_unaligned());
            let four = _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(four));
            let line = lines.add(quad * stride).cast::<__m128i>();
            for (part, sum) in sums.iter_mut().enumerate() {
                let weights = _mm256_cvtepi8_epi16(_mm_load_si128(line.add(part)));
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(four, weights));
            }
        }
        let mut out = [0i32; LANES];
        for (pair, out) in sums.chunks_exact(2).zip(out.chunks_exact_mut(8)) {
            // Neighbouring sums belong to one column; `hadd` works within halves, the permutation puts them in order.
            let both = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(pair[0], pair[1]));
            _mm256_storeu_si256(out.as_mut_ptr().cast(), both);
        }
        out
    }
}
