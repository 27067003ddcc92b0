//! Convolutions with few blocks, such as those of small maps with many channels: each core transforms some maps, multiplies at some
//! places, and transforms some maps back.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the CPU's instruction set"
)]

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::block::Block;
use super::blocks::Segment;
use super::patch::Patch;
use super::sizes::{GAP, PLACES, Sizes, TILES};
use crate::cpu::instruction_set::arch;
use crate::cpu::matrix::{Left, Start, Target, WIDTH, multiply};
use crate::cpu::output::Output;
use crate::cpu::scratch::with_scratch;

/// Writes the output block by block; the results are those of the path for many blocks.
pub(super) fn write(block: Block<'_>) {
    let Sizes {
        channels, outputs, ..
    } = block.sizes;
    let [seen_place, found_place] = block.places();
    let arch = arch();
    with_scratch(block.scratch(), |scratch| {
        let (seen, found) = scratch.split_at_mut(PLACES * seen_place);
        for number in 0..block.blocks.count() {
            let segments = block.blocks.segments(number);
            let target = Output(seen.as_mut_ptr());
            (0..channels)
                .into_par_iter()
                .for_each_init(Patch::new, |patch, channel| {
                    arch.dispatch(Forth {
                        block,
                        segments: &segments,
                        patch,
                        channel,
                        target,
                    });
                });
            found
                .par_chunks_mut(found_place)
                .zip(seen.par_chunks(seen_place))
                .enumerate()
                .for_each(|(place, (found, seen))| {
                    arch.dispatch(Multiply {
                        block,
                        place,
                        seen,
                        found,
                    });
                });
            let found = &*found;
            (0..outputs)
                .into_par_iter()
                .for_each_init(Patch::new, |patch, map| {
                    arch.dispatch(Back {
                        block,
                        segments: &segments,
                        patch,
                        map,
                        found,
                    });
                });
        }
    });
}

/// Transforms one channel of the input to places.
struct Forth<'a> {
    block: Block<'a>,
    segments: &'a [Segment],
    patch: &'a mut Patch,
    channel: usize,
    target: Output,
}

impl WithSimd for Forth<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            block,
            segments,
            patch,
            channel,
            target,
        } = self;
        let channels = block.sizes.channels;
        patch.read_input(block.blocks, segments, S::F32_LANES, block.input, |image| {
            image * channels + channel
        });
        let target = Output(target.at(channel * TILES));
        patch.transform_input(simd, target, block.places()[0]);
    }
}

/// The products of one place.
struct Multiply<'a> {
    block: Block<'a>,
    place: usize,
    seen: &'a [f32],
    found: &'a mut [f32],
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sizes {
            channels, outputs, ..
        } = self.block.sizes;
        let size = outputs * channels;
        let left = Left {
            values: &self.block.weight[self.place * (size + GAP)..][..size],
            row: channels,
            rows: outputs,
        };
        let target = Target::new(self.found, TILES, TILES, Start::Zero);
        multiply(simd, left, &self.seen[..channels * WIDTH], target);
    }
}

/// Transforms one map of the output back from places.
struct Back<'a> {
    block: Block<'a>,
    segments: &'a [Segment],
    patch: &'a mut Patch,
    map: usize,
    found: &'a [f32],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            block,
            segments,
            patch,
            map,
            found,
        } = self;
        let bias = block.bias.map_or(0.0, |bias| bias[map]);
        patch.transform_output(simd, &found[map * TILES..], block.places()[1], bias);
        for segment in segments {
            let number = segment.image * block.sizes.outputs + map;
            patch.write(block.blocks, segment, block.output, number);
        }
    }
}
