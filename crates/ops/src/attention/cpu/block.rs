//! A block of queries and all keys, in the memory order of the products, and the products.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the CPU's instruction set"
)]

use pulp::Simd;

use super::sizes::Sizes;
use crate::cpu::matrix::{Left, Start, Target, Transpose, WIDTH, copy_line, multiply};

/// Transposes one part's keys or values `[d, m]` to `[m, WIDTH]`.
#[inline(always)]
pub(super) fn transpose<S: Simd>(simd: S, tokens: &[f32], sizes: Sizes, transposed: &mut [f32]) {
    simd.vectorize(Transpose {
        columns: |row: usize| &tokens[row * sizes.key_count..][..sizes.key_count],
        count: sizes.depth,
        places: sizes.key_count,
        transposed,
    });
}

/// Copies a block of queries or gradients `[d, n]` to a panel `[d, WIDTH]`, multiplied by `scale`. Returns the number of its
/// tokens.
#[inline(always)]
pub(super) fn block(
    tokens: &[f32],
    sizes: Sizes,
    first: usize,
    scale: f32,
    panel: &mut [f32],
) -> usize {
    let count = WIDTH.min(sizes.query_count - first);
    let rows = tokens.chunks_exact(sizes.query_count);
    for (row, line) in rows.zip(panel.chunks_exact_mut(WIDTH)) {
        copy_line(&row[first..first + count], line);
        for value in line {
            *value *= scale;
        }
    }
    count
}

/// The products of all keys with a block of queries, `[m, WIDTH]`, plus the bias `[m, n]`.
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
        let rows = bias.chunks_exact(sizes.query_count);
        for (row, line) in rows.zip(products.chunks_exact_mut(WIDTH)) {
            copy_line(&row[first..first + count], line);
        }
    }
    let keys = Left {
        values: keys,
        row: WIDTH,
        rows: sizes.key_count,
    };
    multiply(
        simd,
        keys,
        &queries[..sizes.depth * WIDTH],
        Target::new(products, WIDTH, WIDTH, start),
    );
}

/// The bias `[m, n]` of a group.
#[inline(always)]
pub(super) fn bias_of(bias: &[f32], sizes: Sizes, group: usize) -> &[f32] {
    if sizes.is_biased {
        let size = sizes.key_count * sizes.query_count;
        &bias[group * size..][..size]
    } else {
        &[]
    }
}
