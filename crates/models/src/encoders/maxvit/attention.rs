//! Attention among the pixels of each part of a map, and the feed-forward layers after it.

use burn::module::Module;
use burn::tensor::Tensor;
use ops::gelu;

use super::layer_scale::LayerScale;
use super::partition::Partition;
use super::relative_position::{Offsets, RelativePosition};
use super::settings::{EXPANSION, LAYER_NORM_EPSILON};
use crate::layers::attention::attend;
use crate::layers::builder::Builder;
use crate::layers::linear::Linear;
use crate::layers::norm::LayerNorm;

/// Deviation of the feed-forward layers' initial biases.
const MLP_BIAS: f32 = 1e-6;

/// Channels of an attention.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths {
    /// Of the map.
    pub(super) channels: usize,
    /// Of one head.
    pub(super) head: usize,
    /// Of the hidden layer of the relative positions.
    pub(super) relative: usize,
}

/// Multi-head attention. The channels of `qkv` are query, key and value, head by head.
#[derive(Module, Debug)]
struct Attention {
    qkv: Linear,
    relative_position: RelativePosition,
    project: Linear,
    #[module(skip)]
    heads: usize,
    #[module(skip)]
    partition: Partition,
}

impl Attention {
    fn new(builder: &mut Builder<'_>, widths: Widths, partition: Partition) -> Self {
        let channels = widths.channels;
        let heads = channels / widths.head;
        Self {
            qkv: Linear::xavier(builder, channels, 3 * channels, 0.0),
            relative_position: RelativePosition::new(builder, widths.relative, heads),
            project: Linear::xavier(builder, channels, channels, 0.0),
            heads,
            partition,
        }
    }

    fn forward(&self, map: Tensor<4>, offsets: &Offsets) -> Tensor<4> {
        let [batch, channels, height, width] = map.dims();
        let heads = self.heads;
        let size = channels / heads;
        let qkv = self
            .qkv
            .forward(map)
            .reshape([batch * heads, 3 * size, height, width]);
        // The axes are now [image and head, part, channel, pixel].
        let qkv = self.partition.split(qkv, offsets.side());
        let pixels = qkv.dims()[3];
        let [query, key, value] = [0, 1, 2].map(|part| qkv.clone().narrow(2, part * size, size));
        let bias = self
            .relative_position
            .forward(offsets)
            .reshape([1, heads, pixels, pixels])
            .expand([batch, heads, pixels, pixels])
            .reshape([batch * heads, 1, pixels, pixels]);
        let mixed = attend(query, key, value, Some(bias));
        let mixed = self.partition.join(mixed, [height, width]);
        self.project
            .forward(mixed.reshape([batch, channels, height, width]))
    }
}

/// Attention and two feed-forward layers, each with normalisation before, layer scale after, and a residual connection.
#[derive(Module, Debug)]
pub(super) struct PartitionAttention {
    norm1: LayerNorm,
    attention: Attention,
    scale1: LayerScale,
    norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    scale2: LayerScale,
}

impl PartitionAttention {
    pub(super) fn new(builder: &mut Builder<'_>, widths: Widths, partition: Partition) -> Self {
        let channels = widths.channels;
        let hidden = EXPANSION * channels;
        Self {
            norm1: LayerNorm::new(builder, channels, LAYER_NORM_EPSILON),
            attention: Attention::new(builder, widths, partition),
            scale1: LayerScale::new(builder, channels),
            norm2: LayerNorm::new(builder, channels, LAYER_NORM_EPSILON),
            fc1: Linear::xavier(builder, channels, hidden, MLP_BIAS),
            fc2: Linear::xavier(builder, hidden, channels, MLP_BIAS),
            scale2: LayerScale::new(builder, channels),
        }
    }

    pub(super) fn forward(&self, map: Tensor<4>, offsets: &Offsets) -> Tensor<4> {
        let attended = self
            .attention
            .forward(self.norm1.forward(map.clone()), offsets);
        let map = map + self.scale1.forward(attended);
        let inner = gelu(self.fc1.forward(self.norm2.forward(map.clone())));
        map + self.scale2.forward(self.fc2.forward(inner))
    }

    pub(super) fn disable_dropout(&mut self) {
        self.attention.relative_position.disable_dropout();
    }
}
