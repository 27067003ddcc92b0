//! The loops of a direct convolution: numbers in vectors, taps one after the other.

use pulp::{Simd, WithSimd};

use crate::cpu::instruction_set::arch;
use crate::cpu::vectorised::vectorised;

/// Numbers summed in parallel.
pub(super) const LANES: usize = 32;

/// `target[p] = first + Σ weight · source[p + offset]` over the taps `(offset, weight)`. The target's length is a
/// multiple of [`LANES`], and the source extends to its end under every tap.
pub(super) fn under_taps(target: &mut [f32], source: &[f32], taps: &[(usize, f32)], first: f32) {
    vectorised(|| {
        let (blocks, _) = target.as_chunks_mut::<LANES>();
        for (number, block) in blocks.iter_mut().enumerate() {
            let mut sums = [first; LANES];
            for &(offset, weight) in taps {
                let values = &source[offset + number * LANES..][..LANES];
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += weight * value;
                }
            }
            *block = sums;
        }
    });
}

/// The same for the rows of a map that is `width` wide. The rows of the source are `pitch` apart, and it extends [`BEYOND`] numbers
/// beyond the end of the last row under every tap.
pub(super) fn rows_under_taps(
    target: &mut [f32],
    width: usize,
    source: &[f32],
    pitch: usize,
    taps: &[(usize, f32)],
    first: f32,
) {
    arch().dispatch(Rows {
        target,
        width,
        source,
        pitch,
        taps,
        first,
    });
}

/// Vectors of sums kept in registers.
const VECTORS: usize = 4;
/// Numbers read beyond the end of a row: four of the widest vectors.
pub(super) const BEYOND: usize = 16 * VECTORS;

struct Rows<'a> {
    target: &'a mut [f32],
    width: usize,
    source: &'a [f32],
    pitch: usize,
    taps: &'a [(usize, f32)],
    first: f32,
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "only what is inlined is compiled for the CPU's instruction set"
    )]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let step = VECTORS * S::F32_LANES;
        let first = simd.splat_f32s(self.first);
        for (row, target) in self.target.chunks_exact_mut(self.width).enumerate() {
            let source = &self.source[row * self.pitch..];
            for (block, target) in target.chunks_mut(step).enumerate() {
                let mut sums = [first; VECTORS];
                for &(offset, weight) in self.taps {
                    let weight = simd.splat_f32s(weight);
                    let values = &source[offset + block * step..][..step];
                    let (values, _) = S::as_simd_f32s(values);
                    for vector in 0..VECTORS {
                        sums[vector] = simd.mul_add_e_f32s(weight, values[vector], sums[vector]);
                    }
                }
                let (whole, rest) = S::as_mut_simd_f32s(target);
                let count = whole.len();
                for vector in 0..VECTORS {
                    if vector < count {
                        whole[vector] = sums[vector];
                    } else if vector == count {
                        simd.partial_store_f32s(rest, sums[vector]);
                    }
                }
            }
        }
    }
}

/// `Σ left[p] · right[p]` over the length of `left`, a multiple of [`LANES`].
pub(super) fn product(left: &[f32], right: &[f32]) -> f32 {
    vectorised(|| {
        let mut sums = [0.0_f32; LANES];
        let (left, _) = left.as_chunks::<LANES>();
        let (right, _) = right.as_chunks::<LANES>();
        for (left, right) in left.iter().zip(right) {
            for lane in 0..LANES {
                sums[lane] += left[lane] * right[lane];
            }
        }
        sums.iter().sum()
    })
}
