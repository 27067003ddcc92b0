//! Chooses the kernel of each pass and the number of its workgroups.
//!
//! There are two sets of kernels. Software adapters are slow at loads and gain nothing from shared memory, so each invocation keeps
//! as many sums in registers as is worthwhile. On GPUs the workgroups load tiles into shared memory. The set and all sizes depend
//! on the adapter and the shapes only, so the same run gives the same bits.

pub(crate) mod winograd;

use burn::backend::wgpu::CubeTensor;

use super::gather::{Gather, Parts};
use super::half::is_mixed;
use super::kernels::{
    DEPTHWISE, DEPTHWISE_STRIDED, DIRECT, PATCH_16, PATCH_32, PATCH_64, PATCH_64_LOW, REGISTERS,
    REGISTERS_3X3, TILES, TILES_1X1, WEIGHT_1X1, WEIGHT_DEPTHWISE, WEIGHT_DIRECT, WEIGHT_PATCH,
    WEIGHT_PATCH_16, WEIGHT_REGISTERS, WEIGHT_REGISTERS_3X3, WEIGHT_TILES,
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
/// The kernels of the gradient with respect to their weight: rows of pixels (`TILE_ROWS`), outputs (`OUTPUTS`), and the time
/// of one product.
pub(crate) static WEIGHT_PATCHES: [(&Kernel, usize, usize, usize); 2] =
    [(&WEIGHT_PATCH, 2, 64, 20), (&WEIGHT_PATCH_16, 4, 16, 22)];
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
pub(super) const MOST_PRODUCTS: usize = if cfg!(test) {
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
/// Rows of weights that make a partial sum over channels worthwhile: several stages of every kernel.
const ROWS_OF_PART: usize = 256;
/// What reading or writing a number takes, and what another launch takes, in the unit of [`Shape::time`].
const TIME_OF_NUMBER: usize = 50;
const TIME_OF_LAUNCH: usize = 3_000_000_000;

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
        // A software adapter has no physical device; one that computes nothing stands for a GPU. Only the kernels for GPUs have forms
        // in half precision.
        if identity.physical.is_none() && identity.name != NOOP && !is_mixed(tensor) {
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

/// The kernel of a convolution or of its gradient with respect to the input, the number of its workgroups, and its partial sums
/// over channels: at most `most`.
pub(crate) fn gathering(
    variant: Variant,
    gather: &Gather,
    most: usize,
) -> (&'static Kernel, usize, Parts) {
    let (groups, outputs) = (gather.groups, gather.outputs);
    let invocations = |kernel: &'static Kernel, count| {
        let workgroups = kernel.workgroups(count);
        (kernel, workgroups, Parts::one(gather.channels))
    };
    if variant == Variant::Tiles && gather.is_depthwise_3x3() {
        return if gather.is_plain_3x3() {
            invocations(&DEPTHWISE, gather.columns_of_four())
        } else {
            let maps = gather.batch * groups * outputs;
            invocations(&DEPTHWISE_STRIDED, maps * gather.output_pixels())
        };
    }
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
        Variant::Tiles => tiling(gather, most),
    }
}

/// How a kernel for GPUs divides a convolution into workgroups.
#[derive(Clone, Copy)]
struct Shape {
    kernel: &'static Kernel,
    /// Tiles of pixels in the whole batch, and the pixels of each.
    tiles: usize,
    pixels: usize,
    /// Outputs per workgroup.
    outputs: usize,
    /// Of one product, by the instructions and loads around it.
    time: usize,
}

impl Shape {
    /// The kernels that fit.
    fn all(gather: &Gather) -> Vec<Self> {
        let mut shapes = vec![Self {
            kernel: &TILES,
            tiles: gather.phases() * gather.pixels_of_phase().div_ceil(PIXELS),
            pixels: PIXELS,
            outputs: OUTPUTS,
            time: 3,
        }];
        if gather.is_plain_3x3() {
            shapes.extend(PATCHES.map(|(kernel, rows, outputs)| Self {
                kernel,
                tiles: gather.patches([rows, PATCH_COLUMNS]),
                pixels: rows * PATCH_COLUMNS,
                outputs,
                time: 2,
            }));
        }
        if gather.is_pointwise() {
            shapes.push(Self {
                kernel: &TILES_1X1,
                tiles: gather.batch * gather.output_pixels().div_ceil(PIXELS),
                pixels: PIXELS,
                outputs: OUTPUTS,
                time: 2,
            });
        }
        shapes
    }

    /// Workgroups of one partial sum.
    fn workgroups(&self, gather: &Gather) -> usize {
        self.tiles * gather.groups * gather.outputs.div_ceil(self.outputs)
    }

    /// Partial sums over channels that give a GPU enough workgroups.
    fn parts(&self, gather: &Gather, most: usize) -> Parts {
        // A multiple of the channels that any kernel loads at a time.
        let channels = ROWS_OF_PART.div_ceil(gather.taps()).next_multiple_of(16);
        let wanted = WORKGROUPS_OF_GPU / self.workgroups(gather).max(1);
        #[cfg(test)]
        let (channels, wanted) = if forced::is_split() {
            (1, 3)
        } else {
            (channels, wanted)
        };
        let parts = Parts::divide(gather.channels.div_ceil(channels), wanted.min(most));
        if parts.count == 1 {
            Parts::one(gather.channels)
        } else {
            Parts {
                count: parts.count,
                size: parts.size * channels,
            }
        }
    }

    /// How long it takes, including work beyond the last pixel or output. Fewer workgroups than keep a GPU busy are assumed to
    /// take as long as that many.
    fn work(&self, gather: &Gather, parts: Parts) -> usize {
        let workgroups = (self.workgroups(gather) * parts.count).max(WORKGROUPS_OF_GPU);
        let rows = parts.size.min(gather.channels) * gather.taps();
        let products = workgroups * self.pixels * self.outputs * rows / gather.phases();
        let numbers = gather.batch * gather.groups * gather.outputs * gather.output_pixels();
        let added = if parts.count == 1 {
            0
        } else {
            TIME_OF_LAUNCH + TIME_OF_NUMBER * 2 * parts.count * numbers
        };
        products * self.time + added
    }
}

/// The fastest kernel on a GPU: the one whose workgroups have the least work. Where there are too few workgroups, the channels may
/// be divided into parts, whose sums are added up in their order.
pub(crate) fn tiling(gather: &Gather, most: usize) -> (&'static Kernel, usize, Parts) {
    let (shape, parts) = best(gather, most);
    let workgroups = shape.workgroups(gather) * parts.count;
    (shape.kernel, workgroups, parts)
}

fn best(gather: &Gather, most: usize) -> (Shape, Parts) {
    let ways = Shape::all(gather).into_iter().flat_map(|shape| {
        let whole = Parts::one(gather.channels);
        [whole, shape.parts(gather, most)].map(|parts| (shape, parts))
    });
    ways.min_by_key(|(shape, parts)| {
        let work = shape.work(gather, *parts);
        #[cfg(test)]
        let work = forced::work(shape.kernel, parts.count > 1, work);
        work
    })
    .expect("one of them is for every convolution")
}

/// The kernel of a gradient with respect to the weight, the number of its workgroups, and its partial sums: at most `most`.
pub(crate) fn weighing(
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
    if variant == Variant::Tiles && gather.is_depthwise_3x3() {
        // Four times as many, because these workgroups are small.
        let wanted = (4 * WORKGROUPS_OF_GPU).div_ceil(groups);
        let parts = Parts::divide(rows, wanted.min(pixels / PIXELS_OF_PART).min(most));
        return (&WEIGHT_DEPTHWISE, groups * parts.count, parts);
    }
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
            let shape = WeightShape::best(gather);
            // Every dispatch keeps a GPU busy.
            let wanted = (dispatches(gather.products()) * WORKGROUPS_OF_GPU)
                .div_ceil(shape.tiles)
                .min(pixels / PIXELS_OF_PART);
            let parts = Parts::divide(shape.pieces, wanted.min(most));
            (shape.kernel, shape.tiles * parts.count, parts)
        }
    }
}

