//! Whether Winograd's F(4 × 4, 3 × 3) is faster on GPUs than the kernels that compute nine products per pixel, by count.
//!
//! A pass takes as long as its multiply-adds or as the bytes that it moves, whichever is longer, and passes run one after the
//! other. Multiply-adds take as long as the kernel's instructions do on AMD's GPUs (docs/performance.md). Every tensor of a pass
//! counts once: what neighbouring workgroups read again is assumed to come from a cache, but nothing survives in a cache from one
//! pass to the next. Transforms take far less time than their bytes, so their instructions are not counted.

#[cfg(test)]
use super::forced;
use super::{Shape, TIME_OF_LAUNCH, Variant, WORKGROUPS_OF_GPU, best};
use crate::convolution::graphics::gather::Gather;
#[cfg(test)]
use crate::convolution::graphics::kernels::WINOGRAD_PRODUCTS;
use crate::convolution::graphics::winograd::slices::{
    PLACES, PRODUCT_OUTPUTS, PRODUCT_TILES, Slices,
};

/// Rates of a GPU for which the kernels' instructions are known.
#[derive(Debug, Clone, Copy)]
struct Gpu {
    /// Multiply-adds and bytes per second.
    products: f64,
    bytes: f64,
    /// The part of the peak that the instructions of 3 × 3 kernels leave to multiply-adds. Those of Winograd's products leave more,
    /// but are limited by shared memory on RDNA3, and count the same.
    of_peak: f64,
}

/// Radeon RX 6900 XT (Navi 21) and RX 7900 XTX (Navi 31).
const GPUS: [Gpu; 2] = [
    Gpu {
        products: 11.5e12,
        bytes: 512e9,
        of_peak: 0.92,
    },
    Gpu {
        products: 30.7e12,
        bytes: 960e9,
        of_peak: 0.86,
    },
];

/// What passes of one kind do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pass {
    pub(crate) products: f64,
    pub(crate) bytes: f64,
    pub(crate) launches: f64,
}

impl Pass {
    fn new(products: usize, numbers: usize, launches: usize) -> Self {
        Self {
            products: products as f64,
            bytes: 4.0 * numbers as f64,
            launches: launches as f64,
        }
    }

    /// Seconds; a launch takes as long as for the choice among the other kernels.
    fn time(&self, gpu: &Gpu) -> f64 {
        let launch = TIME_OF_LAUNCH as f64 / TIME_OF_PRODUCT as f64 / gpu.products;
        let products = self.products / (gpu.products * gpu.of_peak);
        products.max(self.bytes / gpu.bytes) + self.launches * launch
    }
}

/// A product of a 3 × 3 kernel in the unit of [`Shape::time`].
const TIME_OF_PRODUCT: usize = 2;

/// Numbers of the maps that a convolution reads, and of those that it writes.
fn maps(gather: &Gather) -> [usize; 2] {
    let pixels = gather.size[0] * gather.size[1];
    [
        gather.batch * gather.channels * pixels,
        gather.batch * gather.outputs * gather.output_pixels(),
    ]
}

/// The passes without Winograd: packing, and the fastest kernel with at most `most` partial sums.
pub(crate) fn direct_passes(gather: &Gather, most: usize) -> [Pass; 2] {
    let (shape, parts): (Shape, _) = best(gather, most);
    let products = shape.work(gather, parts) / TIME_OF_PRODUCT;
    let [input, output] = maps(gather);
    let weights = gather.weights();
    [
        Pass::new(0, 2 * weights, 1),
        Pass::new(products, input + weights + output, 1),
    ]
}

/// The passes with Winograd: of the kernels, of the input, the products, and of the output.
pub(crate) fn winograd_passes(gather: &Gather, slices: &Slices) -> [Pass; 4] {
    let count = slices.count();
    let [input, output] = maps(gather);
    let [kernels, seen, sums] = slices.numbers();
    // Fewer workgroups than keep a GPU busy are assumed to take as long as that many.
    let workgroups = slices.workgroups().max(WORKGROUPS_OF_GPU) * count;
    let products = workgroups * PRODUCT_OUTPUTS * PRODUCT_TILES * slices.depth;
    let of_tiles = |maps: usize| PLACES * slices.tiles * maps;
    [
        Pass::new(0, gather.weights() + kernels, 1),
        Pass::new(0, input + of_tiles(slices.depth), count),
        Pass::new(products, count * (kernels + seen + sums), count),
        Pass::new(0, of_tiles(gather.outputs) + output, count),
    ]
}

/// Seconds on each of the [`GPUS`] by count: without Winograd, and with it.
pub(crate) fn times(gather: &Gather, slices: &Slices, most: usize) -> [[f64; 2]; GPUS.len()] {
    let direct = direct_passes(gather, most);
    let winograd = winograd_passes(gather, slices);
    let time = |passes: &[Pass], gpu| passes.iter().map(|pass| pass.time(gpu)).sum();
    GPUS.each_ref()
        .map(|gpu| [time(&direct, gpu), time(&winograd, gpu)])
}

/// Whether Winograd's algorithm is faster by count on all [`GPUS`].
pub(crate) fn wins(variant: Variant, gather: &Gather, slices: &Slices, most: usize) -> bool {
    if variant != Variant::Tiles {
        return false;
    }
    #[cfg(test)]
    if let Some(prefers) = forced::prefers(WINOGRAD_PRODUCTS.name) {
        return prefers;
    }
    times(gather, slices, most)
        .into_iter()
        .all(|[direct, winograd]| winograd < direct)
}
