//! The operation in tensor operations: the definition that the faster paths are tested against, and their fallback for number
//! types other than f32.

use burn::tensor::Tensor;
use burn::tensor::ops::PadMode;

use super::upsampling::Upsampling;
use crate::convolution::conv2d;
use crate::convolution::geometry::Geometry;
use crate::resize::resize_bilinear;

/// Products at the low resolution, upsampled, shifted and added.
pub(super) fn convolve(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    upsampling: Upsampling,
) -> Tensor<4> {
    let [outputs, channels, kernel_rows, kernel_columns] = weight.dims();
    let [height, width] = upsampling.to;
    let mut sum = bias.reshape([1, outputs, 1, 1]);
    for row in 0..kernel_rows {
        for column in 0..kernel_columns {
            let of_tap =
                weight
                    .clone()
                    .slice([0..outputs, 0..channels, row..row + 1, column..column + 1]);
            let product = conv2d(input.clone(), of_tap, None, Geometry::same(1));
            let product = resize_bilinear(product, upsampling.to, upsampling.corners);
            // The distance of the tap from the output pixel.
            let (top, left) = (kernel_rows / 2, kernel_columns / 2);
            let padded = product.pad((left, left, top, top), PadMode::Constant(0.0));
            let [batch, ..] = padded.dims();
            sum = sum
                + padded.slice([
                    0..batch,
                    0..outputs,
                    row..row + height,
                    column..column + width,
                ]);
        }
    }
    sum
}
