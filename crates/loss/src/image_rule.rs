//! How much each image counts, from the rank of its loss.

use burn::tensor::{Tensor, TensorData};

use crate::{ImageRule, LossConfig, LossName, LossStore, Schedule};

/// Half of the smallest step between two normalised ranks is far above this, so it only undoes rounding: 1 − κ and u are
/// both rounded, and an image exactly on the edge must not fall to one side by chance.
const ROUNDING: f64 = 1e-9;

/// The weights of a batch's images.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageWeights {
    /// B of each image of the batch, in its order.
    pub weight: Vec<f64>,
    /// B̄, the mean of B over the store.
    pub mean: f64,
}

/// B of the images of `batch` (indices of the training set) and B̄ over the `store`, at `epoch` (1-based) of `epochs`.
///
/// With the normalised rank u = (r − ½)/N and the kept share κ: hard B = 1[u > 1 − κ], smooth B = S(u − (1 − κ)), window
/// hard B = 1[a ≤ u ≤ b], smooth B = S(u − a)·S(b − u), where S(x) = 1/(1 + e^(−αx)).
///
/// * Epoch 1 has no ranks: all weights are 1, as for the rule `erm` and for every loss but the envelope.
/// * In a store that does not know all images yet, N and the ranks are those of the known ones, and an unknown image weighs
///   as much as the mean, as it would without selection.
/// * A hard top-k keeps one image at least.
#[must_use]
pub fn image_weights(
    store: &LossStore,
    batch: &[usize],
    config: &LossConfig,
    epoch: usize,
    epochs: usize,
) -> ImageWeights {
    let known = store.known();
    let Some((weights, mean)) = weights_of_ranks(config, epoch, epochs, known) else {
        return ImageWeights {
            weight: vec![1.0; batch.len()],
            mean: 1.0,
        };
    };
    let weight = batch
        .iter()
        .map(|&image| store.rank(image).map_or(mean, |rank| weights[rank - 1]))
        .collect();
    ImageWeights { weight, mean }
}

/// B of rank 1, 2, … among `known` images, and the mean of them; none where all images weigh alike.
pub(crate) fn weights_of_ranks(
    config: &LossConfig,
    epoch: usize,
    epochs: usize,
    known: usize,
) -> Option<(Vec<f64>, f64)> {
    let even = config.name != LossName::Envelope || config.images == ImageRule::Erm;
    if even || epoch <= 1 || known == 0 {
        return None;
    }
    let edge = Edge::new(config, epoch, epochs, known);
    let weights: Vec<f64> = (1..=known)
        .map(|rank| edge.weight((rank as f64 - 0.5) / known as f64))
        .collect();
    let mean = weights.iter().sum::<f64>() / known as f64;
    Some((weights, mean))
}

/// Which images of `batch` may skip forward and backward at `epoch`: those whose weight by their *last known* losses is
/// below `skip_below`.
///
/// None in every `refresh_every`-th epoch, in which all ranks are refreshed, and none where `skip_below` is 0. The
/// divisor of the batch loss stays the whole batch: a skipped image counts as a loss of weight 0.
#[must_use]
pub fn skipped_images(
    store: &LossStore,
    batch: &[usize],
    config: &LossConfig,
    epoch: usize,
    epochs: usize,
) -> Vec<bool> {
    if config.skip_below <= 0.0 || epoch.is_multiple_of(config.refresh_every.max(1)) {
        return vec![false; batch.len()];
    }
    let weights = image_weights(store, batch, config, epoch, epochs);
    let known = batch.iter().map(|&image| store.rank(image).is_some());
    let light = weights
        .weight
        .iter()
        .map(|&weight| weight < config.skip_below);
    known
        .zip(light)
        .map(|(known, light)| known && light)
        .collect()
}

/// (1/|batch|) Σ B·L / B̄ over the images' `losses` `[batch]`: `[1]`, an unbiased estimate of the loss of the whole set.
///
/// Where no image of the set has a weight (a hard `window` narrower than one image) it is 0.
///
/// # Panics
/// If there are not as many weights as losses.
#[must_use]
pub fn batch_loss(losses: Tensor<1>, weights: &ImageWeights) -> Tensor<1> {
    let [images] = losses.dims();
    assert_eq!(
        images,
        weights.weight.len(),
        "one weight for each image of the batch"
    );
    let mean = if weights.mean > 0.0 {
        weights.mean
    } else {
        1.0
    };
    let relative: Vec<f64> = weights.weight.iter().map(|weight| weight / mean).collect();
    let options = (&losses.device(), losses.dtype());
    let relative = Tensor::from_data(TensorData::new(relative, [images]), options);
    weighted_mean(losses, relative)
}

/// (1/|batch|) Σ B·L / B̄ as [`batch_loss`], for B / B̄ in `weights` `[batch]`.
#[must_use]
pub fn weighted_mean(losses: Tensor<1>, weights: Tensor<1>) -> Tensor<1> {
    let [images] = losses.dims();
    // Not `div_scalar`, whose gradient burn rounds to 32 bits.
    (losses * weights).sum().mul_scalar(1.0 / images as f64)
}

