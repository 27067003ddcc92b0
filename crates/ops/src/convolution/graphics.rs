//! The convolution on GPUs.

pub(super) mod choice;
pub(super) mod gather;
pub(crate) mod half;
pub(crate) mod half_kernels;
pub(crate) mod kernels;
pub(super) mod winograd;

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use self::choice::winograd::wins;
use self::choice::{MOST_PRODUCTS, Variant, dispatches, gathering, weighing};
use self::gather::{Direction, Gather, Parts};
use self::half::{half_of, is_mixed, scale_of};
use self::kernels::{BIAS_GRADIENT, PACK};
use self::winograd::slices::Slices;
use super::geometry::Geometry;
use crate::kernel::{CHUNK, contiguous, empty_like};
use crate::sums::sum_of_rows;

/// The most floats in partial sums, and in each of the two transformed maps of Winograd's algorithm (128 MiB).
pub(super) const MOST_FLOATS: usize = 32 * 1024 * 1024;

/// Convolution `[b, c, h, w]` * `[o, c / groups, kh, kw]` + `[o]`.
pub(super) fn forward(
    input: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    geometry: Geometry,
) -> CubeTensor {
    let [batch, _, rows, columns] = input.shape().dims();
    let [outputs, channels, kernel_rows, kernel_columns] = weight.shape().dims();
    let (kernel, size) = ([kernel_rows, kernel_columns], [rows, columns]);
    let output_size = [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis]));
    let gather = Gather::new(
        Direction::Forward,
        geometry,
        kernel,
        batch,
        [channels, outputs / geometry.groups],
        [size, output_size],
    );
    gathered(input, weight, Some(bias), gather, false)
}

/// The gradient with respect to the input, whose rows and columns are `size`; with a bias `[c]` a transposed convolution.
pub(super) fn input_gradient(
    gradient: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
    geometry: Geometry,
    size: [usize; 2],
) -> CubeTensor {
    let [batch, _, rows, columns] = gradient.shape().dims();
    let [outputs, channels, kernel_rows, kernel_columns] = weight.shape().dims();
    let gather = Gather::new(
        Direction::Backward,
        geometry,
        [kernel_rows, kernel_columns],
        batch,
        [outputs / geometry.groups, channels],
        [[rows, columns], size],
    );
    gathered(gradient, weight, bias, gather, true)
}

fn gathered(
    input: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
    mut gather: Gather,
    rotated: bool,
) -> CubeTensor {
    let input = contiguous(input);
    let [rows, columns] = gather.output_size;
    let shape = [gather.batch, gather.groups * gather.outputs, rows, columns];
    let output = empty_like(&input, shape, DType::F32);
    if shape.contains(&0) {
        return output;
    }
    let (weight, bias) = (contiguous(weight), bias.map(contiguous));
    let count = shape.iter().product();
    let most = most_parts(&input, count);
    let variant = Variant::choose(&input);
    // In mixed precision the direct kernels are about as fast as Winograd's by count, and move fewer bytes.
    let slices = (!is_mixed(&input))
        .then(|| Slices::new(&gather, most_parts(&input, 1), MOST_PRODUCTS))
        .flatten();
    if let Some(slices) = slices.filter(|slices| wins(variant, &gather, slices, most)) {
        let tensors = [&input, &weight, &output];
        winograd::convolve(tensors, bias.as_ref(), &gather, &slices, rotated);
        return output;
    }
    let packed = packed(weight, &gather, rotated);
    let (kernel, workgroups, parts) = gathering(variant, &gather, most);
    let sums = partial_sums(&output, parts, count);
    // A binding needs a buffer even if there is no bias.
    let mut tensors = vec![&input, &packed, bias.as_ref().unwrap_or(&packed), &sums];
    let half = half_of(kernel, &input);
    // What has no bias is a gradient.
    let scaled = half.is_some() && bias.is_none();
    let scale = scaled.then(|| scale_of(&input));
    if half.is_some() {
        tensors.push(scale.as_ref().unwrap_or(&packed));
    }
    gather.scaled = scaled;
    in_dispatches(workgroups, gather.products(), |first, count| {
        let settings = gather.settings(bias.is_some(), first, parts);
        half.unwrap_or(kernel).launch(count, &tensors, &settings);
    });
    if parts.count > 1 {
        sum_of_rows(&sums, &output, parts.count, count);
    }
    output
}

