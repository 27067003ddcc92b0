//! Layer normalisation of the channels of each pixel (Ba, Kiros, Hinton, arXiv 1607.06450), as one operation that keeps its
//! input and two numbers per pixel.

mod backend;
mod cpu;
mod formula;
pub(crate) mod graphics;
mod node;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::LayerNormBackend;

/// Normalises the channels of each pixel of `input` `[b, c, h, w]` by their mean and population variance, multiplies
/// each channel by `gamma` `[c]` and adds `beta` `[c]`. Differentiable in all three.
///
/// # Panics
///
/// When the channels of the three disagree: this is a bug in the network.
#[must_use]
pub fn layer_norm(input: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>, epsilon: f64) -> Tensor<4> {
    let [_, channels, _, _] = input.dims();
    assert_eq!(
        (gamma.dims(), beta.dims()),
        ([channels], [channels]),
        "layer_norm: γ and β of {channels} channels"
    );
    let (output, _) = <Dispatch as LayerNormBackend>::channel_norm(
        input.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        epsilon,
    );
    Tensor::from_dispatch(output)
}

#[cfg(test)]
mod tests;
