//! The convolution on graphics adapters: which of the kernels does a pass, and over how many workgroups.
//!
//! Two sets of kernels. A processor that plays a GPU is slow at loads and gains nothing by memory that a workgroup shares, so
//! there each invocation keeps as many sums in registers as pay; a GPU's workgroups bring tiles into shared memory. Which one,
//! and every size, follows from the adapter and the shapes: the same run gives the same bits.

pub(super) mod gather;

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use self::gather::{Direction, Gather, Parts};
use super::Geometry;
use super::kernels;
use crate::kernel::{Kernel, contiguous, empty_like};
use crate::sums::sum_of_rows;

/// Fewer outputs in a group than this are not worth a tile.
const FEW_OUTPUTS: usize = 4;
/// Products of one dispatch: a few hundred milliseconds on the smallest GPUs. In tests so few that work comes in turns.
const MOST_PRODUCTS: usize = if cfg!(test) {
    1_000_000
} else {
    50_000_000_000
};
/// Floats that the parts of one gradient may take together (128 MiB).
const MOST_FLOATS: usize = 32 * 1024 * 1024;
/// Parts of a gradient on a processor: enough for its cores. A part has at least so many pixels.
const PARTS_OF_PROCESSOR: usize = 16;
const PIXELS_OF_SMALL_PART: usize = 128;
/// Workgroups that keep a GPU busy, and the pixels that a part must have to be worth its sum.
const WORKGROUPS_OF_GPU: usize = 512;
const PIXELS_OF_PART: usize = 512;
/// Pixels that a workgroup sums for the gradient by the bias; `CHUNK` of its shader.
const CHUNK: usize = 4096;

/// Which set of kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// For a processor that plays a GPU: sums in registers.
    Registers,
    /// For a GPU: tiles in memory that a workgroup shares.
    Tiles,
}

impl Variant {
    /// The one for the adapter that holds `tensor`.
    pub(super) fn of(tensor: &CubeTensor) -> Self {
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

/// Convolution `[b, c, h, w]` * `[o, c / groups, kh, kw]` + `[o]`.
pub(super) fn forward(
    input: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    geometry: Geometry,
) -> CubeTensor {
    let [batch, _, rows, columns] = input.shape().dims();
    let [outputs, channels, kernel_rows, kernel_columns] = weight.shape().dims();
    let (kernel, size) = ([kernel_rows, kernel_columns], [rows, columns]);
    let output_size = [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis]));
    let gather = Gather::new(
        Direction::Forward,
        geometry,
        kernel,
        batch,
        [channels, outputs / geometry.groups],
        [size, output_size],
    );
    gathered(input, weight, Some(bias), gather, false)
}

/// The gradient by the input, whose rows and columns are `size`; with a bias `[c]` a transposed convolution.
pub(super) fn input_gradient(
    gradient: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
    geometry: Geometry,
    size: [usize; 2],
) -> CubeTensor {
    let [batch, _, rows, columns] = gradient.shape().dims();
    let [outputs, channels, kernel_rows, kernel_columns] = weight.shape().dims();
    let gather = Gather::new(
        Direction::Backward,
        geometry,
        [kernel_rows, kernel_columns],
        batch,
        [outputs / geometry.groups, channels],
        [[rows, columns], size],
    );
    gathered(gradient, weight, bias, gather, true)
}

fn gathered(
    input: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
    gather: Gather,
    turned: bool,
) -> CubeTensor {
    let input = contiguous(input);
    let [rows, columns] = gather.output_size;
    let shape = [gather.batch, gather.groups * gather.outputs, rows, columns];
    let output = empty_like(&input, shape, DType::F32);
    if shape.contains(&0) {
        return output;
    }
    let packed = packed(contiguous(weight), &gather, turned);
    let bias = bias.map(contiguous);
    let (kernel, workgroups) = gathering(Variant::of(&input), &gather);
    // A binding needs some buffer, also where there is no bias.
    let tensors = [&input, &packed, bias.as_ref().unwrap_or(&packed), &output];
    in_turns(workgroups, gather.products(), |first, count| {
        let words = gather.words(bias.is_some(), first, Parts { count: 1, share: 1 });
        kernel.launch(count, &tensors, &words);
    });
    output
}

