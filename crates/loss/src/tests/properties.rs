//! Properties of every loss.

use burn::tensor::DType;

use crate::config::{ImageRule, LossConfig, LossName, PixelRule, SigmaScope};
use crate::image_rule::{ImageWeights, batch_loss};
use crate::loss::Loss;
use crate::tests::oracle::{Case, Random, distance, values};

pub(crate) fn plain() -> LossConfig {
    LossConfig {
        lambda_cdc: 0.0,
        pixels: PixelRule::All,
        images: ImageRule::Erm,
        ohem_min_kept: 4,
        ..LossConfig::default()
    }
}

pub(crate) fn losses(case: &Case, config: &LossConfig) -> Vec<f64> {
    let loss = Loss::new(config.clone(), case.shape[1]).unwrap();
    values(loss.image_losses(&[case.logits()], case.labels()).loss)
}

/// L of every image and the gradient of their weighted sum.
pub(crate) fn with_gradient(
    case: &Case,
    config: &LossConfig,
    weights: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let logits = case.logits();
    let loss = Loss::new(config.clone(), case.shape[1]).unwrap();
    let losses = loss
        .image_losses(std::slice::from_ref(&logits), case.labels())
        .loss;
    let weights = ImageWeights {
        weight: weights.to_vec(),
        mean: 1.0 / weights.len() as f64,
    };
    let gradients = batch_loss(losses.clone(), &weights).backward();
    (values(losses), values(logits.grad(&gradients).unwrap()))
}

#[test]
fn an_image_with_only_ignored_pixels_has_a_loss_of_exactly_zero() {
    for name in LossName::ALL {
        let mut case = Case::random(&mut Random::new(9), [2, 3, 4, 4], 0.0);
        case.labels[16..].fill(255);
        let config = LossConfig { name, ..plain() };
        let (found, gradient) = with_gradient(&case, &config, &[0.5, 0.5]);
        assert!(
            found[0] > 0.0 && gradient[..48].iter().any(|g| *g != 0.0),
            "{name:?}"
        );
        assert_eq!(found[1].abs().to_bits(), 0, "{name:?}");
        assert!(gradient[48..].iter().all(|g| *g == 0.0), "{name:?}");
    }
}

#[test]
fn ignored_pixels_change_nothing() {
    for name in LossName::ALL {
        for (pixels, sigma_scope) in [
            (PixelRule::All, SigmaScope::Class),
            (PixelRule::Top, SigmaScope::Class),
            (PixelRule::AllButSigma, SigmaScope::Image),
            (PixelRule::AllButSigma, SigmaScope::Class),
        ] {
            let config = LossConfig {
                name,
                pixels,
                sigma_scope,
                ..plain()
            };
            let case = Case::random(&mut Random::new(13), [2, 3, 4, 4], 0.4);
            let mut other = case.clone();
            for image in 0..2 {
                for pixel in (0..16).filter(|&pixel| case.label(image, pixel).is_none()) {
                    for class in 0..3 {
                        other.logits[(image * 3 + class) * 16 + pixel] = 30.0 * class as f64;
                    }
                }
            }
            assert_eq!(losses(&case, &config), losses(&other, &config), "{name:?}");
        }
    }
}

#[test]
fn permuting_a_batch_permutes_its_losses() {
    for name in LossName::ALL {
        let config = LossConfig { name, ..plain() };
        let case = Case::random(&mut Random::new(17), [3, 3, 4, 5], 0.1);
        let mut turned = case.clone();
        turned.logits.rotate_left(3 * 20);
        turned.labels.rotate_left(20);
        let mut expected = losses(&case, &config);
        expected.rotate_left(1);
        assert!(
            distance(&losses(&turned, &config), &expected) < 1e-12,
            "{name:?}"
        );
    }
}

#[test]
fn one_pixel_is_enough_for_every_loss() {
    for name in LossName::ALL {
        let case = Case::random(&mut Random::new(19), [2, 2, 1, 1], 0.0);
        for pixels in [PixelRule::All, PixelRule::Top, PixelRule::AllButSigma] {
            let config = LossConfig {
                name,
                pixels,
                ..plain()
            };
            let (found, gradient) = with_gradient(&case, &config, &[0.5, 0.5]);
            assert!(
                found.iter().chain(&gradient).all(|v| v.is_finite()),
                "{name:?} {found:?}"
            );
        }
    }
}

#[test]
fn large_logits_give_finite_losses_and_gradients() {
    for name in LossName::ALL {
        for size in [80.0, 1.0e4] {
            let mut random = Random::new(23);
            let mut case = Case::random(&mut random, [2, 3, 4, 4], 0.1);
            for logit in &mut case.logits {
                *logit = logit.signum() * size;
            }
            let loss = Loss::new(
                LossConfig {
                    name,
                    lambda_cdc: 1.0,
                    ..plain()
                },
                3,
            )
            .unwrap();
            let logits = case.logits_as(DType::F32);
            let images = loss.image_losses(std::slice::from_ref(&logits), case.labels());
            let gradients = images.loss.clone().sum().backward();
            let gradient = values(logits.grad(&gradients).unwrap());
            let found = values(images.loss);
            assert!(
                found.iter().chain(&gradient).all(|v| v.is_finite()),
                "{name:?} {size} {found:?}"
            );
        }
    }
}

#[test]
fn nan_stays_in_its_image() {
    let per_image = [
        LossName::Envelope,
        LossName::CrossEntropy,
        LossName::DiceCrossEntropy,
        LossName::Focal,
        LossName::UnifiedFocal,
    ];
    let clean = Case::random(&mut Random::new(29), [2, 3, 4, 4], 0.1);
    let mut poisoned = clean.clone();
    poisoned.labels[16 + 5] = 1;
    poisoned.logits[48 + 5] = f64::NAN;
    let mut mislabelled = clean.clone();
    mislabelled.labels[16 + 5] = 7;
    for case in [poisoned, mislabelled] {
        for name in per_image {
            for pixels in [PixelRule::All, PixelRule::Top, PixelRule::AllButSigma] {
                let config = LossConfig {
                    name,
                    pixels,
                    ..plain()
                };
                let found = losses(&case, &config);
                assert_eq!(found[..1], losses(&clean, &config)[..1], "{name:?}");
                assert!(found[1].is_nan(), "{name:?} {pixels:?}");
            }
        }
        for name in [LossName::PixelTopK, LossName::Ohem] {
            assert!(
                losses(&case, &LossConfig { name, ..plain() })[1].is_nan(),
                "{name:?}"
            );
        }
    }
}

#[test]
fn classes_may_be_absent_from_an_image() {
    for name in LossName::ALL {
        let mut case = Case::random(&mut Random::new(41), [2, 21, 4, 4], 0.0);
        case.labels.iter_mut().for_each(|label| *label %= 2);
        let (found, gradient) = with_gradient(&case, &LossConfig { name, ..plain() }, &[0.5, 0.5]);
        assert!(
            found.iter().chain(&gradient).all(|v| v.is_finite()),
            "{name:?} {found:?}"
        );
    }
}
