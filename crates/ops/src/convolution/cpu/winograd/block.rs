//! What the blocks of one convolution share.

use super::blocks::Blocks;
use super::sizes::{GAP, PLACES, Sizes, TILES};
use crate::cpu::output::Output;

/// What the blocks of one convolution share.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) blocks: &'a Blocks,
    pub(super) sizes: Sizes,
    pub(super) input: &'a [f32],
    pub(super) weight: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
    pub(super) output: Output,
}

impl Block<'_> {
    /// Numbers per place: of the input's transform, and of the products.
    pub(super) fn places(&self) -> [usize; 2] {
        [self.sizes.channels, self.sizes.outputs].map(|maps| maps * TILES + GAP)
    }

    pub(super) fn scratch(&self) -> usize {
        PLACES * self.places().iter().sum::<usize>()
    }
}
