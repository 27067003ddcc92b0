//! Stochastic depth: a residual branch left out for some of the images in training.
//!
//! Huang, Sun, Liu, Sedra, Weinberger, *Deep Networks with Stochastic Depth*, ECCV 2016; as in vision transformers, the
//! images of a batch are drawn one by one and what is kept is scaled to the same mean.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::Tensor;
use ops::scale;

/// Leaves a branch out with some probability, image by image: by the device's seed, in training only.
#[derive(Module, Debug)]
pub(crate) struct StochasticDepth {
    images: Dropout,
}

impl StochasticDepth {
    /// The `probability`, below 1, that an image goes without the branch.
    pub(crate) fn new(probability: f64) -> Self {
        Self {
            images: DropoutConfig::new(probability).init(),
        }
    }

    /// Probabilities of so many blocks in a row: from 0 for the first linearly to `last`.
    pub(crate) fn growing(blocks: usize, last: f64) -> impl Iterator<Item = f64> {
        let steps = blocks.saturating_sub(1).max(1) as f64;
        (0..blocks).map(move |block| last * block as f64 / steps)
    }

    /// The branch `[b, c, h, w]` of those images that have it.
    pub(crate) fn forward(&self, branch: Tensor<4>) -> Tensor<4> {
        let device = branch.device();
        if self.images.prob == 0.0 || !device.is_autodiff() {
            return branch;
        }
        let every = Tensor::ones([branch.dims()[0], 1, 1, 1], (&device, branch.dtype()));
        scale(branch, self.images.forward(every))
    }

    /// Nothing is left out any more, in training either.
    pub(crate) fn stop(&mut self) {
        self.images.prob = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn whole_images_go_without_the_branch_and_the_mean_stays() {
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
        let mut stopped = layer.clone();
        stopped.stop();
        let evaluated = layer.forward(branch.clone().inner());
        for whole in [stopped.forward(branch).inner(), evaluated] {
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
