//! The backward pass.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the CPU's instruction set"
)]

use pulp::{NullaryFnOnce, Simd, WithSimd};
use rayon::prelude::*;

use super::block::{bias_of, block, products, transpose};
use super::sizes::{Gradients, Input, Piece, Sizes};
use crate::cpu::instruction_set::arch;
use crate::cpu::matrix::{Left, Start, Target, Transpose, WIDTH, multiply};
use crate::cpu::output::{Output, written};
use crate::cpu::partial_sums::add_up;
use crate::cpu::scratch::with_scratch;
use crate::cpu::vector::exp;

/// The gradients with respect to queries, keys, values and bias.
pub(crate) fn gradients(
    input: Input<'_>,
    sizes: Sizes,
    statistics: &[f32],
    gradient: &[f32],
) -> Gradients {
    let (pieces, sums) = sizes.pieces();
    let (of_keys, of_bias) = if sizes.is_biased {
        (1, sums)
    } else {
        (sums, 0)
    };
    let mut keys = vec![0.0; of_keys * input.keys.len()];
    let mut values = vec![0.0; of_keys * input.values.len()];
    let mut bias = vec![0.0; of_bias * input.bias.len()];
    let target = Targets {
        queries: Output(std::ptr::null_mut()),
        keys: Output(keys.as_mut_ptr()),
        values: Output(values.as_mut_ptr()),
        bias: Output(bias.as_mut_ptr()),
    };
    let arch = arch();
    let write = |queries: Output| {
        pieces.into_par_iter().for_each(|piece| {
            let wide = sizes.key_count * WIDTH;
            let length = 6 * wide + 2 * sizes.depth * WIDTH + WIDTH * WIDTH;
            with_scratch(length, |scratch| {
                arch.dispatch(Backward {
                    input,
                    sizes,
                    piece,
                    statistics,
                    gradient,
                    targets: Targets { queries, ..target },
                    scratch,
                });
            });
        });
    };
    #[expect(unsafe_code, reason = "the pieces cover every query of every part")]
    // SAFETY: the pieces cover every query of every part, so every element is written.
    let queries = unsafe { written(input.queries.len(), write) };
    Gradients {
        queries,
        keys: add_up(keys, input.keys.len()),
        values: add_up(values, input.values.len()),
        bias: add_up(bias, input.bias.len()),
    }
}

/// Where gradients are written.
#[derive(Clone, Copy)]
struct Targets {
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
    targets: Targets,
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
            targets,
            scratch,
        } = self;
        let [query_numbers, key_numbers] = sizes.of_part();
        let wide = sizes.key_count * WIDTH;
        // Keys, values and the sums of both gradients, transposed; attention weights and the gradients with respect to them; a
        // block's queries and gradients, and one of these transposed.
        let mut places = scratch;
        let mut take = |count: usize| {
            let (taken, rest) = std::mem::take(&mut places).split_at_mut(count);
            places = rest;
            taken
        };
        let [keys, values, by_keys, by_values, weights, by_weights] = [(); 6].map(|()| take(wide));
        let [queries, gradients] = [(); 2].map(|()| take(sizes.depth * WIDTH));
        let transposed = take(WIDTH * WIDTH);
        for part in piece.parts {
            let number = piece.group * sizes.parts + part;
            let range = number * key_numbers..(number + 1) * key_numbers;
            transpose(simd, &input.keys[range.clone()], sizes, keys);
            transpose(simd, &input.values[range.clone()], sizes, values);
            by_keys.fill(0.0);
            by_values.fill(0.0);
            for at in piece.blocks.clone() {
                let first = at * WIDTH;
                let tokens = &input.queries[number * query_numbers..][..query_numbers];
                let slopes = &gradient[number * query_numbers..][..query_numbers];
                let count = block(tokens, sizes, first, sizes.scale(), queries);
                block(slopes, sizes, first, 1.0, gradients);
                let bias = bias_of(input.bias, sizes, piece.group);
                products(simd, keys, queries, bias, sizes, [first, count], weights);
                multiply(
                    simd,
                    Left {
                        values,
                        row: WIDTH,
                        rows: sizes.key_count,
                    },
                    gradients,
                    Target::new(by_weights, WIDTH, WIDTH, Start::Zero),
                );
                let row = |row: usize| {
                    let place = (2 * number + row) * sizes.query_count + first;
                    &statistics[place..place + count]
                };
                simd.vectorize(Slopes {
                    weights: &mut *weights,
                    by_weights: &mut *by_weights,
                    statistics: [row(0), row(1)],
                });
                if sizes.is_biased {
                    let place = (piece.sum * sizes.groups + piece.group) * sizes.key_count;
                    for (key, line) in by_weights.chunks_exact(WIDTH).enumerate() {
                        let place = (place + key) * sizes.query_count + first;
                        #[expect(
                            unsafe_code,
                            reason = "threads write disjoint parts of one output"
                        )]
                        // SAFETY: queries of this block only, in the sum of this piece only.
                        let target = unsafe { targets.bias.part(place, count) };
                        for (target, value) in target.iter_mut().zip(line) {
                            *target += value;
                        }
                    }
                }
                // The queries are already scaled, as the products were.
                add_by_tokens(simd, by_weights, queries, sizes, count, transposed, by_keys);
                add_by_tokens(
                    simd, weights, gradients, sizes, count, transposed, by_values,
                );
                for value in by_weights.iter_mut() {
                    *value *= sizes.scale();
                }
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: queries of this block only.
                let target = unsafe {
                    let first = Output(targets.queries.at(number * query_numbers + first));
                    Target::at(first, sizes.query_count, count, Start::Zero)
                };
                let keys = Left {
                    values: &input.keys[range.clone()],
                    row: sizes.key_count,
                    rows: sizes.depth,
                };
                multiply(simd, keys, by_weights, target);
            }
            let all = sizes.groups * sizes.parts;
            let sum = if sizes.is_biased { 0 } else { piece.sum };
            for (output, sums) in [(targets.keys, &*by_keys), (targets.values, &*by_values)] {
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: sums of this piece and part only.
                let target =
                    unsafe { output.part((sum * all + number) * key_numbers, key_numbers) };
                transpose_back(sums, sizes, target);
            }
        }
    }
}

