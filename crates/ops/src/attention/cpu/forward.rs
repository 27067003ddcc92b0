//! The forward pass.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the instructions at hand"
)]

use pulp::{NullaryFnOnce, Simd, WithSimd};
use rayon::prelude::*;

use super::block::{bias_of, block, products, turn};
use super::sizes::{Input, Piece, Sizes};
use crate::instruction_set::arch;
use crate::matrix::{Left, Start, Target, WIDTH, multiply};
use crate::output::{Output, written};
use crate::scratch::with_scratch;
use crate::vector::exp;

/// The result `[g, p, d, n]`, and `[g, p, 2, n]`: of each query the largest product, and 1 over the sum of the powers of e.
pub(in crate::attention) fn forward(input: Input<'_>, sizes: Sizes) -> (Vec<f32>, Vec<f32>) {
    let mut statistics = vec![0.0; 2 * sizes.groups * sizes.parts * sizes.asking];
    let told = Output(statistics.as_mut_ptr());
    let arch = arch();
    let write = |taken: Output| {
        sizes.pieces().0.into_par_iter().for_each(|piece| {
            with_scratch(2 * sizes.asked * WIDTH + sizes.depth * WIDTH, |scratch| {
                arch.dispatch(Forward {
                    input,
                    sizes,
                    piece,
                    taken,
                    told,
                    scratch,
                });
            });
        });
    };
    #[expect(unsafe_code, reason = "the pieces cover every query of every part")]
    // SAFETY: as the reason says.
    let taken = unsafe { written(input.queries.len(), write) };
    (taken, statistics)
}

struct Forward<'a> {
    input: Input<'a>,
    sizes: Sizes,
    piece: Piece,
    taken: Output,
    told: Output,
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
            taken,
            told,
            scratch,
        } = self;
        let [asking, asked] = sizes.of_part();
        let (keys, scratch) = scratch.split_at_mut(sizes.asked * WIDTH);
        let (shares, queries) = scratch.split_at_mut(sizes.asked * WIDTH);
        for part in piece.parts {
            let number = piece.group * sizes.parts + part;
            let seen = number * asked..(number + 1) * asked;
            turn(simd, &input.keys[seen.clone()], sizes, keys);
            let values = Left {
                values: &input.values[seen],
                row: sizes.asked,
                rows: sizes.depth,
            };
            for at in piece.blocks.clone() {
                let first = at * WIDTH;
                let tokens = &input.queries[number * asking..][..asking];
                let count = block(tokens, sizes, first, sizes.scale(), queries);
                let bias = bias_of(input.bias, sizes, piece.group);
                products(simd, keys, queries, bias, sizes, [first, count], shares);
                let statistics = simd.vectorize(Softmax {
                    shares: &mut *shares,
                });
                for (row, values) in statistics.iter().enumerate() {
                    let place = (2 * number + row) * sizes.asking + first;
                    #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                    // SAFETY: the block's own queries.
                    let target = unsafe { told.part(place, count) };
                    target.copy_from_slice(&values[..count]);
                }
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: the block's own queries.
                let target = unsafe {
                    let first = Output(taken.at(number * asking + first));
                    Target::at(first, sizes.asking, count, Start::Zero)
                };
                multiply(simd, values, shares, target);
            }
        }
    }
}

/// Makes products `[m, WIDTH]` shares, which add up to 1 in each column; gives the largest product of each column, and 1 over
/// the sum of the powers of e.
struct Softmax<'a> {
    shares: &'a mut [f32],
}

impl NullaryFnOnce for Softmax<'_> {
    type Output = [[f32; WIDTH]; 2];

    #[inline(always)]
    fn call(self) -> [[f32; WIDTH]; 2] {
        let (lines, _) = self.shares.as_chunks_mut::<WIDTH>();
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
        let shares = sums.map(|sum: f32| 1.0 / sum);
        for line in lines {
            for (value, share) in line.iter_mut().zip(&shares) {
                *value *= share;
            }
        }
        [largest, shares]
    }
}
