//! The loss of one output of a network, by the formula.

use burn::tensor::{Int, Tensor};

use crate::pixel_loss::{quotient_or_zero, sum_of_pixels};

/// The loss of one output of a network, by the formula.
pub(crate) struct OutputLoss {
    /// `[batch]`, differentiable.
    pub(crate) image: Tensor<1>,
    /// 1 for kept pixels, else 0: `[batch, height, width]`, no gradient.
    pub(crate) kept: Tensor<3>,
}

/// Σ w·ℓ / Σ w over each image's kept pixels `[batch]`; 0 where none is kept or all weigh 0.
pub(crate) fn mean_of_kept(
    loss: Tensor<3>,
    kept: Tensor<3>,
    labels: &Tensor<3, Int>,
    class_weights: &[f64],
) -> Tensor<1> {
    let uniform = class_weights
        .windows(2)
        .all(|pair| pair[0].total_cmp(&pair[1]).is_eq());
    let weight = if uniform {
        kept
    } else {
        let weights = kept.zeros_like();
        let weights =
            class_weights
                .iter()
                .enumerate()
                .fold(weights, |weights, (class, &weight)| {
                    weights.mask_fill(labels.clone().equal_elem(class as i64), weight)
                });
        weights * kept
    };
    let sum = sum_of_pixels(loss * weight.clone());
    quotient_or_zero(sum, sum_of_pixels(weight))
}
