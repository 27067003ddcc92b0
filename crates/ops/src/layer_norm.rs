//! Layer normalisation of the channels of each pixel (Ba, Kiros, Hinton, arXiv 1607.06450).

use burn::tensor::Tensor;

/// Normalises the channels of each pixel of `input` `[b, c, h, w]` by their own mean and variance (divided by their number),
/// scales channel by channel by `gamma` `[c]` and shifts by `beta` `[c]`. Differentiable in all three.
#[must_use]
pub fn layer_norm(input: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>, epsilon: f64) -> Tensor<4> {
    let channels = gamma.dims()[0];
    let centred = input.clone() - input.mean_dim(1);
    let variance = centred.clone().square().mean_dim(1);
    let normalised = centred / variance.add_scalar(epsilon).sqrt();
    normalised * gamma.reshape([1, channels, 1, 1]) + beta.reshape([1, channels, 1, 1])
}
