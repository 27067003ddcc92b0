//! Which of the kernels does a pass, and over how many workgroups.
//!
//! There are two sets. A processor that plays a GPU is slow at loads and gains nothing by memory that a workgroup shares, so
//! there each invocation keeps as many sums in registers as pay; a GPU's workgroups bring tiles into shared memory. Which one,
//! and every size, follows from the adapter and the shapes: the same run gives the same bits.

use burn::backend::wgpu::CubeTensor;

use super::gather::{Gather, Parts};
use super::kernels::{
    DIRECT, PATCH_16, PATCH_32, PATCH_64, PATCH_64_LOW, REGISTERS, REGISTERS_3X3, TILES, TILES_1X1,
    WEIGHT_1X1, WEIGHT_DIRECT, WEIGHT_PATCH, WEIGHT_REGISTERS, WEIGHT_REGISTERS_3X3, WEIGHT_TILES,
};
use crate::kernel::Kernel;

/// The kernels of 3 × 3 taps for GPUs, with the rows of [`PATCH_COLUMNS`] pixels (`TILE_ROWS`) and the outputs
/// (`4 · FOURS`) of a workgroup.
pub(in crate::convolution) static PATCHES: [(&Kernel, usize, usize); 4] = [
    (&PATCH_64, 16, 64),
    (&PATCH_64_LOW, 8, 64),
    (&PATCH_32, 16, 32),
    (&PATCH_16, 32, 16),
];
const PATCH_COLUMNS: usize = 16;
/// Pixels and outputs of a workgroup of the other kernels for GPUs (`PIXELS`, and `4 · FOURS` or `OUTPUTS`).
pub(in crate::convolution) const PIXELS: usize = 128;
pub(in crate::convolution) const OUTPUTS: usize = 64;
/// What a workgroup has of the weight's channels (`CHANNELS`) or of its channels times taps (`TAPS`).
pub(in crate::convolution) const WEIGHT_PATCH_CHANNELS: usize = 16;
pub(in crate::convolution) const WEIGHT_DEPTH: usize = 128;

/// Fewer outputs in a group than this are not worth a tile.
const FEW_OUTPUTS: usize = 4;
/// Products of one dispatch: a few hundred milliseconds on the smallest GPUs. In tests so few that work comes in turns.
const MOST_PRODUCTS: usize = if cfg!(test) {
    1_000_000
} else {
    50_000_000_000
};
/// Parts of a gradient on a processor: enough for its cores. A part has at least so many pixels.
const PARTS_OF_PROCESSOR: usize = 16;
const PIXELS_OF_SMALL_PART: usize = 128;
/// Workgroups that keep a GPU busy, and the pixels that a part must have to be worth its sum.
const WORKGROUPS_OF_GPU: usize = 512;
const PIXELS_OF_PART: usize = 512;

/// Which set of kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::convolution) enum Variant {
    /// For a processor that plays a GPU: sums in registers.
    Registers,
    /// For a GPU: tiles in memory that a workgroup shares.
    Tiles,
}

impl Variant {
    /// The one for the adapter that holds `tensor`.
    pub(in crate::convolution) fn of(tensor: &CubeTensor) -> Self {
        #[cfg(test)]
        if let Some(forced) = forced::variant() {
            return forced;
        }
        // A software adapter is no card.
        if tensor.client.properties().identity.physical.is_none() {
            Self::Registers
        } else {
            Self::Tiles
        }
    }
}

/// In how many dispatches so many products are done.
pub(super) fn turns(products: usize) -> usize {
    products.div_ceil(MOST_PRODUCTS).max(1)
}

/// The kernel of a convolution or of its gradient by the input, and its workgroups.
pub(super) fn gathering(variant: Variant, gather: &Gather) -> (&'static Kernel, usize) {
    let (groups, outputs) = (gather.groups, gather.outputs);
    let invocations = |kernel: &'static Kernel, count| (kernel, kernel.workgroups(count));
    if groups > 1 && outputs < FEW_OUTPUTS {
        let count = gather.batch * groups * outputs * gather.output_pixels();
        return invocations(&DIRECT, count);
    }
    let pixels = gather.pixels_of_phase();
    match variant {
        Variant::Registers if gather.is_plain_3x3() => {
            let tiles = gather.batch * gather.tiles_of_taps();
            invocations(&REGISTERS_3X3, tiles * groups * outputs.div_ceil(4))
        }
        Variant::Registers => {
            let tiles = gather.phases() * pixels.div_ceil(8);
            invocations(&REGISTERS, tiles * groups * outputs.div_ceil(8))
        }
        Variant::Tiles => tiling(gather),
    }
}

