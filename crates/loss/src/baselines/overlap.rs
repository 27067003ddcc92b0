//! Overlap of probabilities and labels: soft Dice, and the sums that the Tversky index also needs.

use burn::tensor::{Int, Tensor};

use crate::config::LossConfig;
use crate::output_loss::{OutputLoss, mean_of_kept};
use crate::pixel_loss::{Likelihood, other_classes};

/// Keeps the Dice of a class that is neither predicted nor present at 1.
const SMOOTH: f64 = 1e-5;

/// Sums over each image's valid pixels, `[batch, class]`.
pub(super) struct Overlap {
    /// Σ p·y.
    pub(super) hit: Tensor<2>,
    /// Σ p.
    pub(super) predicted: Tensor<2>,
    /// Σ y, no gradient.
    pub(super) present: Tensor<2>,
}

impl Overlap {
    pub(super) fn new(
        log_probability: Tensor<4>,
        labels: &Tensor<3, Int>,
        valid: &Tensor<3>,
    ) -> Self {
        let shape = log_probability.dims();
        let [_, classes, _, _] = shape;
        let ignored = valid
            .clone()
            .lower_elem(0.5)
            .unsqueeze_dim::<4>(1)
            .expand(shape);
        let probability = log_probability.exp().mask_fill(ignored, 0.0);
        let others = other_classes(labels, classes);
        let sum = |pixels: Tensor<4>| pixels.sum_dims_squeeze::<2, usize>(&[2, 3]);
        Self {
            hit: sum(probability.clone().mask_fill(others.clone(), 0.0)),
            present: sum(probability
                .clone()
                .inner()
                .ones_like()
                .mask_fill(others, 0.0)),
            predicted: sum(probability),
        }
    }
}

/// Mean cross-entropy plus, as a mean over the foreground classes, 1 − (2Σp·y + s)/(Σp + Σy + s), per image.
///
/// Class 0 is the background. s = 1e-5, so that a class that is neither present nor predicted costs nothing.
pub(crate) fn dice_cross_entropy(
    logits: Tensor<4>,
    labels: &Tensor<3, Int>,
    config: &LossConfig,
) -> OutputLoss {
    let Likelihood {
        log_probability,
        cross_entropy,
        valid,
    } = Likelihood::new(logits, labels, config.ignore);
    let Overlap {
        hit,
        predicted,
        present,
    } = Overlap::new(log_probability, labels, &valid);
    let dice = hit.mul_scalar(2.0).add_scalar(SMOOTH) / (predicted + present).add_scalar(SMOOTH);
    let [_, classes] = dice.dims();
    let dice_loss = dice
        .narrow(1, 1, classes - 1)
        .mean_dim(1)
        .squeeze_dim::<1>(1)
        .neg()
        .add_scalar(1.0);
    let image = mean_of_kept(cross_entropy, valid.clone(), labels, &[]) + dice_loss;
    OutputLoss { image, kept: valid }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::tests::compare_with;
    use crate::config::LossName;

    #[test]
    fn dice_with_cross_entropy_agrees_with_a_plain_computation_and_its_gradient_with_finite_differences()
     {
        let config = LossConfig {
            name: LossName::DiceCrossEntropy,
            ..LossConfig::default()
        };
        compare_with(&config, |case| {
            let classes = case.shape[1];
            let image = |image| {
                let valid = case.valid_pixels(image);
                let entropy: f64 = valid.iter().map(|t| -t.2.ln()).sum();
                let dice_loss = |class: usize| {
                    let (mut hit, mut total) = (0.0, 0.0);
                    for &(pixel, truth, _) in &valid {
                        let p = case.probabilities(image, pixel)[class];
                        let y = if truth == class { 1.0 } else { 0.0 };
                        hit += p * y;
                        total += p + y;
                    }
                    1.0 - (2.0 * hit + 1e-5) / (total + 1e-5)
                };
                let dice: f64 = (1..classes).map(dice_loss).sum();
                entropy / valid.len() as f64 + dice / (classes - 1) as f64
            };
            (0..case.shape[0]).map(image).collect()
        });
    }
}
