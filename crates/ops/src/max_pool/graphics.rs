//! The maxima and their gradient on GPUs: one launch each. Burn's own kernels work on maps with their channels innermost, which
//! takes four copies for both passes.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::kernel::{Kernel, contiguous, empty_like};

pub(crate) static MAXIMA: Kernel = crate::kernel!(
    "max_pool/maxima",
    256,
    ["shared/grid", "max_pool/shared/square"]
);
pub(crate) static GRADIENT: Kernel = crate::kernel!(
    "max_pool/gradient",
    256,
    ["shared/grid", "max_pool/shared/square"]
);

/// `[b, c, h, w]` → `[b, c, h / side, w / side]`.
pub(super) fn maxima(map: CubeTensor, side: usize) -> CubeTensor {
    let map = contiguous(map);
    let [batch, channels, rows, columns] = map.shape().dims();
    let shape = [batch, channels, rows / side, columns / side];
    let output = empty_like(&map, shape, DType::F32);
    let count: usize = shape.iter().product();
    if count > 0 {
        let settings = [batch * channels, rows, columns, side].map(|number| number as u32);
        MAXIMA.launch(MAXIMA.workgroups(count), &[&map, &output], &settings);
    }
    output
}

/// The gradient with respect to the map, from that with respect to the maxima.
pub(super) fn gradient(map: CubeTensor, gradient: CubeTensor, side: usize) -> CubeTensor {
    let [map, gradient] = [map, gradient].map(contiguous);
    let shape: [usize; 4] = map.shape().dims();
    let [batch, channels, rows, columns] = shape;
    let by_map = empty_like(&map, shape, DType::F32);
    let squares = batch * channels * rows.div_ceil(side) * columns.div_ceil(side);
    if squares > 0 {
        let settings = [batch * channels, rows, columns, side].map(|number| number as u32);
        let tensors = [&map, &gradient, &by_map];
        GRADIENT.launch(GRADIENT.workgroups(squares), &tensors, &settings);
    }
    by_map
}