/// The ends of the selection on the normalised rank.
struct Edge {
    low: f64,
    /// None: no upper end.
    high: Option<f64>,
    steepness: Option<f64>,
}

impl Edge {
    fn new(config: &LossConfig, epoch: usize, epochs: usize, images: usize) -> Self {
        let schedule = Schedule::new(config);
        let steepness = schedule.steepness(epoch, epochs);
        if config.images == ImageRule::Window {
            let [low, high] = config.window;
            return Self {
                low,
                high: Some(high),
                steepness,
            };
        }
        let kept = schedule.kept_fraction(epoch, epochs);
        let kept = if steepness.is_none() {
            kept.max(1.0 / images as f64)
        } else {
            kept
        };
        Self {
            low: 1.0 - kept,
            high: None,
            steepness,
        }
    }

    /// B of the normalised rank `u`.
    fn weight(&self, u: f64) -> f64 {
        match (self.steepness, self.high) {
            (None, None) => indicator(u > self.low + ROUNDING),
            (None, Some(high)) => indicator(self.low - ROUNDING <= u && u <= high + ROUNDING),
            (Some(alpha), None) => sigmoid(alpha * (u - self.low)),
            (Some(alpha), Some(high)) => {
                sigmoid(alpha * (u - self.low)) * sigmoid(alpha * (high - u))
            }
        }
    }
}

