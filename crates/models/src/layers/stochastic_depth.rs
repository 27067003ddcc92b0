//! Stochastic depth: a residual branch is skipped for some of the images in training.
//!
//! Huang, Sun, Liu, Sedra, Weinberger, *Deep Networks with Stochastic Depth*, ECCV 2016; as in vision transformers, each
//! image of a batch is drawn separately, and kept branches are scaled to keep the mean.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::Tensor;
use ops::scale;

/// Skips a branch with some probability for each image, by the device's random numbers, in training only.
#[derive(Module, Debug)]
pub(crate) struct StochasticDepth {
    images: Dropout,
}

impl StochasticDepth {
    /// `probability`, below 1, is that of an image skipping the branch.
    pub(crate) fn new(probability: f64) -> Self {
        Self {
            images: DropoutConfig::new(probability).init(),
        }
    }

    /// Probabilities of consecutive blocks, growing linearly from 0 to `last`.
    pub(crate) fn growing(blocks: usize, last: f64) -> impl Iterator<Item = f64> {
        let steps = blocks.saturating_sub(1).max(1) as f64;
        (0..blocks).map(move |block| last * block as f64 / steps)
    }

    /// The branch `[b, c, h, w]`, zero for images that skip it.
    pub(crate) fn forward(&self, branch: Tensor<4>) -> Tensor<4> {
        let device = branch.device();
        if self.images.prob == 0.0 || !device.is_autodiff() {
            return branch;
        }
        let ones = Tensor::ones([branch.dims()[0], 1, 1, 1], (&device, branch.dtype()));
        scale(branch, self.images.forward(ones))
    }

    /// Disables skipping, also in training.
    pub(crate) fn disable(&mut self) {
        self.images.prob = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn whole_images_skip_the_branch_and_the_mean_stays() {
        let device = Device::flex().autodiff();
        device.seed(1);
        let layer = StochasticDepth::new(0.25);
        let branch = Tensor::<4>::ones([4000, 2, 1, 3], &device);
        let found: Vec<f32> = layer.forward(branch.clone()).into_data().iter().collect();
        let kept = found.chunks_exact(6).filter(|image| {
            let first = image[0];
            assert!(first.abs() < 1e-6 || (first - 4.0 / 3.0).abs() < 1e-6);
            assert!(image.iter().all(|value| value.to_bits() == first.to_bits()));
            first > 0.0
        });
        let share = kept.count() as f64 / 4000.0;
        assert!((share - 0.75).abs() < 0.03, "{share}");
        let mut disabled = layer.clone();
        disabled.disable();
        let evaluated = layer.forward(branch.clone().inner());
        for whole in [disabled.forward(branch).inner(), evaluated] {
            assert!(
                whole
                    .into_data()
                    .iter::<f32>()
                    .all(|value| value.to_bits() == 1.0_f32.to_bits())
            );
        }
    }

    #[test]
    fn probabilities_grow_linearly() {
        let found: Vec<f64> = StochasticDepth::growing(5, 0.1).collect();
        for (found, expected) in found.into_iter().zip([0.0, 0.025, 0.05, 0.075, 0.1]) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert_eq!(StochasticDepth::growing(1, 0.1).sum::<f64>().to_bits(), 0);
    }
}
