//! The images' weights without waiting for their losses.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use crate::config::LossConfig;
use crate::fused::weights_by_rank;
use crate::image_rule::weights_of_ranks;
use crate::store::LossStore;

/// The loss store on the device during an epoch: takes a batch's losses and returns its images' weights while the host already
/// prepares the next batch.
///
/// κ and α only change between epochs, so the weight of every rank is known before the epoch; the device only has to count
/// smaller losses.
#[derive(Debug, Clone)]
pub struct RankedImages {
    /// The last known loss of every training image.
    store: Tensor<1>,
    /// B / B̄ of rank 1 (the smallest loss), 2, …
    weight_of_rank: Tensor<1>,
    mean: f64,
}

impl RankedImages {
    /// For `epoch` (1-based) of `epochs`. `None` if all images have the same weight: in the first epoch, with the rule `erm`, for
    /// every loss except the envelope, and while the loss of some image is unknown, since there are no ranks then.
    #[must_use]
    pub fn new(
        store: &LossStore,
        config: &LossConfig,
        epoch: usize,
        epochs: usize,
        device: &Device,
    ) -> Option<Self> {
        if store.known() < store.len() {
            return None;
        }
        let (weights, mean) = weights_of_ranks(config, epoch, epochs, store.len())?;
        let divisor = if mean > 0.0 { mean } else { 1.0 };
        let relative = weights.iter().map(|weight| (weight / divisor) as f32);
        let upload = |values: Vec<f32>| {
            let shape = [values.len()];
            Tensor::from_data(TensorData::new(values, shape), (device, DType::F32))
        };
        Some(Self {
            store: upload(store.to_vec()),
            weight_of_rank: upload(relative.collect()),
            mean,
        })
    }

    /// Inserts the `losses` `[batch]` of `images` (their indices in the training set) into the store and returns their weights
    /// B / B̄ by their new ranks: `[batch]`, without gradient.
    ///
    /// # Panics
    /// If the numbers of losses and images differ, or an image is not in the store.
    #[must_use]
    pub fn weigh(&mut self, losses: &Tensor<1>, images: &[usize]) -> Tensor<1> {
        assert_eq!(losses.dims(), [images.len()], "one loss for each image");
        let known = self.store.dims()[0];
        assert!(
            images.iter().all(|&image| image < known),
            "images of the training set"
        );
        let indices: Vec<i32> = images.iter().map(|&image| image as i32).collect();
        let indices = Tensor::<1, Int>::from_data(
            TensorData::new(indices, [images.len()]),
            (&self.store.device(), DType::I32),
        );
        let (weights, store) = weights_by_rank(
            losses.clone().inner().cast(DType::F32),
            indices,
            self.store.clone(),
            self.weight_of_rank.clone(),
        );
        self.store = store;
        weights
    }

    /// B̄, the mean of B over the store.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ImageRule;
    use crate::image_rule::image_weights;
    use crate::tests::oracle::Random;

    #[test]
    fn weights_are_those_of_the_store_after_its_insertions() {
        let mut random = Random::new(3);
        let losses: Vec<f32> = (0..50).map(|_| random.uniform(0.0, 3.0) as f32).collect();
        let mut store = LossStore::from_vec(losses).unwrap();
        let config = LossConfig::default();
        let device = Device::flex();
        let mut ranked = RankedImages::new(&store, &config, 4, 9, &device).expect("ranks");
        for step in 0..12 {
            let images: Vec<usize> = (0..4).map(|place| (step * 4 + place * 13) % 50).collect();
            let new: Vec<f32> = images
                .iter()
                .map(|_| random.uniform(0.0, 3.0) as f32)
                .collect();
            let tensor = Tensor::from_data(TensorData::new(new.clone(), [4]), &device);
            let found = ranked.weigh(&tensor, &images);
            for (&image, &loss) in images.iter().zip(&new) {
                store.insert(image, loss).unwrap();
            }
            let expected = image_weights(&store, &images, &config, 4, 9);
            assert!((expected.mean - ranked.mean()).abs() < 1e-12);
            for (found, expected) in found.into_data().iter::<f64>().zip(expected.weight) {
                assert!((found * ranked.mean() - expected).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn there_are_no_ranks_if_all_images_have_equal_weights_or_one_is_unknown() {
        let device = Device::flex();
        let store = LossStore::from_vec(vec![1.0, 2.0, 3.0]).unwrap();
        let config = LossConfig::default();
        assert!(RankedImages::new(&store, &config, 2, 3, &device).is_some());
        assert!(RankedImages::new(&store, &config, 1, 3, &device).is_none());
        let erm = LossConfig {
            images: ImageRule::Erm,
            ..config.clone()
        };
        assert!(RankedImages::new(&store, &erm, 2, 3, &device).is_none());
        let unknown = LossStore::from_vec(vec![1.0, f32::NAN, 3.0]).unwrap();
        assert!(RankedImages::new(&unknown, &config, 2, 3, &device).is_none());
    }
}
