//! Products of matrices on the processor: blocks of the right one are brought into the order that the registers' loop reads
//! ([`copy_line`], [`Turn`]), and stay in the cache while every row of the left one meets them ([`multiply`]).
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the instructions at hand"
)]

mod panel;
mod turn;

pub(crate) use panel::{Left, Start, Target, WIDTH, multiply};
pub(crate) use turn::Turn;

/// Rows of the right matrix that a block has: 64 KiB for [`WIDTH`] columns, of which a second-level cache holds some.
pub(crate) const DEPTH: usize = 256;

/// Writes a line of [`WIDTH`] numbers: those given, and zeros.
#[inline(always)]
pub(crate) fn copy_line(seen: &[f32], line: &mut [f32]) {
    // The usual length without a call.
    if let (Ok(seen), Ok(line)) = (
        <&[f32; WIDTH]>::try_from(seen),
        <&mut [f32; WIDTH]>::try_from(&mut *line),
    ) {
        *line = *seen;
    } else {
        line[..seen.len()].copy_from_slice(seen);
        line[seen.len()..].fill(0.0);
    }
}

#[cfg(test)]
mod tests;
