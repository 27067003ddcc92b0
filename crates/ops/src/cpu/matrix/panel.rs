//! A product of matrices, the right one with at most [`WIDTH`] columns, with sums in registers.
#![expect(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "only what is inlined is compiled for the CPU's instruction set, and iterators over arrays are not always inlined"
)]

use std::marker::PhantomData;

use pulp::{NullaryFnOnce, Simd};

use crate::cpu::output::Output;

/// Most columns of a panel's right matrix and target: four of the widest vectors.
pub(crate) const WIDTH: usize = 64;

/// Rows of the target whose sums are in registers at once.
const MOST_ROWS: usize = 6;

/// A matrix `[rows, depth]` with contiguous rows.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    pub(crate) values: &'a [f32],
    /// Distance between rows.
    pub(crate) row: usize,
    pub(crate) rows: usize,
}

/// What the product is added to.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// Zeros.
    Zero,
    /// The target's present numbers.
    Target,
    /// A number for each row.
    Rows(&'a [f32]),
}

/// A matrix `[rows, columns]`. Other threads may write the columns next to it.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    first: Output,
    /// Distance between rows.
    row: usize,
    pub(crate) columns: usize,
    pub(crate) start: Start<'a>,
    values: PhantomData<&'a mut [f32]>,
}

impl<'a> Target<'a> {
    /// A target of exclusively borrowed numbers, whose rows are `row` apart.
    pub(crate) fn new(values: &'a mut [f32], row: usize, columns: usize, start: Start<'a>) -> Self {
        #[expect(unsafe_code, reason = "rows of a target are not contiguous")]
        // SAFETY: the numbers are borrowed as long as the target lives.
        unsafe {
            Self::at(Output(values.as_mut_ptr()), row, columns, start)
        }
    }

    /// # Safety
    ///
    /// The `columns` numbers of every row, starting at `first` and `row` apart, are inside a live allocation, and nobody else
    /// accesses them meanwhile.
    #[expect(unsafe_code, reason = "rows of a target are not contiguous")]
    pub(crate) unsafe fn at(first: Output, row: usize, columns: usize, start: Start<'a>) -> Self {
        Self {
            first,
            row,
            columns,
            start,
            values: PhantomData,
        }
    }

    /// Fills a row with one number.
    pub(crate) fn fill_row(&self, row: usize, value: f32) {
        #[expect(unsafe_code, reason = "rows of a target are not contiguous")]
        // SAFETY: numbers of the target, and no other reference to them is live.
        unsafe { self.row_part(row, 0, self.columns) }.fill(value);
    }

    /// Part of a row.
    ///
    /// # Safety
    ///
    /// It is inside the target, and no other reference to it is live.
    #[expect(unsafe_code, reason = "rows of a target are not contiguous")]
    unsafe fn row_part(&self, row: usize, first: usize, count: usize) -> &'a mut [f32] {
        // SAFETY: numbers of the target, and the caller's promise.
        unsafe { self.first.part(row * self.row + first, count) }
    }

    /// The part with `columns` columns that begins at `row` and `column`.
    pub(crate) fn part(self, row: usize, column: usize, columns: usize) -> Self {
        Self {
            first: Output(self.first.at(row * self.row + column)),
            columns,
            start: match self.start {
                Start::Rows(values) => Start::Rows(&values[row..]),
                start => start,
            },
            ..self
        }
    }
}

/// The product of `left [rows, depth]` and `right [depth, WIDTH]`. Only the right matrix's columns that the target has are used,
/// rounded up to whole vectors.
#[inline(always)]
pub(crate) fn multiply<S: Simd>(simd: S, left: Left<'_>, right: &[f32], target: Target<'_>) {
    // 24 of 32 registers contain sums, or 12 of 16.
    let most = if S::REGISTER_COUNT >= 32 { 4 } else { 2 };
    let vectors = target.columns.div_ceil(S::F32_LANES);
    let mut first = 0;
    while first < vectors {
        let count = most.min(vectors - first);
        match count {
            1 => rows::<S, 1>(simd, left, right, target, first),
            2 => rows::<S, 2>(simd, left, right, target, first),
            3 => rows::<S, 3>(simd, left, right, target, first),
            _ => rows::<S, 4>(simd, left, right, target, first),
        }
        first += count;
    }
}

