//! Losses of the hardest pixels of the whole batch.

use burn::tensor::{Int, Tensor, TensorData};

use crate::config::LossConfig;
use crate::output_loss::OutputLoss;
use crate::pixel_loss::{Likelihood, sum_of_pixels};
use crate::pixel_rule::{host, largest};

/// Cross-entropy of the largest ⌊n·q⌋ (at least one) of the batch's n valid pixels, q = `pixel_share`, ties by pixel index:
/// nnU-Net's top-k loss, except that ignored pixels do not count towards n.
pub(crate) fn pixel_top_k(
    logits: Tensor<4>,
    labels: &Tensor<3, Int>,
    config: &LossConfig,
) -> OutputLoss {
    mean_of_chosen(logits, labels, config, |losses, candidates| {
        // The addition undoes the rounding of n·q where the product is an integer.
        let count = (candidates.len() as f64 * config.pixel_share + 1e-9) as usize;
        largest(losses, candidates, count.max(1))
    })
}

/// Cross-entropy of the batch's pixels whose true class has a probability below max(threshold, p at rank min(k, n−1)), p
/// ascending from rank 0 and k = `ohem_min_kept`: at least about k pixels, since those that equal the bound are excluded.
pub(crate) fn ohem(logits: Tensor<4>, labels: &Tensor<3, Int>, config: &LossConfig) -> OutputLoss {
    mean_of_chosen(logits, labels, config, |losses, candidates| {
        // p falls as −ln p rises, so losses are compared in reverse, which loses no digits near p = 1.
        let mut ascending: Vec<f64> = candidates.iter().map(|&pixel| losses[pixel]).collect();
        let Some(last) = ascending.len().checked_sub(1) else {
            return candidates;
        };
        let rank = config.ohem_min_kept.min(last);
        let (_, at_rank, _) = ascending.select_nth_unstable_by(rank, |a, b| b.total_cmp(a));
        let bound = at_rank.min(-config.ohem_threshold.ln());
        // NaN is kept, so that it reaches the result.
        let keeps = |&pixel: &usize| losses[pixel] > bound || losses[pixel].is_nan();
        candidates.into_iter().filter(keeps).collect()
    })
}

/// The mean cross-entropy of the pixels that `choose` selects among the batch's candidates, distributed to the images as
/// |batch| · (sum over the image's chosen pixels) / (number of chosen pixels in the batch), so that the mean over the images
/// is the mean over the chosen pixels.
///
/// The choice is made on the host, once per batch: it needs an order of all pixels, with a rule for ties.
fn mean_of_chosen(
    logits: Tensor<4>,
    labels: &Tensor<3, Int>,
    config: &LossConfig,
    choose: impl FnOnce(&[f64], Vec<usize>) -> Vec<usize>,
) -> OutputLoss {
    let Likelihood {
        cross_entropy,
        valid,
        ..
    } = Likelihood::new(logits, labels, config.ignore);
    let shape = cross_entropy.dims();
    let losses = host(cross_entropy.clone().inner());
    let takes_part = host(valid.clone());
    let candidates = (0..losses.len())
        .filter(|&pixel| takes_part[pixel] > 0.5)
        .collect();
    let chosen = choose(&losses, candidates);

    let mut kept = vec![0.0_f32; losses.len()];
    for &pixel in &chosen {
        kept[pixel] = 1.0;
    }
    let kept = Tensor::from_data(
        TensorData::new(kept, shape),
        (&valid.device(), valid.dtype()),
    );
    let factor = shape[0] as f64 / chosen.len().max(1) as f64;
    let image = sum_of_pixels(cross_entropy * kept.clone()).mul_scalar(factor);
    OutputLoss { image, kept }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::tests::compare_with;
    use crate::config::LossName;
    use crate::tests::oracle::{Case, Random, values};

    /// Every valid pixel of the batch, hardest first: (image, p).
    fn hardest_first(case: &Case) -> Vec<(usize, f64)> {
        let mut all: Vec<(usize, f64)> = (0..case.shape[0])
            .flat_map(|image| {
                case.valid_pixels(image)
                    .into_iter()
                    .map(move |t| (image, t.2))
            })
            .collect();
        all.sort_by(|a, b| a.1.total_cmp(&b.1));
        all
    }

    /// Each image's contribution to the mean −ln p of the chosen pixels.
    fn shares(case: &Case, chosen: &[(usize, f64)]) -> Vec<f64> {
        let images = case.shape[0];
        let mut shares = vec![0.0; images];
        for (image, p) in chosen {
            shares[*image] += images as f64 * -p.ln() / chosen.len() as f64;
        }
        shares
    }

    #[test]
    fn top_k_agrees_with_a_plain_computation_and_its_gradient_with_finite_differences() {
        for share in [0.001, 0.1, 0.5, 1.0] {
            let config = LossConfig {
                name: LossName::PixelTopK,
                pixel_share: share,
                ..LossConfig::default()
            };
            compare_with(&config, |case| {
                let all = hardest_first(case);
                let count = ((all.len() as f64 * share) as usize).max(1);
                shares(case, &all[..count])
            });
        }
    }

    #[test]
    fn ohem_agrees_with_a_plain_computation_and_its_gradient_with_finite_differences() {
        for (threshold, kept) in [(0.7, 5), (0.05, 20), (0.0, 8), (1.0, 0), (0.3, 100_000)] {
            let config = LossConfig {
                name: LossName::Ohem,
                ohem_threshold: threshold,
                ohem_min_kept: kept,
                ..LossConfig::default()
            };
            compare_with(&config, |case| {
                let all = hardest_first(case);
                let bound = threshold.max(all[kept.min(all.len() - 1)].1);
                let chosen: Vec<_> = all.into_iter().filter(|pixel| pixel.1 < bound).collect();
                shares(case, &chosen)
            });
        }
    }

    #[test]
    fn the_mean_over_the_images_is_the_value_of_the_batch() {
        let case = Case::random(&mut Random::new(4), [3, 4, 5, 5], 0.2);
        let config = LossConfig {
            pixel_share: 0.2,
            ..LossConfig::default()
        };
        let found = values(pixel_top_k(case.logits(), &case.labels().inner(), &config).image);
        let all = hardest_first(&case);
        let chosen = &all[..all.len() / 5];
        let expected = chosen.iter().map(|pixel| -pixel.1.ln()).sum::<f64>() / chosen.len() as f64;
        assert!((found.iter().sum::<f64>() / 3.0 - expected).abs() < 1e-12);
    }

    #[test]
    fn ohem_selects_no_pixel_if_all_are_equally_easy() {
        let case = Case {
            shape: [1, 2, 2, 2],
            logits: [[3.0; 4], [0.0; 4]].concat(),
            labels: vec![0; 4],
        };
        let found = ohem(
            case.logits(),
            &case.labels().inner(),
            &LossConfig::default(),
        );
        assert_eq!(values(found.image), [0.0]);
        assert_eq!(values(found.kept), [0.0; 4]);
    }
}
