//! Plain loops over rows of `f32`: the parts of the encoder that are no matrix product.
//! Written so that the compiler vectorises them; every forward loop has its exact backward loop beside it.

const LANES: usize = 16;

/// Coefficients of e^r - 1 - r over r² for small r, the highest power first (Cephes `expf`).
pub(super) const EXP: [f32; 6] = [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
/// ln 2 = the first + the second, the first exact in few bits.
pub(super) const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// e^x by range reduction and a polynomial of degree six (relative error below 2e-7, as Cephes `expf`).
/// Inputs are clamped to [-87, 88], so the result is always finite.
#[inline]
#[must_use]
pub fn exp(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to the nearest whole number
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + MAGIC;
    let n = shifted - MAGIC;
    let r = x - n * LN_2[0] - n * LN_2[1];
    let p = EXP.into_iter().fold(0.0, |p, c| p * r + c);
    let power = shifted.to_bits().wrapping_sub(MAGIC.to_bits()).wrapping_add(127) << 23;
    (p * r * r + r + 1.0) * f32::from_bits(power)
}

/// The normal distribution function and density at `x` (Abramowitz and Stegun 7.1.26, error below 2e-7).
#[inline]
fn normal(x: f32) -> (f32, f32) {
    let bell = exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs() * std::f32::consts::FRAC_1_SQRT_2);
    let mut p = 1.061_405_4;
    for c in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = p * t + c;
    }
    let tail = 0.5 * p * t * bell;
    (if x < 0.0 { tail } else { 1.0 - tail }, bell * 0.398_942_3)
}

/// GELU, x·Φ(x), of every number (Hendrycks and Gimpel, arXiv 1606.08415).
#[must_use]
pub fn gelu(x: &[f32]) -> Vec<f32> {
    x.iter().map(|&x| x * normal(x).0).collect()
}

/// Gradient of [`gelu`] at `x` for the upstream gradient `g` (same length).
#[must_use]
pub fn gelu_grad(x: &[f32], g: &[f32]) -> Vec<f32> {
    let slope = |(&x, &g): (&f32, &f32)| {
        let (cdf, density) = normal(x);
        g * (cdf + x * density)
    };
    x.iter().zip(g).map(slope).collect()
}

