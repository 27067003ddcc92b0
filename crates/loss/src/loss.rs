//! The loss of every image of a batch.

use burn::tensor::{Int, Tensor};

use crate::baselines;
use crate::class_weights::ClassWeights;
use crate::config::{LossConfig, setting};
use crate::error::LossError;
use crate::fused::Fused;
use crate::image_losses::ImageLosses;
use crate::output_loss::{OutputLoss, mean_of_kept};
use crate::pixel_loss::{indicator, other_classes, pixel_loss};
use crate::pixel_rule::kept_pixels;

/// A loss with its settings, for a network of a given number of classes.
#[derive(Debug, Clone)]
pub struct Loss {
    config: LossConfig,
    classes: usize,
    formula: bool,
}

impl Loss {
    /// The loss with the settings `config`.
    ///
    /// # Errors
    /// [`LossError::Setting`] for a setting out of its range, or class weights that are not numbers yet.
    pub fn new(config: LossConfig, classes: usize) -> Result<Self, LossError> {
        config.validate(classes)?;
        if config.class_weights == ClassWeights::InverseSqrt {
            let expected = "numbers, since there are no training labels here to count";
            return Err(setting("class_weights", expected, &config.class_weights));
        }
        Ok(Self {
            config,
            classes,
            formula: false,
        })
    }

