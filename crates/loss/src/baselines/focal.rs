//! Focal and unified focal loss.

use burn::tensor::{Int, Tensor};

use super::overlap::Overlap;
use crate::config::LossConfig;
use crate::output_loss::{OutputLoss, mean_of_kept};
use crate::pixel_loss::{Likelihood, one_minus_probability, quotient_or_zero, sum_of_pixels};

/// λ, the weight of the focal cross-entropy in the unified focal loss.
const LAMBDA: f64 = 0.5;
/// δ, the weight of misses against false alarms, and of foreground against background.
const DELTA: f64 = 0.6;
/// γ, how strongly easy background is suppressed and hard foreground enhanced.
const GAMMA: f64 = 0.5;
/// Keeps the Tversky index of an absent class defined.
const SMOOTH: f64 = 1e-7;
/// A power below 1 has an infinite slope at 0: bases below this count as 0.
const SMALLEST_BASE: f64 = 1e-12;

/// Mean of (1−p)^γ·(−ln p) over each image's pixels (Lin et al., arXiv 1708.02002, without their α).
pub(crate) fn focal(logits: Tensor<4>, labels: &Tensor<3, Int>, config: &LossConfig) -> OutputLoss {
    let Likelihood {
        cross_entropy,
        valid,
        ..
    } = Likelihood::new(logits, labels, config.ignore);
    let loss = focused(cross_entropy, config.focal_gamma);
    let image = mean_of_kept(loss, valid.clone(), labels, &[]);
    OutputLoss { image, kept: valid }
}

/// (1−p)^γ·(−ln p) from −ln p.
fn focused(cross_entropy: Tensor<3>, gamma: f64) -> Tensor<3> {
    if gamma == 0.0 {
        return cross_entropy;
    }
    power(one_minus_probability(cross_entropy.clone()), gamma) * cross_entropy
}

/// A power of numbers of at least 0, with a slope of 0 at 0 for any exponent.
fn power<const D: usize>(base: Tensor<D>, exponent: f64) -> Tensor<D> {
    let nothing = base.clone().lower_elem(SMALLEST_BASE);
    base.clamp_min(SMALLEST_BASE)
        .powf_scalar(exponent)
        .mask_fill(nothing, 0.0)
}

