//! Weights in the order of the matrix products: tap by tap, with consecutive channels.

use std::borrow::Cow;

use rayon::prelude::*;

use super::taps::Tap;

/// Rows and columns transposed at a time: a cache line.
const BLOCK: usize = 16;
/// Rows that are a multiple of this many numbers apart map to the same sets of the first-level cache.
const CONFLICT: usize = 256;

/// The order of a weight's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// `[output, tap, channel]`.
    Outputs,
    /// `[channel, tap, output]`.
    Channels,
}

/// A weight in one of these orders.
pub(super) struct Ordered<'a> {
    pub(super) values: Cow<'a, [f32]>,
    /// Distance between rows.
    pub(super) row: usize,
}

/// Reorders the weight `[o, c, kh, kw]`, keeping only `taps`.
pub(super) fn ordered<'a>(
    weight: &'a [f32],
    [outputs, channels]: [usize; 2],
    kernel: [usize; 2],
    taps: &[Tap],
    order: Order,
) -> Ordered<'a> {
    let in_kernel = kernel[0] * kernel[1];
    let (rows, depth) = match order {
        Order::Outputs => (outputs, channels),
        Order::Channels => (channels, outputs),
    };
    let length = taps.len() * depth;
    let row = if length.is_multiple_of(CONFLICT) {
        length + BLOCK
    } else {
        length
    };
    let is_as_it_is = in_kernel == 1 && taps.len() == 1 && order == Order::Outputs;
    if rows * length == 0 || (is_as_it_is && row == length) {
        let values = Cow::Borrowed(&weight[..rows * length]);
        return Ordered { values, row };
    }
    let mut found = vec![0.0; rows * row];
    found
        .par_chunks_mut(BLOCK * row)
        .enumerate()
        .for_each(|(block, rows)| {
            if is_as_it_is {
                let weight = weight[block * BLOCK * length..].chunks_exact(length);
                for (line, weight) in rows.chunks_exact_mut(row).zip(weight) {
                    line[..length].copy_from_slice(weight);
                }
                return;
            }
            let count = rows.len() / row;
            for first in (0..depth).step_by(BLOCK) {
                let last = (first + BLOCK).min(depth);
                for number in 0..count {
                    let at = block * BLOCK + number;
                    for (place, tap) in taps.iter().enumerate() {
                        let line = &mut rows[number * row + place * depth..][first..last];
                        for (other, value) in (first..last).zip(line) {
                            let pair = match order {
                                Order::Outputs => at * channels + other,
                                Order::Channels => other * channels + at,
                            };
                            *value = weight[pair * in_kernel + tap.number];
                        }
                    }
                }
            }
        });
    Ordered {
        values: Cow::Owned(found),
        row,
    }
}

/// Reorders `[output, tap, channel]` of all taps to a weight `[o, c, kh, kw]`.
pub(super) fn reordered(
    found: Vec<f32>,
    [outputs, channels]: [usize; 2],
    kernel: [usize; 2],
) -> Vec<f32> {
    let taps = kernel[0] * kernel[1];
    if taps == 1 || found.is_empty() {
        return found;
    }
    let mut weight = vec![0.0; outputs * channels * taps];
    weight
        .par_chunks_exact_mut(channels * taps)
        .zip(found.par_chunks_exact(channels * taps))
        .for_each(|(weight, found)| {
            for (channel, weight) in weight.chunks_exact_mut(taps).enumerate() {
                for (tap, value) in weight.iter_mut().enumerate() {
                    *value = found[tap * channels + channel];
                }
            }
        });
    weight
}
