//! The ungrouped convolution on Burn's flex backend: Winograd's algorithm where it is faster, else matrix products of gathered
//! pixels and the weight.
//!
//! The work is divided by sizes alone and partial sums are added in a fixed order, so a run gives the same bits on any number of
//! cores.

use burn::backend::TensorMetadata;
use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;
use rayon::prelude::*;

use super::gathered::Gathered;
use super::gathered::weight::WeightGradient;
use super::order::{Order, ordered, reordered};
use super::phases::{self, Phases};
use super::taps::Sampling;
use super::winograd::{self, Sizes};
use crate::convolution::geometry::Geometry;
use crate::cpu::output::written;
use crate::cpu::vectorised::vectorised;

/// Numbers summed in parallel.
const LANES: usize = 16;

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

pub(super) fn forward(
    input: &FlexTensor,
    weight: &FlexTensor,
    bias: &FlexTensor,
    geometry: Geometry,
) -> FlexTensor {
    let [input, weight, bias] = [input, weight, bias].map(FlexTensor::to_contiguous);
    let [batch, channels, rows, columns] = input.shape().dims();
    let [outputs, _, kernel_rows, kernel_columns] = weight.shape().dims();
    let (size, kernel) = ([rows, columns], [kernel_rows, kernel_columns]);
    let (maps, weight): (&[f32], &[f32]) = (input.storage(), weight.storage());
    let bias = Some(bias.storage());
    let [height, width] = [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis]));
    let shape = [batch, outputs, height, width];
    let sizes = Sizes {
        batch,
        channels,
        outputs,
        input: size,
        padding: geometry.padding,
    };
    if let Some(phases) = Phases::new(sizes, geometry, kernel) {
        let found = winograd::convolve(&phases.apart(maps), weight, bias, phases.sizes, false);
        return tensor(phases.together(&found), shape);
    }
    if winograd::pays(sizes, geometry, kernel) {
        return tensor(winograd::convolve(maps, weight, bias, sizes, false), shape);
    }
    let sampling = Sampling::of_outputs(geometry, size, kernel);
    let weight = ordered(
        weight,
        [outputs, channels],
        kernel,
        &sampling.taps,
        Order::Outputs,
    );
    let gathered = Gathered {
        sampling: &sampling,
        weight: &weight,
        channels,
        rows: outputs,
        bias,
        maps: &sampling.lay_out(maps),
        map: sampling.map(),
    };
    #[expect(unsafe_code, reason = "the pieces cover every pixel of every map")]
    // SAFETY: the pieces cover every pixel of every map, so every element is written.
    let values = unsafe {
        written(shape.iter().product(), |output| {
            gathered.write(batch, output);
        })
    };
    tensor(values, shape)
}

