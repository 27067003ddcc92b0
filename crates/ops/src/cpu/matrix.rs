//! Matrix products on the CPU: blocks of the right matrix are copied into the order in which the inner loop reads them
//! ([`copy_line`], [`Transpose`]), and stay in the cache while all rows of the left matrix are multiplied by them ([`multiply`]).
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the CPU's instruction set"
)]

mod panel;
mod transpose;

pub(crate) use panel::{Left, Start, Target, WIDTH, multiply};
pub(crate) use transpose::Transpose;

/// Rows per block of the right matrix: 64 KiB for [`WIDTH`] columns, so that a second-level cache holds several blocks.
pub(crate) const DEPTH: usize = 256;

/// Writes a line of [`WIDTH`] numbers: those given, padded with zeros.
#[inline(always)]
pub(crate) fn copy_line(seen: &[f32], line: &mut [f32]) {
    // The usual length, without a call to `memcpy`.
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