/// The weight with outputs innermost, a multiple of 4 of them, so that four are one load.
fn packed(weight: CubeTensor, gather: &Gather, turned: bool) -> CubeTensor {
    let width = gather.outputs.next_multiple_of(4);
    let count = gather.groups * gather.channels * gather.taps() * width;
    let packed = empty_like(&weight, [count], DType::F32);
    let settings = [
        gather.groups,
        gather.channels,
        gather.outputs,
        gather.taps(),
        usize::from(turned),
    ];
    kernels::PACK.launch(
        (count / 4).div_ceil(kernels::PACK.workgroup as usize),
        &[&weight, &packed],
        &settings.map(|number| number as u32),
    );
    packed
}

/// The kernel of a convolution or of its gradient by the input, and its workgroups.
fn gathering(variant: Variant, gather: &Gather) -> (&'static Kernel, usize) {
    let (groups, outputs) = (gather.groups, gather.outputs);
    let invocations =
        |kernel: &'static Kernel, count: usize| (kernel, count.div_ceil(kernel.workgroup as usize));
    if groups > 1 && outputs < FEW_OUTPUTS {
        let count = gather.batch * groups * outputs * gather.output_pixels();
        return invocations(&kernels::DIRECT, count);
    }
    let pixels = gather.pixels_of_phase();
    match variant {
        Variant::Registers if gather.is_plain_3x3() => {
            let tiles = gather.batch * gather.tiles_of_taps();
            invocations(
                &kernels::REGISTERS_3X3,
                tiles * groups * outputs.div_ceil(4),
            )
        }
        Variant::Registers => {
            let tiles = gather.phases() * pixels.div_ceil(8);
            invocations(&kernels::REGISTERS, tiles * groups * outputs.div_ceil(8))
        }
        Variant::Tiles => tiling(gather),
    }
}

