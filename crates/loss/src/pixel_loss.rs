//! The loss of every pixel.

use burn::tensor::{Bool, DType, Int, Tensor, activation};

use crate::config::LossConfig;

/// The loss of every pixel, and which pixels are valid.
#[derive(Debug, Clone)]
pub struct PixelLoss {
    /// ℓ `[batch, height, width]`, differentiable. Ignored pixels have 0; a pixel whose label is neither a class nor
    /// the ignore value has NaN, so that the [`LossStore`](crate::LossStore) refuses its image.
    pub loss: Tensor<3>,
    /// 1 for a valid pixel, 0 for an ignored one; `[batch, height, width]`, no gradient.
    pub valid: Tensor<3>,
    /// Number of classes.
    pub classes: usize,
}

/// ℓ = λ₁·(−ln p) + λ₂·(1 − cDC) for `logits` `[batch, class, height, width]` and `labels` `[batch, height, width]`,
/// p the softmax probability of the true class (the paper's equation 12).
///
/// The continuous Dice coefficient of one pixel is 2p/(1+p), so 1 − cDC = (1−p)/(1+p).
///
/// # Panics
/// If `logits` and `labels` differ in batch, height or width.
#[must_use]
pub fn pixel_loss(logits: Tensor<4>, labels: Tensor<3, Int>, config: &LossConfig) -> PixelLoss {
    let classes = logits.dims()[1];
    let Likelihood {
        cross_entropy,
        valid,
        ..
    } = Likelihood::new(logits, &labels.inner(), config.ignore);
    // A term with factor 0 is omitted, not multiplied: that would cost a pass, and 0 times infinity is NaN.
    let dice = (config.lambda_cdc != 0.0)
        .then(|| one_minus_dice(cross_entropy.clone()).mul_scalar(config.lambda_cdc));
    let entropy =
        (config.lambda_ce != 0.0).then(|| cross_entropy.clone().mul_scalar(config.lambda_ce));
    let loss = match (entropy, dice) {
        (Some(entropy), Some(dice)) => entropy + dice,
        (Some(term), None) | (None, Some(term)) => term,
        (None, None) => cross_entropy.zeros_like(),
    };
    PixelLoss {
        loss,
        valid,
        classes,
    }
}

/// (1−p)/(1+p) from −ln p.
///
/// With p = e^(−x) it is tanh(x/2), which loses no digits where p is near 1. Past x = 40 it is 1 even in f64; the clamp
/// avoids large arguments, for which the tanh of some GPUs, built of exponentials, overflows.
pub(crate) fn one_minus_dice(cross_entropy: Tensor<3>) -> Tensor<3> {
    cross_entropy.clamp_max(40.0).mul_scalar(0.5).tanh()
}

/// 1 − p from −ln p, again without cancellation: (1 − cDC)(1 + p).
pub(crate) fn one_minus_probability(cross_entropy: Tensor<3>) -> Tensor<3> {
    let probability = cross_entropy.clone().neg().exp();
    one_minus_dice(cross_entropy) * probability.add_scalar(1.0)
}

/// The softmax of the logits, and the likelihood of the true classes.
pub(crate) struct Likelihood {
    /// ln p of every class `[batch, class, height, width]`, differentiable.
    pub(crate) log_probability: Tensor<4>,
    /// −ln p of the true class `[batch, height, width]`; 0 where ignored, NaN where the label is no class.
    pub(crate) cross_entropy: Tensor<3>,
    /// 1 for valid pixels, else 0.
    pub(crate) valid: Tensor<3>,
}

impl Likelihood {
    /// `labels` without autodiff; `ignore` is the label of ignored pixels.
    pub(crate) fn new(logits: Tensor<4>, labels: &Tensor<3, Int>, ignore: i32) -> Self {
        let [batch, classes, height, width] = logits.dims();
        assert_eq!(
            labels.dims(),
            [batch, height, width],
            "labels must have the batch, height and width of the logits"
        );
        let ignored = labels.clone().equal_elem(ignore);
        // An ignored pixel may have any value, even infinities; zeroed here, it cannot reach the gradient.
        let everywhere = ignored
            .clone()
            .unsqueeze_dim::<4>(1)
            .expand([batch, classes, height, width]);
        let logits = logits.mask_fill(everywhere, 0.0);
        let dtype = logits.dtype();

        // Burn subtracts the largest logit first, so this is exact for logits of any size.
        let log_probability = activation::log_softmax(logits, 1);
        let of_true_class: Tensor<3> = log_probability
            .clone()
            .mask_fill(other_classes(labels, classes), 0.0)
            .sum_dim(1)
            .squeeze_dim(1);
        let no_class = labels
            .clone()
            .lower_elem(0)
            .bool_or(labels.clone().greater_equal_elem(classes as i64))
            .bool_and(ignored.clone().bool_not());
        let cross_entropy = of_true_class
            .neg()
            .mask_fill(ignored.clone(), 0.0)
            .mask_fill(no_class, f32::NAN);
        Self {
            log_probability,
            cross_entropy,
            valid: indicator(ignored.bool_not(), dtype),
        }
    }
}

/// Where a class is *not* the label's: `[batch, class, height, width]`. Masks replace gather and scatter, whose gradient adds
/// in no fixed order on a GPU.
pub(crate) fn other_classes(labels: &Tensor<3, Int>, classes: usize) -> Tensor<4, Bool> {
    let [batch, height, width] = labels.dims();
    let shape = [batch, classes, height, width];
    let numbers: Tensor<1, Int> =
        Tensor::arange(0..classes as i64, (&labels.device(), labels.dtype()));
    let numbers: Tensor<4, Int> = numbers.reshape([1, classes, 1, 1]).expand(shape);
    labels
        .clone()
        .unsqueeze_dim::<4>(1)
        .expand(shape)
        .not_equal(numbers)
}

