//! The losses of a batch's images.

use burn::tensor::Tensor;

/// The losses of a batch's images, and the numbers of their kept and valid pixels.
#[derive(Debug, Clone)]
pub struct ImageLosses {
    /// L `[batch]`, differentiable, summed over the outputs; 0 with a gradient of exactly 0 for an image whose pixels are
    /// all ignored.
    pub loss: Tensor<1>,
    /// Pixels that the rule keeps for the first output, by true class: `[batch, class]`, no gradient.
    pub kept: Tensor<2>,
    /// Pixels that are not ignored, by true class: `[batch, class]`, no gradient.
    pub valid: Tensor<2>,
}
