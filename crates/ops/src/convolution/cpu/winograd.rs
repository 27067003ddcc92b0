//! 3×3 convolutions of stride 1 on the processor by Winograd's minimal filtering F(4×4, 3×3): four times fewer products.
//!
//! Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, CVPR 2016. An output tile Y of 4×4 pixels comes from
//! the 6×6 pixels d under it as Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. At each of the 36 places of a tile, channels are mixed by a
//! matrix product over all tiles. The points of interpolation are 0, ±½, ±1½ and ∞, which lose fewer digits than the usual
//! 0, ±1, ±2, ∞ (on 320 channels, at most 7e-6 of the largest output).
//!
//! Tiles go through in blocks, whose transforms and products stay in the processor's caches. The gradient by the input is the
//! same convolution by the kernel turned half round; that by the kernel is dg = Gᵀ[Σ (A dY Aᵀ) ⊙ (Bᵀ d B)]G over all tiles.

mod block;
mod blocks;
mod few;
mod kernel;
mod patch;
mod sizes;
mod transform;
mod vectors;
mod weight;

use crate::instruction_set::arch;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::convolution::geometry::Geometry;
use crate::matrix::{Left, Start, Target, multiply};
use crate::output::{Output, written};
use crate::scratch::with_scratch;
use block::Block;
use blocks::Blocks;
use patch::Patch;
use sizes::{GAP, PLACES, TILES};

pub(super) use sizes::Sizes;
pub(super) use weight::weight_gradient;

/// Fewer blocks than these are not shared out among the cores, but what is done in each.
const FEW_BLOCKS: usize = 16;

/// What else than products takes time, in multiply-adds of the same time: transforming one kernel, one tile of one map, and
/// writing one number of the columns that the other way multiplies.
const KERNEL_COST: usize = 1500;
const TILE_COST: usize = 1000;
const COLUMN_COST: usize = 40;

/// Whether a convolution is one of these, and large enough to gain.
pub(super) fn pays(sizes: Sizes, geometry: Geometry, kernel: [usize; 2]) -> bool {
    let fits = kernel == [3, 3]
        && geometry.stride == [1, 1]
        && geometry.dilation == [1, 1]
        && geometry.groups == 1
        && geometry.padding.iter().all(|padding| *padding <= 2)
        && sizes
            .input
            .iter()
            .zip(geometry.padding)
            .all(|(size, padding)| size + 2 * padding > 2);
    if !fits {
        return false;
    }
    let Sizes {
        batch,
        channels,
        outputs,
        ..
    } = sizes;
    let [rows, columns] = sizes.output();
    let pairs = channels * outputs;
    let tiles = Blocks::new(sizes).count() * TILES;
    let pixels = batch * rows * columns;
    let direct = 9 * pixels * (pairs + COLUMN_COST * channels);
    let transforms = KERNEL_COST * pairs + TILE_COST * (channels + outputs) * tiles;
    PLACES * pairs * tiles + transforms < direct
}

/// The convolution of `input` `[b, c, h, w]` with `weight` `[o, c, 3, 3]`; with `turned`, the weight is `[c, o, 3, 3]` and
/// turned half round.
pub(super) fn convolve(
    input: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    sizes: Sizes,
    turned: bool,
) -> Vec<f32> {
    let transformed = kernel::transformed(weight, [sizes.outputs, sizes.channels], turned);
    let pixels: usize = sizes.output().iter().product();
    let blocks = Blocks::new(sizes);
    #[expect(unsafe_code, reason = "the blocks cover every pixel of every map")]
    // SAFETY: as the reason says.
    unsafe {
        written(sizes.batch * sizes.outputs * pixels, |output| {
            let block = Block {
                blocks: &blocks,
                sizes,
                input,
                weight: &transformed,
                bias,
                output,
            };
            if blocks.count() < FEW_BLOCKS {
                few::write(block);
                return;
            }
            let arch = arch();
            (0..blocks.count()).into_par_iter().for_each(|number| {
                with_scratch(block.scratch(), |scratch| {
                    arch.dispatch(Work {
                        block,
                        number,
                        scratch,
                    });
                });
            });
        })
    }
}

/// One block, compiled for the vector instructions at hand.
struct Work<'a> {
    block: Block<'a>,
    number: usize,
    scratch: &'a mut [f32],
}

impl WithSimd for Work<'_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "only what is inlined is compiled for the instructions at hand"
    )]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Block {
            blocks,
            sizes,
            input,
            weight,
            bias,
            output,
        } = self.block;
        let Sizes {
            channels, outputs, ..
        } = sizes;
        let [seen_place, found_place] = self.block.places();
        let (seen, found) = self.scratch.split_at_mut(PLACES * seen_place);
        let segments = blocks.segments(self.number);
        let mut patch = Patch::new();
        let target = Output(seen.as_mut_ptr());
        for channel in 0..channels {
            patch.read_input(blocks, &segments, S::F32_LANES, input, |image| {
                image * channels + channel
            });
            let target = Output(target.at(channel * TILES));
            patch.transform_input(simd, target, seen_place);
        }
        for place in 0..PLACES {
            let found = &mut found[place * found_place..][..outputs * TILES];
            multiply(
                simd,
                Left {
                    values: &weight[place * (outputs * channels + GAP)..][..outputs * channels],
                    row: channels,
                    rows: outputs,
                },
                &seen[place * seen_place..][..channels * TILES],
                Target::of(found, TILES, TILES, Start::Zero),
            );
        }
        for map in 0..outputs {
            let bias = bias.map_or(0.0, |bias| bias[map]);
            patch.transform_output(simd, &found[map * TILES..], found_place, bias);
            for segment in &segments {
                patch.write(blocks, segment, output, segment.image * outputs + map);
            }
        }
    }
}

#[cfg(test)]
mod tests;
