//! Residual networks of bottleneck blocks, with dilation in place of the last strides.
//!
//! He, Zhang, Ren, Sun, *Deep Residual Learning for Image Recognition*, CVPR 2016, table 1, in the form that torchvision
//! trains: the stride of a block is in its 3×3 convolution, and where a stage keeps its size, the following convolutions are
//! dilated to keep their receptive field (Chen et al., arXiv 1706.05587, section 3.1).

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::layers::builder::Builder;
use crate::layers::conv_norm::{ConvNorm, ConvNormConfig};
use crate::layers::initial::Initial;

/// Residual networks that serve as DeepLabV3's encoder (He et al., CVPR 2016).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backbone {
    /// 50 layers.
    #[default]
    ResNet50,
    /// 101 layers.
    ResNet101,
}

impl Backbone {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::ResNet50, Self::ResNet101];

    /// The name as recipes spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResNet50 => "resnet50",
            Self::ResNet101 => "resnet101",
        }
    }
}

/// Stride of a residual network's last map in pixels of the image; 8 or 16 in a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub enum OutputStride {
    /// The last two stages keep their size; dilation rates 12, 24, 36.
    #[default]
    Eight,
    /// The last stage keeps its size; dilation rates 6, 12, 18. A third of the computation.
    Sixteen,
}

impl OutputStride {
    /// 8 or 16.
    #[must_use]
    pub fn pixels(self) -> usize {
        match self {
            Self::Eight => 8,
            Self::Sixteen => 16,
        }
    }
}

impl From<OutputStride> for u64 {
    fn from(stride: OutputStride) -> Self {
        stride.pixels() as Self
    }
}

impl TryFrom<u64> for OutputStride {
    type Error = ModelError;

    fn try_from(pixels: u64) -> Result<Self, ModelError> {
        match pixels {
            8 => Ok(Self::Eight),
            16 => Ok(Self::Sixteen),
            other => Err(ModelError::setting("output_stride", "8 or 16", other)),
        }
    }
}

/// Output channels of a bottleneck for each inner channel.
pub(crate) const EXPANSION: usize = 4;

impl Backbone {
    /// Blocks of each of the four stages.
    pub(crate) fn blocks(self) -> [usize; 4] {
        match self {
            Self::ResNet50 => [3, 4, 6, 3],
            Self::ResNet101 => [3, 4, 23, 3],
        }
    }
}

/// Stride and dilations of one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StageGeometry {
    /// Stride of its first block.
    pub(crate) stride: usize,
    /// Dilation of the 3×3 convolution in its first block.
    pub(crate) first_dilation: usize,
    /// Dilation in its other blocks.
    pub(crate) dilation: usize,
}

impl OutputStride {
    /// The four stages: a stage that would exceed this stride keeps the map's size, and doubles the dilation after its first
    /// block.
    pub(crate) fn stages(self) -> [StageGeometry; 4] {
        let mut size = 4;
        let mut dilation = 1;
        [1, 2, 2, 2].map(|halved| {
            let first_dilation = dilation;
            let stride = if size * halved > self.pixels() {
                dilation *= halved;
                1
            } else {
                halved
            };
            size *= stride;
            StageGeometry {
                stride,
                first_dilation,
                dilation,
            }
        })
    }
}

/// 1×1 convolution to fewer channels, 3×3, 1×1 to four times as many, and a residual connection.
#[derive(Module, Debug)]
struct Bottleneck {
    first: ConvNorm,
    second: ConvNorm,
    third: ConvNorm,
    /// Projection of the input to the output's shape, where they differ.
    shortcut: Option<ConvNorm>,
}

impl Bottleneck {
    fn new(
        builder: &mut Builder<'_>,
        inputs: usize,
        channels: usize,
        stride: usize,
        dilation: usize,
        shortcut: bool,
    ) -> Self {
        let outputs = EXPANSION * channels;
        let mut layer = |inputs, outputs, kernel, stride, dilation| {
            let config = ConvNormConfig::new(inputs, outputs, kernel)
                .strided(stride)
                .dilated(dilation)
                .initially(Initial::FanOut);
            ConvNorm::new(builder, config)
        };
        Self {
            first: layer(inputs, channels, 1, 1, 1),
            second: layer(channels, channels, 3, stride, dilation),
            third: layer(channels, outputs, 1, 1, 1),
            shortcut: shortcut.then(|| layer(inputs, outputs, 1, stride, 1)),
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let inner = self.first.forward_relu(input.clone());
        let residual = self.third.forward(self.second.forward_relu(inner));
        let shortcut = match &self.shortcut {
            Some(shortcut) => shortcut.forward(input),
            None => input,
        };
        relu(residual + shortcut)
    }
}

/// The stem and four stages of a residual network, without its classifier.
#[derive(Module, Debug)]
pub(crate) struct ResNet {
    stem: ConvNorm,
    stages: Vec<Vec<Bottleneck>>,
}

impl ResNet {
    /// `width` channels in the stem; the four stages give 4, 8, 16 and 32 times as many.
    pub(crate) fn new(
        builder: &mut Builder<'_>,
        width: usize,
        backbone: Backbone,
        output_stride: OutputStride,
    ) -> Self {
        let stem = ConvNormConfig::new(3, width, 7)
            .strided(2)
            .initially(Initial::FanOut);
        let stem = ConvNorm::new(builder, stem);
        let mut inputs = width;
        let stages = backbone
            .blocks()
            .into_iter()
            .zip(output_stride.stages())
            .enumerate()
            .map(|(stage, (blocks, geometry))| {
                let channels = width << stage;
                (0..blocks)
                    .map(|block| {
                        let first = block == 0;
                        let (stride, dilation) = if first {
                            (geometry.stride, geometry.first_dilation)
                        } else {
                            (1, geometry.dilation)
                        };
                        let block =
                            Bottleneck::new(builder, inputs, channels, stride, dilation, first);
                        inputs = EXPANSION * channels;
                        block
                    })
                    .collect()
            })
            .collect();
        Self { stem, stages }
    }

    /// The maps of the four stages, the largest first.
    pub(crate) fn forward(&self, image: Tensor<4>) -> Vec<Tensor<4>> {
        let pool = MaxPoolOptions::new([3, 3])
            .with_stride([2, 2])
            .with_padding([1, 1]);
        let mut map = max_pool2d(self.stem.forward_relu(image), pool);
        self.stages
            .iter()
            .map(|blocks| {
                for block in blocks {
                    map = block.forward(map.clone());
                }
                map.clone()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_that_keep_their_size_are_dilated() {
        let stages = |stride: OutputStride| {
            stride
                .stages()
                .map(|stage| [stage.stride, stage.first_dilation, stage.dilation])
        };
        assert_eq!(
            stages(OutputStride::Eight),
            [[1, 1, 1], [2, 1, 1], [1, 1, 2], [1, 2, 4]]
        );
        assert_eq!(
            stages(OutputStride::Sixteen),
            [[1, 1, 1], [2, 1, 1], [2, 1, 1], [1, 1, 2]]
        );
    }
}
