//! Bilinear resize with its gradient, on every device; burn's own has no gradient on wgpu.
//!
//! The axes are resized one after the other: WGSL gathers, forward and backward alike, so no two invocations write to one
//! place; the processor goes map by map.

pub(crate) mod axis;
mod backend;
mod cpu;
mod formula;
pub(crate) mod kernels;

use burn::backend::Dispatch;
use burn::tensor::{DType, Tensor};

use backend::{ResizeBackend, Scale};

/// Which points of the input and of the output coincide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Corners {
    /// The outer edges of the corner pixels (PyTorch's `align_corners=False`): half-pixel centres.
    #[default]
    HalfPixel,
    /// The centres of the corner pixels (PyTorch's `align_corners=True`).
    Aligned,
}

/// `input` `[b, c, h, w]` resized to `[b, c, size[0], size[1]]`, differentiable on every device.
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
