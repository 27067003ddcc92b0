//! Two-dimensional convolution (cross-correlation, as the field calls it) and its transpose, each with its three gradients.

pub(crate) mod backend;
mod cpu;
mod formula;
pub(crate) mod geometry;
pub(crate) mod graphics;
mod node;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::cancelled_bias::zeros_of_outputs;
use backend::ConvolutionBackend;

pub use geometry::Geometry;

/// Convolution of `input` `[b, c, h, w]` with `weight` `[o, c / groups, kh, kw]` and an optional `bias` `[o]`:
/// `[b, o, h', w']`. Differentiable in all three.
///
/// # Panics
///
/// When the channels of input, weight and groups disagree: this is a bug in the network.
#[must_use]
pub fn conv2d(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    geometry: Geometry,
) -> Tensor<4> {
    let [_, channels_of_group, _, _] = weight.dims();
    assert_eq!(
        input.dims()[1],
        channels_of_group * geometry.groups,
        "conv2d: the weight takes {channels_of_group} channels in each of {} groups",
        geometry.groups
    );
    let bias = bias.unwrap_or_else(|| zeros_of_outputs(&weight));
    Tensor::from_dispatch(<Dispatch as ConvolutionBackend>::convolution(
        input.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        geometry,
    ))
}

/// Transposed convolution: the gradient of a convolution with respect to its input, as an operation of its own. `input`
/// `[b, c, h, w]` with `weight` `[c, o / groups, kh, kw]` and an optional `bias` `[o]` gives `[b, o, size…]`. Differentiable in
/// all three. `geometry` is that of the convolution which turns maps of `size` into maps of `[h, w]`; several sizes may do so, and
/// `size` chooses one.
///
/// # Panics
///
/// When the channels of input and weight disagree, or `size` does not belong to the input: this is a bug in
/// the network.
#[must_use]
pub fn conv_transpose2d(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    geometry: Geometry,
    size: [usize; 2],
) -> Tensor<4> {
    let [channels, outputs_of_group, kernel_rows, kernel_columns] = weight.dims();
    let [_, channels_of_input, rows, columns] = input.dims();
    assert_eq!(
        channels_of_input, channels,
        "conv_transpose2d: the weight takes {channels} channels"
    );
    let kernel = [kernel_rows, kernel_columns];
    assert_eq!(
        [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis])),
        [rows, columns],
        "conv_transpose2d: no convolution of {size:?} has this input's size"
    );
    let outputs = outputs_of_group * geometry.groups;
    let bias = bias.unwrap_or_else(|| Tensor::zeros([outputs], (&input.device(), input.dtype())));
    Tensor::from_dispatch(<Dispatch as ConvolutionBackend>::transposed_convolution(
        input.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        geometry,
        size,
    ))
}

#[cfg(test)]
pub(crate) mod tests;
