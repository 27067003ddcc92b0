//! Settings of a MaxViT.

/// ε of every layer normalisation.
pub(super) const LAYER_NORM_EPSILON: f64 = 1e-6;
/// How much wider a block's feed-forward layers and bottlenecks are inside.
pub(crate) const EXPANSION: usize = 4;
/// Blocks of each of the four stages.
pub(crate) const DEPTHS: [usize; 4] = [2, 2, 5, 2];

/// Kind of the blocks' convolutional part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocks {
    /// ConvNeXt blocks, and layer normalisation in the stem.
    ConvNext,
    /// Inverted bottlenecks with squeeze-and-excitation, and batch normalisation in the stem.
    MbConv,
}

/// Settings of one MaxViT.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxVitConfig {
    /// Kind of the blocks' convolutional part.
    pub(crate) blocks: Blocks,
    /// 64 in the published networks; all channels are proportional to it. A multiple of 4.
    pub(crate) width: usize,
    /// Side of a window and of a grid; divides every map's height and width.
    pub(crate) window: usize,
}

impl MaxVitConfig {
    /// Channels of the four stages: 96, 192, 384 and 768 at the published width.
    pub(crate) fn channels(self) -> [usize; 4] {
        [1, 2, 4, 8].map(|factor| factor * self.width * 3 / 2)
    }

    /// Channels after each of the stem's two convolutions.
    pub(crate) fn stem(self) -> [usize; 2] {
        match self.blocks {
            Blocks::ConvNext => [self.width * 3 / 4, self.width * 3 / 2],
            Blocks::MbConv => [self.width / 2, self.width],
        }
    }

    /// Channels of one attention head: 32 at the published width.
    pub(crate) fn head(self) -> usize {
        self.width / 2
    }

    /// Channels of the hidden layer of the relative positions: 512 at the published width.
    pub(crate) fn relative(self) -> usize {
        self.width * 8
    }
}