/// How a kernel for GPUs divides the gradient with respect to a weight into workgroups.
#[derive(Clone, Copy)]
pub(crate) struct WeightShape {
    pub(crate) kernel: &'static Kernel,
    /// Workgroups of one partial sum, and the numbers of the weight in each.
    tiles: usize,
    numbers: usize,
    /// What is divided into parts, and the pixels of each piece.
    pieces: usize,
    pixels: usize,
    /// Of one product, by the instructions and loads around it.
    time: usize,
}

impl WeightShape {
    /// The kernel with the least work, including work beyond the last pixel, output or channel.
    pub(crate) fn best(gather: &Gather) -> Self {
        let (channels, taps) = (gather.channels, gather.taps());
        let pixels = gather.batch * gather.output_pixels();
        let tiles =
            |outputs: usize, sets: usize| gather.groups * gather.outputs.div_ceil(outputs) * sets;
        let pointwise = gather.is_pointwise();
        let mut shapes = vec![Self {
            kernel: if pointwise {
                &WEIGHT_1X1
            } else {
                &WEIGHT_TILES
            },
            tiles: tiles(OUTPUTS, (channels * taps).div_ceil(WEIGHT_DEPTH)),
            numbers: OUTPUTS * WEIGHT_DEPTH,
            pieces: pixels,
            pixels: 1,
            time: if pointwise { 20 } else { 30 },
        }];
        if gather.is_plain_3x3() {
            let patch = |&(kernel, rows, outputs, time): &(&'static Kernel, _, _, _)| Self {
                kernel,
                tiles: tiles(outputs, channels.div_ceil(WEIGHT_PATCH_CHANNELS)),
                numbers: outputs * WEIGHT_PATCH_CHANNELS * taps,
                pieces: gather.patches([rows, PATCH_COLUMNS]),
                pixels: rows * PATCH_COLUMNS,
                time,
            };
            shapes.extend(WEIGHT_PATCHES.iter().map(patch));
        }
        let work = |shape: &Self| {
            let work = shape.tiles * shape.numbers * shape.pieces * shape.pixels * shape.time;
            #[cfg(test)]
            let work = forced::work(shape.kernel, false, work);
            work
        };
        let best = shapes.into_iter().min_by_key(work);
        best.expect("one of them is for every convolution")
    }
}

