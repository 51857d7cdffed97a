//! Attention of one head over the tokens of one text, in `f32`: the queries come scaled. Four queries at a time, so that
//! each key and each value is read once for four of them.

#![allow(unsafe_code)]

use super::micro::Micro;
use super::packed::LANES;
use super::rows::softmax;

/// Queries that are worked on together.
pub const QUERIES: usize = 4;

/// What one head needs beside its numbers, for texts of up to `tokens` tokens: keys laid on their side, and weights.
#[must_use]
pub fn room(tokens: usize, width: usize) -> usize {
    tokens.next_multiple_of(LANES) * (width + QUERIES)
}

/// Fills `out(token)` (`W` numbers each) from `rows`, in which each token has query, key and value, `3·W` numbers.
/// `room` is as long as [`room`] says for this text.
///
/// # Safety
/// The processor has the instructions of `M`.
#[inline(always)]
pub unsafe fn attend<M: Micro, const W: usize>(rows: &[f32], room: &mut [f32], mut out: impl FnMut(usize, &[f32; W])) {
    let tokens = rows.len() / (3 * W);
    let padded = tokens.next_multiple_of(LANES);
    let (keys, weights) = room[..padded * (W + QUERIES)].split_at_mut(padded * W);
    lay_keys::<W>(rows, keys, padded);
    for first in (0..tokens).step_by(QUERIES) {
        let queries = std::array::from_fn(|n| start(rows, (first + n).min(tokens - 1) * 3 * W));
        // SAFETY: as the caller promises.
        unsafe { scores::<M, W>(queries, keys, weights, padded) };
        let mut inverse = [0f32; QUERIES];
        for (row, inverse) in weights.chunks_exact_mut(padded).zip(&mut inverse) {
            row[tokens..].fill(f32::NEG_INFINITY);
            // SAFETY: as the caller promises.
            *inverse = unsafe { softmax::<M>(row) };
        }
        let mut mixed = [[0f32; W]; QUERIES];
        // SAFETY: as the caller promises.
        unsafe { mix::<M, W>(rows, weights, padded, inverse, &mut mixed) };
        mixed.iter().take(tokens - first).enumerate().for_each(|(n, row)| out(first + n, row));
    }
}

/// The `N` numbers from `at` on.
#[inline(always)]
pub fn start<const N: usize>(from: &[f32], at: usize) -> &[f32; N] {
    from[at..].first_chunk().expect("the caller's buffers are long enough")
}

/// `keys[d][token]`, zeros behind the last token.
#[inline(always)]
fn lay_keys<const W: usize>(rows: &[f32], keys: &mut [f32], padded: usize) {
    let tokens = rows.len() / (3 * W);
    for (token, row) in rows.chunks_exact(3 * W).enumerate() {
        let key: &[f32; W] = start(row, W);
        for (line, x) in keys.chunks_exact_mut(padded).zip(key) {
            line[token] = *x;
        }
    }
    if tokens < padded {
        keys.chunks_exact_mut(padded).for_each(|line| line[tokens..].fill(0.0));
    }
}

/// `weights[query][token]` = query · key, 32 tokens at a time and the last 16 by themselves.
#[inline(always)]
unsafe fn scores<M: Micro, const W: usize>(
    queries: [&[f32; W]; QUERIES],
    keys: &[f32],
    weights: &mut [f32],
    padded: usize,
) {
    let mut at = 0;
    // SAFETY: as the caller promises.
    unsafe {
        while at + 2 * LANES <= padded {
            score::<M, W, 2>(queries, keys, weights, padded, at);
            at += 2 * LANES;
        }
        if at < padded {
            score::<M, W, 1>(queries, keys, weights, padded, at);
        }
    }
}

#[inline(always)]
unsafe fn score<M: Micro, const W: usize, const C: usize>(
    queries: [&[f32; W]; QUERIES],
    keys: &[f32],
    weights: &mut [f32],
    padded: usize,
    at: usize,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut sums = [[M::splat(0.0); C]; QUERIES];
        for d in 0..W {
            let keys: [M::Vector; C] = std::array::from_fn(|c| M::load(start(keys, d * padded + at + c * LANES)));
            for (sums, query) in sums.iter_mut().zip(queries) {
                let q = M::splat(query[d]);
                for (sum, key) in sums.iter_mut().zip(keys) {
                    *sum = M::add_product(q, key, *sum);
                }
            }
        }
        for (n, sums) in sums.into_iter().enumerate() {
            let row = weights[n * padded + at..].as_chunks_mut().0;
            sums.into_iter().zip(row).for_each(|(sum, to)| M::store(sum, to));
        }
    }
}

/// The values, weighed for each of the queries and divided by the sum of the weights.
#[inline(always)]
unsafe fn mix<M: Micro, const W: usize>(
    rows: &[f32],
    weights: &[f32],
    padded: usize,
    inverse: [f32; QUERIES],
    out: &mut [[f32; W]; QUERIES],
) {
    for at in (0..W).step_by(2 * LANES) {
        // SAFETY: as the caller promises.
        unsafe {
            let mut sums = [[M::splat(0.0); 2]; QUERIES];
            for (token, row) in rows.chunks_exact(3 * W).enumerate() {
                let value = [M::load(start(row, 2 * W + at)), M::load(start(row, 2 * W + at + LANES))];
                for (n, sums) in sums.iter_mut().enumerate() {
                    let weight = M::splat(weights[n * padded + token]);
                    for (sum, value) in sums.iter_mut().zip(value) {
                        *sum = M::add_product(weight, value, *sum);
                    }
                }
            }
            for ((sums, out), inverse) in sums.into_iter().zip(out.iter_mut()).zip(inverse) {
                let to = out[at..].as_chunks_mut().0;
                sums.into_iter().zip(to).for_each(|(sum, to)| M::store(M::times(sum, M::splat(inverse)), to));
            }
        }
    }
}
