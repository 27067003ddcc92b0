//! The steps on GPUs.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::kernel::{Kernel, contiguous, empty_like};

pub(crate) static NEAREST: Kernel = crate::kernel!("graph/nearest", 64, ["shared/grid"]);
pub(crate) static MAX_RELATIVE: Kernel = crate::kernel!("graph/max_relative", 64, ["shared/grid"]);
pub(crate) static MAX_RELATIVE_GRADIENT: Kernel =
    crate::kernel!("graph/max_relative_gradient", 64, ["shared/grid"]);

/// Columns of the smallest numbers of each row.
pub(super) fn nearest(distances: CubeTensor, count: usize) -> CubeTensor {
    let [batch, rows, columns] = distances.shape().dims();
    let distances = contiguous(distances);
    let output = empty_like(&distances, [batch, rows, count], DType::I32);
    if batch * rows * count > 0 {
        let settings = [batch * rows, columns, count].map(|number| number as u32);
        NEAREST.launch(batch * rows, &[&distances, &output], &settings);
    }
    output
}

/// The excess, and the index of the largest reference.
pub(super) fn max_relative(
    nodes: CubeTensor,
    references: CubeTensor,
    neighbours: CubeTensor,
) -> (CubeTensor, CubeTensor) {
    let shape: [usize; 3] = nodes.shape().dims();
    let [batch, channels, count] = shape;
    let [_, _, size] = references.shape().dims();
    let [_, _, near] = neighbours.shape().dims();
    let [nodes, references, neighbours] = [nodes, references, neighbours].map(contiguous);
    let excess = empty_like(&nodes, shape, DType::F32);
    let winners = empty_like(&nodes, shape, DType::I32);
    let invocations = shape.iter().product();
    if invocations > 0 {
        let settings = [batch, channels, count, size, near].map(|number| number as u32);
        MAX_RELATIVE.launch(
            MAX_RELATIVE.workgroups(invocations),
            &[&nodes, &references, &neighbours, &excess, &winners],
            &settings,
        );
    }
    (excess, winners)
}

/// The gradient with respect to the `size` references.
pub(super) fn max_relative_gradient(
    gradient: CubeTensor,
    winners: CubeTensor,
    size: usize,
) -> CubeTensor {
    let [batch, channels, count] = gradient.shape().dims();
    let [gradient, winners] = [gradient, winners].map(contiguous);
    let by_references = empty_like(&gradient, [batch, channels, size], DType::F32);
    let maps = batch * channels;
    if maps * size > 0 {
        let settings = [maps, count, size].map(|number| number as u32);
        MAX_RELATIVE_GRADIENT.launch(
            MAX_RELATIVE_GRADIENT.workgroups(maps * size),
            &[&gradient, &winners, &by_references],
            &settings,
        );
    }
    by_references
}
