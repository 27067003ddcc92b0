//! The decoder of G-CASCADE: from the coarsest of an encoder's four maps to the finest, by graph convolutions and a shared
//! spatial attention.
//!
//! Rahman and Marculescu, *G-CASCADE: Efficient Cascaded Graph Convolutional Decoding for 2D Medical Image Segmentation*,
//! WACV 2024, section 3.

pub(crate) mod graph;
pub(crate) mod head_losses;
pub(crate) mod names;
mod positions;

use burn::module::{Module, Param};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::Tensor;
use ops::{Geometry, scale, sigmoid, upsample_nearest};
use serde::{Deserialize, Serialize};

use self::graph::Grapher;
use crate::layers::builder::Builder;
use crate::layers::convolution::{Convolution, note_convolution};
use crate::layers::initial::Initial;
use crate::layers::operations::Operations;

/// How a decoder's map is combined with the encoder's map of the same size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregation {
    /// They are added, as in the paper.
    #[default]
    Additive,
    /// Their channels are concatenated.
    Concatenation,
}

impl Aggregation {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Additive, Self::Concatenation];

    /// The name as recipes spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Additive => "additive",
            Self::Concatenation => "concatenation",
        }
    }

    /// Channels of the decoder's four maps for those of the `encoder`, the coarsest first.
    pub(crate) fn channels(self, encoder: [usize; 4]) -> [usize; 4] {
        match self {
            Self::Additive => encoder,
            Self::Concatenation => [encoder[0], 2 * encoder[1], 2 * encoder[2], 2 * encoder[3]],
        }
    }
}

/// Side of the squares whose means are the references of each level's graph, the coarsest level first.
pub(crate) const REDUCTIONS: [usize; 4] = [1, 1, 4, 2];

/// Kernel of the spatial attention.
pub(crate) const ATTENTION_KERNEL: usize = 7;

/// Spatial attention: a weight for each pixel, from the mean and the maximum over channels in its neighbourhood.
#[derive(Module, Debug)]
pub(crate) struct SpatialAttention {
    weight: Param<Tensor<4>>,
    #[module(skip)]
    operations: Operations,
}

impl SpatialAttention {
    pub(crate) fn new(builder: &mut Builder<'_>) -> Self {
        let shape = [1, 2, ATTENTION_KERNEL, ATTENTION_KERNEL];
        Self {
            weight: Initial::Uniform.weight(builder, shape, 1),
            operations: builder.operations,
        }
    }

    /// The map, each pixel times its weight.
    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let statistics = Tensor::cat(vec![map.clone().mean_dim(1), map.clone().max_dim(1)], 1);
        let geometry = Geometry::same(ATTENTION_KERNEL);
        let weights = self
            .operations
            .conv2d(statistics, self.weight.val(), None, geometry);
        note_convolution(&self.weight, &weights, geometry);
        scale(map, sigmoid(weights))
    }
}

/// Up-convolution: nearest-neighbour enlargement, grouped convolution, normalisation, ReLU, and a 1×1 convolution to the next
/// level's channels.
#[derive(Module, Debug)]
pub(crate) struct UpConvolution {
    depthwise: Convolution,
    norm: BatchNorm,
    pointwise: Convolution,
    #[module(skip)]
    operations: Operations,
}

impl UpConvolution {
    pub(crate) fn new(
        builder: &mut Builder<'_>,
        inputs: usize,
        groups: usize,
        outputs: usize,
    ) -> Self {
        let grouped = Geometry {
            groups,
            ..Geometry::same(3)
        };
        Self {
            depthwise: Convolution::with_geometry(
                builder,
                inputs,
                inputs,
                3,
                grouped,
                Initial::Uniform,
            ),
            norm: BatchNormConfig::new(inputs).init(builder.device),
            pointwise: Convolution::uniform(builder, inputs, outputs, 1),
            operations: builder.operations,
        }
    }

    pub(crate) fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let map = self.depthwise.forward(upsample_nearest(map, 2));
        self.pointwise
            .forward(self.operations.norm_relu(&self.norm, map))
    }
}

/// The decoder: a graph convolution on each of four levels, up-convolutions between them, and one shared spatial attention.
#[derive(Module, Debug)]
pub(crate) struct Decoder {
    /// The coarsest first.
    graphs: Vec<Grapher>,
    /// From each level to the next finer one.
    ups: Vec<UpConvolution>,
    attention: SpatialAttention,
    #[module(skip)]
    aggregation: Aggregation,
    #[module(skip)]
    operations: Operations,
}

impl Decoder {
    /// For an encoder whose maps have these `channels`, the coarsest first; all are multiples of 4.
    pub(crate) fn new(
        builder: &mut Builder<'_>,
        channels: [usize; 4],
        aggregation: Aggregation,
    ) -> Self {
        let widths = aggregation.channels(channels);
        let graphs = widths
            .into_iter()
            .zip(REDUCTIONS)
            .map(|(width, reduction)| Grapher::new(builder, width, reduction))
            .collect();
        let ups = (1..4)
            .map(|level| {
                let (inputs, groups) = (widths[level - 1], channels[level - 1]);
                UpConvolution::new(builder, inputs, groups, channels[level])
            })
            .collect();
        Self {
            graphs,
            ups,
            attention: SpatialAttention::new(builder),
            aggregation,
            operations: builder.operations,
        }
    }

    /// The decoded maps, the coarsest first, of an encoder's `maps`, the finest first, each of twice the size of the next.
    ///
    /// Each level's graph takes a node's 11 nearest references, or all where there are fewer. The published network fails in
    /// that case: 128×128 pixels is the smallest image that gives the coarsest level 11 references.
    pub(crate) fn forward(&self, maps: Vec<Tensor<4>>) -> Vec<Tensor<4>> {
        let mut decoded: Vec<Tensor<4>> = Vec::with_capacity(4);
        for (level, skip) in maps.into_iter().rev().enumerate() {
            let combined = match decoded.last() {
                None => skip,
                Some(coarser) => {
                    let up = self.ups[level - 1].forward(coarser.clone());
                    match self.aggregation {
                        Aggregation::Additive => up + skip,
                        Aggregation::Concatenation => self.operations.concatenate(vec![skip, up]),
                    }
                }
            };
            decoded.push(self.attention.forward(self.graphs[level].forward(combined)));
        }
        decoded
    }
}

/// A 1×1 convolution to the classes on each of the decoder's maps.
#[derive(Module, Debug)]
pub(crate) struct Heads {
    logits: Vec<Convolution>,
}

impl Heads {
    /// For a decoder of an encoder whose maps have these `channels`, the coarsest first.
    pub(crate) fn new(
        builder: &mut Builder<'_>,
        channels: [usize; 4],
        aggregation: Aggregation,
        classes: usize,
    ) -> Self {
        let widths = aggregation.channels(channels).into_iter();
        Self {
            logits: widths
                .map(|width| Convolution::uniform(builder, width, classes, 1))
                .collect(),
        }
    }

    /// Logits of the decoder's maps, the coarsest first, at their own sizes.
    pub(crate) fn forward(&self, decoded: Vec<Tensor<4>>) -> Vec<Tensor<4>> {
        self.logits
            .iter()
            .zip(decoded)
            .map(|(head, map)| head.forward(map))
            .collect()
    }
}
