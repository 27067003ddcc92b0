//! Chooses the kernel of each pass and the number of its workgroups.
//!
//! There are two sets of kernels. Software adapters are slow at loads and gain nothing from shared memory, so each invocation keeps
//! as many sums in registers as is worthwhile. On GPUs the workgroups load tiles into shared memory. The set and all sizes depend
//! on the adapter and the shapes only, so the same run gives the same bits.

use burn::backend::wgpu::CubeTensor;

use super::gather::{Gather, Parts};
use super::kernels::{
    DIRECT, PATCH_16, PATCH_32, PATCH_64, PATCH_64_LOW, REGISTERS, REGISTERS_3X3, TILES, TILES_1X1,
    WEIGHT_1X1, WEIGHT_DIRECT, WEIGHT_PATCH, WEIGHT_REGISTERS, WEIGHT_REGISTERS_3X3, WEIGHT_TILES,
};
use crate::adapters::noop::NOOP;
use crate::kernel::Kernel;

/// The 3 × 3 kernels for GPUs, with a workgroup's rows of [`PATCH_COLUMNS`] pixels (`TILE_ROWS`) and outputs (`4 · FOURS`).
pub(crate) static PATCHES: [(&Kernel, usize, usize); 4] = [
    (&PATCH_64, 16, 64),
    (&PATCH_64_LOW, 8, 64),
    (&PATCH_32, 16, 32),
    (&PATCH_16, 32, 16),
];
const PATCH_COLUMNS: usize = 16;
/// Pixels (`PIXELS`) and outputs (`4 · FOURS` or `OUTPUTS`) per workgroup of the other kernels for GPUs.
pub(crate) const PIXELS: usize = 128;
pub(crate) const OUTPUTS: usize = 64;
/// The weight's channels (`CHANNELS`), or its pairs of a channel and a tap (`TAPS`), per workgroup.
pub(crate) const WEIGHT_PATCH_CHANNELS: usize = 16;
pub(crate) const WEIGHT_DEPTH: usize = 128;

/// Groups with fewer outputs than this are not worth a tile.
const FEW_OUTPUTS: usize = 4;
/// The most products of one dispatch: a few hundred milliseconds on the smallest GPUs. Tests use a small number, so that they
/// cover several dispatches.
const MOST_PRODUCTS: usize = if cfg!(test) {
    1_000_000
} else {
    50_000_000_000
};
/// Partial sums of a gradient on a software adapter: enough for all cores. Each has at least `PIXELS_OF_SMALL_PART` pixels.
const PARTS_OF_SOFTWARE: usize = 16;
const PIXELS_OF_SMALL_PART: usize = 128;
/// Workgroups that keep a GPU busy, and the pixels that make a partial sum worthwhile.
const WORKGROUPS_OF_GPU: usize = 512;
const PIXELS_OF_PART: usize = 512;

/// Which set of kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// For software adapters: sums in registers.
    Registers,
    /// For GPUs: tiles in shared memory.
    Tiles,
}

impl Variant {
    /// The set for the adapter of `tensor`.
    pub(crate) fn choose(tensor: &CubeTensor) -> Self {
        #[cfg(test)]
        if let Some(forced) = forced::variant() {
            return forced;
        }
        let identity = &tensor.client.properties().identity;
        // A software adapter has no physical device; one that computes nothing stands for a GPU.
        if identity.physical.is_none() && identity.name != NOOP {
            Self::Registers
        } else {
            Self::Tiles
        }
    }
}

/// The number of dispatches for this many products.
pub(super) fn dispatches(products: usize) -> usize {
    products.div_ceil(MOST_PRODUCTS).max(1)
}

/// The kernel of a convolution or of its gradient with respect to the input, and the number of its workgroups.
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

/// The fastest kernel on a GPU: the one whose workgroups have the least work, including work beyond the last pixel or output.
/// Fewer workgroups than keep a GPU busy are assumed to take as long as that many.
pub(crate) fn tiling(gather: &Gather) -> (&'static Kernel, usize) {
    let (groups, outputs) = (gather.groups, gather.outputs);
    let general = gather.phases() * gather.pixels_of_phase().div_ceil(PIXELS);
    let pointwise = gather.batch * gather.output_pixels().div_ceil(PIXELS);
    // Kernel, whether it fits this convolution, tiles of pixels, pixels and outputs per workgroup, time per product.
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

/// The kernel of a gradient with respect to the weight, the number of its workgroups, and its partial sums: at most `most`.
pub(super) fn weighing(
    variant: Variant,
    gather: &Gather,
    most: usize,
) -> (&'static Kernel, usize, Parts) {
    let (groups, outputs, channels) = (gather.groups, gather.outputs, gather.channels);
    let rows = gather.batch * gather.output_size[0];
    let pixels = gather.batch * gather.output_pixels();
    let by_invocation = |kernel: &'static Kernel, invocations: usize, wanted: usize| {
        let parts = Parts::divide(rows, wanted.min(most));
        let workgroups = kernel.workgroups(invocations * parts.count);
        (kernel, workgroups, parts)
    };
    if groups > 1 && outputs < FEW_OUTPUTS {
        let kernel = &WEIGHT_DIRECT;
        let busy = WORKGROUPS_OF_GPU * kernel.workgroup as usize;
        return by_invocation(kernel, gather.weights(), busy.div_ceil(gather.weights()));
    }
    // Every partial sum adds a number per number of the weight, which is not worth it for a few pixels.
    let of_software = (pixels / PIXELS_OF_SMALL_PART).min(PARTS_OF_SOFTWARE);
    match variant {
        Variant::Registers if gather.is_plain_3x3() => {
            let blocks = groups * outputs.div_ceil(4) * channels.div_ceil(4);
            by_invocation(&WEIGHT_REGISTERS_3X3, blocks, of_software)
        }
        Variant::Registers => {
            let blocks = groups * outputs.div_ceil(8) * channels.div_ceil(8) * gather.taps();
            by_invocation(&WEIGHT_REGISTERS, blocks, of_software)
        }
        Variant::Tiles => {
            let pieces = gather.patches([2, PATCH_COLUMNS]);
            // Where taps are far apart, most of a patch may be outside a small map.
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
            // Every dispatch keeps a GPU busy.
            let wanted = (dispatches(gather.products()) * WORKGROUPS_OF_GPU)
                .div_ceil(tiles)
                .min(pixels / PIXELS_OF_PART);
            let parts = Parts::divide(pieces, wanted.min(most));
            (kernel, tiles * parts.count, parts)
        }
    }
}

/// For tests: forces one variant on any adapter, and prefers one kernel wherever it fits.
#[cfg(test)]
pub(crate) mod forced {
    use std::cell::Cell;

    use crate::convolution::graphics::choice::Variant;
    use crate::kernel::Kernel;

    thread_local! {
        static FORCED: Cell<Option<Path>> = const { Cell::new(None) };
    }

    /// A set of kernels, and the preferred one.
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

    /// Runs `work` on this path only.
    pub(crate) fn with<R>(path: Path, work: impl FnOnce() -> R) -> R {
        FORCED.set(Some(path));
        let result = work();
        FORCED.set(None);
        result
    }
}
