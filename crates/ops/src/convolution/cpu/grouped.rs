//! Grouped convolution on Burn's flex backend.
//!
//! For groups with few channels, as in depthwise convolution, gathering would take longer than the matrix product. So their taps
//! are summed directly, a group of one image at a time. Larger groups are computed one after the other as ungrouped convolutions.

mod group;
mod lattice;
mod sums;

use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Slice, TensorData};
use rayon::prelude::*;

use self::group::Group;
use super::ungrouped;
use crate::convolution::geometry::Geometry;

/// The most kernels of a group (channels times outputs) whose taps are summed directly.
const FEW_KERNELS: usize = 16;

/// Whether the taps of groups of this size are summed directly.
fn is_direct([channels, outputs]: [usize; 2]) -> bool {
    channels * outputs <= FEW_KERNELS
}

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// The part of a tensor that belongs to one of `groups` along an axis.
fn part(tensor: &FlexTensor, axis: usize, group: usize, groups: usize) -> FlexTensor {
    let shape = tensor.shape();
    let slices: Vec<Slice> = (0..shape.num_dims())
        .map(|number| {
            let size = shape[number];
            let share = size / groups;
            if number == axis {
                Slice::from(group * share..(group + 1) * share)
            } else {
                Slice::from(0..size)
            }
        })
        .collect();
    Flex::float_slice(tensor.clone(), &slices)
}

/// The results of the ungrouped convolution `convolve` for each group, joined along an axis.
fn one_by_one(
    geometry: Geometry,
    axis: usize,
    convolve: impl Fn(usize, Geometry) -> FlexTensor,
) -> FlexTensor {
    let alone = Geometry {
        groups: 1,
        ..geometry
    };
    let parts = (0..geometry.groups)
        .map(|group| convolve(group, alone))
        .collect();
    Flex::float_cat(parts, axis)
}

pub(super) fn forward(
    input: &FlexTensor,
    weight: &FlexTensor,
    bias: &FlexTensor,
    geometry: Geometry,
) -> FlexTensor {
    let groups = geometry.groups;
    let [batch, _, rows, columns] = input.shape().dims();
    let [outputs, channels, kernel_rows, kernel_columns] = weight.shape().dims();
    let sizes = [channels, outputs / groups];
    if !is_direct(sizes) {
        return one_by_one(geometry, 1, |group, geometry| {
            let [weight, bias] = [weight, bias].map(|tensor| part(tensor, 0, group, groups));
            ungrouped::forward(&part(input, 1, group, groups), &weight, &bias, geometry)
        });
    }
    let group = Group::new(
        geometry,
        sizes,
        [rows, columns],
        [kernel_rows, kernel_columns],
    );
    let shape = [batch, outputs, group.output_size[0], group.output_size[1]];
    let mut output = vec![0.0; shape.iter().product()];
    if output.is_empty() {
        return tensor(output, shape);
    }
    let [input, weight, bias] = [input, weight, bias].map(FlexTensor::to_contiguous);
    let (maps, weight): (&[f32], &[f32]) = (input.storage(), weight.storage());
    let bias: &[f32] = bias.storage();
    let of_group = weight.len() / groups;
    output
        .par_chunks_exact_mut(group.outputs * group.output_pixels())
        .zip(maps.par_chunks_exact(channels * rows * columns))
        .enumerate()
        .for_each(|(number, (output, maps))| {
            let number = number % groups;
            let weight = &weight[number * of_group..][..of_group];
            let bias = &bias[number * group.outputs..][..group.outputs];
            group.forward(maps, weight, bias, output);
        });
    tensor(output, shape)
}

pub(super) fn input_gradient(
    gradient: &FlexTensor,
    weight: &FlexTensor,
    geometry: Geometry,
    size: [usize; 2],
) -> FlexTensor {
    let groups = geometry.groups;
    let [batch, ..] = gradient.shape().dims::<4>();
    let [outputs, channels, kernel_rows, kernel_columns] = weight.shape().dims();
    let sizes = [channels, outputs / groups];
    if !is_direct(sizes) {
        return one_by_one(geometry, 1, |group, geometry| {
            let gradient = part(gradient, 1, group, groups);
            ungrouped::input_gradient(&gradient, &part(weight, 0, group, groups), geometry, size)
        });
    }
    let group = Group::new(geometry, sizes, size, [kernel_rows, kernel_columns]);
    let shape = [batch, channels * groups, size[0], size[1]];
    let mut by_input = vec![0.0; shape.iter().product()];
    if by_input.is_empty() || group.output_pixels() == 0 {
        return tensor(by_input, shape);
    }
    let (gradient, weight) = (gradient.to_contiguous(), weight.to_contiguous());
    let (gradients, weight): (&[f32], &[f32]) = (gradient.storage(), weight.storage());
    let of_group = weight.len() / groups;
    by_input
        .par_chunks_exact_mut(channels * size[0] * size[1])
        .zip(gradients.par_chunks_exact(group.outputs * group.output_pixels()))
        .enumerate()
        .for_each(|(number, (by_input, gradients))| {
            let weight = &weight[number % groups * of_group..][..of_group];
            group.input_gradient(gradients, weight, by_input);
        });
    tensor(by_input, shape)
}

pub(super) fn weight_gradient(
    input: &FlexTensor,
    gradient: &FlexTensor,
    geometry: Geometry,
    kernel: [usize; 2],
) -> FlexTensor {
    let groups = geometry.groups;
    let [_, channels, rows, columns] = input.shape().dims();
    let [_, outputs, ..] = gradient.shape().dims::<4>();
    let sizes = [channels / groups, outputs / groups];
    if !is_direct(sizes) {
        return one_by_one(geometry, 0, |group, geometry| {
            let [input, gradient] = [input, gradient].map(|tensor| part(tensor, 1, group, groups));
            ungrouped::weight_gradient(&input, &gradient, geometry, kernel)
        });
    }
    let group = Group::new(geometry, sizes, [rows, columns], kernel);
    let shape = [outputs, group.channels, kernel[0], kernel[1]];
    let mut by_weight: Vec<f32> = vec![0.0; shape.iter().product()];
    let (input, gradient) = (input.to_contiguous(), gradient.to_contiguous());
    let (maps, gradients): (&[f32], &[f32]) = (input.storage(), gradient.storage());
    if by_weight.is_empty() || gradients.is_empty() || maps.is_empty() {
        return tensor(by_weight, shape);
    }
    let of_group = by_weight.len() / groups;
    // Computed for each image first, then added in the order of the images.
    let mut of_images = vec![0.0; gradient.shape()[0] * by_weight.len()];
    of_images
        .par_chunks_exact_mut(of_group)
        .zip(maps.par_chunks_exact(group.channels * rows * columns))
        .zip(gradients.par_chunks_exact(group.outputs * group.output_pixels()))
        .for_each(|((by_weight, maps), gradients)| {
            group.weight_gradient(maps, gradients, by_weight);
        });
    for of_image in of_images.chunks_exact(by_weight.len()) {
        for (sum, value) in by_weight.iter_mut().zip(of_image) {
            *sum += value;
        }
    }
    tensor(by_weight, shape)
}
