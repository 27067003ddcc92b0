//! Sizes of one convolution, and of the blocks that its tiles go through in.

use crate::matrix::WIDTH;

/// Tiles of a block.
pub(super) const TILES: usize = WIDTH;
/// Places of a transformed tile.
pub(super) const PLACES: usize = 36;
/// Numbers between the ends of one place's matrix and the start of the next one's, so that equal positions of all places
/// don't fall into the same set of a cache.
pub(super) const GAP: usize = 16;

/// Sizes of one convolution.
#[derive(Debug, Clone, Copy)]
pub(in crate::convolution::cpu) struct Sizes {
    pub(in crate::convolution::cpu) batch: usize,
    pub(in crate::convolution::cpu) channels: usize,
    pub(in crate::convolution::cpu) outputs: usize,
    /// Rows and columns of the input.
    pub(in crate::convolution::cpu) input: [usize; 2],
    pub(in crate::convolution::cpu) padding: [usize; 2],
}

impl Sizes {
    /// Rows and columns of the output.
    pub(super) fn output(self) -> [usize; 2] {
        [0, 1].map(|axis| self.input[axis] + 2 * self.padding[axis] - 2)
    }
}
