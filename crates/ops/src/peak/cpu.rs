//! The work on Burn's flex backend: the CPU's widest vectors, on all cores.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into a dispatched call is compiled for the CPU's instruction set"
)]

use crate::cpu::instruction_set::arch;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::chains::{CHAINS, SCALE, SHIFT};

/// Elements per piece of work.
const PORTION: usize = 4096;

pub(super) fn multiply_adds(seeds: &[f32], rounds: usize) -> Vec<f32> {
    let arch = arch();
    let mut sums = vec![0.0; seeds.len()];
    sums.par_chunks_mut(PORTION)
        .zip(seeds.par_chunks(PORTION))
        .for_each(|(sums, seeds)| {
            arch.dispatch(Chains {
                seeds,
                sums,
                rounds,
            });
        });
    sums
}

struct Chains<'a> {
    seeds: &'a [f32],
    sums: &'a mut [f32],
    rounds: usize,
}

impl WithSimd for Chains<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (seeds, seeds_left) = S::as_simd_f32s(self.seeds);
        let (sums, sums_left) = S::as_mut_simd_f32s(self.sums);
        for (sum, seed) in sums.iter_mut().zip(seeds) {
            *sum = chains(simd, *seed, self.rounds);
        }
        for (sum, seed) in sums_left.iter_mut().zip(seeds_left) {
            *sum = chains(pulp::Scalar::new(), *seed, self.rounds);
        }
    }
}

#[inline(always)]
fn chains<S: Simd>(simd: S, seed: S::f32s, rounds: usize) -> S::f32s {
    let (scale, shift) = (simd.splat_f32s(SCALE), simd.splat_f32s(SHIFT));
    let mut chains: [S::f32s; CHAINS] =
        std::array::from_fn(|number| simd.add_f32s(seed, simd.splat_f32s(number as f32)));
    for _ in 0..rounds {
        for chain in &mut chains {
            *chain = simd.mul_add_e_f32s(*chain, scale, shift);
        }
    }
    let [first, rest @ ..] = chains;
    rest.into_iter()
        .fold(first, |sum, chain| simd.add_f32s(sum, chain))
}

pub(super) fn copy(source: &[f32], output: &mut [f32]) {
    // One piece per core: for large pieces the C library uses stores that bypass the cache.
    let piece = source
        .len()
        .div_ceil(rayon::current_num_threads())
        .max(PORTION);
    output
        .par_chunks_mut(piece)
        .zip(source.par_chunks(piece))
        .for_each(|(output, source)| output.copy_from_slice(source));
}
