//! Which pixels of an image are kept.

use burn::tensor::{Bool, Int, Tensor, TensorData};

use crate::config::{LossConfig, PixelRule, SigmaScope};
use crate::pixel_loss::PixelLoss;

/// Relative widening of the threshold of `all_but_sigma`, so that a loss that equals it in exact arithmetic (two pixels, or two
/// values equally often, and m = 1) is kept in spite of rounding.
pub(crate) const ROUNDING: f64 = 1e-6;

/// 1 for a pixel that the rule keeps, 0 for one that it excludes or that is ignored: `[batch, height, width]`, without
/// gradient.
///
/// The choice depends on ℓ before class weights, so that rare classes are not mistaken for noise. A pixel with a loss of NaN is
/// kept, so that its image's loss is NaN too.
#[must_use]
pub fn kept_pixels(pixels: &PixelLoss, labels: &Tensor<3, Int>, config: &LossConfig) -> Tensor<3> {
    let loss = pixels.loss.clone().inner();
    let valid = pixels.valid.clone().inner();
    match (config.pixels, config.sigma_scope) {
        (PixelRule::All, _) => valid,
        (PixelRule::Top, _) => largest_of_each_image(loss, valid, config.pixel_share),
        (PixelRule::AllButSigma, SigmaScope::Image) => {
            let group = valid.clone().greater_elem(0.5);
            valid.mask_fill(beyond_sigma(&loss, group, config.sigma), 0.0)
        }
        (PixelRule::AllButSigma, SigmaScope::Class) => {
            let labels = labels.clone().inner();
            // The classes' pixels and the ignored ones are disjoint, so each class only excludes its own pixels.
            (0..pixels.classes).fold(valid, |kept, class| {
                let group = labels.clone().equal_elem(class as i64);
                kept.mask_fill(beyond_sigma(&loss, group, config.sigma), 0.0)
            })
        }
    }
}

/// Where the loss of a pixel of `group` exceeds μ + `multiple`·σ of the group's pixels in its image, σ of the population.
///
/// Mean and deviation are computed in two passes over the losses minus the group's smallest: equal losses are then exact zeros
/// with μ = σ = 0, and all are kept.
fn beyond_sigma(loss: &Tensor<3>, group: Tensor<3, Bool>, multiple: f64) -> Tensor<3, Bool> {
    let [batch, height, width] = loss.dims();
    let pixels = height * width;
    let loss: Tensor<2> = loss.clone().reshape([batch, pixels]);
    let outside = group.bool_not().reshape([batch, pixels]);

    let count = loss
        .ones_like()
        .mask_fill(outside.clone(), 0.0)
        .sum_dim(1)
        .clamp_min(1.0);
    let smallest = loss.clone().mask_fill(outside.clone(), f32::MAX).min_dim(1);
    let above = (loss - smallest).mask_fill(outside.clone(), 0.0);
    let mean = above.clone().sum_dim(1) / count.clone();
    let deviation = (above.clone() - mean.clone())
        .mask_fill(outside, 0.0)
        .square();
    let sigma = (deviation.sum_dim(1) / count).sqrt();
    let threshold = (mean + sigma.mul_scalar(multiple)).mul_scalar(1.0 + ROUNDING);
    above
        .greater(threshold.expand([batch, pixels]))
        .reshape([batch, height, width])
}

/// 1 for the ⌈q·P⌉ largest of each image's P valid pixels, q = `pixel_share`, ties by pixel index, the earlier first.
///
/// On the host: Burn's sort on wgpu is a host sort as well, and does not define the order of ties.
fn largest_of_each_image(loss: Tensor<3>, valid: Tensor<3>, share: f64) -> Tensor<3> {
    let [batch, height, width] = loss.dims();
    let (device, dtype) = (loss.device(), loss.dtype());
    let losses = host(loss);
    let valid = host(valid);
    let mut kept = vec![0.0_f32; losses.len()];
    for image in 0..batch {
        let pixels = image * height * width..(image + 1) * height * width;
        let candidates: Vec<usize> = pixels.filter(|&pixel| valid[pixel] > 0.5).collect();
        let count = pixels_of_top(share, candidates.len());
        for pixel in largest(&losses, candidates, count) {
            kept[pixel] = 1.0;
        }
    }
    Tensor::from_data(
        TensorData::new(kept, [batch, height, width]),
        (&device, dtype),
    )
}

