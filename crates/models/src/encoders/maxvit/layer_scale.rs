//! Layer scale (Touvron et al., *Going deeper with Image Transformers*, ICCV 2021, section 2.2).

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use ops::scale;

use crate::layers::builder::Builder;

/// Initial factor of a residual branch.
const INITIAL: f64 = 1e-6;

/// A factor for each channel.
#[derive(Module, Debug)]
pub(super) struct LayerScale {
    gamma: Param<Tensor<1>>,
}

impl LayerScale {
    pub(super) fn new(builder: &Builder<'_>, channels: usize) -> Self {
        Self {
            gamma: Param::from_tensor(Tensor::full([channels], INITIAL, builder.device)),
        }
    }

    pub(super) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let gamma = self.gamma.val();
        let channels = gamma.dims()[0];
        scale(map, gamma.reshape([1, channels, 1, 1]))
    }
}
