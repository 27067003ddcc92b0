//! The resize on GPUs: one pass per axis.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use super::axis::{Axis, Corners, Scale};
use crate::kernel::{Kernel, contiguous, empty_like};

pub(crate) static AXIS: Kernel = crate::kernel!("resize/axis", 256, ["shared/axis", "shared/grid"]);
pub(crate) static AXIS_GRADIENT: Kernel =
    crate::kernel!("resize/axis_gradient", 256, ["shared/axis", "shared/grid"]);

pub(super) fn resize(input: CubeTensor, scale: Scale) -> CubeTensor {
    let [rows, columns] = [0, 1].map(|number| scale.axis(number));
    let wide = along(&AXIS, contiguous(input), 3, columns, columns.to);
    along(&AXIS, wide, 2, rows, rows.to)
}

/// The gradient with respect to the input, from that with respect to the output.
pub(super) fn resize_gradient(gradient: CubeTensor, scale: Scale) -> CubeTensor {
    let [rows, columns] = [0, 1].map(|number| scale.axis(number));
    let gradient = contiguous(gradient);
    let wide = along(&AXIS_GRADIENT, gradient, 2, rows, rows.from);
    along(&AXIS_GRADIENT, wide, 3, columns, columns.from)
}

/// Resizes one dimension of maps with one kernel; `size` is the new size.
fn along(
    kernel: &'static Kernel,
    maps: CubeTensor,
    dimension: usize,
    axis: Axis,
    size: usize,
) -> CubeTensor {
    if axis.from == axis.to {
        return maps;
    }
    let before: [usize; 4] = maps.shape().dims();
    let mut after = before;
    after[dimension] = size;
    let outer: usize = before[..dimension].iter().product();
    let inner: usize = before[dimension + 1..].iter().product();
    let output = empty_like(&maps, after, DType::F32);
    let settings = [
        outer,
        axis.from,
        axis.to,
        inner,
        usize::from(axis.corners == Corners::Aligned),
        // One tap, no axes between the taps and this one, no bias.
        1,
        1,
        0,
    ];
    kernel.launch(
        kernel.workgroups(outer * size * inner),
        &[&maps, &output],
        &settings.map(|number| number as u32),
    );
    output
}
