//! Products of matrices on the processor: blocks of the right one are brought into the order that the registers' loop reads,
//! and stay in the cache while every row of the left one meets them.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the instructions at hand"
)]

mod panel;
mod turn;

use pulp::{Simd, WithSimd};

pub(crate) use panel::{Left, Start, Target, WIDTH, multiply};
pub(crate) use turn::Turn;

use crate::level::arch;
use crate::scratch::with_scratch;

/// Rows of the right matrix that a block has: 64 KiB for [`WIDTH`] columns, of which a second-level cache holds some.
pub(crate) const DEPTH: usize = 256;

/// A matrix whose rows or columns are each in one piece.
#[derive(Clone, Copy)]
pub(crate) enum Right<'a> {
    /// Rows, so many numbers apart.
    Rows(&'a [f32], usize),
    /// Columns, so many numbers apart.
    Columns(&'a [f32], usize),
}

/// `target [rows, columns] = left [rows, depth] · right [depth, columns]`, on this thread.
pub(crate) fn product(left: Left<'_>, right: Right<'_>, depth: usize, target: Target<'_>) {
    with_scratch(DEPTH.min(depth) * WIDTH, |packed| {
        arch().dispatch(Product {
            left,
            right,
            depth,
            target,
            packed,
        });
    });
}

struct Product<'a> {
    left: Left<'a>,
    right: Right<'a>,
    depth: usize,
    target: Target<'a>,
    packed: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            left,
            right,
            depth,
            target,
            packed,
        } = self;
        for column in (0..target.columns).step_by(WIDTH) {
            let columns = WIDTH.min(target.columns - column);
            for place in (0..depth).step_by(DEPTH) {
                let places = DEPTH.min(depth - place);
                let packed = &mut packed[..places * WIDTH];
                match right {
                    Right::Rows(values, row) => {
                        for (number, line) in packed.chunks_exact_mut(WIDTH).enumerate() {
                            let seen = &values[(place + number) * row + column..][..columns];
                            copy_line(seen, line);
                        }
                    }
                    Right::Columns(values, apart) => simd.vectorize(Turn {
                        columns: |number| &values[(column + number) * apart + place..],
                        count: columns,
                        places,
                        turned: &mut *packed,
                    }),
                }
                let mut target = target.part(0, column, columns);
                if place > 0 {
                    target.start = Start::Target;
                }
                let left = Left {
                    values: &left.values[place..],
                    ..left
                };
                multiply(simd, left, packed, target);
            }
        }
    }
}

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
