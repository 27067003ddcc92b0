//! The ungrouped convolution on burn's flex backend: tiles of columns, multiplied by the gemm crate on all cores.
//!
//! Work is cut by sizes alone and partial sums are added in a fixed order, so a run gives the same bits whatever the
//! number of cores.
#![expect(
    unsafe_code,
    reason = "threads write disjoint rows of one output, and gemm takes pointers"
)]

use std::ops::Range;

use burn::backend::TensorMetadata;
use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;
use gemm::Parallelism;
use rayon::prelude::*;

use super::Geometry;
use super::output::Output;
use super::tiles::Columns;
use super::winograd::{self, Sizes};

/// Partial sums of a weight gradient: enough for the cores of a desktop, few enough to hold.
const PARTIAL_SUMS: usize = 16;
/// Floats that the partial sums of one weight gradient may take together (256 MiB).
const PARTIAL_FLOATS: usize = 64 * 1024 * 1024;

/// Numbers of partial sums that a thread adds up at a time.
const SUMMED: usize = 16 * 1024;
/// Parts that the channels of one image are divided into where a gradient goes back to them.
const CHANNEL_BLOCKS: usize = 8;
/// Numbers that are added up side by side.
const LANES: usize = 16;

/// A matrix in memory, by its first element and the distance between rows and between columns.
#[derive(Clone, Copy)]
struct Matrix {
    first: *const f32,
    row: usize,
    column: usize,
}

impl Matrix {
    /// `rows × columns`, row by row.
    fn of(values: &[f32], row: usize) -> Self {
        Self {
            first: values.as_ptr(),
            row,
            column: 1,
        }
    }

    fn transposed(self) -> Self {
        Self {
            first: self.first,
            row: self.column,
            column: self.row,
        }
    }
}

