//! 3×3 convolutions with stride 1 on the CPU by Winograd's minimal filtering F(4×4, 3×3): a quarter of the products.
//!
//! Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, CVPR 2016. An output tile Y of 4×4 pixels comes from
//! the 6×6 pixels d under it as Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. At each of the 36 places of a tile, channels are combined by a
//! matrix product over all tiles. The interpolation points are 0, ±½, ±1½ and ∞, which lose fewer digits than the usual 0, ±1, ±2,
//! ∞ (with 320 channels, at most 7e-6 of the largest output).
//!
//! Tiles are processed in blocks whose transforms and products stay in the caches. The gradient with respect to the input is the
//! same convolution with the kernel rotated by 180°; that with respect to the kernel is dg = Gᵀ[Σ (A dY Aᵀ) ⊙ (Bᵀ d B)]G, summed
//! over all tiles.

mod block;
mod blocks;
mod few_blocks;
mod kernel;
mod patch;
mod sizes;
mod transform;
mod vectors;
mod weight;

use crate::cpu::instruction_set::arch;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::convolution::geometry::Geometry;
use crate::cpu::matrix::{Left, Start, Target, multiply};
use crate::cpu::output::{Output, written};
use crate::cpu::scratch::with_scratch;
use block::Block;
use blocks::Blocks;
use patch::Patch;
use sizes::{GAP, PLACES, TILES};

pub(super) use sizes::Sizes;
pub(super) use weight::weight_gradient;

/// With fewer blocks than this, the cores share the work within each block instead of the blocks.
const FEW_BLOCKS: usize = 16;

/// Costs other than products, in multiply-adds that take as long: transforming one kernel, transforming one tile of one map, and
/// writing one number of the columns that the other algorithm multiplies.
const KERNEL_COST: usize = 1500;
const TILE_COST: usize = 1000;
const COLUMN_COST: usize = 40;

/// Whether a convolution can be computed this way and is faster.
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

/// The convolution of `input` `[b, c, h, w]` with `weight` `[o, c, 3, 3]`; if `rotated`, the weight is `[c, o, 3, 3]` and
/// its kernels are rotated by 180°.
pub(super) fn convolve(
    input: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    sizes: Sizes,
    rotated: bool,
) -> Vec<f32> {
    let transformed = kernel::transformed(weight, [sizes.outputs, sizes.channels], rotated);
    let pixels: usize = sizes.output().iter().product();
    let blocks = Blocks::new(sizes);
    #[expect(unsafe_code, reason = "the blocks cover every pixel of every map")]
    // SAFETY: the blocks cover every pixel of every map, so every element is written.
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
                few_blocks::write(block);
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

/// One block, with the CPU's vector instructions.
struct Work<'a> {
    block: Block<'a>,
    number: usize,
    scratch: &'a mut [f32],
}

impl WithSimd for Work<'_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "only what is inlined is compiled for the CPU's instruction set"
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
                Target::new(found, TILES, TILES, Start::Zero),
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