/// ⌈q·P⌉ for the rule `top` on P valid `pixels`.
pub(crate) fn pixels_of_top(share: f64, pixels: usize) -> usize {
    // The subtraction undoes the rounding of q·P where the product is an integer, as in 0.55 · 100.
    (share * pixels as f64 - 1e-9).ceil() as usize
}

/// The `count` of the `candidates` with the largest losses (none is negative), in no particular order; ties by index, the
/// earlier first. NaN is larger than all.
pub(crate) fn largest(losses: &[f64], mut candidates: Vec<usize>, count: usize) -> Vec<usize> {
    if count < candidates.len() {
        candidates.select_nth_unstable_by(count, |&a, &b| {
            // Without the sign, since a NaN with one sorts first.
            losses[b].abs().total_cmp(&losses[a].abs()).then(a.cmp(&b))
        });
        candidates.truncate(count);
    }
    candidates
}

/// The values of a tensor, row by row.
pub(crate) fn host(tensor: Tensor<3>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel_loss::pixel_loss;
    use crate::tests::oracle;
    use crate::tests::oracle::{Case, Random};

    fn kept(case: &Case, config: &LossConfig) -> Vec<f64> {
        let labels = case.labels();
        let pixels = pixel_loss(case.logits(), labels.clone(), config);
        host(kept_pixels(&pixels, &labels, config))
    }

    /// The rule on given losses of one row of pixels; label 255 is ignored.
    fn kept_of(losses: &[f32], labels: &[i32], config: &LossConfig) -> Vec<f64> {
        let device = burn::tensor::Device::flex();
        let shape = [1, 1, losses.len()];
        let valid: Vec<f32> = labels
            .iter()
            .map(|&label| f32::from(label != 255))
            .collect();
        let pixels = PixelLoss {
            loss: Tensor::from_data(TensorData::new(losses.to_vec(), shape), &device),
            valid: Tensor::from_data(TensorData::new(valid, shape), &device),
            classes: 3,
        };
        let labels = Tensor::from_data(TensorData::new(labels.to_vec(), shape), &device);
        host(kept_pixels(&pixels, &labels, config))
    }

    fn rules() -> Vec<LossConfig> {
        let mut rules = Vec::new();
        for pixel_share in [0.1, 0.35, 1.0] {
            rules.push(LossConfig {
                pixels: PixelRule::Top,
                pixel_share,
                ..LossConfig::default()
            });
        }
        for sigma_scope in [SigmaScope::Image, SigmaScope::Class] {
            for sigma in [0.0, 1.0, 2.0] {
                rules.push(LossConfig {
                    sigma,
                    sigma_scope,
                    ..LossConfig::default()
                });
            }
        }
        rules.push(LossConfig {
            pixels: PixelRule::All,
            ..LossConfig::default()
        });
        rules
    }

    #[test]
    fn the_rules_choose_the_same_pixels_as_a_plain_computation() {
        let mut random = Random::new(3);
        for classes in [2, 3, 6, 21] {
            let case = Case::random(&mut random, [3, classes, 9, 11], 0.2);
            for config in rules() {
                let expected: Vec<f64> = oracle::kept_pixels(&case, &config).concat();
                assert_eq!(
                    kept(&case, &config),
                    expected,
                    "{classes} classes, {config:?}"
                );
            }
        }
    }

    #[test]
    fn sigma_zero_keeps_all() {
        // 0.1 is not a binary fraction: a mean by plain summation is below it, and would exclude every pixel.
        for value in [0.1_f32, 1.0e-6, 3.3e4] {
            let labels: Vec<i32> = (0..1000).map(|pixel| pixel % 3).collect();
            for config in rules()
                .iter()
                .filter(|config| config.pixels == PixelRule::AllButSigma)
            {
                assert_eq!(
                    kept_of(&vec![value; 1000], &labels, config),
                    vec![1.0; 1000]
                );
            }
        }
    }

    #[test]
    fn a_loss_that_equals_the_threshold_is_kept() {
        let losses: Vec<f32> = (0..998)
            .map(|pixel| if pixel % 2 == 0 { 0.1 } else { 0.7 })
            .collect();
        for config in rules().iter().filter(|config| config.sigma > 0.5) {
            if config.pixels == PixelRule::AllButSigma {
                assert_eq!(kept_of(&losses, &[1; 998], config), vec![1.0; 998]);
                assert_eq!(kept_of(&losses[..2], &[1; 2], config), [1.0; 2]);
            }
        }
    }

    #[test]
    fn the_class_scope_keeps_a_rare_class_that_the_image_scope_excludes() {
        let mut losses = vec![0.1_f32; 98];
        losses.extend([2.0, 2.1]);
        let labels: Vec<i32> = (0..100).map(|pixel| i32::from(pixel >= 98)).collect();
        let scope = |sigma_scope| LossConfig {
            sigma_scope,
            ..LossConfig::default()
        };
        let by_image = kept_of(&losses, &labels, &scope(SigmaScope::Image));
        assert_eq!(by_image[98..], [0.0, 0.0]);
        let by_class = kept_of(&losses, &labels, &scope(SigmaScope::Class));
        assert_eq!(by_class[98..], [1.0, 1.0]);
    }

    #[test]
    fn an_outlier_of_its_class_is_excluded() {
        let mut losses = vec![0.5_f32; 20];
        losses[7] = 5.0;
        let kept = kept_of(&losses, &[1; 20], &LossConfig::default());
        let expected: Vec<f64> = (0..20)
            .map(|pixel| if pixel == 7 { 0.0 } else { 1.0 })
            .collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn ties_at_the_edge_of_top_go_to_the_earlier_pixel() {
        let config = |pixel_share| LossConfig {
            pixels: PixelRule::Top,
            pixel_share,
            ..LossConfig::default()
        };
        let losses = [1.0, 2.0, 2.0, 2.0, 0.5];
        assert_eq!(
            kept_of(&losses, &[0; 5], &config(0.4)),
            [0.0, 1.0, 1.0, 0.0, 0.0]
        );
        // 0.41 of 5 is 2.05 pixels: three.
        assert_eq!(
            kept_of(&losses, &[0; 5], &config(0.41)),
            [0.0, 1.0, 1.0, 1.0, 0.0]
        );
        // An ignored pixel is not a candidate and does not count towards P.
        assert_eq!(
            kept_of(&losses, &[0, 255, 0, 0, 0], &config(0.25)),
            [0.0, 0.0, 1.0, 0.0, 0.0]
        );
        // 0.55 · 100 is 55.000000000000007 in f64.
        let sum: f64 = kept_of(&[1.0; 100], &[0; 100], &config(0.55)).iter().sum();
        assert_eq!(sum as usize, 55);
    }

    #[test]
    fn every_rule_keeps_a_single_pixel_and_excludes_a_single_ignored_one() {
        for config in rules() {
            assert_eq!(kept_of(&[0.3], &[1], &config), [1.0], "{config:?}");
            assert_eq!(kept_of(&[0.0], &[255], &config), [0.0], "{config:?}");
        }
    }

    #[test]
    fn ignored_pixels_do_not_change_the_threshold() {
        let losses = [0.5, 0.6, 0.7, 0.8, 3.0];
        let labels = [1; 5];
        for config in rules() {
            let alone = kept_of(&losses, &labels, &config);
            let mut more = losses.to_vec();
            more.extend([0.0; 30]);
            let mut more_labels = labels.to_vec();
            more_labels.extend([255; 30]);
            let among = kept_of(&more, &more_labels, &config);
            assert_eq!(among[..5], alone, "{config:?}");
            assert_eq!(among[5..], [0.0; 30], "{config:?}");
        }
    }
}