/// `target [m, n] += left [m, k] · right [k, n]`, the target's rows `target_row` apart.
///
/// # Safety
///
/// All three matrices must lie inside live allocations, and nobody else may touch the target meanwhile.
unsafe fn multiply_add(
    [m, n, k]: [usize; 3],
    target: *mut f32,
    target_row: usize,
    left: Matrix,
    right: Matrix,
    parallelism: Parallelism,
) {
    // SAFETY: the caller's promise.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            target,
            1,
            target_row as isize,
            true,
            left.first,
            left.column as isize,
            left.row as isize,
            right.first,
            right.column as isize,
            right.row as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// Every tile of every image. With fewer of them than cores, the product inside each is spread over the cores instead.
fn plan(batch: usize, columns: &Columns) -> (Vec<(usize, Range<usize>)>, Parallelism) {
    let tiles = columns.tiles();
    let plan: Vec<_> = (0..batch)
        .flat_map(|image| tiles.iter().map(move |rows| (image, rows.clone())))
        .collect();
    let parallelism = if plan.len() < rayon::current_num_threads() {
        Parallelism::Rayon(0)
    } else {
        Parallelism::None
    };
    (plan, parallelism)
}

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

pub(super) fn forward(
    input: &FlexTensor,
    weight: &FlexTensor,
    bias: &FlexTensor,
    geometry: Geometry,
) -> FlexTensor {
    let (weight, bias) = (weight.to_contiguous(), bias.to_contiguous());
    let [outputs, channels, kernel_rows, kernel_columns] = weight.shape().dims();
    convolve(
        input,
        weight.storage(),
        Some(bias.storage()),
        [outputs, channels],
        [kernel_rows, kernel_columns],
        geometry,
        false,
    )
}

/// With `turned`, the weight is `[c, o, kh, kw]` and its kernels are turned half round.
fn convolve(
    input: &FlexTensor,
    weight: &[f32],
    bias: Option<&[f32]>,
    [outputs, channels]: [usize; 2],
    kernel: [usize; 2],
    geometry: Geometry,
    turned: bool,
) -> FlexTensor {
    let input = input.to_contiguous();
    let [batch, _, rows, columns] = input.shape().dims();
    let values: &[f32] = input.storage();
    let sizes = Sizes {
        batch,
        channels,
        outputs,
        input: [rows, columns],
        padding: geometry.padding,
    };
    let columns = Columns::new(geometry, channels, [rows, columns], kernel);
    if winograd::pays(sizes, geometry, kernel) {
        let values = winograd::convolve(values, weight, bias, sizes, turned);
        return tensor(
            values,
            [batch, outputs, columns.output[0], columns.output[1]],
        );
    }
    let turned_weight = turned.then(|| turned_half_round(weight, [channels, outputs], kernel));
    let weight = turned_weight.as_deref().unwrap_or(weight);
    let (pixels, width) = (columns.pixels(), columns.output[1]);
    let mut result = vec![0.0_f32; batch * outputs * pixels];
    if let Some(bias) = bias {
        result
            .par_chunks_exact_mut(pixels.max(1))
            .enumerate()
            .for_each(|(plane, values)| values.fill(bias[plane % outputs]));
    }
    let output = Output(result.as_mut_ptr());
    let (plan, parallelism) = plan(batch, &columns);
    plan.into_par_iter()
        .for_each_init(Vec::new, |gathered, (image, rows)| {
            let seen = &values[image * channels * columns.input_pixels()..]
                [..channels * columns.input_pixels()];
            let first = rows.start * width;
            let count = rows.len() * width;
            let right = if columns.are_input() {
                Matrix::of(&seen[first..], columns.input_pixels())
            } else {
                columns.gather(seen, rows, gathered);
                Matrix::of(gathered, count)
            };
            let left = Matrix::of(weight, columns.depth());
            let target = output.at(image * outputs * pixels + first);
            // SAFETY: the tile's own pixels in each of the image's output planes.
            unsafe {
                multiply_add(
                    [outputs, count, columns.depth()],
                    target,
                    pixels,
                    left,
                    right,
                    parallelism,
                );
            }
        });
    tensor(
        result,
        [batch, outputs, columns.output[0], columns.output[1]],
    )
}

pub(super) fn input_gradient(
    gradient: &FlexTensor,
    weight: &FlexTensor,
    geometry: Geometry,
    size: [usize; 2],
) -> FlexTensor {
    let weight = weight.to_contiguous();
    let [outputs, channels, kernel_rows, kernel_columns] = weight.shape().dims();
    let kernel = [kernel_rows, kernel_columns];
    let reach = [0, 1].map(|axis| geometry.dilation[axis] * (kernel[axis] - 1));
    let fits = geometry.padding[0] <= reach[0] && geometry.padding[1] <= reach[1];
    if geometry.stride == [1, 1] && fits {
        let geometry = Geometry {
            padding: [0, 1].map(|axis| reach[axis] - geometry.padding[axis]),
            ..geometry
        };
        return convolve(
            gradient,
            weight.storage(),
            None,
            [channels, outputs],
            kernel,
            geometry,
            true,
        );
    }
    let gradient = gradient.to_contiguous();
    let [batch, ..] = gradient.shape().dims::<4>();
    let columns = Columns::new(geometry, channels, size, kernel);
    let (pixels, width) = (columns.pixels(), columns.output[1]);
    let gradients: &[f32] = gradient.storage();
    let left = weight.storage::<f32>();
    // A few channels at a time, so that one image is enough for all cores.
    let share = channels.div_ceil(CHANNEL_BLOCKS);
    let taps = kernel[0] * kernel[1];
    let mut result = vec![0.0_f32; batch * channels * columns.input_pixels()];
    result
        .par_chunks_exact_mut(channels * columns.input_pixels())
        .enumerate()
        .flat_map(|(image, maps)| {
            let blocks = maps.par_chunks_mut(share * columns.input_pixels());
            blocks
                .enumerate()
                .map(move |(block, maps)| (image, block * share, maps))
        })
        .for_each_init(Vec::new, |scratch, (image, first, maps)| {
            let columns = Columns {
                channels: maps.len() / columns.input_pixels(),
                ..columns
            };
            let gradient = &gradients[image * outputs * pixels..][..outputs * pixels];
            let left = Matrix::of(&left[first * taps..], channels * taps).transposed();
            for rows in columns.tiles() {
                let count = rows.len() * width;
                scratch.clear();
                scratch.resize(columns.depth() * count, 0.0);
                // SAFETY: `scratch` is this thread's own and holds depth × count values.
                unsafe {
                    multiply_add(
                        [columns.depth(), count, outputs],
                        scratch.as_mut_ptr(),
                        count,
                        left,
                        Matrix::of(&gradient[rows.start * width..], pixels),
                        Parallelism::None,
                    );
                }
                columns.scatter(scratch, rows, maps);
            }
        });
    tensor(result, [batch, channels, size[0], size[1]])
}

/// The kernel turned half round, input and output channels swapped: `[o, c, kh, kw]` → `[c, o, kh, kw]`.
fn turned_half_round(
    weight: &[f32],
    [outputs, channels]: [usize; 2],
    kernel: [usize; 2],
) -> Vec<f32> {
    let taps = kernel[0] * kernel[1];
    let mut turned = vec![0.0; weight.len()];
    for output in 0..outputs {
        for channel in 0..channels {
            let source = &weight[(output * channels + channel) * taps..][..taps];
            let target = &mut turned[(channel * outputs + output) * taps..][..taps];
            for (value, seen) in target.iter_mut().zip(source.iter().rev()) {
                *value = *seen;
            }
        }
    }
    turned
}

pub(super) fn weight_gradient(
    input: &FlexTensor,
    gradient: &FlexTensor,
    geometry: Geometry,
    kernel: [usize; 2],
) -> FlexTensor {
    let (input, gradient) = (input.to_contiguous(), gradient.to_contiguous());
    let [batch, channels, rows, columns] = input.shape().dims();
    let [_, outputs, _, _] = gradient.shape().dims();
    let sizes = Sizes {
        batch,
        channels,
        outputs,
        input: [rows, columns],
        padding: geometry.padding,
    };
    let columns = Columns::new(geometry, channels, [rows, columns], kernel);
    let (values, gradients): (&[f32], &[f32]) = (input.storage(), gradient.storage());
    if winograd::pays(sizes, geometry, kernel) {
        let values = winograd::weight_gradient(values, gradients, sizes);
        return tensor(values, [outputs, channels, kernel[0], kernel[1]]);
    }
    let (pixels, width, depth) = (columns.pixels(), columns.output[1], columns.depth());
    let (plan, parallelism) = plan(batch, &columns);
    let sums = (PARTIAL_FLOATS / (outputs * depth)).clamp(1, PARTIAL_SUMS);
    let share = plan.len().div_ceil(sums).max(1);
    let parallelism = if sums == 1 {
        Parallelism::Rayon(0)
    } else {
        parallelism
    };
    let partial: Vec<Vec<f32>> = plan
        .par_chunks(share)
        .map_init(Vec::new, |gathered, tiles| {
            let mut sum = vec![0.0_f32; outputs * depth];
            for (image, rows) in tiles {
                let seen = &values[image * channels * columns.input_pixels()..]
                    [..channels * columns.input_pixels()];
                let first = rows.start * width;
                let count = rows.len() * width;
                let right = if columns.are_input() {
                    Matrix::of(&seen[first..], columns.input_pixels())
                } else {
                    columns.gather(seen, rows.clone(), gathered);
                    Matrix::of(gathered, count)
                };
                let left = Matrix::of(&gradients[image * outputs * pixels + first..], pixels);
                // SAFETY: `sum` is this thread's own and holds outputs × depth values.
                unsafe {
                    multiply_add(
                        [outputs, depth, count],
                        sum.as_mut_ptr(),
                        depth,
                        left,
                        right.transposed(),
                        parallelism,
                    );
                }
            }
            sum
        })
        .collect();
    let mut partial = partial.into_iter();
    let mut total = partial.next().unwrap_or_else(|| vec![0.0; outputs * depth]);
    let partial: Vec<Vec<f32>> = partial.collect();
    total
        .par_chunks_mut(SUMMED)
        .enumerate()
        .for_each(|(block, total)| {
            for sum in &partial {
                for (total, value) in total.iter_mut().zip(&sum[block * SUMMED..]) {
                    *total += value;
                }
            }
        });
    tensor(total, [outputs, channels, kernel[0], kernel[1]])
}

/// Sums over batch, rows and columns, in 64 bits: `[o]`.
pub(super) fn bias_gradient(gradient: &FlexTensor) -> FlexTensor {
    let gradient = gradient.to_contiguous();
    let [_, outputs, rows, columns] = gradient.shape().dims();
    let values: &[f32] = gradient.storage();
    let planes: Vec<f64> = values
        .par_chunks((rows * columns).max(1))
        .map(|plane| {
            let (blocks, rest) = plane.as_chunks::<LANES>();
            let mut lanes = [0.0_f64; LANES];
            for block in blocks {
                for (lane, value) in lanes.iter_mut().zip(block) {
                    *lane += f64::from(*value);
                }
            }
            let rest: f64 = rest.iter().copied().map(f64::from).sum();
            lanes.iter().sum::<f64>() + rest
        })
        .collect();
    let sums = (0..outputs).map(|output| planes.iter().skip(output).step_by(outputs).sum::<f64>());
    let sums: Vec<f32> = sums.map(|sum| sum as f32).collect();
    FlexTensor::from_data(TensorData::new(sums, [outputs]))
}
