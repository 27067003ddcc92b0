//! The loops of a direct convolution: numbers side by side, taps one after the other.

use crate::vectorised::vectorised;

/// Numbers that are added up side by side.
pub(super) const LANES: usize = 32;

/// `target[p] = first + Σ weight · source[p + offset]` over the taps `(offset, weight)`. The target is a multiple of
/// [`LANES`] long, and the source reaches as far as its end under every tap.
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

/// `Σ left[p] · right[p]`, as long as `left`, a multiple of [`LANES`].
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