/// For tests: forces one variant on any adapter, and prefers some kernels wherever they fit.
#[cfg(test)]
pub(crate) mod forced {
    use std::cell::Cell;

    use crate::convolution::graphics::choice::Variant;
    use crate::kernel::Kernel;

    thread_local! {
        static FORCED: Cell<Option<Path>> = const { Cell::new(None) };
    }

    /// A set of kernels, and the preferred ones.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Path {
        pub(crate) variant: Variant,
        pub(crate) kernels: &'static [&'static str],
        /// Whether channels are divided into parts wherever there are several.
        pub(crate) is_split: bool,
    }

    pub(super) fn variant() -> Option<Variant> {
        FORCED.get().map(|path| path.variant)
    }

    /// Whether the path has a kernel of this name, if it prefers any.
    pub(super) fn prefers(name: &str) -> Option<bool> {
        let path = FORCED.get().filter(|path| !path.kernels.is_empty());
        path.map(|path| path.kernels.contains(&name))
    }

    pub(super) fn is_split() -> bool {
        FORCED.get().is_some_and(|path| path.is_split)
    }

    /// The work of a kernel whose channels are divided or not, which is less than any other for what the path prefers.
    pub(super) fn work(kernel: &Kernel, is_split: bool, work: usize) -> usize {
        match FORCED.get() {
            Some(path) if path.kernels.contains(&kernel.name) => {
                usize::from(path.is_split != is_split)
            }
            _ => work + 2,
        }
    }

    /// Runs `work` on this path only.
    pub(crate) fn with<R>(path: Path, work: impl FnOnce() -> R) -> R {
        FORCED.set(Some(path));
        let result = work();
        FORCED.set(None);
        result
    }
}
