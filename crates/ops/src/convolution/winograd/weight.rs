//! The gradient by the kernel.
#![expect(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "only what is inlined is compiled for the instructions at hand, and iterators over arrays are not always"
)]

use pulp::{Arch, NullaryFnOnce, Simd, WithSimd};
use rayon::prelude::*;

use super::blocks::{Blocks, Segment};
use super::patch::Patch;
use super::{GAP, PLACES, Sizes, TILES, kernel, product};
use crate::convolution::output::Output;
use crate::convolution::scratch::with_scratch;

/// Numbers that the transformed tiles of several blocks may take together: what the last cache of a desktop processor holds
/// beside the sums.
const CACHED: usize = 6 * 1024 * 1024;
/// Most blocks at once; more save nothing.
const MOST_BLOCKS: usize = 8;
/// Widest vector of any processor, in numbers.
const LANES: usize = 16;
/// Rows that are turned at once; divides [`TILES`].
const ROWS: usize = 8;

/// `[o, c, 3, 3]`, from the input `[b, c, h, w]` and the gradient by the output.
///
/// Blocks are transformed on all cores, map by map, and multiplied on all cores, place by place: the sums are the same on any
/// number of them.
pub(in crate::convolution) fn weight_gradient(
    input: &[f32],
    gradient: &[f32],
    sizes: Sizes,
) -> Vec<f32> {
    let Sizes {
        channels, outputs, ..
    } = sizes;
    let blocks = Blocks::new(sizes);
    let together = (CACHED / (PLACES * TILES * (channels + outputs)))
        .clamp(1, MOST_BLOCKS)
        .min(blocks.count());
    let depth = together * TILES;
    let [seen_place, felt_place] = [channels, outputs].map(|maps| maps * depth + GAP);
    let row = channels.next_multiple_of(LANES);
    let sums_place = outputs * row + GAP;
    let mut sums = vec![0.0; PLACES * sums_place];
    with_scratch(PLACES * (seen_place + felt_place), |scratch| {
        let (seen, felt) = scratch.split_at_mut(PLACES * seen_place);
        for first in (0..blocks.count()).step_by(together) {
            let count = together.min(blocks.count() - first);
            let segments: Vec<_> = (first..first + count)
                .map(|block| blocks.segments(block))
                .collect();
            let targets = [seen.as_mut_ptr(), felt.as_mut_ptr()].map(Output);
            (0..channels + outputs)
                .into_par_iter()
                .for_each_init(Patch::new, |patch, map| {
                    let is_input = map < channels;
                    let map = if is_input { map } else { map - channels };
                    Arch::new().dispatch(Transform {
                        patch,
                        blocks: &blocks,
                        segments: &segments,
                        maps: if is_input { input } else { gradient },
                        channels: if is_input { channels } else { outputs },
                        map,
                        is_input,
                        target: Output(targets[usize::from(!is_input)].at(map * depth)),
                        place: if is_input { seen_place } else { felt_place },
                    });
                });
            sums.par_chunks_exact_mut(sums_place)
                .enumerate()
                .for_each(|(place, sums)| {
                    let seen = &seen[place * seen_place..][..channels * depth];
                    let felt = &felt[place * felt_place..][..outputs * depth];
                    Arch::new().dispatch(Multiply {
                        seen,
                        felt,
                        sums,
                        sizes,
                        depth,
                        used: count * TILES,
                        row,
                    });
                });
        }
    });
    kernel::back(&sums, [sums_place, row], [outputs, channels])
}

/// One map of several blocks to its places, the blocks side by side.
struct Transform<'a> {
    patch: &'a mut Patch,
    blocks: &'a Blocks,
    segments: &'a [Vec<Segment>],
    maps: &'a [f32],
    channels: usize,
    map: usize,
    is_input: bool,
    target: Output,
    place: usize,
}

impl WithSimd for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            patch,
            blocks,
            maps,
            channels,
            map,
            place,
            ..
        } = self;
        for (number, segments) in self.segments.iter().enumerate() {
            let target = Output(self.target.at(number * TILES));
            if self.is_input {
                patch.read_input(blocks, segments, maps, channels, map);
                patch.transform_input(simd, target, place);
            } else {
                patch.read_output(blocks, segments, maps, channels, map);
                patch.transform_gradient(simd, target, place);
            }
        }
    }
}

/// One place: `sums [o, c] += felt [o, tiles] · seen [c, tiles]ᵀ`.
struct Multiply<'a> {
    seen: &'a [f32],
    felt: &'a [f32],
    sums: &'a mut [f32],
    sizes: Sizes,
    /// Numbers from one map to the next.
    depth: usize,
    /// Numbers of a map that count.
    used: usize,
    row: usize,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            seen,
            felt,
            sums,
            sizes,
            depth,
            used,
            row,
        } = self;
        let channels = sizes.channels;
        let mut turned = vec![0.0; used * TILES];
        for first in (0..row).step_by(TILES) {
            let columns = TILES.min(row - first);
            simd.vectorize(Turn {
                seen: &seen[first * depth..],
                depth,
                used,
                columns: TILES.min(channels - first),
                turned: &mut turned,
            });
            product::multiply(
                simd,
                product::Left {
                    values: felt,
                    row: depth,
                    rows: sizes.outputs,
                },
                &turned,
                product::Target {
                    values: &mut sums[first..],
                    row,
                    columns,
                    add: true,
                },
            );
        }
    }
}

/// `turned [tiles, TILES]`: `columns` rows of `seen`, turned.
struct Turn<'a> {
    seen: &'a [f32],
    /// Numbers from one map to the next.
    depth: usize,
    /// Numbers of a map that count.
    used: usize,
    columns: usize,
    turned: &'a mut [f32],
}

impl NullaryFnOnce for Turn<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            seen,
            depth,
            used,
            columns,
            turned,
        } = self;
        // A few rows at a time, so that what is written lies side by side.
        for first in (0..columns).step_by(ROWS) {
            let mut rows = [&seen[..0]; ROWS];
            for number in 0..ROWS {
                let row = (first + number).min(columns - 1);
                rows[number] = &seen[row * depth..][..used];
            }
            for tile in 0..used {
                let line = &mut turned[tile * TILES + first..][..ROWS];
                for number in 0..ROWS {
                    line[number] = rows[number][tile];
                }
            }
        }
    }
}
