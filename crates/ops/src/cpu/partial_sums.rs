//! Adds up partial sums of several threads.

use rayon::prelude::*;

/// Numbers that a thread adds up at a time.
const SUMMED: usize = 16 * 1024;

/// The sum of parts of `size` numbers each, added in their order.
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
