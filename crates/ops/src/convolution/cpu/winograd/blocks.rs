//! Which tiles a block consists of.

use super::sizes::{Sizes, TILES};

/// The tiles of all outputs: image after image, row after row.
#[derive(Debug)]
pub(super) struct Blocks {
    pub(super) input: [usize; 2],
    pub(super) output: [usize; 2],
    pub(super) padding: [usize; 2],
    /// Rows and columns of tiles in one image.
    tiles: [usize; 2],
    all: usize,
}

/// Neighbouring tiles in one row of tiles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) image: usize,
    /// First row of pixels of the output.
    pub(super) row: usize,
    /// First column of pixels of the output.
    pub(super) column: usize,
    /// Number of tiles.
    pub(super) count: usize,
    /// Position of the first tile in its block.
    pub(super) at: usize,
}

impl Blocks {
    pub(super) fn new(sizes: Sizes) -> Self {
        let output = sizes.output();
        let tiles = output.map(|size| size.div_ceil(4));
        Self {
            input: sizes.input,
            output,
            padding: sizes.padding,
            tiles,
            all: sizes.batch * tiles[0] * tiles[1],
        }
    }

    pub(super) fn count(&self) -> usize {
        self.all.div_ceil(TILES)
    }

    pub(super) fn segments(&self, block: usize) -> Vec<Segment> {
        let [down, across] = self.tiles;
        let first = block * TILES;
        let end = (first + TILES).min(self.all);
        let mut segments = Vec::new();
        let mut tile = first;
        while tile < end {
            let (row, column) = (tile / across, tile % across);
            let count = (across - column).min(end - tile);
            segments.push(Segment {
                image: row / down,
                row: 4 * (row % down),
                column: 4 * column,
                count,
                at: tile - first,
            });
            tile += count;
        }
        segments
    }
}