#[inline(always)]
fn rows<S: Simd, const VECTORS: usize>(
    simd: S,
    left: Left<'_>,
    right: &[f32],
    target: Target<'_>,
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
            _ => panel::<S, VECTORS, MOST_ROWS>(simd, left, right, target, [row, first]),
        }
        row += MOST_ROWS;
    }
}

#[inline(always)]
fn panel<S: Simd, const VECTORS: usize, const ROWS: usize>(
    simd: S,
    left: Left<'_>,
    right: &[f32],
    target: Target<'_>,
    [row, first]: [usize; 2],
) {
    let first = first * S::F32_LANES;
    let width = VECTORS * S::F32_LANES;
    if first + width <= target.columns {
        simd.vectorize(Panel::<S, VECTORS, ROWS> {
            simd,
            left,
            right,
            target,
            row,
            first,
        });
        return;
    }
    // The last vector extends beyond the target, so it is computed in a buffer.
    let there = target.columns - first;
    let mut edge = [0.0; MOST_ROWS * WIDTH];
    for number in 0..ROWS {
        #[expect(unsafe_code, reason = "rows of a target are not contiguous")]
        // SAFETY: part of a row of the target.
        let line = unsafe { target.row_part(row + number, first, there) };
        if matches!(target.start, Start::Target) {
            edge[number * WIDTH..][..there].copy_from_slice(line);
        }
    }
    let start = match target.start {
        Start::Rows(values) => Start::Rows(&values[row..]),
        start => start,
    };
    simd.vectorize(Panel::<S, VECTORS, ROWS> {
        simd,
        left: Left {
            values: &left.values[row * left.row..],
            ..left
        },
        right: &right[first..],
        target: Target::new(&mut edge, WIDTH, width, start),
        row: 0,
        first: 0,
    });
    for number in 0..ROWS {
        #[expect(unsafe_code, reason = "rows of a target are not contiguous")]
        // SAFETY: as above.
        let line = unsafe { target.row_part(row + number, first, there) };
        line.copy_from_slice(&edge[number * WIDTH..][..there]);
    }
}

/// Computes `ROWS` rows and `VECTORS` vectors of the target, starting at row `row` and column `first`.
///
/// A separate function for each size, because the optimiser fails on all of them in one.
struct Panel<'a, S, const VECTORS: usize, const ROWS: usize> {
    simd: S,
    left: Left<'a>,
    right: &'a [f32],
    target: Target<'a>,
    row: usize,
    first: usize,
}

impl<S: Simd, const VECTORS: usize, const ROWS: usize> NullaryFnOnce
    for Panel<'_, S, VECTORS, ROWS>
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
        let depth = right.len().div_ceil(WIDTH);
        let mut lefts = [left.values; ROWS];
        for number in 0..ROWS {
            lefts[number] = &left.values[(row + number) * left.row..][..depth];
        }
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        if let Start::Rows(values) = target.start {
            let values = &values[row..][..ROWS];
            for number in 0..ROWS {
                sums[number] = [simd.splat_f32s(values[number]); VECTORS];
            }
        }
        for place in 0..depth {
            let (right, _) = S::as_simd_f32s(&right[place * WIDTH + first..][..width]);
            for number in 0..ROWS {
                let factor = simd.splat_f32s(lefts[number][place]);
                for vector in 0..VECTORS {
                    sums[number][vector] =
                        simd.mul_add_e_f32s(factor, right[vector], sums[number][vector]);
                }
            }
        }
        // Constant indices only; otherwise the sums would be kept in memory.
        let adds = matches!(target.start, Start::Target);
        for number in 0..ROWS {
            #[expect(unsafe_code, reason = "rows of a target are not contiguous")]
            // SAFETY: part of a row of the target.
            let line = unsafe { target.row_part(row + number, first, width) };
            let (line, _) = S::as_mut_simd_f32s(line);
            for vector in 0..VECTORS {
                line[vector] = if adds {
                    simd.add_f32s(line[vector], sums[number][vector])
                } else {
                    sums[number][vector]
                };
            }
        }
    }
}
