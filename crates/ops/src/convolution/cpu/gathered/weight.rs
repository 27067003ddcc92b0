//! The gradient with respect to the weight: the gradient with respect to the output times the transpose of what each tap reads.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::PIECES;
use crate::convolution::cpu::taps::{Run, Sampling};
use crate::cpu::instruction_set::arch;
use crate::cpu::matrix::{DEPTH, Left, Start, Target, Transpose, WIDTH, multiply};
use crate::cpu::output::Output;
use crate::cpu::partial_sums::add_up;
use crate::cpu::scratch::with_scratch;

/// The fewest rows of the gradient for which transposing what the taps read is worthwhile.
const ROWS: usize = 48;
/// The most floats in all partial sums (256 MiB).
const PARTIAL_FLOATS: usize = 64 * 1024 * 1024;

/// The inputs of a gradient with respect to the weight.
pub(crate) struct WeightGradient<'a> {
    pub(crate) sampling: &'a Sampling,
    pub(crate) channels: usize,
    pub(crate) outputs: usize,
    /// `[image, channel, map]`, laid out as the taps read them.
    pub(crate) maps: &'a [f32],
    /// Numbers per map.
    pub(crate) map: usize,
    /// `[image, output, grid]`.
    pub(crate) gradients: &'a [f32],
}

/// A piece of the work: some rows and columns of one partial sum.
struct Piece {
    part: usize,
    rows: Range<usize>,
    columns: Range<usize>,
}

/// Neighbouring pixels of one image.
struct Pixels {
    image: usize,
    pixels: Range<usize>,
}

impl WeightGradient<'_> {
    /// The gradient `[output, tap, channel]`. The work is divided by sizes alone and partial sums are added in a fixed order, so
    /// a run gives the same bits on any number of cores.
    pub(crate) fn find(&self, images: usize) -> Vec<f32> {
        let pixels = self.sampling.pixels();
        let chunks: Vec<Pixels> = (0..images)
            .flat_map(|image| {
                (0..pixels).step_by(DEPTH).map(move |first| Pixels {
                    image,
                    pixels: first..(first + DEPTH).min(pixels),
                })
            })
            .collect();
        let width = self.sampling.taps.len() * self.channels;
        let size = self.outputs * width;
        let blocks = width.div_ceil(WIDTH);
        let wanted = PIECES
            .div_ceil(blocks.max(1))
            .min(self.outputs.div_ceil(ROWS));
        let height = self.outputs.div_ceil(wanted.max(1)).next_multiple_of(6);
        let tiles = blocks * self.outputs.div_ceil(height);
        let parts = PIECES
            .div_ceil(tiles.max(1))
            .min(PARTIAL_FLOATS / size.max(1))
            .clamp(1, chunks.len().max(1));
        let of_part = chunks.len().div_ceil(parts).max(1);
        let mut pieces = Vec::new();
        for part in 0..parts {
            for column in (0..width).step_by(WIDTH) {
                for row in (0..self.outputs).step_by(height) {
                    pieces.push(Piece {
                        part,
                        rows: row..(row + height).min(self.outputs),
                        columns: column..(column + WIDTH).min(width),
                    });
                }
            }
        }
        let mut sums = vec![0.0_f32; parts * size];
        let output = Output(sums.as_mut_ptr());
        let arch = arch();
        pieces.into_par_iter().for_each(|piece| {
            let first = (piece.part * of_part).min(chunks.len());
            let chunks = &chunks[first..(first + of_part).min(chunks.len())];
            let place = piece.part * size + piece.rows.start * width + piece.columns.start;
            #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
            // SAFETY: columns of this piece in its rows.
            let target = unsafe {
                Target::at(
                    Output(output.at(place)),
                    width,
                    piece.columns.len(),
                    Start::Target,
                )
            };
            with_scratch(2 * DEPTH * WIDTH, |scratch| {
                arch.dispatch(Work {
                    gradient: self,
                    chunks,
                    piece,
                    target,
                    scratch,
                });
            });
        });
        add_up(sums, size)
    }
}

struct Work<'a, 'b> {
    gradient: &'a WeightGradient<'b>,
    chunks: &'a [Pixels],
    piece: Piece,
    target: Target<'a>,
    scratch: &'a mut [f32],
}

impl WithSimd for Work<'_, '_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "only what is inlined is compiled for the CPU's instruction set"
    )]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let WeightGradient {
            sampling,
            channels,
            outputs,
            maps,
            map,
            gradients,
        } = *self.gradient;
        let Piece { rows, columns, .. } = self.piece;
        let grid = sampling.pixels();
        let (copied, transposed) = self.scratch.split_at_mut(DEPTH * WIDTH);
        let taps = columns.start / channels..(columns.end - 1) / channels + 1;
        for Pixels { image, pixels } in self.chunks {
            let runs: Vec<Vec<Run>> = sampling.taps[taps.clone()]
                .iter()
                .map(|tap| sampling.runs(*tap, pixels.clone()))
                .collect();
            if runs.iter().all(Vec::is_empty) {
                continue;
            }
            let count = pixels.len();
            let seen_by = |number: usize| {
                let column = columns.start + number;
                let (tap, channel) = (column / channels, column % channels);
                let seen = &maps[(image * channels + channel) * map..][..map];
                (&runs[tap - taps.start], seen)
            };
            for (number, line) in copied.chunks_exact_mut(DEPTH).enumerate() {
                if number < columns.len() {
                    let (runs, seen) = seen_by(number);
                    if Sampling::in_one_piece(runs, seen, count).is_none() {
                        Sampling::copy(runs, seen, &mut line[..count]);
                    }
                }
            }
            let transposed = &mut transposed[..count * WIDTH];
            simd.vectorize(Transpose {
                columns: |number: usize| {
                    let (runs, seen) = seen_by(number);
                    Sampling::in_one_piece(runs, seen, count)
                        .unwrap_or(&copied[number * DEPTH..][..count])
                },
                count: columns.len(),
                places: count,
                transposed: &mut *transposed,
            });
            let left = Left {
                values: &gradients[(image * outputs + rows.start) * grid + pixels.start..],
                row: grid,
                rows: rows.len(),
            };
            multiply(simd, left, transposed, self.target);
        }
    }
}
