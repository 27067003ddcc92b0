//! Layer normalisation, and the initialisation of batch normalisation.

use burn::module::{Module, Param};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::Tensor;
use ops::layer_norm;

use crate::layers::builder::Builder;

/// Layer normalisation of every pixel's channels: scale 1, shift 0.
#[derive(Module, Debug)]
pub(crate) struct LayerNorm {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
    #[module(skip)]
    epsilon: f64,
}

impl LayerNorm {
    pub(crate) fn new(builder: &Builder<'_>, channels: usize, epsilon: f64) -> Self {
        Self {
            gamma: Param::from_tensor(Tensor::ones([channels], builder.device)),
            beta: builder.zeros(channels),
            epsilon,
        }
    }

    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        layer_norm(map, self.gamma.val(), self.beta.val(), self.epsilon)
    }
}

/// Batch normalisation: scale drawn from N(1, 0.02), shift 0, ε 1e-5, momentum 0.1.
pub(crate) fn batch_norm(builder: &mut Builder<'_>, channels: usize) -> BatchNorm {
    let mut norm = BatchNormConfig::new(channels).init(builder.device);
    norm.gamma = builder.normal([channels], 1.0, 0.02);
    norm
}
