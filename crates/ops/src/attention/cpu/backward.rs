//! The gradients.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the instructions at hand"
)]

use pulp::{NullaryFnOnce, Simd, WithSimd};
use rayon::prelude::*;

use super::block::{bias_of, block, products, turn};
use super::sizes::{Found, Input, Piece, Sizes};
use crate::instruction_set::arch;
use crate::matrix::{Left, Start, Target, Turn, WIDTH, multiply};
use crate::output::{Output, written};
use crate::partial_sums::add_up;
use crate::scratch::with_scratch;
use crate::vector::exp;

/// The gradients.
pub(in crate::attention) fn gradients(
    input: Input<'_>,
    sizes: Sizes,
    statistics: &[f32],
    gradient: &[f32],
) -> Found {
    let (pieces, sums) = sizes.pieces();
    let (of_keys, of_bias) = if sizes.is_biased {
        (1, sums)
    } else {
        (sums, 0)
    };
    let mut keys = vec![0.0; of_keys * input.keys.len()];
    let mut values = vec![0.0; of_keys * input.values.len()];
    let mut bias = vec![0.0; of_bias * input.bias.len()];
    let target = By {
        queries: Output(std::ptr::null_mut()),
        keys: Output(keys.as_mut_ptr()),
        values: Output(values.as_mut_ptr()),
        bias: Output(bias.as_mut_ptr()),
    };
    let arch = arch();
    let write = |queries: Output| {
        pieces.into_par_iter().for_each(|piece| {
            let wide = sizes.asked * WIDTH;
            let length = 6 * wide + 2 * sizes.depth * WIDTH + WIDTH * WIDTH;
            with_scratch(length, |scratch| {
                arch.dispatch(Backward {
                    input,
                    sizes,
                    piece,
                    statistics,
                    gradient,
                    by: By { queries, ..target },
                    scratch,
                });
            });
        });
    };
    #[expect(unsafe_code, reason = "the pieces cover every query of every part")]
    // SAFETY: as the reason says.
    let queries = unsafe { written(input.queries.len(), write) };
    Found {
        queries,
        keys: add_up(keys, input.keys.len()),
        values: add_up(values, input.values.len()),
        bias: add_up(bias, input.bias.len()),
    }
}

/// Where gradients are written.
#[derive(Clone, Copy)]
struct By {
    queries: Output,
    keys: Output,
    values: Output,
    bias: Output,
}

struct Backward<'a> {
    input: Input<'a>,
    sizes: Sizes,
    piece: Piece,
    statistics: &'a [f32],
    gradient: &'a [f32],
    by: By,
    scratch: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            input,
            sizes,
            piece,
            statistics,
            gradient,
            by,
            scratch,
        } = self;
        let [asking, asked] = sizes.of_part();
        let wide = sizes.asked * WIDTH;
        // Keys, values and the sums by both, turned; shares, and the gradients by them; a block's queries and gradients, and
        // one of both turned.
        let mut places = scratch;
        let mut take = |count: usize| {
            let (taken, rest) = std::mem::take(&mut places).split_at_mut(count);
            places = rest;
            taken
        };
        let [keys, values, by_keys, by_values, shares, by_shares] = [(); 6].map(|()| take(wide));
        let [queries, gradients] = [(); 2].map(|()| take(sizes.depth * WIDTH));
        let turned = take(WIDTH * WIDTH);
        for part in piece.parts {
            let number = piece.group * sizes.parts + part;
            let seen = number * asked..(number + 1) * asked;
            turn(simd, &input.keys[seen.clone()], sizes, keys);
            turn(simd, &input.values[seen.clone()], sizes, values);
            by_keys.fill(0.0);
            by_values.fill(0.0);
            for at in piece.blocks.clone() {
                let first = at * WIDTH;
                let tokens = &input.queries[number * asking..][..asking];
                let felt = &gradient[number * asking..][..asking];
                let count = block(tokens, sizes, first, sizes.scale(), queries);
                block(felt, sizes, first, 1.0, gradients);
                let bias = bias_of(input.bias, sizes, piece.group);
                products(simd, keys, queries, bias, sizes, [first, count], shares);
                multiply(
                    simd,
                    Left {
                        values,
                        row: WIDTH,
                        rows: sizes.asked,
                    },
                    gradients,
                    Target::of(by_shares, WIDTH, WIDTH, Start::Zero),
                );
                let row = |row: usize| {
                    let place = (2 * number + row) * sizes.asking + first;
                    &statistics[place..place + count]
                };
                simd.vectorize(Slopes {
                    shares: &mut *shares,
                    by_shares: &mut *by_shares,
                    statistics: [row(0), row(1)],
                });
                if sizes.is_biased {
                    let place = (piece.sum * sizes.groups + piece.group) * sizes.asked;
                    for (key, line) in by_shares.chunks_exact(WIDTH).enumerate() {
                        let place = (place + key) * sizes.asking + first;
                        #[expect(
                            unsafe_code,
                            reason = "threads write disjoint parts of one output"
                        )]
                        // SAFETY: the block's own queries in the piece's own sum.
                        let target = unsafe { by.bias.part(place, count) };
                        for (target, value) in target.iter_mut().zip(line) {
                            *target += value;
                        }
                    }
                }
                // The queries are scaled already, as the products were.
                add_by_tokens(simd, by_shares, queries, sizes, count, turned, by_keys);
                add_by_tokens(simd, shares, gradients, sizes, count, turned, by_values);
                for value in by_shares.iter_mut() {
                    *value *= sizes.scale();
                }
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: the block's own queries.
                let target = unsafe {
                    let first = Output(by.queries.at(number * asking + first));
                    Target::at(first, sizes.asking, count, Start::Zero)
                };
                let keys = Left {
                    values: &input.keys[seen.clone()],
                    row: sizes.asked,
                    rows: sizes.depth,
                };
                multiply(simd, keys, by_shares, target);
            }
            let all = sizes.groups * sizes.parts;
            let sum = if sizes.is_biased { 0 } else { piece.sum };
            for (output, sums) in [(by.keys, &*by_keys), (by.values, &*by_values)] {
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: the piece's own sums of its own part.
                let target = unsafe { output.part((sum * all + number) * asked, asked) };
                turn_back(sums, sizes, target);
            }
        }
    }
}

