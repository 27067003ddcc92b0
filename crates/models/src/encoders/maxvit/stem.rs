//! The stem, which halves the image before the first stage.

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::Tensor;
use ops::{gelu, silu};

use super::convolution::{Convolution, ConvolutionConfig};
use super::settings::{Blocks, LAYER_NORM_EPSILON};
use crate::layers::builder::Builder;
use crate::layers::norm::LayerNorm;
use crate::layers::operations::Operations;

/// The normalisation between the two convolutions.
#[derive(Module, Debug)]
enum Norm {
    /// Followed by GELU.
    Layer(LayerNorm),
    /// Followed by SiLU.
    Batch(BatchNorm),
}

/// 3×3 convolution of stride 2, normalisation, activation, 3×3 convolution.
#[derive(Module, Debug)]
pub(super) struct Stem {
    conv1: Convolution,
    norm: Norm,
    conv2: Convolution,
    #[module(skip)]
    operations: Operations,
}

impl Stem {
    pub(super) fn new(
        builder: &mut Builder<'_>,
        blocks: Blocks,
        [inner, outputs]: [usize; 2],
    ) -> Self {
        let conv1 = ConvolutionConfig::new(3, inner, 3).strided(2);
        Self {
            conv1: Convolution::new(builder, conv1),
            norm: match blocks {
                Blocks::ConvNext => Norm::Layer(LayerNorm::new(builder, inner, LAYER_NORM_EPSILON)),
                Blocks::MbConv => Norm::Batch(BatchNormConfig::new(inner).init(builder.device)),
            },
            conv2: Convolution::new(builder, ConvolutionConfig::new(inner, outputs, 3)),
            operations: builder.operations,
        }
    }

    pub(super) fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        let map = self.conv1.forward(image);
        let map = match &self.norm {
            Norm::Layer(norm) => gelu(norm.forward(map)),
            Norm::Batch(norm) => silu(self.operations.norm(norm, map)),
        };
        self.conv2.forward(map)
    }
}