/// Sum of `f(a, b)` over two rows of one length, in lanes so that it vectorises.
#[inline]
fn sum2(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let (ca, cb) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = ca.remainder().iter().zip(cb.remainder()).map(|(&a, &b)| f(a, b)).sum();
    for (a, b) in ca.zip(cb) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += f(a, b);
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Mean and 1/sqrt(variance + eps) of a row.
fn moments(row: &[f32], eps: f32) -> (f32, f32) {
    let n = row.len() as f32;
    let mean = sum2(row, row, |a, _| a) / n;
    let variance = sum2(row, row, |a, _| (a - mean) * (a - mean)) / n;
    (mean, 1.0 / (variance + eps).sqrt())
}

/// Layer normalisation of rows as wide as `weight` (Ba et al., arXiv 1607.06450).
#[must_use]
pub fn layer_norm(x: &[f32], weight: &[f32], bias: &[f32], eps: f32) -> Vec<f32> {
    let mut out = Vec::with_capacity(x.len());
    for row in x.chunks_exact(weight.len().max(1)) {
        let (mean, inv) = moments(row, eps);
        out.extend(row.iter().zip(weight).zip(bias).map(|((x, w), b)| (x - mean) * inv * w + b));
    }
    out
}

/// Gradient of [`layer_norm`] towards its input.
#[must_use]
pub fn layer_norm_grad(x: &[f32], weight: &[f32], g: &[f32], eps: f32) -> Vec<f32> {
    let n = weight.len().max(1);
    let mut out = Vec::with_capacity(x.len());
    let mut gw = vec![0f32; n];
    for (row, g) in x.chunks_exact(n).zip(g.chunks_exact(n)) {
        let (mean, inv) = moments(row, eps);
        gw.iter_mut().zip(g).zip(weight).for_each(|((o, g), w)| *o = g * w);
        let mean_g = sum2(&gw, &gw, |g, _| g) / n as f32;
        let mean_gx = sum2(&gw, row, |g, x| g * (x - mean) * inv) / n as f32;
        out.extend(row.iter().zip(&gw).map(|(x, g)| inv * (g - mean_g - (x - mean) * inv * mean_gx)));
    }
    out
}

/// Gradients of [`layer_norm`] towards weight and bias, one after the other.
#[must_use]
pub fn layer_norm_grad_params(x: &[f32], g: &[f32], width: usize, eps: f32) -> Vec<f32> {
    let (mut dw, mut db) = (vec![0f32; width], vec![0f32; width]);
    for (row, g) in x.chunks_exact(width.max(1)).zip(g.chunks_exact(width.max(1))) {
        let (mean, inv) = moments(row, eps);
        for (((dw, db), x), g) in dw.iter_mut().zip(db.iter_mut()).zip(row).zip(g) {
            *dw += g * (x - mean) * inv;
            *db += g;
        }
    }
    dw.extend(db);
    dw
}

/// A matrix of rows as wide as `columns`, turned round, in blocks that stay in the cache.
#[must_use]
pub fn transpose(x: &[f32], columns: usize) -> Vec<f32> {
    const BLOCK: usize = 16;
    let rows = x.len() / columns.max(1);
    let mut out = vec![0f32; x.len()];
    for (block, rows_in) in x.chunks((BLOCK * columns).max(1)).enumerate() {
        for (column, line) in out.chunks_exact_mut(rows.max(1)).enumerate() {
            let values = rows_in.iter().skip(column).step_by(columns);
            line.iter_mut().skip(block * BLOCK).zip(values).for_each(|(o, x)| *o = *x);
        }
    }
    out
}

/// Adds `bias` to every row.
#[must_use]
pub fn add_bias(x: &[f32], bias: &[f32]) -> Vec<f32> {
    let mut out = Vec::with_capacity(x.len());
    for row in x.chunks_exact(bias.len().max(1)) {
        out.extend(row.iter().zip(bias).map(|(x, b)| x + b));
    }
    out
}

/// Sum over rows of `width` numbers: the gradient of [`add_bias`] towards its bias.
#[must_use]
pub fn column_sums(g: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0f32; width];
    for row in g.chunks_exact(width.max(1)) {
        sums.iter_mut().zip(row).for_each(|(s, g)| *s += g);
    }
    sums
}

/// Softmax of `scale·x` over each row, of which only the first `live(row number)` numbers count; the rest become 0.
#[must_use]
pub fn softmax(x: &[f32], width: usize, scale: f32, live: impl Fn(usize) -> usize) -> Vec<f32> {
    let mut out = vec![0f32; x.len()];
    let rows = x.chunks_exact(width.max(1)).zip(out.chunks_exact_mut(width.max(1)));
    for (number, (row, out)) in rows.enumerate() {
        let n = live(number);
        let max = row.iter().take(n).fold(f32::NEG_INFINITY, |m, &x| m.max(x));
        let mut total = 0f32;
        for (o, x) in out.iter_mut().zip(row).take(n) {
            *o = exp(scale * (x - max));
            total += *o;
        }
        out.iter_mut().take(n).for_each(|o| *o /= total);
    }
    out
}

/// Gradient of [`softmax`] from its result `y`.
#[must_use]
pub fn softmax_grad(y: &[f32], g: &[f32], width: usize, scale: f32) -> Vec<f32> {
    let mut out = Vec::with_capacity(y.len());
    for (y, g) in y.chunks_exact(width.max(1)).zip(g.chunks_exact(width.max(1))) {
        let dot = sum2(y, g, |y, g| y * g);
        out.extend(y.iter().zip(g).map(|(y, g)| scale * y * (g - dot)));
    }
    out
}

