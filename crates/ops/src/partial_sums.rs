//! Sums that threads have taken in parts.

use rayon::prelude::*;

/// Numbers that a thread adds up at a time.
const SUMMED: usize = 16 * 1024;

/// Parts of `size` numbers each, added in their order: the first `size` numbers that come out.
pub(crate) fn add_up(mut parts: Vec<f32>, size: usize) -> Vec<f32> {
    if size == 0 || parts.len() == size {
        return parts;
    }
    let (total, others) = parts.split_at_mut(size);
    total
        .par_chunks_mut(SUMMED)
        .enumerate()
        .for_each(|(block, total)| {
            for part in others.chunks_exact(size) {
                for (total, value) in total.iter_mut().zip(&part[block * SUMMED..]) {
                    *total += value;
                }
            }
        });
    parts.truncate(size);
    parts
}
