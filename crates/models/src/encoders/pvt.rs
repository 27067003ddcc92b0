//! The second Pyramid Vision Transformer: four stages of attention, each on a map of half the size, whose keys and values
//! come from a map reduced further.
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

/// Sizes of the second Pyramid Vision Transformer (Wang et al. 2022, table 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PvtSize {
    /// 3.4 million parameters: half as wide as the others.
    B0,
    /// 13.5 million.
    B1,
    /// 24.8 million; what G-CASCADE decodes.
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
    /// Every one of them.
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

    /// How much wider each stage's blocks are between their last two linear layers.
    pub(crate) fn expansions(self) -> [usize; 4] {
        match self {
            Self::B5 => [4; 4],
            _ => [8, 8, 4, 4],
        }
    }

    /// Channels of each stage of a network of this `width`; B0 has half of them.
    pub(crate) fn channels(self, width: usize) -> [usize; 4] {
        HEADS.map(|heads| heads * width / if self == Self::B0 { 2 } else { 1 })
    }
}

/// Heads of each stage's attention.
pub(crate) const HEADS: [usize; 4] = [1, 2, 5, 8];

/// Sides of the squares that a key and a value stand for, in each stage.
pub(crate) const REDUCTIONS: [usize; 4] = [8, 4, 2, 1];

/// Probability that an image goes without a branch of the last block in training.
const DROPPED: f64 = 0.1;

/// Deviation of the initial weights of linear layers. PyTorch cuts the normal distribution off a hundred deviations out,
/// which cuts nothing.
const DEVIATION: f32 = 0.02;

/// ε of the normalisations in a block and behind a stage.
const EPSILON: f64 = 1e-6;

/// ε of the normalisations behind the convolutions that make maps smaller.
const EPSILON_BEHIND_CONVOLUTION: f64 = 1e-5;

/// Overlapping patches: a convolution that makes the map smaller, and normalisation.
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
            norm: LayerNorm::new(builder, outputs, EPSILON_BEHIND_CONVOLUTION),
        }
    }

    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        self.norm.forward(self.projection.forward(map))
    }
}

/// Every pixel asks; squares of pixels answer.
#[derive(Module, Debug)]
struct Attention {
    query: Linear,
    /// Keys in the first half of its outputs, values in the second.
    key_value: Linear,
    projection: Linear,
    /// One pixel for each square, and its normalisation, where squares have more than one.
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
                .then(|| LayerNorm::new(builder, channels, EPSILON_BEHIND_CONVOLUTION)),
            heads,
        }
    }

    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = map.dims();
        let mut asked = map.clone();
        if let Some(reduction) = &self.reduction {
            asked = reduction.forward(asked);
        }
        if let Some(norm) = &self.reduction_norm {
            asked = norm.forward(asked);
        }
        let [_, _, rows, columns] = asked.dims();
        let answers = self.key_value.forward(asked).reshape([
            batch,
            2 * self.heads,
            channels / self.heads,
            rows * columns,
        ]);
        let keys = answers.clone().narrow(1, 0, self.heads);
        let values = answers.narrow(1, self.heads, self.heads);
        let queries = self.query.forward(map).reshape([
            batch,
            self.heads,
            channels / self.heads,
            height * width,
        ]);
        let taken = attend(queries, keys, values, None);
        self.projection
            .forward(taken.reshape([batch, channels, height, width]))
    }
}

/// Linear layer to more channels, a convolution of each of them, GELU, linear layer back.
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

/// Attention and feed-forward layers, each normalised before and added to what came in.
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
        let mut dropped = StochasticDepth::growing(blocks.iter().sum(), DROPPED);
        let stages = (0..4)
            .map(|stage| {
                let outputs = channels[stage];
                let embedding = if stage == 0 {
                    Embedding::new(builder, 3, outputs, 7, 4)
                } else {
                    Embedding::new(builder, channels[stage - 1], outputs, 3, 2)
                };
                let blocks = dropped
                    .by_ref()
                    .take(blocks[stage])
                    .map(|dropped| Block {
                        attention_norm: LayerNorm::new(builder, outputs, EPSILON),
                        attention: Attention::new(
                            builder,
                            outputs,
                            HEADS[stage],
                            REDUCTIONS[stage],
                        ),
                        feed_forward_norm: LayerNorm::new(builder, outputs, EPSILON),
                        feed_forward: FeedForward::new(builder, outputs, size.expansions()[stage]),
                        drop: StochasticDepth::new(dropped),
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

    /// The maps of the four stages, a quarter of the image's size first, each half of the one before.
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

    /// Nothing is dropped any more, in training either.
    pub(crate) fn stop_dropping(&mut self) {
        for stage in &mut self.stages {
            for block in &mut stage.blocks {
                block.drop.stop();
            }
        }
    }
}
