//! The operation on the CPU: planes on all cores, pixels in vectors. Sums are accumulated in 64 bits and in the order of the
//! planes, so a run gives the same bits on any number of cores.

use rayon::prelude::*;

use crate::cpu::output::{Output, written};
use crate::cpu::vectorised::vectorised;

/// Numbers summed in parallel.
const LANES: usize = 16;
/// Pixels whose channels are summed in parallel.
const BLOCK: usize = 64;

/// Sizes of the maps, and which of their parts have a factor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) batch: usize,
    pub(super) channels: usize,
    pub(super) pixels: usize,
    pub(super) factors: Factors,
}

/// Which parts of maps have a factor of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Factors {
    /// The pixels of each image.
    Pixels,
    /// Planes: the factor may depend on the image, on the channel, or on both.
    Planes { of_image: bool, of_channel: bool },
}

impl Sizes {
    /// The position of a plane's factor.
    fn factor(self, plane: usize) -> usize {
        let Factors::Planes {
            of_image,
            of_channel,
        } = self.factors
        else {
            return plane / self.channels;
        };
        let channel = if of_channel { plane % self.channels } else { 0 };
        let image = if of_image { plane / self.channels } else { 0 };
        let channels = if of_channel { self.channels } else { 1 };
        image * channels + channel
    }
}

/// `map`, or a gradient, times the factors.
pub(super) fn scaled(map: &[f32], factors: &[f32], sizes: Sizes) -> Vec<f32> {
    let pixels = sizes.pixels;
    let write = |output: Output| {
        map.par_chunks_exact(pixels)
            .enumerate()
            .for_each(|(plane, map)| {
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: pixels of this plane only.
                let target = unsafe { output.part(plane * pixels, pixels) };
                let place = sizes.factor(plane);
                if sizes.factors == Factors::Pixels {
                    let factors = &factors[place * pixels..][..pixels];
                    vectorised(|| {
                        for ((target, x), factor) in target.iter_mut().zip(map).zip(factors) {
                            *target = x * factor;
                        }
                    });
                } else {
                    let factor = factors[place];
                    vectorised(|| {
                        for (target, x) in target.iter_mut().zip(map) {
                            *target = x * factor;
                        }
                    });
                }
            });
    };
    #[expect(unsafe_code, reason = "the planes cover every pixel")]
    // SAFETY: the planes cover every pixel, so every element is written.
    unsafe {
        written(map.len(), write)
    }
}

/// The gradient with respect to the factors.
pub(super) fn factor_gradient(map: &[f32], gradient: &[f32], sizes: Sizes) -> Vec<f32> {
    let Factors::Planes {
        of_image,
        of_channel,
    } = sizes.factors
    else {
        return by_pixels(map, gradient, sizes);
    };
    let planes: Vec<f64> = map
        .par_chunks_exact(sizes.pixels)
        .zip(gradient.par_chunks_exact(sizes.pixels))
        .map(|(map, gradient)| product(map, gradient))
        .collect();
    let images = if of_image { sizes.batch } else { 1 };
    let channels = if of_channel { sizes.channels } else { 1 };
    let mut sums = vec![0.0_f64; images * channels];
    for (plane, sum) in planes.into_iter().enumerate() {
        sums[sizes.factor(plane)] += sum;
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}

/// The sum of the products of two planes.
fn product(left: &[f32], right: &[f32]) -> f64 {
    vectorised(|| {
        let mut lanes = [0.0_f64; LANES];
        let (left, left_rest) = left.as_chunks::<LANES>();
        let (right, right_rest) = right.as_chunks::<LANES>();
        for (left, right) in left.iter().zip(right) {
            for lane in 0..LANES {
                lanes[lane] += f64::from(left[lane] * right[lane]);
            }
        }
        let rest = left_rest.iter().zip(right_rest);
        let rest: f64 = rest.map(|(left, right)| f64::from(left * right)).sum();
        lanes.iter().sum::<f64>() + rest
    })
}

/// For each pixel of each image, the sum over its channels.
fn by_pixels(map: &[f32], gradient: &[f32], sizes: Sizes) -> Vec<f32> {
    let Sizes {
        channels, pixels, ..
    } = sizes;
    let mut sums = vec![0.0; sizes.batch * pixels];
    sums.par_chunks_mut(pixels)
        .enumerate()
        .flat_map(|(image, sums)| {
            let blocks = sums.par_chunks_mut(BLOCK).enumerate();
            blocks.map(move |(block, sums)| (image, block * BLOCK, sums))
        })
        .for_each(|(image, first, sums)| {
            vectorised(|| {
                let mut lanes = [0.0_f64; BLOCK];
                for channel in 0..channels {
                    let start = (image * channels + channel) * pixels + first;
                    let left = &map[start..][..sums.len()];
                    let right = &gradient[start..][..sums.len()];
                    for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
                        *lane += f64::from(left * right);
                    }
                }
                for (sum, lane) in sums.iter_mut().zip(&lanes) {
                    *sum = *lane as f32;
                }
            });
        });
    sums
}
