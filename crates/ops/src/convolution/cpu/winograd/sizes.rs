//! Sizes of a convolution, and of the blocks of its tiles.

use crate::cpu::matrix::WIDTH;

/// Tiles per block.
pub(super) const TILES: usize = WIDTH;
/// Places of a transformed tile.
pub(super) const PLACES: usize = 36;
/// Numbers between the matrices of consecutive places, so that equal positions of all places do not map to the same cache set.
pub(super) const GAP: usize = 16;

/// Sizes of a convolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) batch: usize,
    pub(crate) channels: usize,
    pub(crate) outputs: usize,
    /// Rows and columns of the input.
    pub(crate) input: [usize; 2],
    pub(crate) padding: [usize; 2],
}

impl Sizes {
    /// Rows and columns of the output.
    pub(super) fn output(self) -> [usize; 2] {
        [0, 1].map(|axis| self.input[axis] + 2 * self.padding[axis] - 2)
    }
}
