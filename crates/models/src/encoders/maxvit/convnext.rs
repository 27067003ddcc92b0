//! ConvNeXt blocks (Liu et al., *A ConvNet for the 2020s*, CVPR 2022, figure 4), the convolutional part of "MaxxViT".

use burn::module::Module;
use burn::tensor::Tensor;
use ops::gelu;

use super::convolution::{Convolution, ConvolutionConfig};
use super::layer_scale::LayerScale;
use super::settings::{EXPANSION, LAYER_NORM_EPSILON};
use super::shortcut::Shortcut;
use crate::layers::builder::Builder;
use crate::layers::norm::LayerNorm;

/// Depthwise 7×7 convolution, layer normalisation, two 1×1 convolutions with GELU between, layer scale, and a shortcut.
/// Where the width doubles, each channel has two kernels.
#[derive(Module, Debug)]
pub(super) struct ConvNext {
    shortcut: Shortcut,
    depthwise: Convolution,
    norm: LayerNorm,
    fc1: Convolution,
    fc2: Convolution,
    scale: LayerScale,
}

impl ConvNext {
    pub(super) fn new(
        builder: &mut Builder<'_>,
        inputs: usize,
        outputs: usize,
        stride: usize,
    ) -> Self {
        let hidden = EXPANSION * outputs;
        let pointwise = |inputs, outputs| ConvolutionConfig::new(inputs, outputs, 1).biased(true);
        let depthwise = ConvolutionConfig::new(inputs, outputs, 7)
            .strided(stride)
            .depthwise()
            .biased(true);
        Self {
            shortcut: Shortcut::new(builder, inputs, outputs, stride, true),
            depthwise: Convolution::new(builder, depthwise),
            norm: LayerNorm::new(builder, outputs, LAYER_NORM_EPSILON),
            fc1: Convolution::new(builder, pointwise(outputs, hidden)),
            fc2: Convolution::new(builder, pointwise(hidden, outputs)),
            scale: LayerScale::new(builder, outputs),
        }
    }

    pub(super) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let inner = self.norm.forward(self.depthwise.forward(map.clone()));
        let inner = self.fc2.forward(gelu(self.fc1.forward(inner)));
        self.scale.forward(inner) + self.shortcut.forward(map)
    }
}
