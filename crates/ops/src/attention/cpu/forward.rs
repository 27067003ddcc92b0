//! The forward pass.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the CPU's instruction set"
)]

use pulp::{NullaryFnOnce, Simd, WithSimd};
use rayon::prelude::*;

use super::block::{bias_of, block, products, transpose};
use super::sizes::{Input, Piece, Sizes};
use crate::cpu::instruction_set::arch;
use crate::cpu::matrix::{Left, Start, Target, WIDTH, multiply};
use crate::cpu::output::{Output, written};
use crate::cpu::scratch::with_scratch;
use crate::cpu::vector::exp;

/// The result `[g, p, d, n]`, and `[g, p, 2, n]`: each query's largest product, and 1 over its sum of powers.
pub(crate) fn forward(input: Input<'_>, sizes: Sizes) -> (Vec<f32>, Vec<f32>) {
    let mut statistics = vec![0.0; 2 * sizes.groups * sizes.parts * sizes.query_count];
    let kept = Output(statistics.as_mut_ptr());
    let arch = arch();
    let write = |result: Output| {
        sizes.pieces().0.into_par_iter().for_each(|piece| {
            with_scratch(
                2 * sizes.key_count * WIDTH + sizes.depth * WIDTH,
                |scratch| {
                    arch.dispatch(Forward {
                        input,
                        sizes,
                        piece,
                        result,
                        kept,
                        scratch,
                    });
                },
            );
        });
    };
    #[expect(unsafe_code, reason = "the pieces cover every query of every part")]
    // SAFETY: the pieces cover every query of every part, so every element is written.
    let result = unsafe { written(input.queries.len(), write) };
    (result, statistics)
}

struct Forward<'a> {
    input: Input<'a>,
    sizes: Sizes,
    piece: Piece,
    result: Output,
    kept: Output,
    scratch: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            input,
            sizes,
            piece,
            result,
            kept,
            scratch,
        } = self;
        let [query_numbers, key_numbers] = sizes.of_part();
        let (keys, scratch) = scratch.split_at_mut(sizes.key_count * WIDTH);
        let (weights, queries) = scratch.split_at_mut(sizes.key_count * WIDTH);
        for part in piece.parts {
            let number = piece.group * sizes.parts + part;
            let range = number * key_numbers..(number + 1) * key_numbers;
            transpose(simd, &input.keys[range.clone()], sizes, keys);
            let values = Left {
                values: &input.values[range],
                row: sizes.key_count,
                rows: sizes.depth,
            };
            for at in piece.blocks.clone() {
                let first = at * WIDTH;
                let tokens = &input.queries[number * query_numbers..][..query_numbers];
                let count = block(tokens, sizes, first, sizes.scale(), queries);
                let bias = bias_of(input.bias, sizes, piece.group);
                products(simd, keys, queries, bias, sizes, [first, count], weights);
                let statistics = simd.vectorize(Softmax {
                    weights: &mut *weights,
                });
                for (row, values) in statistics.iter().enumerate() {
                    let place = (2 * number + row) * sizes.query_count + first;
                    #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                    // SAFETY: queries of this block only.
                    let target = unsafe { kept.part(place, count) };
                    target.copy_from_slice(&values[..count]);
                }
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: queries of this block only.
                let target = unsafe {
                    let first = Output(result.at(number * query_numbers + first));
                    Target::at(first, sizes.query_count, count, Start::Zero)
                };
                multiply(simd, values, weights, target);
            }
        }
    }
}

/// Turns products `[m, WIDTH]` into attention weights, which add up to 1 in each column. Returns each column's largest product,
/// and 1 over its sum of powers.
struct Softmax<'a> {
    weights: &'a mut [f32],
}

impl NullaryFnOnce for Softmax<'_> {
    type Output = [[f32; WIDTH]; 2];

    #[inline(always)]
    fn call(self) -> [[f32; WIDTH]; 2] {
        let (lines, _) = self.weights.as_chunks_mut::<WIDTH>();
        let mut largest = [f32::NEG_INFINITY; WIDTH];
        for line in lines.iter() {
            for (largest, value) in largest.iter_mut().zip(line) {
                *largest = if *value > *largest { *value } else { *largest };
            }
        }
        let mut sums = [0.0; WIDTH];
        for line in lines.iter_mut() {
            for lane in 0..WIDTH {
                let power = exp(line[lane] - largest[lane]);
                line[lane] = power;
                sums[lane] += power;
            }
        }
        let weights = sums.map(|sum: f32| 1.0 / sum);
        for line in lines {
            for (value, share) in line.iter_mut().zip(&weights) {
                *value *= share;
            }
        }
        [largest, weights]
    }
}