/// The unified focal loss in its asymmetric form (Yeung et al., arXiv 2102.04525), all foreground classes rare, per image.
///
/// λ·F + (1 − λ)·T with λ = 0.5, δ = 0.6, γ = 0.5:
///
/// * F, the mean over the pixels of δ·(−ln p) where the label is foreground and (1 − δ)·(1 − p)^γ·(−ln p) where it is
///   background, p the probability of the true class;
/// * T, the mean over the classes of 1 − I for the background and (1 − I)^(1−γ) for a foreground class, I the Tversky index
///   (Σp·y + s) / (Σp·y + δ·Σ(1−p)·y + (1−δ)·Σp·(1−y) + s), s = 1e-7.
pub(crate) fn unified_focal(
    logits: Tensor<4>,
    labels: &Tensor<3, Int>,
    config: &LossConfig,
) -> OutputLoss {
    let Likelihood {
        log_probability,
        cross_entropy,
        valid,
    } = Likelihood::new(logits, labels, config.ignore);
    let [_, classes, _, _] = log_probability.dims();

    let background = labels.clone().equal_elem(0);
    let easy = focused(cross_entropy.clone(), GAMMA).mul_scalar(1.0 - DELTA);
    let focal = cross_entropy.mul_scalar(DELTA).mask_where(background, easy);
    let focal = quotient_or_zero(sum_of_pixels(focal), sum_of_pixels(valid.clone()));

    let Overlap {
        hit,
        predicted,
        present,
    } = Overlap::new(log_probability, labels, &valid);
    let missed = (present - hit.clone()).mul_scalar(DELTA);
    let alarmed = (predicted - hit.clone()).mul_scalar(1.0 - DELTA);
    // 1 − I, written without the difference of two numbers near 1.
    let lost = (missed.clone() + alarmed.clone()) / (hit + missed + alarmed).add_scalar(SMOOTH);
    let of_background = lost.clone().narrow(1, 0, 1);
    let of_foreground = power(lost.narrow(1, 1, classes - 1), 1.0 - GAMMA);
    let tversky = Tensor::cat(vec![of_background, of_foreground], 1)
        .mean_dim(1)
        .squeeze_dim::<1>(1);

    let image = focal.mul_scalar(LAMBDA) + tversky.mul_scalar(1.0 - LAMBDA);
    OutputLoss { image, kept: valid }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::tests::compare_with;
    use crate::config::{LossName, PixelRule};
    use crate::tests::oracle::{Case, Random, distance, values};

    #[test]
    fn focal_agrees_with_a_plain_computation_and_its_gradient_with_finite_differences() {
        for gamma in [0.0, 0.5, 2.0] {
            let config = LossConfig {
                name: LossName::Focal,
                focal_gamma: gamma,
                ..LossConfig::default()
            };
            compare_with(&config, |case| {
                let image = |image| {
                    let valid = case.valid_pixels(image);
                    let sum: f64 = valid
                        .iter()
                        .map(|t| (1.0 - t.2).powf(gamma) * -t.2.ln())
                        .sum();
                    sum / valid.len() as f64
                };
                (0..case.shape[0]).map(image).collect()
            });
        }
    }

    #[test]
    fn unified_focal_agrees_with_a_plain_computation_and_its_gradient_with_finite_differences() {
        let config = LossConfig {
            name: LossName::UnifiedFocal,
            ..LossConfig::default()
        };
        compare_with(&config, |case| {
            (0..case.shape[0])
                .map(|image| unified(case, image))
                .collect()
        });
    }

    fn unified(case: &Case, image: usize) -> f64 {
        let classes = case.shape[1];
        let valid = case.valid_pixels(image);
        let mut focal = 0.0;
        let (mut hit, mut missed, mut alarmed) =
            (vec![0.0; classes], vec![0.0; classes], vec![0.0; classes]);
        for &(pixel, truth, p) in &valid {
            focal += if truth == 0 {
                0.4 * (1.0 - p).sqrt() * -p.ln()
            } else {
                0.6 * -p.ln()
            };
            for (class, p) in case.probabilities(image, pixel).into_iter().enumerate() {
                if class == truth {
                    hit[class] += p;
                    missed[class] += 1.0 - p;
                } else {
                    alarmed[class] += p;
                }
            }
        }
        let index = |class: usize| {
            (hit[class] + 1e-7) / (hit[class] + 0.6 * missed[class] + 0.4 * alarmed[class] + 1e-7)
        };
        let foreground: f64 = (1..classes).map(|class| (1.0 - index(class)).sqrt()).sum();
        let tversky = (1.0 - index(0) + foreground) / classes as f64;
        0.5 * focal / valid.len() as f64 + 0.5 * tversky
    }

    #[test]
    fn a_perfect_prediction_has_a_finite_gradient() {
        // Powers below 1 are infinitely steep where the loss is 0.
        let mut case = Case::random(&mut Random::new(2), [1, 2, 2, 2], 0.0);
        for pixel in 0..4 {
            case.labels[pixel] = (pixel % 2) as i32;
            case.logits[pixel] = if pixel % 2 == 0 { 500.0 } else { -500.0 };
            case.logits[4 + pixel] = -case.logits[pixel];
        }
        for config in [
            LossConfig {
                focal_gamma: 0.5,
                pixels: PixelRule::All,
                ..LossConfig::default()
            },
            LossConfig {
                focal_gamma: 0.0,
                pixels: PixelRule::All,
                ..LossConfig::default()
            },
        ] {
            for loss in [focal, unified_focal] {
                let logits = case.logits();
                let found = loss(logits.clone(), &case.labels().inner(), &config).image;
                let gradients = found.clone().sum().backward();
                let gradient = values(logits.grad(&gradients).expect("the logits have a gradient"));
                assert!(distance(&values(found), &[0.0]) < 1e-12);
                assert!(distance(&gradient, &[0.0; 8]) < 1e-12);
            }
        }
    }
}