/// 1 where true, 0 where false, in the number type of the loss.
pub(crate) fn indicator<const D: usize>(mask: Tensor<D, Bool>, dtype: DType) -> Tensor<D> {
    mask.float().cast(dtype)
}

/// The sum over each image's pixels: `[batch]`.
pub(crate) fn sum_of_pixels(pixels: Tensor<3>) -> Tensor<1> {
    pixels.sum_dims_squeeze::<1, usize>(&[1, 2])
}

/// `[batch]` quotients; 0 where the divisor is 0 (and thus the dividend, as for an image without valid pixels), with a
/// gradient of exactly 0 there.
pub(crate) fn quotient_or_zero(dividend: Tensor<1>, divisor: Tensor<1>) -> Tensor<1> {
    let empty = divisor.clone().equal_elem(0.0);
    dividend / divisor.mask_fill(empty, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::oracle;
    use crate::tests::oracle::{Case, Random, distance, values};

    fn with(lambda_ce: f64, lambda_cdc: f64) -> LossConfig {
        LossConfig {
            lambda_ce,
            lambda_cdc,
            ..LossConfig::default()
        }
    }

    /// One pixel of class 0 with two logits.
    fn one_pixel(logits: [f64; 2]) -> Case {
        Case {
            shape: [1, 2, 1, 1],
            logits: logits.to_vec(),
            labels: vec![0],
        }
    }

    #[test]
    fn the_pixel_loss_agrees_with_a_plain_computation_for_two_to_twenty_one_classes() {
        let mut random = Random::new(1);
        for classes in 2..=21 {
            let case = Case::random(&mut random, [2, classes, 3, 5], 0.3);
            for config in [
                with(1.0, 0.0),
                with(0.0, 1.0),
                with(1.0, 1.0),
                with(0.3, 0.7),
            ] {
                let found = pixel_loss(case.logits(), case.labels(), &config);
                let expected = oracle::pixel_losses(&case, &config).concat();
                assert!(distance(&values(found.loss), &expected) < 1e-12);
                let valid: Vec<f64> = case
                    .labels
                    .iter()
                    .map(|&l| if l == 255 { 0.0 } else { 1.0 })
                    .collect();
                assert_eq!(values(found.valid), valid);
            }
        }
    }

    #[test]
    fn logits_of_any_size_give_finite_losses_and_gradients() {
        for size in [80.0, 1.0e4] {
            for logits in [[size, -size], [-size, size], [size, size], [-size, -size]] {
                let logits = one_pixel(logits).logits_as(DType::F32);
                let labels = one_pixel([0.0, 0.0]).labels();
                let found = pixel_loss(logits.clone(), labels, &with(1.0, 1.0));
                let loss = found.loss.sum();
                let gradients = loss.backward();
                let gradient = logits.grad(&gradients).expect("the logits have a gradient");
                let (loss, gradient) = (values(loss), values(gradient));
                assert!(
                    loss[0].is_finite() && gradient.iter().all(|g| g.is_finite()),
                    "{loss:?} {gradient:?}"
                );
            }
        }
        let wrong = pixel_loss(
            one_pixel([-1.0e4, 1.0e4]).logits(),
            one_pixel([0.0; 2]).labels(),
            &with(1.0, 1.0),
        );
        assert!((values(wrong.loss)[0] - 20_001.0).abs() < 1e-9);
    }

    #[test]
    fn one_minus_dice_keeps_its_digits_where_the_probability_is_near_one() {
        // In f32, 1 − p of p = e^(−3e−6) would be off by percents.
        let entropy: Tensor<3> =
            Tensor::from_data([[[3.0e-6_f32, 1.0e-9, 0.5]]], &burn::tensor::Device::flex());
        let exact = [3.0e-6_f64, 1.0e-9, 0.5];
        let dice = values(one_minus_dice(entropy.clone()));
        let miss = values(one_minus_probability(entropy));
        for (index, x) in exact.iter().enumerate() {
            let expected = -(-x).exp_m1();
            assert!((miss[index] / expected - 1.0).abs() < 1e-5);
            assert!((dice[index] / (expected / (1.0 + (-x).exp())) - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn an_ignored_pixels_values_reach_neither_the_loss_nor_the_gradient() {
        let mut case = Case::random(&mut Random::new(5), [1, 3, 2, 2], 0.0);
        case.labels[1] = 255;
        let clean = case.clone();
        for (class, poison) in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY]
            .into_iter()
            .enumerate()
        {
            case.logits[class * 4 + 1] = poison;
        }
        let run = |case: &Case| {
            let logits = case.logits();
            let loss = pixel_loss(logits.clone(), case.labels(), &with(1.0, 1.0))
                .loss
                .sum();
            let gradient = logits
                .grad(&loss.backward())
                .expect("the logits have a gradient");
            (values(loss), values(gradient))
        };
        let (loss, gradient) = run(&case);
        assert_eq!((loss, gradient.clone()), run(&clean));
        assert!((0..3).all(|class| gradient[class * 4 + 1] == 0.0));
        assert!(gradient.iter().filter(|g| **g != 0.0).count() == 9);
    }

    #[test]
    fn a_label_that_is_no_class_has_a_loss_of_nan() {
        let mut case = Case::random(&mut Random::new(6), [1, 3, 2, 2], 0.0);
        (case.labels[1], case.labels[2]) = (3, -1);
        let loss = values(pixel_loss(case.logits(), case.labels(), &with(1.0, 1.0)).loss);
        assert_eq!(
            loss.iter().map(|l| l.is_nan()).collect::<Vec<_>>(),
            [false, true, true, false]
        );
    }
}