/// Adds one block's contribution to the sums of keys or values `[m, WIDTH]`: `slopes` `[m, WIDTH]` times the transposed tokens
/// `[d, WIDTH]` of the block.
#[inline(always)]
fn add_by_tokens<S: Simd>(
    simd: S,
    slopes: &[f32],
    tokens: &[f32],
    sizes: Sizes,
    count: usize,
    transposed: &mut [f32],
    sums: &mut [f32],
) {
    let panel = &mut transposed[..count * WIDTH];
    simd.vectorize(Transpose {
        columns: |row: usize| &tokens[row * WIDTH..][..count],
        count: sizes.depth,
        places: count,
        transposed: &mut *panel,
    });
    let slopes = Left {
        values: slopes,
        row: WIDTH,
        rows: sizes.key_count,
    };
    let sums = Target::new(sums, WIDTH, sizes.depth, Start::Target);
    multiply(simd, slopes, panel, sums);
}

/// Transposes sums `[m, WIDTH]` to `[d, m]`.
fn transpose_back(sums: &[f32], sizes: Sizes, target: &mut [f32]) {
    for (row, line) in target.chunks_exact_mut(sizes.key_count).enumerate() {
        for (value, sums) in line.iter_mut().zip(sums.chunks_exact(WIDTH)) {
            *value = sums[row];
        }
    }
}

/// Turns products `[m, WIDTH]` into attention weights, and gradients with respect to weights into gradients with respect to
/// products.
struct Slopes<'a> {
    weights: &'a mut [f32],
    by_weights: &'a mut [f32],
    /// Each query's largest product, and 1 over its sum of powers.
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
        let (weights, _) = self.weights.as_chunks_mut::<WIDTH>();
        let (slopes, _) = self.by_weights.as_chunks_mut::<WIDTH>();
        let mut means = [0.0; WIDTH];
        for (line, slopes) in weights.iter_mut().zip(slopes.iter()) {
            for lane in 0..WIDTH {
                let found = exp(line[lane] - largest[lane]) * share[lane];
                line[lane] = found;
                means[lane] += found * slopes[lane];
            }
        }
        for (line, slopes) in weights.iter().zip(slopes.iter_mut()) {
            for lane in 0..WIDTH {
                slopes[lane] = line[lane] * (slopes[lane] - means[lane]);
            }
        }
    }
}