fn indicator(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::Smoothing;
    use crate::oracle::Random;
    use burn::tensor::Device;

    /// Images 0, 1, 2, … have ranks 1, 2, 3, …
    fn ascending(images: usize) -> LossStore {
        LossStore::from_vec((0..images).map(|image| image as f32).collect()).unwrap()
    }

    fn top(kept_images: f64, smoothing: Smoothing) -> LossConfig {
        LossConfig {
            images: ImageRule::TopK,
            kept_images,
            smoothing,
            ..LossConfig::default()
        }
    }

    fn weights(store: &LossStore, config: &LossConfig) -> ImageWeights {
        let all: Vec<usize> = (0..store.len()).collect();
        image_weights(store, &all, config, 2, 3)
    }

    #[test]
    fn a_hard_top_k_keeps_the_largest() {
        let found = weights(&ascending(5), &top(0.4, Smoothing::None));
        assert_eq!(found.weight, [0.0, 0.0, 0.0, 1.0, 1.0]);
        assert!((found.mean - 0.4).abs() < 1e-12);
    }

    #[test]
    fn an_image_exactly_on_the_edge_is_left_out_whatever_the_rounding() {
        // u of rank 1 is 0.1 = 1 − κ, but 1 − 0.9 is a little less in f64.
        let found = weights(&ascending(5), &top(0.9, Smoothing::None));
        assert_eq!(found.weight, [0.0, 1.0, 1.0, 1.0, 1.0]);
        let found = weights(&ascending(5), &top(0.5, Smoothing::None));
        assert_eq!(found.weight, [0.0, 0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn a_hard_top_k_keeps_one_image_at_least() {
        for images in 1..20 {
            let found = weights(&ascending(images), &top(0.001, Smoothing::None));
            assert_eq!(found.weight.iter().sum::<f64>() as usize, 1);
            assert_eq!(found.weight.last(), Some(&1.0));
        }
    }

    #[test]
    fn a_smooth_top_k_is_a_sigmoid_of_the_normalised_rank() {
        let config = LossConfig {
            alpha: 20.0,
            ..top(0.4, Smoothing::Constant)
        };
        let found = weights(&ascending(5), &config);
        for (image, weight) in found.weight.iter().enumerate() {
            let u = (image as f64 + 0.5) / 5.0;
            let expected = 1.0 / (1.0 + (-20.0 * (u - 0.6)).exp());
            assert!((weight - expected).abs() < 1e-12);
        }
        let mean = found.weight.iter().sum::<f64>() / 5.0;
        assert!((found.mean - mean).abs() < 1e-12);
    }

    #[test]
    fn the_steeper_the_sigmoid_the_nearer_the_hard_window() {
        let store = ascending(11);
        let window = LossConfig {
            images: ImageRule::Window,
            window: [0.2, 0.7],
            ..LossConfig::default()
        };
        for rule in [
            top(0.37, Smoothing::None),
            LossConfig {
                smoothing: Smoothing::None,
                ..window
            },
        ] {
            let hard = weights(&store, &rule);
            let steep = LossConfig {
                smoothing: Smoothing::Constant,
                alpha: 1.0e6,
                ..rule
            };
            assert_eq!(weights(&store, &steep), hard);
        }
    }

    #[test]
    fn a_window_from_zero_is_average_bottom_k() {
        let config = LossConfig {
            images: ImageRule::Window,
            window: [0.0, 0.4],
            smoothing: Smoothing::None,
            ..LossConfig::default()
        };
        assert_eq!(
            weights(&ascending(5), &config).weight,
            [1.0, 1.0, 0.0, 0.0, 0.0]
        );
        let smooth = LossConfig {
            smoothing: Smoothing::Constant,
            alpha: 30.0,
            ..config
        };
        let found = weights(&ascending(5), &smooth).weight[1];
        let expected = 1.0 / (1.0 + (-30.0_f64 * 0.3).exp()) / (1.0 + (-30.0_f64 * 0.1).exp());
        assert!((found - expected).abs() < 1e-12);
    }

    #[test]
    fn the_first_epoch_the_rule_erm_an_empty_store_and_the_baselines_weigh_all_alike() {
        let all = ImageWeights {
            weight: vec![1.0; 5],
            mean: 1.0,
        };
        let (store, batch) = (ascending(5), [0, 1, 2, 3, 4]);
        let config = top(0.2, Smoothing::Constant);
        assert_eq!(image_weights(&store, &batch, &config, 1, 3), all);
        assert_eq!(
            image_weights(&LossStore::new(5), &batch, &config, 2, 3),
            all
        );
        let erm = LossConfig {
            images: ImageRule::Erm,
            ..config.clone()
        };
        assert_eq!(image_weights(&store, &batch, &erm, 2, 3), all);
        let baseline = LossConfig {
            name: LossName::CrossEntropy,
            ..config
        };
        assert_eq!(image_weights(&store, &batch, &baseline, 2, 3), all);
    }

    #[test]
    fn an_unknown_image_weighs_as_much_as_the_mean_of_the_known() {
        let store = LossStore::from_vec(vec![1.0, f32::NAN, 2.0, 3.0, 4.0]).unwrap();
        let found = weights(&store, &top(0.5, Smoothing::None));
        assert_eq!(
            found,
            ImageWeights {
                weight: vec![0.0, 0.5, 0.0, 1.0, 1.0],
                mean: 0.5
            }
        );
    }

    #[test]
    fn the_batch_loss_estimates_the_loss_of_the_whole_set_without_bias() {
        let mut random = Random::new(7);
        let losses: Vec<f32> = (0..12).map(|_| random.uniform(0.0, 2.0) as f32).collect();
        let store = LossStore::from_vec(losses.clone()).unwrap();
        let config = LossConfig {
            alpha: 15.0,
            ..top(0.5, Smoothing::Constant)
        };
        let value = |batch: &[usize]| -> f64 {
            let taken: Vec<f32> = batch.iter().map(|&image| losses[image]).collect();
            let taken = Tensor::from_data(TensorData::new(taken, [batch.len()]), &Device::flex());
            let weights = image_weights(&store, batch, &config, 2, 3);
            batch_loss(taken, &weights).into_scalar::<f32>().into()
        };
        let whole = value(&(0..12).collect::<Vec<_>>());
        let batches = (0..12)
            .step_by(3)
            .map(|first| value(&[first, first + 1, first + 2]));
        let mean = batches.sum::<f64>() / 4.0;
        assert!((whole - mean).abs() < 1e-6, "{whole} {mean}");
    }

    #[test]
    fn an_order_of_the_batch_permutes_its_weights() {
        let config = top(0.5, Smoothing::Constant);
        let store = ascending(4);
        let straight = image_weights(&store, &[0, 1, 2, 3], &config, 2, 3);
        let shuffled = image_weights(&store, &[2, 0, 3, 1], &config, 2, 3);
        let expected: Vec<f64> = [2, 0, 3, 1]
            .iter()
            .map(|&image| straight.weight[image])
            .collect();
        assert_eq!(shuffled.weight, expected);
    }

    #[test]
    fn a_window_that_holds_no_image_gives_no_loss() {
        let config = LossConfig {
            images: ImageRule::Window,
            window: [0.3, 0.4],
            smoothing: Smoothing::None,
            ..LossConfig::default()
        };
        let found = weights(&ascending(2), &config);
        assert_eq!(
            found,
            ImageWeights {
                weight: vec![0.0, 0.0],
                mean: 0.0
            }
        );
        let losses = Tensor::from_data([1.0_f32, 2.0], &Device::flex());
        assert_eq!(batch_loss(losses, &found).into_scalar::<f32>().to_bits(), 0);
    }

    #[test]
    fn light_images_are_skipped_but_not_in_a_refreshing_epoch_nor_before_they_are_known() {
        let config = LossConfig {
            skip_below: 0.01,
            refresh_every: 4,
            ..top(0.5, Smoothing::Constant)
        };
        let store = LossStore::from_vec(vec![1.0, 2.0, 3.0, 4.0, f32::NAN]).unwrap();
        let skipped =
            |config: &LossConfig, epoch| skipped_images(&store, &[0, 1, 2, 3, 4], config, epoch, 9);
        assert_eq!(skipped(&config, 3), [true, true, false, false, false]);
        for epoch in [1, 4, 8] {
            assert_eq!(skipped(&config, epoch), [false; 5]);
        }
        let off = LossConfig {
            skip_below: 0.0,
            ..config
        };
        assert_eq!(skipped(&off, 3), [false; 5]);
    }
}
