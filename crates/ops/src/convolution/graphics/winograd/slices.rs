//! How a convolution by Winograd's algorithm is divided, so that its transformed maps have a bounded size.

use crate::convolution::graphics::gather::Gather;

/// Places of a transformed tile.
pub(crate) const PLACES: usize = 36;
/// Channels, outputs and tiles are padded to multiples of these for the products.
pub(crate) const PRODUCT_CHANNELS: usize = 16;
pub(crate) const PRODUCT_OUTPUTS: usize = 64;
pub(crate) const PRODUCT_TILES: usize = 128;

/// The tiles of a convolution, in slices that are computed one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slices {
    /// All tiles of the batch, and at most this many in each slice: a multiple of [`PRODUCT_TILES`].
    pub(crate) tiles: usize,
    pub(crate) line: usize,
    /// Padded channels and outputs.
    pub(crate) depth: usize,
    pub(crate) width: usize,
}

impl Slices {
    /// Slices whose transformed maps have at most `floats` numbers each, and whose products are at most `products`, but at least
    /// one block of tiles. `None` if the algorithm doesn't fit the convolution, or one block is larger than `floats`.
    pub(crate) fn new(gather: &Gather, floats: usize, products: usize) -> Option<Self> {
        if !gather.is_plain_3x3() || gather.groups != 1 {
            return None;
        }
        let depth = gather.channels.next_multiple_of(PRODUCT_CHANNELS);
        let width = gather.outputs.next_multiple_of(PRODUCT_OUTPUTS);
        let tiles = gather.batch * gather.tiles_of_taps();
        let blocks_in = floats / (PLACES * depth.max(width) * PRODUCT_TILES);
        let blocks_of = products / (PLACES * depth * width * PRODUCT_TILES);
        if blocks_in == 0 || tiles == 0 || gather.channels == 0 {
            return None;
        }
        let most = PRODUCT_TILES * blocks_in.min(blocks_of.max(1));
        // Slices of the same size.
        let line = tiles.div_ceil(tiles.div_ceil(most));
        Some(Self {
            tiles,
            line: line.next_multiple_of(PRODUCT_TILES),
            depth,
            width,
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.tiles.div_ceil(self.line)
    }

    /// Numbers of the transformed kernels, of a slice's transformed input, and of its sums.
    pub(crate) fn numbers(&self) -> [usize; 3] {
        let Self {
            line, depth, width, ..
        } = *self;
        [depth * width, depth * line, width * line].map(|numbers| PLACES * numbers)
    }

    /// Workgroups of the products of a slice.
    pub(crate) fn workgroups(&self) -> usize {
        PLACES * (self.width / PRODUCT_OUTPUTS) * (self.line / PRODUCT_TILES)
    }
}
