//! The order in which a weight's numbers meet the pixels: tap by tap, the channels of each side by side.

use std::borrow::Cow;

use rayon::prelude::*;

use super::taps::Tap;

/// Rows and columns that are turned at once, which a line of the cache holds.
const BLOCK: usize = 16;

/// What the rows of an ordered weight belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// `[output, tap, channel]`.
    Outputs,
    /// `[channel, tap, output]`.
    Channels,
}

/// The weight `[o, c, kh, kw]`, of the `taps` alone, in that order.
pub(super) fn ordered<'a>(
    weight: &'a [f32],
    [outputs, channels]: [usize; 2],
    kernel: [usize; 2],
    taps: &[Tap],
    order: Order,
) -> Cow<'a, [f32]> {
    let in_kernel = kernel[0] * kernel[1];
    if in_kernel == 1 && taps.len() == 1 && order == Order::Outputs {
        return Cow::Borrowed(weight);
    }
    let depth = if order == Order::Outputs {
        channels
    } else {
        outputs
    };
    let mut found = vec![0.0; outputs * channels * taps.len()];
    if found.is_empty() {
        return Cow::Owned(found);
    }
    let row = taps.len() * depth;
    found
        .par_chunks_mut(BLOCK * row)
        .enumerate()
        .for_each(|(block, rows)| {
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
    Cow::Owned(found)
}

/// `[output, tap, channel]` of all taps as the weight `[o, c, kh, kw]`.
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
