//! MaxViT: stages of blocks of convolution, attention within tiles, and attention over the whole map on a sparse grid.
//!
//! Tu, Talebi, Zhang, Yang, Milanfar, Bovik, Li, *MaxViT: Multi-Axis Vision Transformer*, ECCV 2022, in the two variants of
//! timm that MERIT uses: `maxxvit_rmlp_small_rw_256` with ConvNeXt blocks, 65.24 million parameters without its classifier, and
//! `maxvit_rmlp_small_rw_224` with inverted bottlenecks, 64.13 million. The only dropout is in the hidden layer of the relative
//! positions: timm's stochastic depth is off by default in these networks.

mod attention;
mod convnext;
mod convolution;
mod layer_scale;
mod mbconv;
pub(crate) mod names;
mod partition;
mod relative_position;
pub(crate) mod settings;
mod shortcut;
mod stem;

use burn::module::Module;
use burn::tensor::Tensor;

use self::attention::{PartitionAttention, Widths};
use self::convnext::ConvNext;
use self::mbconv::MbConv;
use self::partition::Partition;
use self::relative_position::Offsets;
use self::settings::{Blocks, DEPTHS, LAYER_NORM_EPSILON, MaxVitConfig};
use self::stem::Stem;
use crate::layers::builder::Builder;
use crate::layers::norm::LayerNorm;

/// The convolutional part of a block.
#[derive(Module, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "eleven of each in a network, and modules cannot be boxed"
)]
enum Mixing {
    ConvNext(ConvNext),
    MbConv(MbConv),
}

/// Convolution, attention within windows, attention within grids.
#[derive(Module, Debug)]
struct Block {
    mixing: Mixing,
    window: PartitionAttention,
    grid: PartitionAttention,
}

impl Block {
    fn new(
        builder: &mut Builder<'_>,
        config: MaxVitConfig,
        inputs: usize,
        outputs: usize,
        stride: usize,
    ) -> Self {
        let widths = Widths {
            channels: outputs,
            head: config.head(),
            relative: config.relative(),
        };
        Self {
            mixing: match config.blocks {
                Blocks::ConvNext => {
                    Mixing::ConvNext(ConvNext::new(builder, inputs, outputs, stride))
                }
                Blocks::MbConv => Mixing::MbConv(MbConv::new(builder, inputs, outputs, stride)),
            },
            window: PartitionAttention::new(builder, widths, Partition::Window),
            grid: PartitionAttention::new(builder, widths, Partition::Grid),
        }
    }

    fn forward(&self, map: Tensor<4>, offsets: &Offsets) -> Tensor<4> {
        let map = match &self.mixing {
            Mixing::ConvNext(block) => block.forward(map),
            Mixing::MbConv(block) => block.forward(map),
        };
        self.grid
            .forward(self.window.forward(map, offsets), offsets)
    }
}

/// Stem, four stages, and the normalisation of the last one's map; without the classifier.
#[derive(Module, Debug)]
pub(crate) struct MaxVit {
    stem: Stem,
    stages: Vec<Vec<Block>>,
    norm: LayerNorm,
    #[module(skip)]
    window: usize,
}

impl MaxVit {
    pub(crate) fn new(builder: &mut Builder<'_>, config: MaxVitConfig) -> Self {
        let stem = Stem::new(builder, config.blocks, config.stem());
        let channels = config.channels();
        let mut inputs = config.stem()[1];
        let stages = DEPTHS
            .into_iter()
            .zip(channels)
            .map(|(depth, outputs)| {
                (0..depth)
                    .map(|block| {
                        let stride = if block == 0 { 2 } else { 1 };
                        let block = Block::new(builder, config, inputs, outputs, stride);
                        inputs = outputs;
                        block
                    })
                    .collect()
            })
            .collect();
        Self {
            stem,
            stages,
            norm: LayerNorm::new(builder, channels[3], LAYER_NORM_EPSILON),
            window: config.window,
        }
    }

    /// The maps of the four stages, 4, 8, 16 and 32 times smaller than the image, the last one normalised.
    ///
    /// # Panics
    ///
    /// When a side of the image is not a multiple of 32 windows.
    pub(crate) fn forward(&self, image: Tensor<4>) -> [Tensor<4>; 4] {
        let offsets = Offsets::new(self.window, &image.device(), image.dtype());
        let mut map = self.stem.forward(image);
        let mut maps = [0, 1, 2, 3].map(|stage| {
            for block in &self.stages[stage] {
                map = block.forward(map.clone(), &offsets);
            }
            map.clone()
        });
        maps[3] = self.norm.forward(map);
        maps
    }

    /// Disables dropout, also in training.
    pub(crate) fn disable_dropout(&mut self) {
        for block in self.stages.iter_mut().flatten() {
            block.window.disable_dropout();
            block.grid.disable_dropout();
        }
    }
}
