//! The kernels as candle operations that gradients pass through.
//! candle-nn's own fused layer norm and softmax have no backward pass: training through them stops in silence.

use super::kernels;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Storage, Tensor, bail};
use std::sync::Arc;

fn numbers<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let all = storage.as_slice::<f32>()?;
    let part = layout.contiguous_offsets().and_then(|(from, to)| all.get(from..to));
    part.ok_or_else(|| candle_core::Error::msg("a fused operation needs contiguous input"))
}

/// Runs a kernel on the numbers of two tensors; the result has `shape` and no history.
fn kernel(a: &Tensor, b: &Tensor, shape: impl Into<Shape>, f: impl Fn(&[f32], &[f32]) -> Vec<f32>) -> Result<Tensor> {
    let (a, b) = (a.contiguous()?, b.contiguous()?);
    let (sa, la) = a.storage_and_layout();
    let (sb, lb) = b.storage_and_layout();
    let (Storage::Cpu(ca), Storage::Cpu(cb)) = (&*sa, &*sb) else { bail!("the encoder runs on the CPU only") };
    Tensor::from_vec(f(numbers(ca, la)?, numbers(cb, lb)?), shape, a.device())
}

struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }
    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(kernels::gelu(numbers(s, l)?)), l.shape().clone()))
    }
    fn bwd(&self, x: &Tensor, _: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        kernel(x, g, x.shape(), kernels::gelu_grad).map(Some)
    }
}

struct Softmax {
    lens: Arc<[usize]>,
    rows_per_text: usize,
    scale: f32,
}

impl CustomOp1 for Softmax {
    fn name(&self) -> &'static str {
        "masked-softmax"
    }
    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        let width = l.dims().last().copied().unwrap_or(1);
        let live = |row: usize| self.lens.get(row / self.rows_per_text).copied().unwrap_or(width);
        let out = kernels::softmax(numbers(s, l)?, width, self.scale, live);
        Ok((CpuStorage::F32(out), l.shape().clone()))
    }
    fn bwd(&self, _: &Tensor, y: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        let width = y.dims().last().copied().unwrap_or(1);
        kernel(y, g, y.shape(), |y, g| kernels::softmax_grad(y, g, width, self.scale)).map(Some)
    }
}

struct Pool {
    lens: Arc<[usize]>,
    width: usize,
}

impl Pool {
    fn len(&self, rows: usize) -> usize {
        rows / self.lens.len().max(1)
    }
}

impl CustomOp1 for Pool {
    fn name(&self) -> &'static str {
        "pool"
    }
    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, _) = l.shape().dims2()?;
        let out = kernels::pool(numbers(s, l)?, self.len(rows), self.width, &self.lens);
        Ok((CpuStorage::F32(out), Shape::from((self.lens.len(), 2 * self.width))))
    }
    fn bwd(&self, x: &Tensor, _: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        let len = self.len(x.dim(0)?);
        kernel(g, g, x.shape(), |g, _| kernels::pool_grad(g, len, self.width, &self.lens)).map(Some)
    }
}

struct AddBias;

impl CustomOp2 for AddBias {
    fn name(&self) -> &'static str {
        "add-bias"
    }
    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout, sb: &CpuStorage, lb: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(kernels::add_bias(numbers(s, l)?, numbers(sb, lb)?)), l.shape().clone()))
    }
    fn bwd(&self, _: &Tensor, b: &Tensor, _: &Tensor, g: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let width = b.elem_count();
        let to_bias = kernel(g, g, b.shape(), |g, _| kernels::column_sums(g, width))?;
        Ok((Some(g.clone()), Some(to_bias)))
    }
}

