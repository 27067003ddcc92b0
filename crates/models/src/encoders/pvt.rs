//! Pyramid Vision Transformer v2: four stages of attention, each on a map of half the size; keys and values come from a map
//! reduced further.
//!
//! Wang et al., *PVT v2: Improved Baselines with Pyramid Vision Transformer*, Computational Visual Media 2022, section 3 and
//! table 1. Tokens stay maps `[b, c, h, w]`: a linear layer is a 1×1 convolution here.

pub(crate) mod names;

use burn::module::Module;
use burn::tensor::Tensor;
use ops::{Geometry, gelu};
use serde::{Deserialize, Serialize};

use crate::layers::attention::attend;
use crate::layers::builder::Builder;
use crate::layers::convolution::Convolution;
use crate::layers::initial::Initial;
use crate::layers::linear::Linear;
use crate::layers::norm::LayerNorm;
use crate::layers::stochastic_depth::StochasticDepth;

/// Sizes of the Pyramid Vision Transformer v2 (Wang et al. 2022, table 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PvtSize {
    /// 3.4 million parameters: half as wide as the others.
    B0,
    /// 13.5 million.
    B1,
    /// 24.8 million; the encoder of the published G-CASCADE.
    #[default]
    B2,
    /// 44.7 million.
    B3,
    /// 62.0 million.
    B4,
    /// 81.4 million: more blocks, narrower inside.
    B5,
}

impl PvtSize {
    /// All sizes.
    pub const ALL: [Self; 6] = [Self::B0, Self::B1, Self::B2, Self::B3, Self::B4, Self::B5];

    /// The name as recipes spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::B0 => "b0",
            Self::B1 => "b1",
            Self::B2 => "b2",
            Self::B3 => "b3",
            Self::B4 => "b4",
            Self::B5 => "b5",
        }
    }

    /// Blocks of each stage.
    pub(crate) fn blocks(self) -> [usize; 4] {
        match self {
            Self::B0 | Self::B1 => [2, 2, 2, 2],
            Self::B2 => [3, 4, 6, 3],
            Self::B3 => [3, 4, 18, 3],
            Self::B4 => [3, 8, 27, 3],
            Self::B5 => [3, 6, 40, 3],
        }
    }

    /// How much wider each stage's feed-forward layers are inside.
    pub(crate) fn expansions(self) -> [usize; 4] {
        match self {
            Self::B5 => [4; 4],
            _ => [8, 8, 4, 4],
        }
    }

    /// Channels of each stage at this `width`; B0 has half as many.
    pub(crate) fn channels(self, width: usize) -> [usize; 4] {
        HEADS.map(|heads| heads * width / if self == Self::B0 { 2 } else { 1 })
    }
}

/// Heads of each stage's attention.
pub(crate) const HEADS: [usize; 4] = [1, 2, 5, 8];

/// Side of the square of pixels that one key and value represent, in each stage.
pub(crate) const REDUCTIONS: [usize; 4] = [8, 4, 2, 1];

/// Probability that an image skips a branch of the last block in training.
const DROPPED: f64 = 0.1;

/// Deviation of the initial weights of linear layers. PyTorch truncates the normal distribution at a hundred deviations,
/// which has no effect.
const DEVIATION: f32 = 0.02;

/// ε of the normalisations in a block and after a stage.
const EPSILON: f64 = 1e-6;

/// ε of the normalisations after the convolutions that reduce a map.
const EPSILON_AFTER_CONVOLUTION: f64 = 1e-5;

/// Overlapping patches: a convolution that reduces the map, and normalisation.
#[derive(Module, Debug)]
struct Embedding {
    projection: Convolution,
    norm: LayerNorm,
}

impl Embedding {
    fn new(
        builder: &mut Builder<'_>,
        inputs: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
    ) -> Self {
        let geometry = Geometry {
            stride: [stride; 2],
            ..Geometry::same(kernel)
        };
        Self {
            projection: Convolution::with_geometry(
                builder,
                inputs,
                outputs,
                kernel,
                geometry,
                Initial::FanOut,
            ),
            norm: LayerNorm::new(builder, outputs, EPSILON_AFTER_CONVOLUTION),
        }
    }

    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        self.norm.forward(self.projection.forward(map))
    }
}

/// Spatial-reduction attention: queries per pixel, keys and values per square of pixels.
#[derive(Module, Debug)]
struct Attention {
    query: Linear,
    /// Keys in the first half of its outputs, values in the second.
    key_value: Linear,
    projection: Linear,
    /// Reduction of each square to one pixel, and its normalisation; none where a square is a pixel.
    reduction: Option<Convolution>,
    reduction_norm: Option<LayerNorm>,
    #[module(skip)]
    heads: usize,
}

