//! Inverted bottlenecks (Sandler et al., *MobileNetV2*, CVPR 2018) with squeeze-and-excitation (Hu et al., CVPR 2018),
//! with normalisation first: the convolutional part of MaxViT.

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::Tensor;
use ops::{scale, sigmoid, silu};

use super::convolution::{Convolution, ConvolutionConfig};
use super::settings::EXPANSION;
use super::shortcut::Shortcut;
use crate::layers::builder::Builder;
use crate::layers::operations::Operations;

/// By how much the squeeze-and-excitation reduces the expanded channels.
const SQUEEZE: usize = 16;

/// Channels inside the squeeze-and-excitation of a map with `channels`.
fn squeezed(channels: usize) -> usize {
    (channels / SQUEEZE).max(1)
}

/// A weight for every channel of an image, computed from the means of all channels.
#[derive(Module, Debug)]
struct SqueezeExcite {
    fc1: Convolution,
    fc2: Convolution,
}

impl SqueezeExcite {
    fn new(builder: &mut Builder<'_>, channels: usize) -> Self {
        let squeezed = squeezed(channels);
        let pointwise = |inputs, outputs| ConvolutionConfig::new(inputs, outputs, 1).biased(true);
        Self {
            fc1: Convolution::new(builder, pointwise(channels, squeezed)),
            fc2: Convolution::new(builder, pointwise(squeezed, channels)),
        }
    }

    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let means = map.clone().mean_dim(3).mean_dim(2);
        let weights = self.fc2.forward(silu(self.fc1.forward(means)));
        scale(map, sigmoid(weights))
    }
}

/// Batch normalisation, 1×1 convolution to four times as many channels, depthwise 3×3, squeeze-and-excitation, 1×1
/// convolution to the output channels, and a shortcut. Normalisation and SiLU follow the first two convolutions.
#[derive(Module, Debug)]
pub(super) struct MbConv {
    shortcut: Shortcut,
    pre_norm: BatchNorm,
    expand: Convolution,
    norm1: BatchNorm,
    depthwise: Convolution,
    norm2: BatchNorm,
    excite: SqueezeExcite,
    project: Convolution,
    #[module(skip)]
    operations: Operations,
}

impl MbConv {
    pub(super) fn new(
        builder: &mut Builder<'_>,
        inputs: usize,
        outputs: usize,
        stride: usize,
    ) -> Self {
        let hidden = EXPANSION * inputs;
        let depthwise = ConvolutionConfig::new(hidden, hidden, 3)
            .strided(stride)
            .depthwise();
        let norm =
            |builder: &Builder<'_>, channels| BatchNormConfig::new(channels).init(builder.device);
        Self {
            shortcut: Shortcut::new(builder, inputs, outputs, stride, false),
            pre_norm: norm(builder, inputs),
            expand: Convolution::new(builder, ConvolutionConfig::new(inputs, hidden, 1)),
            norm1: norm(builder, hidden),
            depthwise: Convolution::new(builder, depthwise),
            norm2: norm(builder, hidden),
            excite: SqueezeExcite::new(builder, hidden),
            project: Convolution::new(builder, ConvolutionConfig::new(hidden, outputs, 1)),
            operations: builder.operations,
        }
    }

    pub(super) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let norm = |norm, map| self.operations.norm(norm, map);
        let inner = self.expand.forward(norm(&self.pre_norm, map.clone()));
        let inner = silu(norm(&self.norm1, inner));
        let inner = silu(norm(&self.norm2, self.depthwise.forward(inner)));
        let inner = self.project.forward(self.excite.forward(inner));
        inner + self.shortcut.forward(map)
    }
}
