//! Convolution as matrix products: the weight, tap by tap, times the pixels that each tap reads, for a few hundred pixels of one
//! image at a time.
//!
//! Taps that read nothing for a whole block of pixels are skipped, so that a kernel whose taps are further apart than the map is
//! wide costs as much as its central tap.

pub(super) mod weight;

use std::ops::Range;

use pulp::{NullaryFnOnce, Simd, WithSimd};
use rayon::prelude::*;

use super::order::Ordered;
use super::taps::{Run, Sampling};
use crate::cpu::instruction_set::arch;
use crate::cpu::matrix::{DEPTH, Left, Start, Target, WIDTH, copy_line, multiply};
use crate::cpu::output::Output;
use crate::cpu::scratch::with_scratch;
use crate::cpu::vectorised::vectorised_by;

/// Panels of [`WIDTH`] pixels that are multiplied by the same numbers of the weight.
const PANELS: usize = 4;
/// Rows of the weight that stay in the first-level cache while all panels are multiplied by them.
const ROWS: usize = 48;
/// The most floats packed before any of them is multiplied (16 MiB), where there are few pieces.
const SHARED_FLOATS: usize = 4 * 1024 * 1024;
/// Divide the work into at least this many pieces, if the sizes allow it: enough for every core of a desktop.
const PIECES: usize = 16;

/// `[rows, grid]` of every image, from its maps `[channels, map]`.
pub(super) struct Gathered<'a> {
    pub(super) sampling: &'a Sampling,
    /// `[rows, tap, channel]`.
    pub(super) weight: &'a Ordered<'a>,
    pub(super) channels: usize,
    pub(super) rows: usize,
    /// `[rows]`.
    pub(super) bias: Option<&'a [f32]>,
    /// `[image, channel, map]`, laid out as the taps read them.
    pub(super) maps: &'a [f32],
    /// Numbers per map.
    pub(super) map: usize,
}

/// A piece of the work: pixels of one image.
struct Piece {
    image: usize,
    pixels: Range<usize>,
}

/// A chunk of the weight's depth: some taps with all channels, or some channels of one tap.
struct Chunk {
    number: usize,
    taps: Range<usize>,
    channels: Range<usize>,
}

impl Chunk {
    /// Rows of the packed matrix.
    fn places(&self) -> usize {
        self.taps.len() * self.channels.len()
    }
}

