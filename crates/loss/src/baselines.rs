//! The losses to compare the envelope with, through the same interface.
//!
//! Class weights only apply to [`cross_entropy`]; the image and pixel rules apply to none. Ignored pixels contribute nothing.

mod focal;
mod hard_pixels;
mod overlap;

use burn::tensor::{Int, Tensor};

use crate::config::{LossConfig, LossName};
use crate::output_loss::{OutputLoss, mean_of_kept};
use crate::pixel_loss::Likelihood;

use self::focal::{focal, unified_focal};
use self::hard_pixels::{ohem, pixel_top_k};
use self::overlap::dice_cross_entropy;

/// A loss of logits `[batch, class, height, width]` and labels `[batch, height, width]`.
type Baseline = fn(Tensor<4>, &Tensor<3, Int>, &LossConfig) -> OutputLoss;

/// The loss of this name; `None` for the envelope, which is not one of them.
pub(crate) fn named(name: LossName) -> Option<Baseline> {
    Some(match name {
        LossName::Envelope => return None,
        LossName::CrossEntropy => cross_entropy,
        LossName::DiceCrossEntropy => dice_cross_entropy,
        LossName::Focal => focal,
        LossName::UnifiedFocal => unified_focal,
        LossName::PixelTopK => pixel_top_k,
        LossName::Ohem => ohem,
    })
}

/// Mean cross-entropy of each image's pixels, weighted by class: Σ w·(−ln p) / Σ w.
fn cross_entropy(logits: Tensor<4>, labels: &Tensor<3, Int>, config: &LossConfig) -> OutputLoss {
    let Likelihood {
        cross_entropy,
        valid,
        ..
    } = Likelihood::new(logits, labels, config.ignore);
    let image = mean_of_kept(
        cross_entropy,
        valid.clone(),
        labels,
        config.class_weights.numbers(),
    );
    OutputLoss { image, kept: valid }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LossName;
    use crate::loss::Loss;
    use crate::tests::oracle::{Case, Random, distance, values};

    /// Compares the loss of `config` with `oracle`, which computes L of every image of a batch, and its gradient with the
    /// oracle's finite differences.
    pub(super) fn compare_with(config: &LossConfig, oracle: impl Fn(&Case) -> Vec<f64>) {
        let mut random = Random::new(101);
        for classes in [2, 3, 6] {
            let case = Case::random(&mut random, [3, classes, 4, 3], 0.2);
            let logits = case.logits();
            let loss = Loss::new(config.clone(), classes).unwrap();
            let found = loss
                .image_losses(std::slice::from_ref(&logits), case.labels())
                .loss;
            let gradients = found.clone().sum().backward();
            let gradient = values(logits.grad(&gradients).unwrap());
            assert!(
                distance(&values(found), &oracle(&case)) < 1e-12,
                "{config:?}"
            );
            let expected = case.differences(|case| oracle(case).iter().sum());
            assert!(distance(&gradient, &expected) < 1e-7, "{config:?}");
        }
    }

    #[test]
    fn cross_entropy_agrees_with_a_plain_computation_and_its_gradient_with_finite_differences() {
        let config = LossConfig {
            name: LossName::CrossEntropy,
            ..LossConfig::default()
        };
        compare_with(&config, |case| {
            let mean = |image| {
                let valid = case.valid_pixels(image);
                valid.iter().map(|t| -t.2.ln()).sum::<f64>() / valid.len() as f64
            };
            (0..case.shape[0]).map(mean).collect()
        });
    }

    #[test]
    fn cross_entropy_uses_class_weights() {
        let case = Case::random(&mut Random::new(5), [2, 3, 4, 4], 0.1);
        let weights = vec![1.0, 2.0, 4.0];
        let config = LossConfig {
            class_weights: weights.clone().into(),
            ..LossConfig::default()
        };
        let found = cross_entropy(case.logits(), &case.labels().inner(), &config).image;
        let mean = |image| {
            let valid = case.valid_pixels(image);
            let sum: f64 = valid.iter().map(|t| weights[t.1] * -t.2.ln()).sum();
            sum / valid.iter().map(|t| weights[t.1]).sum::<f64>()
        };
        assert!(distance(&values(found), &[mean(0), mean(1)]) < 1e-12);
    }
}