/// The most partial sums of `count` numbers each.
fn most_parts(tensor: &CubeTensor, count: usize) -> usize {
    let most_bytes = tensor.client.properties().memory.max_page_size;
    MOST_FLOATS.min(most_bytes as usize / size_of::<f32>()) / count
}

/// Where partial sums of the `count` numbers of `output` are written: the output itself if there is only one.
fn partial_sums(output: &CubeTensor, parts: Parts, count: usize) -> CubeTensor {
    if parts.count == 1 {
        output.clone()
    } else {
        empty_like(output, [parts.count, count], DType::F32)
    }
}

/// The weight with outputs innermost, padded to a multiple of 4, so that one load reads four of them.
fn packed(weight: CubeTensor, gather: &Gather, rotated: bool) -> CubeTensor {
    let width = gather.outputs.next_multiple_of(4);
    let count = gather.groups * gather.channels * gather.taps() * width;
    let packed = empty_like(&weight, [count], DType::F32);
    let settings = [
        gather.groups,
        gather.channels,
        gather.outputs,
        gather.taps(),
        usize::from(rotated),
    ];
    PACK.launch(
        PACK.workgroups(count / 4),
        &[&weight, &packed],
        &settings.map(|number| number as u32),
    );
    packed
}

/// Launches `workgroups` in as many dispatches as `products` need. `launch` gets the first workgroup and their number.
fn in_dispatches(workgroups: usize, products: usize, launch: impl Fn(usize, usize)) {
    let most = workgroups.div_ceil(dispatches(products)).max(1);
    for first in (0..workgroups).step_by(most) {
        launch(first, most.min(workgroups - first));
    }
}

/// The gradient with respect to the weight, whose kernel has the rows and columns `kernel`.
pub(super) fn weight_gradient(
    input: CubeTensor,
    gradient: CubeTensor,
    geometry: Geometry,
    kernel: [usize; 2],
) -> CubeTensor {
    let (input, gradient) = (contiguous(input), contiguous(gradient));
    let [batch, channels, rows, columns] = input.shape().dims();
    let [_, outputs, out_rows, out_columns] = gradient.shape().dims();
    let groups = geometry.groups;
    let mut gather = Gather::new(
        Direction::Forward,
        geometry,
        kernel,
        batch,
        [channels / groups, outputs / groups],
        [[rows, columns], [out_rows, out_columns]],
    );
    let output = empty_like(
        &input,
        [outputs, channels / groups, kernel[0], kernel[1]],
        DType::F32,
    );
    let count = gather.weights();
    if count == 0 {
        return output;
    }
    let most = most_parts(&input, count);
    let (kernel, workgroups, parts) = weighing(Variant::choose(&input), &gather, most);
    let sums = partial_sums(&output, parts, count);
    let half = half_of(kernel, &input);
    let scale = half.map(|_| scale_of(&gradient));
    let mut tensors = vec![&input, &gradient, &sums];
    tensors.extend(&scale);
    gather.scaled = scale.is_some();
    in_dispatches(workgroups, gather.products(), |first, count| {
        let settings = gather.settings(false, first, parts);
        half.unwrap_or(kernel).launch(count, &tensors, &settings);
    });
    if parts.count > 1 {
        sum_of_rows(&sums, &output, parts.count, count);
    }
    output
}

/// The gradient with respect to the bias: the sum over batch, rows and columns.
pub(super) fn bias_gradient(gradient: CubeTensor) -> CubeTensor {
    let gradient = contiguous(gradient);
    let [batch, outputs, rows, columns] = gradient.shape().dims();
    let chunks = (rows * columns).div_ceil(CHUNK);
    let output = empty_like(&gradient, [outputs], DType::F32);
    let sums = empty_like(&gradient, [batch * chunks, outputs], DType::F32);
    let settings = [batch, outputs, rows * columns, chunks].map(|number| number as u32);
    let workgroups = batch * chunks * outputs;
    BIAS_GRADIENT.launch(workgroups, &[&gradient, &sums], &settings);
    sum_of_rows(&sums, &output, batch * chunks, outputs);
    output
}
