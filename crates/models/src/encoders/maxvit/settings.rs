//! What a MaxViT is made of.

/// Of every layer normalisation.
pub(super) const LAYER_NORM_EPSILON: f64 = 1e-6;
/// Channels inside a block's networks and bottlenecks, for each outside.
pub(crate) const EXPANSION: usize = 4;
/// Blocks of each of the four stages.
pub(crate) const DEPTHS: [usize; 4] = [2, 2, 5, 2];

/// What convolves in the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocks {
    /// ConvNeXt blocks, and layer normalisation in the stem.
    ConvNext,
    /// Inverted bottlenecks with squeeze-and-excitation, and batch normalisation in the stem.
    MbConv,
}

/// Which MaxViT.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxVitConfig {
    /// What convolves.
    pub(crate) blocks: Blocks,
    /// 64 in the published networks; all channels follow. A multiple of 4.
    pub(crate) width: usize,
    /// Rows and columns of a window and of a grid; every map's height and width are multiples of it.
    pub(crate) window: usize,
}

impl MaxVitConfig {
    /// Channels of the four stages: 96, 192, 384 and 768 at the published width.
    pub(crate) fn channels(self) -> [usize; 4] {
        [1, 2, 4, 8].map(|factor| factor * self.width * 3 / 2)
    }

    /// Channels behind the two convolutions of the stem.
    pub(crate) fn stem(self) -> [usize; 2] {
        match self.blocks {
            Blocks::ConvNext => [self.width * 3 / 4, self.width * 3 / 2],
            Blocks::MbConv => [self.width / 2, self.width],
        }
    }

    /// Channels of one head of an attention: 32 at the published width.
    pub(crate) fn head(self) -> usize {
        self.width / 2
    }

    /// Channels of the hidden layer that relative positions pass: 512 at the published width.
    pub(crate) fn relative(self) -> usize {
        self.width * 8
    }
}
