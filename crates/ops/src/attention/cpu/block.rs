//! A block of queries and the keys that it meets, brought into the order of the products.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the instructions at hand"
)]

use pulp::Simd;

use super::sizes::Sizes;
use crate::matrix::{Left, Start, Target, Turn, WIDTH, copy_line, multiply};

/// One part's keys or values `[d, m]`, turned to `[m, WIDTH]`.
#[inline(always)]
pub(super) fn turn<S: Simd>(simd: S, tokens: &[f32], sizes: Sizes, turned: &mut [f32]) {
    simd.vectorize(Turn {
        columns: |row: usize| &tokens[row * sizes.asked..][..sizes.asked],
        count: sizes.depth,
        places: sizes.asked,
        turned,
    });
}

/// A block of queries or of gradients `[d, n]` as a panel `[d, WIDTH]`, each number times `scale`.
#[inline(always)]
pub(super) fn block(
    tokens: &[f32],
    sizes: Sizes,
    first: usize,
    scale: f32,
    panel: &mut [f32],
) -> usize {
    let count = WIDTH.min(sizes.asking - first);
    let rows = tokens.chunks_exact(sizes.asking);
    for (row, line) in rows.zip(panel.chunks_exact_mut(WIDTH)) {
        copy_line(&row[first..first + count], line);
        for value in line {
            *value *= scale;
        }
    }
    count
}

/// The products of every key with a block of queries, `[m, WIDTH]`, with their bias `[m, n]`.
#[inline(always)]
pub(super) fn products<S: Simd>(
    simd: S,
    keys: &[f32],
    queries: &[f32],
    bias: &[f32],
    sizes: Sizes,
    [first, count]: [usize; 2],
    products: &mut [f32],
) {
    let mut start = Start::Zero;
    if sizes.is_biased {
        start = Start::Target;
        let rows = bias.chunks_exact(sizes.asking);
        for (row, line) in rows.zip(products.chunks_exact_mut(WIDTH)) {
            copy_line(&row[first..first + count], line);
        }
    }
    let keys = Left {
        values: keys,
        row: WIDTH,
        rows: sizes.asked,
    };
    multiply(
        simd,
        keys,
        &queries[..sizes.depth * WIDTH],
        Target::of(products, WIDTH, WIDTH, start),
    );
}

/// A group's bias `[m, n]`.
#[inline(always)]
pub(super) fn bias_of(bias: &[f32], sizes: Sizes, group: usize) -> &[f32] {
    if sizes.is_biased {
        let size = sizes.asked * sizes.asking;
        &bias[group * size..][..size]
    } else {
        &[]
    }
}