impl Attention {
    fn new(builder: &mut Builder<'_>, channels: usize, heads: usize, reduction: usize) -> Self {
        let reduces = reduction > 1;
        let geometry = Geometry {
            stride: [reduction; 2],
            ..Geometry::same(1)
        };
        Self {
            query: Linear::normal(builder, channels, channels, DEVIATION),
            key_value: Linear::normal(builder, channels, 2 * channels, DEVIATION),
            projection: Linear::normal(builder, channels, channels, DEVIATION),
            reduction: reduces.then(|| {
                Convolution::with_geometry(
                    builder,
                    channels,
                    channels,
                    reduction,
                    geometry,
                    Initial::FanOut,
                )
            }),
            reduction_norm: reduces
                .then(|| LayerNorm::new(builder, channels, EPSILON_AFTER_CONVOLUTION)),
            heads,
        }
    }

    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = map.dims();
        let mut reduced = map.clone();
        if let Some(reduction) = &self.reduction {
            reduced = reduction.forward(reduced);
        }
        if let Some(norm) = &self.reduction_norm {
            reduced = norm.forward(reduced);
        }
        let [_, _, rows, columns] = reduced.dims();
        let keys_values = self.key_value.forward(reduced).reshape([
            batch,
            2 * self.heads,
            channels / self.heads,
            rows * columns,
        ]);
        let keys = keys_values.clone().narrow(1, 0, self.heads);
        let values = keys_values.narrow(1, self.heads, self.heads);
        let queries = self.query.forward(map).reshape([
            batch,
            self.heads,
            channels / self.heads,
            height * width,
        ]);
        let attended = attend(queries, keys, values, None);
        self.projection
            .forward(attended.reshape([batch, channels, height, width]))
    }
}

/// Linear layer to more channels, depthwise convolution, GELU, linear layer back.
#[derive(Module, Debug)]
struct FeedForward {
    expansion: Linear,
    depthwise: Convolution,
    contraction: Linear,
}

impl FeedForward {
    fn new(builder: &mut Builder<'_>, channels: usize, expansion: usize) -> Self {
        let hidden = channels * expansion;
        let depthwise = Geometry {
            groups: hidden,
            ..Geometry::same(3)
        };
        Self {
            expansion: Linear::normal(builder, channels, hidden, DEVIATION),
            depthwise: Convolution::with_geometry(
                builder,
                hidden,
                hidden,
                3,
                depthwise,
                Initial::FanOut,
            ),
            contraction: Linear::normal(builder, hidden, channels, DEVIATION),
        }
    }

    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let hidden = self.depthwise.forward(self.expansion.forward(map));
        self.contraction.forward(gelu(hidden))
    }
}

/// Attention and feed-forward layers, each with normalisation before and a residual connection.
#[derive(Module, Debug)]
struct Block {
    attention_norm: LayerNorm,
    attention: Attention,
    feed_forward_norm: LayerNorm,
    feed_forward: FeedForward,
    drop: StochasticDepth,
}

impl Block {
    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let branch = self
            .attention
            .forward(self.attention_norm.forward(map.clone()));
        let map = map + self.drop.forward(branch);
        let branch = self
            .feed_forward
            .forward(self.feed_forward_norm.forward(map.clone()));
        map + self.drop.forward(branch)
    }
}

/// Embedding, blocks, normalisation.
#[derive(Module, Debug)]
struct Stage {
    embedding: Embedding,
    blocks: Vec<Block>,
    norm: LayerNorm,
}

/// The four stages, without a classifier.
#[derive(Module, Debug)]
pub(crate) struct Pvt {
    stages: Vec<Stage>,
}

impl Pvt {
    pub(crate) fn new(builder: &mut Builder<'_>, size: PvtSize, width: usize) -> Self {
        let channels = size.channels(width);
        let blocks = size.blocks();
        let mut probabilities = StochasticDepth::growing(blocks.iter().sum(), DROPPED);
        let stages = (0..4)
            .map(|stage| {
                let outputs = channels[stage];
                let embedding = if stage == 0 {
                    Embedding::new(builder, 3, outputs, 7, 4)
                } else {
                    Embedding::new(builder, channels[stage - 1], outputs, 3, 2)
                };
                let blocks = probabilities
                    .by_ref()
                    .take(blocks[stage])
                    .map(|probability| Block {
                        attention_norm: LayerNorm::new(builder, outputs, EPSILON),
                        attention: Attention::new(
                            builder,
                            outputs,
                            HEADS[stage],
                            REDUCTIONS[stage],
                        ),
                        feed_forward_norm: LayerNorm::new(builder, outputs, EPSILON),
                        feed_forward: FeedForward::new(builder, outputs, size.expansions()[stage]),
                        drop: StochasticDepth::new(probability),
                    })
                    .collect();
                Stage {
                    embedding,
                    blocks,
                    norm: LayerNorm::new(builder, outputs, EPSILON),
                }
            })
            .collect();
        Self { stages }
    }

    /// The maps of the four stages: the first a quarter of the image's size, each next one half of the previous.
    pub(crate) fn forward(&self, image: Tensor<4>) -> Vec<Tensor<4>> {
        let mut map = image;
        self.stages
            .iter()
            .map(|stage| {
                let mut tokens = stage.embedding.forward(map.clone());
                for block in &stage.blocks {
                    tokens = block.forward(tokens);
                }
                map = stage.norm.forward(tokens);
                map.clone()
            })
            .collect()
    }

    /// Disables stochastic depth, also in training.
    pub(crate) fn disable_dropout(&mut self) {
        for stage in &mut self.stages {
            for block in &mut stage.blocks {
                block.drop.disable();
            }
        }
    }
}
