//! A convolution as products of matrices: the weight, tap by tap, times the pixels that each tap sees, a few hundred pixels
//! of one image at a time.
//!
//! What a tap sees of no pixel of such a block is left out, so that a kernel whose taps lie further apart than the map is
//! wide costs what its middle costs.

mod weight;

use std::ops::Range;

use pulp::{NullaryFnOnce, Simd, WithSimd};
use rayon::prelude::*;

use super::taps::{Run, Sight};
use crate::level::arch;
use crate::matrix::{DEPTH, Left, Start, Target, WIDTH, copy_line, multiply};
use crate::output::Output;
use crate::scratch::with_scratch;

pub(super) use weight::WeightGradient;

/// Blocks of [`WIDTH`] pixels that meet the same numbers of the weight.
const PANELS: usize = 4;
/// Rows of the weight that stay in the first cache while all panels meet them.
const ROWS: usize = 48;
/// Pieces of work that a convolution is cut into where it can be, so that every core of a desktop has some.
const PIECES: usize = 16;

/// `[rows, grid]` of every image, from its maps `[channels, map]`.
pub(super) struct Gathered<'a> {
    pub(super) sight: &'a Sight,
    /// `[rows, tap, channel]`.
    pub(super) weight: &'a [f32],
    pub(super) channels: usize,
    pub(super) rows: usize,
    /// `[rows]`.
    pub(super) bias: Option<&'a [f32]>,
    /// `[image, channel, map]`.
    pub(super) maps: &'a [f32],
    /// Pixels of a map.
    pub(super) map: usize,
}

/// Part of the work: pixels of one image, and some rows of the weight.
struct Piece {
    image: usize,
    pixels: Range<usize>,
    rows: Range<usize>,
}

/// Part of the weight's depth: some taps with all of their channels, or some channels of one tap.
struct Chunk {
    taps: Range<usize>,
    channels: Range<usize>,
}

impl Gathered<'_> {
    /// The pieces of all images, which depend on the sizes alone.
    fn pieces(&self, images: usize) -> Vec<Piece> {
        let pixels = self.sight.pixels();
        let blocks = images * pixels.div_ceil(PANELS * WIDTH);
        let wanted = PIECES
            .div_ceil(blocks.max(1))
            .min(self.rows.div_ceil(ROWS / 2));
        let share = self.rows.div_ceil(wanted.max(1)).next_multiple_of(6);
        let mut pieces = Vec::new();
        for image in 0..images {
            for first in (0..pixels).step_by(PANELS * WIDTH) {
                for row in (0..self.rows).step_by(share) {
                    pieces.push(Piece {
                        image,
                        pixels: first..(first + PANELS * WIDTH).min(pixels),
                        rows: row..(row + share).min(self.rows),
                    });
                }
            }
        }
        pieces
    }

    fn chunks(&self) -> Vec<Chunk> {
        let (taps, channels) = (self.sight.taps.len(), self.channels);
        let together = (DEPTH / channels.max(1)).max(1);
        let mut chunks = Vec::new();
        for tap in (0..taps).step_by(together) {
            for channel in (0..channels).step_by(DEPTH) {
                chunks.push(Chunk {
                    taps: tap..(tap + together).min(taps),
                    channels: channel..(channel + DEPTH).min(channels),
                });
            }
        }
        chunks
    }

    /// Writes `[image, rows, grid]`, the maps `plane` numbers apart.
    ///
    /// # Safety
    ///
    /// The output has room for that, and nobody else touches it meanwhile.
    #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
    pub(super) unsafe fn write(&self, images: usize, output: Output) {
        let chunks = self.chunks();
        let arch = arch();
        self.pieces(images).into_par_iter().for_each(|piece| {
            let length = PANELS * DEPTH.min(self.channels * self.sight.taps.len()) * WIDTH;
            with_scratch(length, |packed| {
                arch.dispatch(Work {
                    gathered: self,
                    chunks: &chunks,
                    piece,
                    output,
                    packed,
                });
            });
        });
    }
}

struct Work<'a, 'b> {
    gathered: &'a Gathered<'b>,
    chunks: &'a [Chunk],
    piece: Piece,
    output: Output,
    packed: &'a mut [f32],
}

