//! Bilinear resize with its gradient on every device; Burn's own operation has no gradient on wgpu.
//!
//! The axes are resized one after the other. On GPUs each invocation computes one output, forward and backward, so no two
//! invocations write to the same place; on the CPU each map is resized by one thread.

pub(crate) mod axis;
mod backend;
mod cpu;
mod formula;
pub(crate) mod graphics;
mod node;

use burn::backend::Dispatch;
use burn::tensor::{DType, Tensor};

use axis::Scale;
use backend::ResizeBackend;

pub use axis::Corners;

/// `input` `[b, c, h, w]` resized to `[b, c, size[0], size[1]]`. Differentiable on every device.
#[must_use]
pub fn resize_bilinear(input: Tensor<4>, size: [usize; 2], corners: Corners) -> Tensor<4> {
    let [batch, channels, height, width] = input.dims();
    if [height, width] == size {
        return input;
    }
    if input.dtype() != DType::F32 || batch * channels * size[0] * size[1] == 0 {
        return formula::resize(input, size, corners);
    }
    let scale = Scale {
        from: [height, width],
        to: size,
        corners,
    };
    Tensor::from_dispatch(<Dispatch as ResizeBackend>::resize(
        input.into_dispatch(),
        scale,
    ))
}

#[cfg(test)]
pub(crate) mod tests;