/// The kernel for a GPU that is done first: the one whose workgroups, with what of them lies behind the last pixel or output,
/// have the least to do. Fewer workgroups than keep a GPU busy take as long as if there were so many.
pub(in crate::convolution) fn tiling(gather: &Gather) -> (&'static Kernel, usize) {
    let (groups, outputs) = (gather.groups, gather.outputs);
    let general = gather.phases() * gather.pixels_of_phase().div_ceil(PIXELS);
    let pointwise = gather.batch * gather.output_pixels().div_ceil(PIXELS);
    // A kernel, whether it is for this convolution, its tiles of pixels, its pixels and outputs, and the time of a product.
    let patch = |(kernel, rows, outputs): (&'static Kernel, usize, usize)| {
        let tiles = gather.patches([rows, PATCH_COLUMNS]);
        let pixels = rows * PATCH_COLUMNS;
        (kernel, gather.is_plain_3x3(), tiles, pixels, outputs, 2)
    };
    let is_pointwise = gather.is_pointwise();
    let kernels = PATCHES.map(patch).into_iter().chain([
        (&TILES_1X1, is_pointwise, pointwise, PIXELS, OUTPUTS, 2),
        (&TILES, true, general, PIXELS, OUTPUTS, 5),
    ]);
    let (_, kernel, workgroups) = kernels
        .filter(|kernel| kernel.1)
        .map(|(kernel, _, tiles, pixels, width, time)| {
            let workgroups = tiles * groups * outputs.div_ceil(width);
            let work = workgroups.max(WORKGROUPS_OF_GPU) * pixels * width * time;
            #[cfg(test)]
            let work = if forced::is_preferred(kernel) {
                0
            } else {
                work
            };
            (work, kernel, workgroups)
        })
        .min_by_key(|(work, ..)| *work)
        .expect("one of them is for every convolution");
    (kernel, workgroups)
}

/// The kernel of a gradient by the weight, its workgroups, and in how many parts it is summed: `most` at most.
pub(super) fn weighing(
    variant: Variant,
    gather: &Gather,
    most: usize,
) -> (&'static Kernel, usize, Parts) {
    let (groups, outputs, channels) = (gather.groups, gather.outputs, gather.channels);
    let rows = gather.batch * gather.output_size[0];
    let pixels = gather.batch * gather.output_pixels();
    let by_invocation = |kernel: &'static Kernel, invocations: usize, wanted: usize| {
        let parts = Parts::of(rows, wanted.min(most));
        let workgroups = kernel.workgroups(invocations * parts.count);
        (kernel, workgroups, parts)
    };
    if groups > 1 && outputs < FEW_OUTPUTS {
        let kernel = &WEIGHT_DIRECT;
        let busy = WORKGROUPS_OF_GPU * kernel.workgroup as usize;
        return by_invocation(kernel, gather.weights(), busy.div_ceil(gather.weights()));
    }
    // Each part is one more number to sum for each of the weight, which a few pixels' products are not worth.
    let of_processor = (pixels / PIXELS_OF_SMALL_PART).min(PARTS_OF_PROCESSOR);
    match variant {
        Variant::Registers if gather.is_plain_3x3() => {
            let blocks = groups * outputs.div_ceil(4) * channels.div_ceil(4);
            by_invocation(&WEIGHT_REGISTERS_3X3, blocks, of_processor)
        }
        Variant::Registers => {
            let blocks = groups * outputs.div_ceil(8) * channels.div_ceil(8) * gather.taps();
            by_invocation(&WEIGHT_REGISTERS, blocks, of_processor)
        }
        Variant::Tiles => {
            let pieces = gather.patches([2, PATCH_COLUMNS]);
            // Most of a patch may lie beside a small map, where taps are far apart.
            let (kernel, tiles, pieces) = if gather.is_plain_3x3() && 32 * pieces <= 3 * pixels {
                (
                    &WEIGHT_PATCH,
                    channels.div_ceil(WEIGHT_PATCH_CHANNELS),
                    pieces,
                )
            } else if gather.is_pointwise() {
                (&WEIGHT_1X1, channels.div_ceil(WEIGHT_DEPTH), pixels)
            } else {
                let depth = channels * gather.taps();
                (&WEIGHT_TILES, depth.div_ceil(WEIGHT_DEPTH), pixels)
            };
            let tiles = groups * outputs.div_ceil(OUTPUTS) * tiles;
            // Every turn keeps a GPU busy.
            let wanted = (turns(gather.products()) * WORKGROUPS_OF_GPU)
                .div_ceil(tiles)
                .min(pixels / PIXELS_OF_PART);
            let parts = Parts::of(pieces, wanted.min(most));
            (kernel, tiles * parts.count, parts)
        }
    }
}

/// The kernels of one variant on whatever adapter, and one of them wherever it can do the work, for the tests.
#[cfg(test)]
pub(in crate::convolution) mod forced {
    use std::cell::Cell;

    use super::Variant;
    use crate::kernel::Kernel;

    thread_local! {
        static FORCED: Cell<Option<Path>> = const { Cell::new(None) };
    }

    /// A set of kernels, and the one that does what it can.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Path {
        pub(crate) variant: Variant,
        pub(crate) kernel: Option<&'static str>,
    }

    pub(super) fn variant() -> Option<Variant> {
        FORCED.get().map(|path| path.variant)
    }

    pub(super) fn is_preferred(kernel: &Kernel) -> bool {
        FORCED.get().and_then(|path| path.kernel) == Some(kernel.name)
    }

    /// Runs `work` by `path` alone.
    pub(crate) fn with<R>(path: Path, work: impl FnOnce() -> R) -> R {
        FORCED.set(Some(path));
        let result = work();
        FORCED.set(None);
        result
    }
}