/// Pixels that are multiplied together, and what every tap sees of them.
struct Panel<'a> {
    target: Target<'a>,
    runs: Vec<Vec<Run>>,
    has_part: bool,
}

impl WithSimd for Work<'_, '_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "only what is inlined is compiled for the instructions at hand"
    )]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Gathered {
            sight,
            weight,
            channels,
            bias,
            map,
            rows: all_rows,
            ..
        } = *self.gathered;
        let Piece {
            image,
            pixels,
            rows,
        } = self.piece;
        let maps = &self.gathered.maps[image * channels * map..][..channels * map];
        let plane = sight.pixels();
        let start = match bias {
            Some(bias) => Start::Rows(&bias[rows.clone()]),
            None => Start::Zero,
        };
        let mut panels: Vec<Panel<'_>> = pixels
            .clone()
            .step_by(WIDTH)
            .map(|first| {
                let last = (first + WIDTH).min(pixels.end);
                let place = (image * all_rows + rows.start) * plane + first;
                let first_number = Output(self.output.at(place));
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: the piece's own pixels in its own rows.
                let target = unsafe { Target::at(first_number, plane, last - first, start) };
                Panel {
                    target,
                    runs: sight
                        .taps
                        .iter()
                        .map(|tap| sight.runs(*tap, first..last))
                        .collect(),
                    has_part: false,
                }
            })
            .collect();
        let depth = sight.taps.len() * channels;
        for chunk in self.chunks {
            let places = chunk.taps.len() * chunk.channels.len();
            let packed = self.packed.chunks_exact_mut(places * WIDTH);
            for (panel, packed) in panels.iter_mut().zip(packed) {
                let runs = &panel.runs[chunk.taps.clone()];
                panel.has_part = runs.iter().any(|runs| !runs.is_empty());
                if panel.has_part {
                    simd.vectorize(Pack {
                        sight,
                        runs,
                        maps: &maps[chunk.channels.start * map..],
                        map,
                        count: panel.target.columns,
                        packed,
                    });
                }
            }
            let place = chunk.taps.start * channels + chunk.channels.start;
            for row in (0..rows.len()).step_by(ROWS) {
                let left = Left {
                    values: &weight[(rows.start + row) * depth + place..],
                    row: depth,
                    rows: ROWS.min(rows.len() - row),
                };
                let packed = self.packed.chunks_exact(places * WIDTH);
                for (panel, packed) in panels.iter().zip(packed) {
                    if panel.has_part {
                        let target = panel.target.part(row, 0, panel.target.columns);
                        multiply(simd, left, packed, target);
                    }
                }
            }
            for panel in &mut panels {
                if panel.has_part {
                    panel.target.start = Start::Target;
                }
            }
        }
        for panel in panels {
            if !matches!(panel.target.start, Start::Target) {
                // No tap saw anything.
                let nothing = Left {
                    values: &[],
                    row: 0,
                    rows: rows.len(),
                };
                multiply(simd, nothing, &[], panel.target);
            }
        }
    }
}

/// `packed [tap, channel, WIDTH]`: what the taps of these runs see of neighbouring channels.
struct Pack<'a> {
    sight: &'a Sight,
    runs: &'a [Vec<Run>],
    maps: &'a [f32],
    map: usize,
    count: usize,
    packed: &'a mut [f32],
}

impl NullaryFnOnce for Pack<'_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "only what is inlined is compiled for the instructions at hand"
    )]
    #[inline(always)]
    fn call(self) {
        let Self {
            sight,
            runs,
            maps,
            map,
            count,
            packed,
        } = self;
        let of_tap = packed.len() / runs.len();
        for (runs, packed) in runs.iter().zip(packed.chunks_exact_mut(of_tap)) {
            for (map, line) in maps.chunks(map).zip(packed.chunks_exact_mut(WIDTH)) {
                if let Some(seen) = sight.in_one_piece(runs, map, count) {
                    copy_line(seen, line);
                } else {
                    sight.copy(runs, map, line);
                }
            }
        }
    }
}