/// Adds to sums by keys or values `[m, WIDTH]` what one block gives them: slopes `[m, WIDTH]` times the block's tokens
/// `[d, WIDTH]`, turned.
#[inline(always)]
fn add_by_tokens<S: Simd>(
    simd: S,
    slopes: &[f32],
    tokens: &[f32],
    sizes: Sizes,
    count: usize,
    turned: &mut [f32],
    sums: &mut [f32],
) {
    let panel = &mut turned[..count * WIDTH];
    simd.vectorize(Turn {
        columns: |row: usize| &tokens[row * WIDTH..][..count],
        count: sizes.depth,
        places: count,
        turned: &mut *panel,
    });
    let slopes = Left {
        values: slopes,
        row: WIDTH,
        rows: sizes.asked,
    };
    let sums = Target::of(sums, WIDTH, sizes.depth, Start::Target);
    multiply(simd, slopes, panel, sums);
}

/// Sums `[m, WIDTH]` as `[d, m]`.
fn turn_back(sums: &[f32], sizes: Sizes, target: &mut [f32]) {
    for (row, line) in target.chunks_exact_mut(sizes.asked).enumerate() {
        for (value, sums) in line.iter_mut().zip(sums.chunks_exact(WIDTH)) {
            *value = sums[row];
        }
    }
}

/// From products `[m, WIDTH]` to shares, and from the gradients by shares to those by products.
struct Slopes<'a> {
    shares: &'a mut [f32],
    by_shares: &'a mut [f32],
    /// Of each query the largest product, and 1 over the sum of the powers of e.
    statistics: [&'a [f32]; 2],
}

impl NullaryFnOnce for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let [largest, share] = self.statistics.map(|values| {
            let mut line = [0.0; WIDTH];
            line[..values.len()].copy_from_slice(values);
            line
        });
        let (shares, _) = self.shares.as_chunks_mut::<WIDTH>();
        let (slopes, _) = self.by_shares.as_chunks_mut::<WIDTH>();
        let mut means = [0.0; WIDTH];
        for (line, slopes) in shares.iter_mut().zip(slopes.iter()) {
            for lane in 0..WIDTH {
                let found = exp(line[lane] - largest[lane]) * share[lane];
                line[lane] = found;
                means[lane] += found * slopes[lane];
            }
        }
        for (line, slopes) in shares.iter().zip(slopes.iter_mut()) {
            for lane in 0..WIDTH {
                slopes[lane] = line[lane] * (slopes[lane] - means[lane]);
            }
        }
    }
}