/// The kernel for a GPU that is done first: the one whose workgroups, with what of them lies behind the last pixel or output,
/// have the least to do. Fewer workgroups than keep a GPU busy take as long as if there were so many.
pub(super) fn tiling(gather: &Gather) -> (&'static Kernel, usize) {
    let (groups, outputs) = (gather.groups, gather.outputs);
    let general = gather.phases() * gather.pixels_of_phase().div_ceil(128);
    let pointwise = gather.batch * gather.output_pixels().div_ceil(128);
    // A kernel, whether it is for this convolution, its tiles of pixels, its pixels and outputs, and the time of a product.
    let patch = |kernel, rows, outputs| {
        let tiles = gather.patches([rows, 16]);
        (kernel, gather.is_plain_3x3(), tiles, 16 * rows, outputs, 2)
    };
    let kernels = [
        patch(&kernels::PATCH_64, 16, 64),
        patch(&kernels::PATCH_64_LOW, 8, 64),
        patch(&kernels::PATCH_32, 16, 32),
        patch(&kernels::PATCH_16, 32, 16),
        (
            &kernels::TILES_1X1,
            gather.is_pointwise(),
            pointwise,
            128,
            64,
            2,
        ),
        (&kernels::TILES, true, general, 128, 64, 5),
    ];
    let (_, kernel, workgroups) = kernels
        .into_iter()
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

/// In how many dispatches so many products are done.
fn turns(products: usize) -> usize {
    products.div_ceil(MOST_PRODUCTS).max(1)
}

/// Launches `workgroups` in as many dispatches as `products` need. `launch` gets the first workgroup and how many.
fn in_turns(workgroups: usize, products: usize, launch: impl Fn(usize, usize)) {
    let share = workgroups.div_ceil(turns(products)).max(1);
    for first in (0..workgroups).step_by(share) {
        launch(first, share.min(workgroups - first));
    }
}

/// The gradient by the weight, whose kernel has the rows and columns `kernel`.
pub(super) fn weight_gradient(
    input: CubeTensor,
    gradient: CubeTensor,
    geometry: Geometry,
    kernel: [usize; 2],
) -> CubeTensor {
    let (input, gradient) = (contiguous(input), contiguous(gradient));
    let [batch, channels, rows, columns] = input.shape().dims();
    let [_, outputs, out_rows, out_columns] = gradient.shape().dims();
    let groups = geometry.groups;
    let gather = Gather::new(
        Direction::Forward,
        geometry,
        kernel,
        batch,
        [channels / groups, outputs / groups],
        [[rows, columns], [out_rows, out_columns]],
    );
    let output = empty_like(
        &input,
        [outputs, channels / groups, kernel[0], kernel[1]],
        DType::F32,
    );
    let count = gather.weights();
    if count == 0 {
        return output;
    }
    let most_bytes = input.client.properties().memory.max_page_size;
    let most = MOST_FLOATS.min(most_bytes as usize / size_of::<f32>()) / count;
    let (kernel, workgroups, parts) = weighing(Variant::of(&input), &gather, most);
    let sums = if parts.count == 1 {
        output.clone()
    } else {
        empty_like(&input, [parts.count, count], DType::F32)
    };
    in_turns(workgroups, gather.products(), |first, count| {
        let words = gather.words(false, first, parts);
        kernel.launch(count, &[&input, &gradient, &sums], &words);
    });
    if parts.count > 1 {
        sum_of_rows(&sums, &output, parts.count, count);
    }
    output
}

/// The kernel of a gradient by the weight, its workgroups, and in how many parts it is summed: `most` at most.
fn weighing(variant: Variant, gather: &Gather, most: usize) -> (&'static Kernel, usize, Parts) {
    let (groups, outputs, channels) = (gather.groups, gather.outputs, gather.channels);
    let rows = gather.batch * gather.output_size[0];
    let pixels = gather.batch * gather.output_pixels();
    let by_invocation = |kernel: &'static Kernel, invocations: usize, wanted: usize| {
        let parts = Parts::of(rows, wanted.min(most));
        let workgroups = (invocations * parts.count).div_ceil(kernel.workgroup as usize);
        (kernel, workgroups, parts)
    };
    if groups > 1 && outputs < FEW_OUTPUTS {
        let kernel = &kernels::WEIGHT_DIRECT;
        let busy = WORKGROUPS_OF_GPU * kernel.workgroup as usize;
        return by_invocation(kernel, gather.weights(), busy.div_ceil(gather.weights()));
    }
    // Each part is one more number to sum for each of the weight, which a few pixels' products are not worth.
    let of_processor = (pixels / PIXELS_OF_SMALL_PART).min(PARTS_OF_PROCESSOR);
    match variant {
        Variant::Registers if gather.is_plain_3x3() => {
            let blocks = groups * outputs.div_ceil(4) * channels.div_ceil(4);
            by_invocation(&kernels::WEIGHT_REGISTERS_3X3, blocks, of_processor)
        }
        Variant::Registers => {
            let blocks = groups * outputs.div_ceil(8) * channels.div_ceil(8) * gather.taps();
            by_invocation(&kernels::WEIGHT_REGISTERS, blocks, of_processor)
        }
        Variant::Tiles => {
            let pieces = gather.patches([2, 16]);
            // Most of a patch may lie beside a small map, where taps are far apart.
            let (kernel, tiles, pieces) = if gather.is_plain_3x3() && 32 * pieces <= 3 * pixels {
                (&kernels::WEIGHT_PATCH, channels.div_ceil(16), pieces)
            } else if gather.is_pointwise() {
                (&kernels::WEIGHT_1X1, channels.div_ceil(128), pixels)
            } else {
                let depth = channels * gather.taps();
                (&kernels::WEIGHT_TILES, depth.div_ceil(128), pixels)
            };
            let tiles = groups * outputs.div_ceil(64) * tiles;
            // Every turn keeps a GPU busy.
            let wanted = (turns(gather.products()) * WORKGROUPS_OF_GPU)
                .div_ceil(tiles)
                .min(pixels / PIXELS_OF_PART);
            let parts = Parts::of(pieces, wanted.min(most));
            (kernel, tiles * parts.count, parts)
        }
    }
}

/// The gradient by the bias: the sum over batch, rows and columns.
pub(super) fn bias_gradient(gradient: CubeTensor) -> CubeTensor {
    let gradient = contiguous(gradient);
    let [batch, outputs, rows, columns] = gradient.shape().dims();
    let chunks = (rows * columns).div_ceil(CHUNK);
    let output = empty_like(&gradient, [outputs], DType::F32);
    let sums = empty_like(&gradient, [batch * chunks, outputs], DType::F32);
    let settings = [batch, outputs, rows * columns, chunks].map(|number| number as u32);
    let workgroups = batch * chunks * outputs;
    kernels::BIAS_GRADIENT.launch(workgroups, &[&gradient, &sums], &settings);
    sum_of_rows(&sums, &output, batch * chunks, outputs);
    output
}

/// The kernels of one variant on whatever adapter, and one of them wherever it can do the work, for the tests.
#[cfg(test)]
pub(super) mod forced {
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
