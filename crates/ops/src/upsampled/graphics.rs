//! The sum over the taps on GPUs: one pass per axis.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use super::upsampling::Upsampling;
use crate::kernel::{Kernel, contiguous, empty_like};
use crate::resize::axis::Corners;

pub(crate) static AXIS: Kernel =
    crate::kernel!("upsampled/axis", 256, ["shared/axis", "shared/grid"]);
pub(crate) static AXIS_GRADIENT: Kernel = crate::kernel!(
    "upsampled/axis_gradient",
    256,
    ["shared/axis", "shared/grid"]
);

/// Products `[b, o·kh·kw, h, w]` and bias `[o]` → `[b, o, H, W]`.
pub(super) fn taps_summed(
    products: CubeTensor,
    bias: CubeTensor,
    upsampling: Upsampling,
) -> CubeTensor {
    let [batch, ..] = products.shape().dims::<4>();
    let (products, bias) = (contiguous(products), contiguous(bias));
    let [outputs] = bias.shape().dims();
    let Upsampling {
        from, to, kernel, ..
    } = upsampling;
    let lines = empty_like(
        &products,
        [batch, outputs * kernel[0], from[0], to[1]],
        DType::F32,
    );
    let pass = Pass {
        outer: batch * outputs * kernel[0],
        middle: from[0],
        inner: 1,
        channels: 0,
    };
    pass.forward(upsampling, 1, [&products, &bias, &lines]);
    let output = empty_like(&products, [batch, outputs, to[0], to[1]], DType::F32);
    let pass = Pass {
        outer: batch * outputs,
        middle: 1,
        inner: to[1],
        channels: outputs,
    };
    pass.forward(upsampling, 0, [&lines, &bias, &output]);
    output
}

/// The gradient with respect to the products, from that with respect to the sum.
pub(super) fn taps_summed_gradient(gradient: CubeTensor, upsampling: Upsampling) -> CubeTensor {
    let [batch, outputs, ..] = gradient.shape().dims::<4>();
    let gradient = contiguous(gradient);
    let Upsampling {
        from, to, kernel, ..
    } = upsampling;
    let lines = empty_like(
        &gradient,
        [batch, outputs * kernel[0], from[0], to[1]],
        DType::F32,
    );
    let pass = Pass {
        outer: batch * outputs,
        middle: 1,
        inner: to[1],
        channels: 0,
    };
    pass.gradient(upsampling, 0, [&gradient, &lines]);
    let shape = [batch, outputs * upsampling.taps(), from[0], from[1]];
    let output = empty_like(&gradient, shape, DType::F32);
    let pass = Pass {
        outer: batch * outputs * kernel[0],
        middle: from[0],
        inner: 1,
        channels: 0,
    };
    pass.gradient(upsampling, 1, [&lines, &output]);
    output
}

/// The pass along one axis: the sizes around it.
struct Pass {
    outer: usize,
    middle: usize,
    inner: usize,
    /// Channels with a bias, 0 for none.
    channels: usize,
}

impl Pass {
    fn forward(&self, upsampling: Upsampling, axis: usize, tensors: [&CubeTensor; 3]) {
        let values = self.outer * self.middle * upsampling.to[axis] * self.inner;
        let workgroups = AXIS.workgroups(values);
        AXIS.launch(workgroups, &tensors, &self.settings(upsampling, axis));
    }

    fn gradient(&self, upsampling: Upsampling, axis: usize, tensors: [&CubeTensor; 2]) {
        let maps = self.outer * upsampling.kernel[axis] * self.middle;
        let values = maps * upsampling.from[axis] * self.inner;
        let workgroups = AXIS_GRADIENT.workgroups(values);
        AXIS_GRADIENT.launch(workgroups, &tensors, &self.settings(upsampling, axis));
    }

    /// The settings `Axis` in `shaders/shared/axis.wgsl`.
    fn settings(&self, upsampling: Upsampling, axis: usize) -> [u32; 8] {
        [
            self.outer,
            upsampling.from[axis],
            upsampling.to[axis],
            self.inner,
            usize::from(upsampling.corners == Corners::Aligned),
            upsampling.kernel[axis],
            self.middle,
            self.channels,
        ]
        .map(|number| number as u32)
    }
}
