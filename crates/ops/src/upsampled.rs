//! Convolution of an upsampled map, without the upsampled map.
//!
//! Mixing channels commutes with upsampling. So the products with the weight are computed at the low resolution, in one matrix
//! product for all taps, and then upsampled, shifted by their taps and added; a tap that falls outside the upsampled map
//! contributes nothing. Upsampling by 2 takes a quarter of the multiplications, by 16 a 256th, and neither the upsampled map nor
//! its products are stored.
//!
//! The sum over the taps is computed axis by axis: over the columns of every low-resolution row, then over the rows.

mod backend;
mod cpu;
mod formula;
pub(crate) mod graphics;
mod node;
mod products;
mod upsampling;

use burn::backend::Dispatch;
use burn::tensor::{DType, Tensor};

use crate::cancelled_bias::zeros_of_outputs;
use crate::convolution::conv2d;
use crate::convolution::geometry::Geometry;
use crate::resize::axis::Corners;
use crate::resize::resize_bilinear;
use backend::UpsampledBackend;
use upsampling::Upsampling;

/// `conv2d(resize_bilinear(input, size, corners), weight, bias, Geometry::same(k))` for `input` `[b, c, h, w]`, `weight`
/// `[o, c, kh, kw]` with odd kh and kw, and `bias` `[o]`: `[b, o, size[0], size[1]]`. Differentiable in all three.
///
/// Rounds differently from the two separate operations; much faster and in much less memory when upsampling.
///
/// # Panics
///
/// When the channels of input and weight disagree, or the kernel is even: this is a bug in the network.
#[must_use]
pub fn conv2d_upsampled(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    size: [usize; 2],
    corners: Corners,
) -> Tensor<4> {
    let [_, channels, height, width] = input.dims();
    let [_, taken, kernel_rows, kernel_columns] = weight.dims();
    assert_eq!(channels, taken, "conv2d_upsampled: channels of the weight");
    assert!(
        kernel_rows % 2 == 1 && kernel_columns % 2 == 1,
        "conv2d_upsampled: a kernel of {kernel_rows} by {kernel_columns} has no middle"
    );
    let from = [height, width];
    if from == size || size[0] < height || size[1] < width || input.shape().num_elements() == 0 {
        let geometry = Geometry {
            padding: [kernel_rows / 2, kernel_columns / 2],
            ..Geometry::same(1)
        };
        return conv2d(
            resize_bilinear(input, size, corners),
            weight,
            bias,
            geometry,
        );
    }
    let upsampling = Upsampling {
        from,
        to: size,
        corners,
        kernel: [kernel_rows, kernel_columns],
    };
    let bias = bias.unwrap_or_else(|| zeros_of_outputs(&weight));
    if input.dtype() != DType::F32 {
        return formula::convolve(input, weight, bias, upsampling);
    }
    Tensor::from_dispatch(<Dispatch as UpsampledBackend>::convolution_upsampled(
        input.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        upsampling,
    ))
}

#[cfg(test)]
mod tests;