    /// The same loss as a formula in Burn's built-in operations, with which the fused passes are compared.
    #[must_use]
    pub fn by_formula(self) -> Self {
        Self {
            formula: true,
            ..self
        }
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &LossConfig {
        &self.config
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// L of every image, for one or several `outputs` (logits `[batch, class, height, width]`, several with deep
    /// supervision, whose losses are summed) and `labels` `[batch, height, width]`.
    ///
    /// The envelope's L = Σ w·ℓ / Σ w over the kept pixels, w the class weights. The losses that choose among the pixels
    /// of the whole batch are distributed to the images so that their mean is the batch's value.
    ///
    /// # Panics
    /// If there is no output, or the shapes do not fit each other or the number of classes.
    #[must_use]
    pub fn image_losses(&self, outputs: &[Tensor<4>], labels: Tensor<3, Int>) -> ImageLosses {
        self.weighted_image_losses(outputs, &vec![1.0; outputs.len()], labels)
    }

    /// The same, with the losses of the outputs multiplied by their `weights` before they are summed.
    ///
    /// # Panics
    /// As [`Self::image_losses`], and if there is no weight for each output.
    #[must_use]
    pub fn weighted_image_losses(
        &self,
        outputs: &[Tensor<4>],
        weights: &[f64],
        labels: Tensor<3, Int>,
    ) -> ImageLosses {
        assert_eq!(outputs.len(), weights.len(), "a weight for each output");
        let labels = labels.inner();
        let (first, others) = outputs
            .split_first()
            .expect("a loss needs at least one output");
        let ImageLosses { loss, kept, valid } = if let Some(fused) = self.fused(first, &labels) {
            fused.into()
        } else {
            let OutputLoss { image, kept } = self.output_loss(first.clone(), &labels);
            let valid = labels.clone().not_equal_elem(self.config.ignore);
            let by_class = |pixels| pixels_by_class(pixels, &labels, self.classes);
            ImageLosses {
                kept: by_class(kept),
                valid: by_class(indicator(valid, image.dtype())),
                loss: image,
            }
        };
        let weighted = |loss: Tensor<1>, weight: f64| {
            if weight.total_cmp(&1.0).is_eq() {
                loss
            } else {
                loss.mul_scalar(weight)
            }
        };
        let loss = weighted(loss, weights[0]);
        let loss = others
            .iter()
            .zip(&weights[1..])
            .fold(loss, |sum, (logits, weight)| {
                let image = match self.fused(logits, &labels) {
                    Some(fused) => fused.image,
                    None => self.output_loss(logits.clone(), &labels).image,
                };
                sum + weighted(image, *weight)
            });
        ImageLosses { loss, kept, valid }
    }

    /// `None` where the formula applies.
    fn fused(&self, logits: &Tensor<4>, labels: &Tensor<3, Int>) -> Option<Fused> {
        assert_eq!(
            logits.dims()[1],
            self.classes,
            "the outputs must have one channel for each class"
        );
        (!self.formula)
            .then(|| Fused::new(logits.clone(), labels.clone(), &self.config))
            .flatten()
    }

    fn output_loss(&self, logits: Tensor<4>, labels: &Tensor<3, Int>) -> OutputLoss {
        match baselines::named(self.config.name) {
            Some(baseline) => baseline(logits, labels, &self.config),
            None => self.envelope(logits, labels),
        }
    }

    fn envelope(&self, logits: Tensor<4>, labels: &Tensor<3, Int>) -> OutputLoss {
        let pixels = pixel_loss(logits, labels.clone(), &self.config);
        let kept = kept_pixels(&pixels, labels, &self.config);
        let image = mean_of_kept(
            pixels.loss,
            kept.clone(),
            labels,
            self.config.class_weights.numbers(),
        );
        OutputLoss { image, kept }
    }
}

/// Number of each class's `pixels` (0 or 1 each): `[batch, class]`.
fn pixels_by_class(pixels: Tensor<3>, labels: &Tensor<3, Int>, classes: usize) -> Tensor<2> {
    let [batch, height, width] = labels.dims();
    pixels
        .unsqueeze_dim::<4>(1)
        .expand([batch, classes, height, width])
        .mask_fill(other_classes(labels, classes), 0.0)
        .sum_dims_squeeze::<2, usize>(&[2, 3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ImageRule, PixelRule, SigmaScope, Smoothing};
    use crate::image_rule::{batch_loss, image_weights};
    use crate::store::LossStore;
    use crate::tests::oracle;
    use crate::tests::oracle::{Case, Random, distance, values};
    use crate::tests::properties::{losses, plain, with_gradient};
    use burn::tensor::DType;

    fn envelopes(classes: usize) -> Vec<LossConfig> {
        let uneven: Vec<f64> = (0..classes).map(|class| 1.0 + class as f64).collect();
        let mut configs = Vec::new();
        for (pixels, sigma_scope) in [
            (PixelRule::All, SigmaScope::Class),
            (PixelRule::Top, SigmaScope::Class),
            (PixelRule::AllButSigma, SigmaScope::Image),
            (PixelRule::AllButSigma, SigmaScope::Class),
        ] {
            for (lambda_ce, lambda_cdc) in [(1.0, 0.0), (0.0, 1.0), (0.3, 0.7)] {
                for class_weights in [Vec::new(), uneven.clone()] {
                    configs.push(LossConfig {
                        pixels,
                        sigma_scope,
                        lambda_ce,
                        lambda_cdc,
                        class_weights: class_weights.into(),
                        pixel_share: 0.37,
                        ..LossConfig::default()
                    });
                }
            }
        }
        configs
    }

    #[test]
    fn the_envelope_agrees_with_a_plain_computation_and_its_gradient_with_finite_differences() {
        let mut random = Random::new(21);
        for classes in [2, 4] {
            let case = Case::random(&mut random, [3, classes, 4, 5], 0.2);
            for config in envelopes(classes) {
                let weights = [0.9, 0.25, 0.5];
                let (found, gradient) = with_gradient(&case, &config, &weights);
                assert!(
                    distance(&found, &oracle::image_losses(&case, &config)) < 1e-12,
                    "{config:?}"
                );
                let expected = case.differences(|case| {
                    let losses = oracle::image_losses(case, &config);
                    losses
                        .iter()
                        .zip(weights)
                        .map(|(loss, weight)| loss * weight)
                        .sum()
                });
                assert!(distance(&gradient, &expected) < 1e-8, "{config:?}");
            }
        }
    }

    #[test]
    fn all_pixels_all_images_and_no_dice_is_mean_cross_entropy() {
        let mut random = Random::new(2);
        for classes in [2, 6, 21] {
            let case = Case::random(&mut random, [4, classes, 32, 32], 0.0);
            let mut sum = 0.0;
            for image in 0..4 {
                sum -= case
                    .valid_pixels(image)
                    .iter()
                    .map(|truth| truth.2.ln())
                    .sum::<f64>();
            }
            let expected = sum / f64::from(4 * 32 * 32);

            let config = LossConfig {
                images: ImageRule::TopK,
                kept_images: 1.0,
                ..plain()
            };
            let config = LossConfig {
                smoothing: Smoothing::None,
                ..config
            };
            let loss = Loss::new(config.clone(), classes).unwrap();
            let logits = case.logits_as(DType::F32);
            let images = loss.image_losses(&[logits], case.labels());
            let store = LossStore::from_vec(vec![0.4, 0.1, 0.3, 0.2]).unwrap();
            let weights = image_weights(&store, &[0, 1, 2, 3], &config, 5, 9);
            let found = values(batch_loss(images.loss, &weights))[0];
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }

    #[test]
    fn several_outputs_are_summed_and_the_first_is_counted() {
        let mut random = Random::new(31);
        let [first, mut second] = [(); 2].map(|()| Case::random(&mut random, [2, 3, 4, 4], 0.0));
        second.labels.clone_from(&first.labels);
        let config = LossConfig::default();
        let loss = Loss::new(config.clone(), 3).unwrap();
        let both = loss.image_losses(&[first.logits(), second.logits()], first.labels());
        let sum: Vec<f64> = losses(&first, &config)
            .iter()
            .zip(losses(&second, &config))
            .map(|(a, b)| a + b)
            .collect();
        assert!(distance(&values(both.loss), &sum) < 1e-12);
        let outputs = [first.logits(), second.logits()];
        let weighted = loss.weighted_image_losses(&outputs, &[2.0, 0.25], first.labels());
        let sum: Vec<f64> = losses(&first, &config)
            .iter()
            .zip(losses(&second, &config))
            .map(|(a, b)| 2.0 * a + 0.25 * b)
            .collect();
        assert!(distance(&values(weighted.loss), &sum) < 1e-12);
        let alone = loss.image_losses(&[first.logits()], first.labels());
        assert_eq!(values(both.kept), values(alone.kept));
    }

    #[test]
    fn kept_and_valid_pixels_are_counted_by_class() {
        let case = Case::random(&mut Random::new(37), [2, 4, 6, 6], 0.3);
        let config = LossConfig::default();
        let found = Loss::new(config.clone(), 4)
            .unwrap()
            .image_losses(&[case.logits()], case.labels());
        let kept = oracle::kept_pixels(&case, &config);
        let (mut expected_kept, mut expected_valid) = (vec![0.0; 8], vec![0.0; 8]);
        for image in 0..2 {
            for (pixel, class, _) in case.valid_pixels(image) {
                expected_valid[image * 4 + class] += 1.0;
                expected_kept[image * 4 + class] += kept[image][pixel];
            }
        }
        assert_eq!(values(found.kept), expected_kept);
        assert_eq!(values(found.valid), expected_valid);
        assert!(expected_kept.iter().sum::<f64>() < expected_valid.iter().sum());
    }

    #[test]
    fn settings_out_of_range_are_refused_at_once() {
        let config = LossConfig {
            sigma: -1.0,
            ..LossConfig::default()
        };
        assert!(matches!(
            Loss::new(config, 3),
            Err(LossError::Setting { key: "sigma", .. })
        ));
    }

    #[test]
    fn the_choice_does_not_need_autodiff() {
        let case = Case::random(&mut Random::new(43), [2, 3, 4, 4], 0.1);
        let loss = Loss::new(LossConfig::default(), 3).unwrap();
        let tracked = loss.image_losses(&[case.logits()], case.labels());
        let untracked = loss.image_losses(&[case.logits().inner()], case.labels().inner());
        assert_eq!(values(tracked.loss), values(untracked.loss.clone()));
        assert!(!tracked.kept.is_autodiff() && !untracked.loss.is_autodiff());
    }
}