impl Gathered<'_> {
    /// The pieces of all images, which depend on the sizes only.
    fn pieces(&self, images: usize) -> Vec<Piece> {
        let pixels = self.sampling.pixels();
        let mut pieces = Vec::new();
        for image in 0..images {
            for first in (0..pixels).step_by(PANELS * WIDTH) {
                pieces.push(Piece {
                    image,
                    pixels: first..(first + PANELS * WIDTH).min(pixels),
                });
            }
        }
        pieces
    }

    fn chunks(&self) -> Vec<Chunk> {
        let (taps, channels) = (self.sampling.taps.len(), self.channels);
        let together = (DEPTH / channels.max(1)).max(1);
        let mut chunks = Vec::new();
        for tap in (0..taps).step_by(together) {
            for channel in (0..channels).step_by(DEPTH) {
                chunks.push(Chunk {
                    number: chunks.len(),
                    taps: tap..(tap + together).min(taps),
                    channels: channel..(channel + DEPTH).min(channels),
                });
            }
        }
        chunks
    }

    /// Writes `[image, rows, grid]`, with maps `plane` numbers apart.
    ///
    /// # Safety
    ///
    /// The output has room for them, and nobody else accesses it meanwhile.
    #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
    pub(super) unsafe fn write(&self, images: usize, output: Output) {
        let chunks = self.chunks();
        let pieces = self.pieces(images);
        let depth = self.channels * self.sampling.taps.len();
        if depth == 0 {
            // No tap reads anything.
            for piece in &pieces {
                self.finish(&self.panels(&chunks, piece, output));
            }
            return;
        }
        if pieces.len() >= PIECES || self.rows <= ROWS {
            pieces.into_par_iter().for_each(|piece| {
                self.write_piece(&chunks, &piece, output);
            });
        } else {
            let panels: Vec<(usize, Panel<'_>)> = pieces
                .iter()
                .flat_map(|piece| {
                    let panels = self.panels(&chunks, piece, output).into_iter();
                    panels.map(|panel| (piece.image, panel))
                })
                .collect();
            let together = SHARED_FLOATS / (depth * WIDTH);
            for panels in panels.chunks(together.max(1)) {
                self.write_together(&chunks, panels);
            }
        }
    }

    /// Writes the pixels of one piece on this thread.
    fn write_piece(&self, chunks: &[Chunk], piece: &Piece, output: Output) {
        let mut panels = self.panels(chunks, piece, output);
        let places = chunks.iter().map(Chunk::places).max().unwrap_or(0);
        with_scratch(PANELS * places * WIDTH, |packed| {
            for chunk in chunks {
                let parts = packed.chunks_exact_mut(chunk.places() * WIDTH);
                for (panel, packed) in panels.iter().zip(parts) {
                    self.pack(chunk, piece.image, panel, packed);
                }
                self.multiply(chunk, 0..self.rows, &mut panels, packed);
            }
        });
        self.finish(&panels);
    }

    /// Writes the pixels of these panels, each with its image, if there are few: all cores pack what the taps read, and then
    /// multiply some rows of some panels each.
    fn write_together(&self, chunks: &[Chunk], panels: &[(usize, Panel<'_>)]) {
        let of_panel = chunks.iter().map(Chunk::places).sum::<usize>() * WIDTH;
        let wanted = PIECES.div_ceil(panels.len());
        let share = self.rows.div_ceil(wanted).max(ROWS).next_multiple_of(6);
        let tasks: Vec<(usize, usize)> = (0..panels.len())
            .flat_map(|panel| (0..self.rows).step_by(share).map(move |row| (panel, row)))
            .collect();
        with_scratch(panels.len() * of_panel, |packed| {
            let parts = packed.par_chunks_exact_mut(of_panel).zip(panels);
            parts.for_each(|(mut rest, (image, panel))| {
                for chunk in chunks {
                    let (part, after) = rest.split_at_mut(chunk.places() * WIDTH);
                    self.pack(chunk, *image, panel, part);
                    rest = after;
                }
            });
            let packed = &*packed;
            tasks.into_par_iter().for_each(|(number, row)| {
                let rows = row..(row + share).min(self.rows);
                let mut panel = [panels[number].1.clone()];
                let mut rest = &packed[number * of_panel..][..of_panel];
                for chunk in chunks {
                    let (part, after) = rest.split_at(chunk.places() * WIDTH);
                    self.multiply(chunk, rows.clone(), &mut panel, part);
                    rest = after;
                }
            });
        });
        for (_, panel) in panels {
            self.finish(std::slice::from_ref(panel));
        }
    }

    /// The products of some rows of the weight with one chunk of panels.
    fn multiply(
        &self,
        chunk: &Chunk,
        rows: Range<usize>,
        panels: &mut [Panel<'_>],
        packed: &[f32],
    ) {
        arch().dispatch(Multiply {
            gathered: self,
            chunk,
            rows,
            panels: &*panels,
            packed,
        });
        for panel in panels {
            panel.is_begun |= panel.reads[chunk.number];
        }
    }

    /// The panels of a piece.
    fn panels(&self, chunks: &[Chunk], piece: &Piece, output: Output) -> Vec<Panel<'_>> {
        let plane = self.sampling.pixels();
        let Range { start, end } = piece.pixels;
        (start..end)
            .step_by(WIDTH)
            .map(|first| {
                let last = (first + WIDTH).min(end);
                let place = piece.image * self.rows * plane + first;
                let runs: Vec<Vec<Run>> = self
                    .sampling
                    .taps
                    .iter()
                    .map(|tap| self.sampling.runs(*tap, first..last))
                    .collect();
                let reads = chunks
                    .iter()
                    .map(|chunk| runs[chunk.taps.clone()].iter().any(|runs| !runs.is_empty()))
                    .collect();
                let start = self.bias.map_or(Start::Zero, Start::Rows);
                let first_number = Output(output.at(place));
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: pixels of this piece in every row, which no other thread writes.
                let target = unsafe { Target::at(first_number, plane, last - first, start) };
                Panel {
                    target,
                    runs,
                    reads,
                    is_begun: false,
                }
            })
            .collect()
    }

    /// Packs what a chunk's taps read for a panel's pixels, if they read anything.
    fn pack(&self, chunk: &Chunk, image: usize, panel: &Panel<'_>, packed: &mut [f32]) {
        if !panel.reads[chunk.number] {
            return;
        }
        let channels = image * self.channels + chunk.channels.start;
        vectorised_by(Pack {
            runs: &panel.runs[chunk.taps.clone()],
            maps: &self.maps[channels * self.map..],
            map: self.map,
            count: panel.target.columns,
            packed,
        });
    }

    /// Writes the panels for whose pixels no tap reads anything.
    fn finish(&self, panels: &[Panel<'_>]) {
        for panel in panels {
            if panel.reads.iter().any(|reads| *reads) {
                continue;
            }
            for row in 0..self.rows {
                let value = self.bias.map_or(0.0, |bias| bias[row]);
                panel.target.fill_row(row, value);
            }
        }
    }
}

/// Pixels that are multiplied together, and what every tap reads for them.
#[derive(Clone)]
struct Panel<'a> {
    target: Target<'a>,
    /// The runs of every tap.
    runs: Vec<Vec<Run>>,
    /// For every chunk, whether one of its taps reads anything.
    reads: Vec<bool>,
    /// Whether the target already contains products.
    is_begun: bool,
}

/// The products of some rows of the weight with one chunk of all panels.
struct Multiply<'a, 'b> {
    gathered: &'a Gathered<'b>,
    chunk: &'a Chunk,
    rows: Range<usize>,
    panels: &'a [Panel<'a>],
    packed: &'a [f32],
}

impl WithSimd for Multiply<'_, '_> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "only what is inlined is compiled for the CPU's instruction set"
    )]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            gathered,
            chunk,
            rows,
            panels,
            packed,
        } = self;
        let Ordered { values, row: apart } = gathered.weight;
        let place = chunk.taps.start * gathered.channels + chunk.channels.start;
        let places = chunk.places();
        for row in rows.clone().step_by(ROWS) {
            let left = Left {
                values: &values[row * apart + place..],
                row: *apart,
                rows: ROWS.min(rows.end - row),
            };
            let packed = packed.chunks_exact(places * WIDTH);
            for (panel, packed) in panels.iter().zip(packed) {
                if !panel.reads[chunk.number] {
                    continue;
                }
                let mut target = panel.target.part(row, 0, panel.target.columns);
                if panel.is_begun {
                    target.start = Start::Target;
                }
                multiply(simd, left, packed, target);
            }
        }
    }
}

/// Writes `packed [tap, channel, WIDTH]`: what the taps with these runs read of consecutive channels.
struct Pack<'a> {
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
        reason = "only what is inlined is compiled for the CPU's instruction set"
    )]
    #[inline(always)]
    fn call(self) {
        let Self {
            runs,
            maps,
            map,
            count,
            packed,
        } = self;
        let of_tap = packed.len() / runs.len();
        for (runs, packed) in runs.iter().zip(packed.chunks_exact_mut(of_tap)) {
            for (map, line) in maps.chunks(map).zip(packed.chunks_exact_mut(WIDTH)) {
                if let Some(seen) = Sampling::in_one_piece(runs, map, count) {
                    copy_line(seen, line);
                } else {
                    Sampling::copy(runs, map, line);
                }
            }
        }
    }
}
