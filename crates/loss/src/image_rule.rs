//! The weight of each image, from the rank of its loss.

use burn::tensor::{Tensor, TensorData};

use crate::config::{ImageRule, LossConfig, LossName};
use crate::schedule::Schedule;
use crate::store::LossStore;

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
/// With the normalised rank u = (r − ½)/N and the kept fraction κ: hard B = 1[u > 1 − κ], smooth B = S(u − (1 − κ)), window
/// hard B = 1[a ≤ u ≤ b], smooth B = S(u − a)·S(b − u), `bottom_k_increasing` hard B = 1[u ≤ κ], smooth B = S(κ − u), where S(x) = 1/(1 + e^(−αx)).
///
/// * Epoch 1 has no ranks: all weights are 1, as for the rule `erm` and for every loss except the envelope.
/// * While the store does not know all images, N and the ranks are those of the known ones, and an unknown image has the mean
///   weight, as without selection.
/// * A hard top-k keeps at least one image.
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

/// B of rank 1, 2, … among `known` images, and their mean; `None` if all images have the same weight.
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
/// No image is skipped in every `refresh_every`-th epoch, which refreshes all ranks, nor if `skip_below` is 0. The divisor of
/// the batch loss remains the whole batch: a skipped image counts as a loss of weight 0.
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
/// It is 0 if no image of the set has a weight (a hard `window` narrower than one image).
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
    // Not `div_scalar`, whose gradient Burn rounds to 32 bits.
    (losses * weights).sum().mul_scalar(1.0 / images as f64)
}

/// The ends of the selection on the normalised rank.
struct Edge {
    low: f64,
    /// `None`: no upper end.
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
        if config.images == ImageRule::BottomKIncreasing {
            return Self {
                low: f64::NEG_INFINITY,
                high: Some(kept),
                steepness,
            };
        }
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

fn indicator(condition: bool) -> f64 {
    if condition { 1.0 } else { 0.0 }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests;
