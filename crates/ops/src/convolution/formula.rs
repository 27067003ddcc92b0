//! The convolution in Burn's built-in operations: the definition that the faster paths are tested against, and their fallback.

use burn::backend::ops::ConvOptions;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{Shape, Slice};

use super::geometry::Geometry;

fn options(geometry: Geometry) -> ConvOptions<2> {
    ConvOptions::new(
        geometry.stride,
        geometry.padding,
        geometry.dilation,
        geometry.groups,
    )
}

pub(super) fn forward<B: Backend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    geometry: Geometry,
) -> FloatTensor<B> {
    B::conv2d(input, weight, Some(bias), options(geometry))
}

/// With stride 1 the gradient is itself a convolution, with the kernel rotated by 180° and its channels swapped: forward
/// convolution is the operation that every backend does well.
pub(super) fn input_gradient<B: Backend>(
    gradient: FloatTensor<B>,
    weight: FloatTensor<B>,
    geometry: Geometry,
    size: [usize; 2],
) -> FloatTensor<B> {
    let [_, channels_of_group, rows, columns] = weight.shape().dims();
    let reach = [
        geometry.dilation[0] * (rows - 1),
        geometry.dilation[1] * (columns - 1),
    ];
    let turnable = geometry.groups == 1
        && geometry.stride == [1, 1]
        && geometry.padding[0] <= reach[0]
        && geometry.padding[1] <= reach[1];
    if turnable {
        let weight = B::float_flip(B::float_swap_dims(weight, 0, 1), &[2, 3]);
        let padding = [
            reach[0] - geometry.padding[0],
            reach[1] - geometry.padding[1],
        ];
        return B::conv2d(
            gradient,
            weight,
            None,
            ConvOptions::new([1, 1], padding, geometry.dilation, 1),
        );
    }
    let [batch, _, _, _] = gradient.shape().dims();
    let shape = Shape::new([batch, channels_of_group * geometry.groups, size[0], size[1]]);
    // Burn needs the input only for its shape.
    let input = B::float_zeros(shape, &gradient.device(), gradient.dtype().into());
    B::conv2d_x_backward(input, weight, gradient, options(geometry))
}

/// The gradient with respect to the input as an operation of its own, with a bias.
pub(super) fn transposed<B: Backend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    geometry: Geometry,
    size: [usize; 2],
) -> FloatTensor<B> {
    let [outputs] = bias.shape().dims();
    let bias = B::float_reshape(bias, Shape::new([1, outputs, 1, 1]));
    B::float_add(input_gradient::<B>(input, weight, geometry, size), bias)
}

/// One matrix product per tap of the kernel: `G[o, pixels] · X_tap[pixels, c]`, summed over the batch.
pub(super) fn weight_gradient<B: Backend>(
    input: FloatTensor<B>,
    gradient: FloatTensor<B>,
    geometry: Geometry,
    kernel: [usize; 2],
) -> FloatTensor<B> {
    let [batch, channels, rows, columns] = input.shape().dims();
    let [_, outputs, out_rows, out_columns] = gradient.shape().dims();
    if geometry.groups != 1 {
        let shape = Shape::new([outputs, channels / geometry.groups, kernel[0], kernel[1]]);
        // Burn needs the weight only for its shape.
        let weight = B::float_zeros(shape, &input.device(), input.dtype().into());
        return B::conv2d_weight_backward(input, weight, gradient, options(geometry));
    }
    let pixels = out_rows * out_columns;
    let [top, left] = geometry.padding;
    let padded = if geometry.padding == [0, 0] {
        input
    } else {
        let shape = Shape::new([batch, channels, rows + 2 * top, columns + 2 * left]);
        let zeros = B::float_zeros(shape, &input.device(), input.dtype().into());
        let inside = [
            Slice::from(0..batch),
            Slice::from(0..channels),
            Slice::from(top..top + rows),
            Slice::from(left..left + columns),
        ];
        B::float_slice_assign(zeros, &inside, input)
    };
    let gradient = B::float_reshape(gradient, Shape::new([batch, outputs, pixels]));
    let mut taps = Vec::with_capacity(kernel[0] * kernel[1]);
    for tap_row in 0..kernel[0] {
        for tap_column in 0..kernel[1] {
            let row = tap_row * geometry.dilation[0];
            let column = tap_column * geometry.dilation[1];
            let seen = B::float_slice(
                padded.clone(),
                &[
                    Slice::from(0..batch),
                    Slice::from(0..channels),
                    every(row, out_rows, geometry.stride[0]),
                    every(column, out_columns, geometry.stride[1]),
                ],
            );
            let seen = B::float_reshape(seen, Shape::new([batch, channels, pixels]));
            let product = B::float_matmul(gradient.clone(), B::float_swap_dims(seen, 1, 2));
            taps.push(B::float_reshape(
                B::float_sum_dim(product, 0),
                Shape::new([outputs, channels, 1]),
            ));
        }
    }
    B::float_reshape(
        B::float_cat(taps, 2),
        Shape::new([outputs, channels, kernel[0], kernel[1]]),
    )
}

/// `count` positions from `start`, `step` apart.
fn every(start: usize, count: usize, step: usize) -> Slice {
    let end = start + (count - 1) * step + 1;
    Slice::new(start as isize, Some(end as isize), step as isize)
}

pub(super) fn bias_gradient<B: Backend>(gradient: FloatTensor<B>) -> FloatTensor<B> {
    let [batch, outputs, rows, columns] = gradient.shape().dims();
    let per_image = B::float_sum_dim(
        B::float_reshape(gradient, Shape::new([batch, outputs, rows * columns])),
        2,
    );
    B::float_reshape(B::float_sum_dim(per_image, 0), Shape::new([outputs]))
}
