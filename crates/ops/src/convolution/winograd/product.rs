//! The matrix products of the places, with sums in registers.
#![expect(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "only what is inlined is compiled for the instructions at hand, and iterators over arrays are not always"
)]

use pulp::{NullaryFnOnce, Simd};

use super::TILES;

/// Rows of the target whose sums are in registers at once.
const ROWS: usize = 6;

/// A matrix `[rows, depth]`.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    pub(super) values: &'a [f32],
    /// Numbers from one row to the next.
    pub(super) row: usize,
    pub(super) rows: usize,
}

/// A matrix `[rows, columns]`, at most [`TILES`] columns, in whole vectors of 16.
pub(super) struct Target<'a> {
    pub(super) values: &'a mut [f32],
    /// Numbers from one row to the next.
    pub(super) row: usize,
    pub(super) columns: usize,
    /// Whether the product is added to what is there.
    pub(super) add: bool,
}

/// The product of `left [rows, depth]` and `right [depth, TILES]`.
#[inline(always)]
pub(super) fn multiply<S: Simd>(simd: S, left: Left<'_>, right: &[f32], mut target: Target<'_>) {
    // Of 32 registers 24 hold sums, of 16 twelve.
    let most = if S::REGISTER_COUNT >= 32 { 4 } else { 2 };
    let vectors = target.columns / S::F32_LANES;
    let mut first = 0;
    while first < vectors {
        let count = most.min(vectors - first);
        match count {
            1 => rows::<S, 1>(simd, left, right, &mut target, first),
            2 => rows::<S, 2>(simd, left, right, &mut target, first),
            3 => rows::<S, 3>(simd, left, right, &mut target, first),
            _ => rows::<S, 4>(simd, left, right, &mut target, first),
        }
        first += count;
    }
}

#[inline(always)]
fn rows<S: Simd, const VECTORS: usize>(
    simd: S,
    left: Left<'_>,
    right: &[f32],
    target: &mut Target<'_>,
    first: usize,
) {
    let mut row = 0;
    while row < left.rows {
        match left.rows - row {
            1 => panel::<S, VECTORS, 1>(simd, left, right, target, [row, first]),
            2 => panel::<S, VECTORS, 2>(simd, left, right, target, [row, first]),
            3 => panel::<S, VECTORS, 3>(simd, left, right, target, [row, first]),
            4 => panel::<S, VECTORS, 4>(simd, left, right, target, [row, first]),
            5 => panel::<S, VECTORS, 5>(simd, left, right, target, [row, first]),
            _ => panel::<S, VECTORS, ROWS>(simd, left, right, target, [row, first]),
        }
        row += ROWS;
    }
}

#[inline(always)]
fn panel<S: Simd, const VECTORS: usize, const ROWS: usize>(
    simd: S,
    left: Left<'_>,
    right: &[f32],
    target: &mut Target<'_>,
    [row, first]: [usize; 2],
) {
    let first = first * S::F32_LANES;
    simd.vectorize(Panel::<S, VECTORS, ROWS> {
        simd,
        left,
        right,
        target,
        row,
        first,
    });
}

/// `ROWS` rows and `VECTORS` vectors of the target, from row `row` and column `first`.
///
/// A function of its own for the compiler: all sizes in one would be too much for its optimiser.
struct Panel<'a, 'b, S, const VECTORS: usize, const ROWS: usize> {
    simd: S,
    left: Left<'a>,
    right: &'a [f32],
    target: &'a mut Target<'b>,
    row: usize,
    first: usize,
}

impl<S: Simd, const VECTORS: usize, const ROWS: usize> NullaryFnOnce
    for Panel<'_, '_, S, VECTORS, ROWS>
{
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            simd,
            left,
            right,
            target,
            row,
            first,
        } = self;
        let width = VECTORS * S::F32_LANES;
        let depth = right.len() / TILES;
        let mut lefts = [left.values; ROWS];
        for number in 0..ROWS {
            lefts[number] = &left.values[(row + number) * left.row..][..depth];
        }
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        for place in 0..depth {
            let (right, _) = S::as_simd_f32s(&right[place * TILES + first..][..width]);
            for number in 0..ROWS {
                let factor = simd.splat_f32s(lefts[number][place]);
                for vector in 0..VECTORS {
                    sums[number][vector] =
                        simd.mul_add_e_f32s(factor, right[vector], sums[number][vector]);
                }
            }
        }
        for number in 0..ROWS {
            let line = &mut target.values[(row + number) * target.row + first..][..width];
            let (line, _) = S::as_mut_simd_f32s(line);
            for vector in 0..VECTORS {
                line[vector] = if target.add {
                    simd.add_f32s(line[vector], sums[number][vector])
                } else {
                    sums[number][vector]
                };
            }
        }
    }
}