struct LayerNorm(f32);

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }
    fn cpu_fwd(
        &self,
        s: &CpuStorage,
        l: &Layout,
        sw: &CpuStorage,
        lw: &Layout,
        sb: &CpuStorage,
        lb: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let out = kernels::layer_norm(numbers(s, l)?, numbers(sw, lw)?, numbers(sb, lb)?, self.0);
        Ok((CpuStorage::F32(out), l.shape().clone()))
    }
    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        _: &Tensor,
        g: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let width = w.elem_count();
        let weights = w.flatten_all()?.to_vec1::<f32>()?;
        let dx = kernel(x, g, x.shape(), |x, g| kernels::layer_norm_grad(x, &weights, g, self.0))?;
        let both = |x: &[f32], g: &[f32]| kernels::layer_norm_grad_params(x, g, width, self.0);
        let params = kernel(x, g, (2, width), both)?;
        Ok((Some(dx), Some(params.get(0)?), Some(params.get(1)?)))
    }
}

/// GELU of every number; any shape, contiguous.
///
/// # Errors
/// On a device or layout that the kernel does not serve; the same holds for the other functions here.
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    x.apply_op1(Gelu)
}

/// `[rows, columns]` laid out anew as `[columns, rows]`; carries no gradient.
///
/// # Errors
/// See [`gelu`].
pub fn transposed(x: &Tensor) -> Result<Tensor> {
    let (rows, columns) = x.dims2()?;
    kernel(x, x, (columns, rows), |x, _| kernels::transpose(x, columns))
}

/// Softmax of `scale·x` over the last dimension of `[texts, heads, len, len]`; columns at or beyond `lens[text]` get 0.
///
/// # Errors
/// See [`gelu`].
pub fn masked_softmax(x: &Tensor, lens: &Arc<[usize]>, scale: f32) -> Result<Tensor> {
    let (_, heads, len, _) = x.dims4()?;
    x.apply_op1(Softmax { lens: lens.clone(), rows_per_text: (heads * len).max(1), scale })
}

/// `[texts·len, width]` to `[texts, 2·width]`: the first row of each text beside the mean of its first `lens[text]` rows.
///
/// # Errors
/// See [`gelu`].
pub fn pool(x: &Tensor, lens: &Arc<[usize]>) -> Result<Tensor> {
    let width = x.dim(1)?;
    x.apply_op1(Pool { lens: lens.clone(), width })
}

/// Adds `bias` `[width]` to every row of `x` `[rows, width]`.
///
/// # Errors
/// See [`gelu`].
pub fn add_bias(x: &Tensor, bias: &Tensor) -> Result<Tensor> {
    x.apply_op2(bias, AddBias)
}

/// Layer normalisation of the rows of `x` `[rows, width]`.
///
/// # Errors
/// See [`gelu`].
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, eps: f32) -> Result<Tensor> {
    x.apply_op3(weight, bias, LayerNorm(eps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn gradients_reach_every_argument() {
        let var = |n: usize, m: usize| Var::randn(0f32, 1f32, (n, m), &Device::Cpu).unwrap();
        let (x, w, b) = (var(6, 8), var(1, 8), var(1, 8));
        let lens: Arc<[usize]> = vec![2, 3].into();
        let normed = layer_norm(&x, &w.get(0).unwrap(), &b.get(0).unwrap(), 1e-5).unwrap();
        let biased = add_bias(&gelu(&normed).unwrap(), &b.get(0).unwrap()).unwrap();
        let heads = biased.reshape((2, 2, 3, 4)).unwrap();
        let scores = heads.matmul(&heads.t().unwrap()).unwrap();
        let mixed = masked_softmax(&scores, &lens, 0.5).unwrap().matmul(&heads).unwrap();
        let loss = pool(&mixed.reshape((6, 8)).unwrap(), &lens).unwrap().sqr().unwrap().sum_all().unwrap();
        let grads = loss.backward().unwrap();
        for v in [&x, &w, &b] {
            let g = grads.get(v.as_tensor()).unwrap().sqr().unwrap().sum_all().unwrap();
            assert!(g.to_scalar::<f32>().unwrap() > 0.0);
        }
    }
}