/// For each text of `len` rows of `width` numbers: its first row (CLS) and the mean of its first `lens[i]` rows.
#[must_use]
pub fn pool(x: &[f32], len: usize, width: usize, lens: &[usize]) -> Vec<f32> {
    let mut out = Vec::with_capacity(lens.len() * 2 * width);
    for (text, &n) in x.chunks_exact((len * width).max(1)).zip(lens) {
        out.extend(text.iter().take(width));
        let live: Vec<f32> = column_sums(text.get(..n * width).unwrap_or(text), width);
        out.extend(live.iter().map(|s| s / n.max(1) as f32));
    }
    out
}

/// Gradient of [`pool`].
#[must_use]
pub fn pool_grad(g: &[f32], len: usize, width: usize, lens: &[usize]) -> Vec<f32> {
    let mut out = vec![0f32; lens.len() * len * width];
    let texts = out.chunks_exact_mut((len * width).max(1)).zip(g.chunks_exact((2 * width).max(1)));
    for ((text, g), &n) in texts.zip(lens) {
        let (first, mean) = g.split_at(width);
        for row in text.chunks_exact_mut(width.max(1)).take(n) {
            row.iter_mut().zip(mean).for_each(|(o, g)| *o = g / n as f32);
        }
        text.iter_mut().zip(first).for_each(|(o, g)| *o += g);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_and_gelu_agree_with_the_library() {
        for i in -400..400 {
            let x = i as f32 * 0.05;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-6, "exp {x}");
        }
        let known = [(0.0, 0.0), (1.0, 0.841_344_7), (-1.0, -0.158_655_25), (3.0, 2.995_950_2)];
        for (x, y) in known {
            assert!((gelu(&[x])[0] - y).abs() < 2e-6, "gelu {x}");
        }
    }

    #[test]
    fn transposing_turns_rows_into_columns() {
        let x: Vec<f32> = (0..35 * 3).map(|i| i as f32).collect();
        let y = transpose(&x, 3);
        assert!((0..35).all(|r| (0..3).all(|c| y[c * 35 + r] == x[r * 3 + c])));
        assert_eq!(transpose(&y, 35), x);
    }

    /// Central differences of `f` at `x`, weighted by `g`.
    fn numeric(x: &[f32], g: &[f32], f: impl Fn(&[f32]) -> Vec<f32>) -> Vec<f32> {
        let at = |i: usize, h: f32| {
            let mut x = x.to_vec();
            x[i] += h;
            f(&x).iter().zip(g).map(|(y, g)| f64::from(y * g)).sum::<f64>()
        };
        (0..x.len()).map(|i| ((at(i, 1e-2) - at(i, -1e-2)) / 2e-2) as f32).collect()
    }

    fn close(a: &[f32], b: &[f32]) {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).for_each(|(a, b)| assert!((a - b).abs() < 3e-3, "{a} {b}"));
    }

    #[test]
    fn every_backward_loop_agrees_with_differences() {
        let x: Vec<f32> = (0..24).map(|i| ((i * 37 % 23) as f32 - 11.0) * 0.17).collect();
        let g: Vec<f32> = (0..24).map(|i| ((i * 29 % 19) as f32 - 9.0) * 0.11).collect();
        let (w, b) = ([0.5, 1.5, -1.0, 0.7, 1.0, 2.0], [0.1f32; 6]);
        close(&gelu_grad(&x, &g), &numeric(&x, &g, gelu));
        close(&layer_norm_grad(&x, &w, &g, 1e-5), &numeric(&x, &g, |x| layer_norm(x, &w, &b, 1e-5)));
        let params = layer_norm_grad_params(&x, &g, 6, 1e-5);
        close(&params[..6], &numeric(&w, &g, |w| layer_norm(&x, w, &b, 1e-5)));
        close(&params[6..], &numeric(&b, &g, |b| layer_norm(&x, &w, b, 1e-5)));
        close(&column_sums(&g, 6), &numeric(&b, &g, |b| add_bias(&x, b)));
        let soft = |x: &[f32]| softmax(x, 6, 0.4, |row| 3 + row);
        close(&softmax_grad(&soft(&x), &g, 6, 0.4), &numeric(&x, &g, soft));
        let lens = [2, 3];
        let g = &g[..16];
        close(&pool_grad(g, 3, 4, &lens), &numeric(&x, g, |x| pool(x, 3, 4, &lens)));
    }
}
