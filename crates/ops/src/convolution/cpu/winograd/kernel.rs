//! Transforms kernels to places and back, for all pairs of an output and a channel.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the CPU's instruction set"
)]

use crate::cpu::instruction_set::arch;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::sizes::{GAP, PLACES};
use super::transform;
use super::vectors::{load, store};
use crate::cpu::output::Output;

/// Pairs transformed at a time.
const PAIRS: usize = 64;
const TAPS: usize = 9;

/// G g Gᵀ of a weight `[o, c, 3, 3]`: for each place `[o, c]`, and [`GAP`] numbers. If `rotated`, the weight is
/// `[c, o, 3, 3]` and its kernels are rotated by 180°.
pub(super) fn transformed(
    weight: &[f32],
    [outputs, channels]: [usize; 2],
    rotated: bool,
) -> Vec<f32> {
    let place = outputs * channels + GAP;
    let mut result = vec![0.0; PLACES * place];
    let target = Output(result.as_mut_ptr());
    let arch = arch();
    (0..outputs).into_par_iter().for_each(|output| {
        for first in (0..channels).step_by(PAIRS) {
            let count = PAIRS.min(channels - first);
            let mut taps = [0.0; TAPS * PAIRS];
            for pair in 0..count {
                let channel = first + pair;
                let kernel = if rotated {
                    channel * outputs + output
                } else {
                    output * channels + channel
                };
                let kernel = &weight[TAPS * kernel..][..TAPS];
                for number in 0..TAPS {
                    taps[number * PAIRS + pair] =
                        kernel[if rotated { TAPS - 1 - number } else { number }];
                }
            }
            let places = arch.dispatch(ToPlaces(&taps));
            for (number, values) in places.chunks_exact(PAIRS).enumerate() {
                let start = number * place + output * channels + first;
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: pairs of this output only.
                let target = unsafe { target.part(start, count) };
                target.copy_from_slice(&values[..count]);
            }
        }
    });
    result
}

/// Gᵀ s G of the sums `[o, c]` of all places, whose matrices are `place` and whose rows are `row` numbers apart:
/// `[o, c, 3, 3]`.
pub(super) fn back(
    sums: &[f32],
    [place, row]: [usize; 2],
    [outputs, channels]: [usize; 2],
) -> Vec<f32> {
    let mut result = vec![0.0; outputs * channels * TAPS];
    let arch = arch();
    result
        .par_chunks_exact_mut(channels * TAPS)
        .enumerate()
        .for_each(|(output, kernels)| {
            for (block, kernels) in kernels.chunks_mut(PAIRS * TAPS).enumerate() {
                let count = kernels.len() / TAPS;
                let first = output * row + block * PAIRS;
                let mut places = [0.0; PLACES * PAIRS];
                for (number, values) in places.chunks_exact_mut(PAIRS).enumerate() {
                    values[..count].copy_from_slice(&sums[number * place + first..][..count]);
                }
                let taps = arch.dispatch(ToTaps(&places));
                for (pair, kernel) in kernels.chunks_exact_mut(TAPS).enumerate() {
                    for (value, tap) in kernel.iter_mut().zip(taps.chunks_exact(PAIRS)) {
                        *value = tap[pair];
                    }
                }
            }
        });
    result
}

struct ToPlaces<'a>(&'a [f32; TAPS * PAIRS]);

impl WithSimd for ToPlaces<'_> {
    type Output = [f32; PLACES * PAIRS];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let mut half = [0.0; 6 * 3 * PAIRS];
        let mut places = [0.0; PLACES * PAIRS];
        for at in (0..PAIRS).step_by(S::F32_LANES) {
            for column in 0..3 {
                let taps = load::<S, 3>(simd, self.0, column * PAIRS + at, 3 * PAIRS);
                let found = transform::of_kernel(simd, taps);
                store::<S, 6>(&mut half, column * PAIRS + at, 3 * PAIRS, found);
            }
            for row in 0..6 {
                let taps = load::<S, 3>(simd, &half, 3 * row * PAIRS + at, PAIRS);
                let found = transform::of_kernel(simd, taps);
                store::<S, 6>(&mut places, 6 * row * PAIRS + at, PAIRS, found);
            }
        }
        places
    }
}

struct ToTaps<'a>(&'a [f32; PLACES * PAIRS]);

impl WithSimd for ToTaps<'_> {
    type Output = [f32; TAPS * PAIRS];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let mut half = [0.0; 3 * 6 * PAIRS];
        let mut taps = [0.0; TAPS * PAIRS];
        for at in (0..PAIRS).step_by(S::F32_LANES) {
            for column in 0..6 {
                let sums = load::<S, 6>(simd, self.0, column * PAIRS + at, 6 * PAIRS);
                let found = transform::to_kernel(simd, sums);
                store::<S, 3>(&mut half, column * PAIRS + at, 6 * PAIRS, found);
            }
            for row in 0..3 {
                let sums = load::<S, 6>(simd, &half, 6 * row * PAIRS + at, PAIRS);
                let found = transform::to_kernel(simd, sums);
                store::<S, 3>(&mut taps, 3 * row * PAIRS + at, PAIRS, found);
            }
        }
        taps
    }
}
