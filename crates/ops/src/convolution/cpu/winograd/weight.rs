//! The gradient with respect to the kernel.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the CPU's instruction set, and iterators over arrays are not always inlined"
)]

use crate::cpu::instruction_set::arch;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::blocks::{Blocks, Segment};
use super::kernel;
use super::patch::Patch;
use super::sizes::{GAP, PLACES, Sizes, TILES};
use crate::cpu::matrix::{Left, Start, Target, Transpose, multiply};
use crate::cpu::output::Output;
use crate::cpu::scratch::with_scratch;

/// The most numbers in the transformed tiles of several blocks: what fits into the last-level cache of a desktop CPU in addition to
/// the sums.
const CACHED: usize = 6 * 1024 * 1024;
/// The most blocks at a time; more save nothing.
const MOST_BLOCKS: usize = 8;
/// Numbers in the widest vector of any CPU.
const LANES: usize = 16;

/// `[o, c, 3, 3]`, from the input `[b, c, h, w]` and the gradient with respect to the output.
///
/// The cores transform blocks map by map and multiply them place by place, so the sums are the same on any number of cores.
pub(crate) fn weight_gradient(input: &[f32], gradient: &[f32], sizes: Sizes) -> Vec<f32> {
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
        let (pixels, slopes) = scratch.split_at_mut(PLACES * seen_place);
        for first in (0..blocks.count()).step_by(together) {
            let count = together.min(blocks.count() - first);
            let segments: Vec<_> = (first..first + count)
                .map(|block| blocks.segments(block))
                .collect();
            let targets = [pixels.as_mut_ptr(), slopes.as_mut_ptr()].map(Output);
            (0..channels + outputs)
                .into_par_iter()
                .for_each_init(Patch::new, |patch, map| {
                    let is_input = map < channels;
                    let map = if is_input { map } else { map - channels };
                    arch().dispatch(Transform {
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
                    let pixels = &pixels[place * seen_place..][..channels * depth];
                    let slopes = &slopes[place * felt_place..][..outputs * depth];
                    arch().dispatch(Multiply {
                        pixels,
                        slopes,
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

/// Transforms one map of several blocks to places, next to each other.
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
        let number_of = |image: usize| image * channels + map;
        for (number, segments) in self.segments.iter().enumerate() {
            let target = Output(self.target.at(number * TILES));
            if self.is_input {
                patch.read_input(blocks, segments, S::F32_LANES, maps, number_of);
                patch.transform_input(simd, target, place);
            } else {
                patch.read_output(blocks, segments, maps, number_of);
                patch.transform_gradient(simd, target, place);
            }
        }
    }
}

/// The products of one place: `sums [o, c] += slopes [o, tiles] · pixels [c, tiles]ᵀ`.
struct Multiply<'a> {
    pixels: &'a [f32],
    slopes: &'a [f32],
    sums: &'a mut [f32],
    sizes: Sizes,
    /// Distance between maps.
    depth: usize,
    /// Numbers of a map that are used.
    used: usize,
    row: usize,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            pixels,
            slopes,
            sums,
            sizes,
            depth,
            used,
            row,
        } = self;
        let channels = sizes.channels;
        let mut transposed = vec![0.0; used * TILES];
        for first in (0..row).step_by(TILES) {
            let columns = TILES.min(row - first);
            simd.vectorize(Transpose {
                columns: |number| &pixels[(first + number) * depth..],
                count: TILES.min(channels - first),
                places: used,
                transposed: &mut transposed,
            });
            multiply(
                simd,
                Left {
                    values: slopes,
                    row: depth,
                    rows: sizes.outputs,
                },
                &transposed,
                Target::new(&mut sums[first..], row, columns, Start::Target),
            );
        }
    }
}