pub(super) fn input_gradient(
    gradient: &FlexTensor,
    weight: &FlexTensor,
    geometry: Geometry,
    size: [usize; 2],
) -> FlexTensor {
    let (gradient, weight) = (gradient.to_contiguous(), weight.to_contiguous());
    let [batch, outputs, rows, columns] = gradient.shape().dims();
    let [_, channels, kernel_rows, kernel_columns] = weight.shape().dims();
    let kernel = [kernel_rows, kernel_columns];
    let (maps, weight): (&[f32], &[f32]) = (gradient.storage(), weight.storage());
    let shape = [batch, channels, size[0], size[1]];
    let reach = [0, 1].map(|axis| geometry.dilation[axis] * (kernel[axis] - 1));
    let fits = geometry.padding[0] <= reach[0] && geometry.padding[1] <= reach[1];
    if geometry.stride == [1, 1] && fits {
        // The convolution of the gradient with the kernel rotated by 180°.
        let rotated = Geometry {
            padding: [0, 1].map(|axis| reach[axis] - geometry.padding[axis]),
            ..geometry
        };
        let sizes = Sizes {
            batch,
            channels: outputs,
            outputs: channels,
            input: [rows, columns],
            padding: rotated.padding,
        };
        if let Some(phases) = Phases::new(sizes, rotated, kernel) {
            let found = winograd::convolve(&phases.apart(maps), weight, None, phases.sizes, true);
            return tensor(phases.together(&found), shape);
        }
        if winograd::pays(sizes, rotated, kernel) {
            return tensor(winograd::convolve(maps, weight, None, sizes, true), shape);
        }
    }
    let pixels = size[0] * size[1];
    // Pixels of the same phase read outputs under the same taps; each phase is computed separately.
    let samplings: Vec<Sampling> = phases::places(geometry.stride)
        .map(|phase| Sampling::of_inputs(geometry, size, kernel, phase))
        .collect();
    let write = |sampling: &Sampling, output| {
        let weight = ordered(
            weight,
            [outputs, channels],
            kernel,
            &sampling.taps,
            Order::Channels,
        );
        let gathered = Gathered {
            sampling,
            weight: &weight,
            channels: outputs,
            rows: channels,
            bias: None,
            maps,
            map: sampling.map(),
        };
        #[expect(unsafe_code, reason = "the pieces cover every pixel of every map")]
        // SAFETY: the output was made for this sampling.
        unsafe {
            gathered.write(batch, output);
        }
    };
    let of_sampling = |sampling: &Sampling| {
        #[expect(unsafe_code, reason = "the pieces cover every pixel of every map")]
        // SAFETY: the pieces cover every pixel of every map, so every element is written.
        unsafe {
            written(batch * channels * sampling.pixels(), |output| {
                write(sampling, output);
            })
        }
    };
    if let [sampling] = samplings.as_slice() {
        return tensor(of_sampling(sampling), shape);
    }
    let found: Vec<Vec<f32>> = samplings.par_iter().map(of_sampling).collect();
    let mut values = vec![0.0; batch * channels * pixels];
    values
        .par_chunks_exact_mut(pixels.max(1))
        .enumerate()
        .for_each(|(map, values)| {
            let phases = phases::places(geometry.stride).zip(&samplings).zip(&found);
            for ((phase, sampling), found) in phases {
                let found = &found[map * sampling.pixels()..][..sampling.pixels()];
                phases::put_back(
                    values,
                    size[1],
                    found,
                    sampling.grid[1],
                    phase,
                    geometry.stride,
                );
            }
        });
    tensor(values, shape)
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
    let shape = [outputs, channels, kernel[0], kernel[1]];
    let (maps, gradients): (&[f32], &[f32]) = (input.storage(), gradient.storage());
    let sizes = Sizes {
        batch,
        channels,
        outputs,
        input: [rows, columns],
        padding: geometry.padding,
    };
    if let Some(phases) = Phases::new(sizes, geometry, kernel) {
        let (maps, gradients) = (phases.apart(maps), phases.apart(gradients));
        let found = winograd::weight_gradient(&maps, &gradients, phases.sizes);
        return tensor(found, shape);
    }
    if winograd::pays(sizes, geometry, kernel) {
        return tensor(winograd::weight_gradient(maps, gradients, sizes), shape);
    }
    let sampling = Sampling::of_outputs(geometry, [rows, columns], kernel);
    let found = WeightGradient {
        sampling: &sampling,
        channels,
        outputs,
        maps: &sampling.lay_out(maps),
        map: sampling.map(),
        gradients,
    };
    let found = found.find(batch);
    tensor(reordered(found, [outputs, channels], kernel), shape)
}

/// Sums over batch, rows and columns, in 64 bits: `[o]`.
pub(crate) fn bias_gradient(gradient: &FlexTensor) -> FlexTensor {
    let gradient = gradient.to_contiguous();
    let [_, outputs, rows, columns] = gradient.shape().dims();
    let values: &[f32] = gradient.storage();
    let planes: Vec<f64> = values
        .par_chunks((rows * columns).max(1))
        .map(sum)
        .collect();
    let sums = (0..outputs).map(|output| planes.iter().skip(output).step_by(outputs).sum::<f64>());
    let sums: Vec<f32> = sums.map(|sum| sum as f32).collect();
    FlexTensor::from_data(TensorData::new(sums, [outputs]))
}

fn sum(plane: &[f32]) -> f64 {
    vectorised(|| {
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
}
