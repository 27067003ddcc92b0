//! The pixels of one block's tiles in one map, on their way to places and back.
#![expect(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "only what is inlined is compiled for the instructions at hand, and iterators over arrays are not always"
)]

use pulp::Simd;

use super::blocks::{Blocks, Segment};
use super::vectors::{load, store};
use super::{PLACES, TILES, transform};
use crate::convolution::output::Output;

/// Pixels of a row of all tiles side by side, four of each.
type Line = [f32; 4 * TILES];

pub(super) struct Patch {
    /// The first four pixels of each row of every tile.
    lines: [Line; 6],
    /// The two behind them, and two that nobody asks for.
    behind: [Line; 6],
    /// Transformed along one dimension, place after place.
    half: [f32; TILES * PLACES],
}

impl Patch {
    pub(super) fn new() -> Self {
        Self {
            lines: [[0.0; 4 * TILES]; 6],
            behind: [[0.0; 4 * TILES]; 6],
            half: [0.0; TILES * PLACES],
        }
    }

    /// The 6×6 pixels of the input under every tile.
    pub(super) fn read_input(
        &mut self,
        blocks: &Blocks,
        segments: &[Segment],
        input: &[f32],
        channels: usize,
        channel: usize,
    ) {
        let [rows, columns] = blocks.input;
        let [above, before] = blocks.padding;
        for segment in segments {
            let map = segment.image * channels + channel;
            let map = &input[map * rows * columns..][..rows * columns];
            let here = 4 * segment.at..4 * (segment.at + segment.count);
            let first = segment.column as isize - before as isize;
            for (number, (line, behind)) in self.lines.iter_mut().zip(&mut self.behind).enumerate()
            {
                let row = (segment.row + number).wrapping_sub(above);
                let row = (row < rows).then(|| &map[row * columns..][..columns]);
                copy(row, first, &mut line[here.clone()]);
                copy(row, first + 4, &mut behind[here.clone()]);
            }
        }
        for line in self.lines.iter_mut().chain(&mut self.behind) {
            line[4 * used(segments)..].fill(0.0);
        }
    }

    /// The 4×4 pixels of every tile of the output.
    pub(super) fn read_output(
        &mut self,
        blocks: &Blocks,
        segments: &[Segment],
        output: &[f32],
        maps: usize,
        map: usize,
    ) {
        let [rows, columns] = blocks.output;
        for segment in segments {
            let map = segment.image * maps + map;
            let map = &output[map * rows * columns..][..rows * columns];
            let here = 4 * segment.at..4 * (segment.at + segment.count);
            for (number, line) in self.lines[..4].iter_mut().enumerate() {
                let row = segment.row + number;
                let row = (row < rows).then(|| &map[row * columns..][..columns]);
                copy(row, segment.column as isize, &mut line[here.clone()]);
            }
        }
        for line in &mut self.lines[..4] {
            line[4 * used(segments)..].fill(0.0);
        }
    }

    /// Bᵀ d B: place p of the tiles goes to the [`TILES`] numbers at p · `place` of the target, vectors of tiles in the order
    /// that deinterleaving gives them.
    #[inline(always)]
    pub(super) fn transform_input<S: Simd>(&mut self, simd: S, target: Output, place: usize) {
        for at in (0..TILES).step_by(S::F32_LANES) {
            for row in 0..6 {
                let pixels = load::<S, 4>(simd, &self.lines[row], 4 * at, S::F32_LANES);
                let [a, b, c, d] = simd.deinterleave_shfl_f32s(pixels);
                let pixels = load::<S, 4>(simd, &self.behind[row], 4 * at, S::F32_LANES);
                let [e, f, _, _] = simd.deinterleave_shfl_f32s(pixels);
                let found = transform::of_input(simd, [a, b, c, d, e, f]);
                store::<S, 6>(&mut self.half, 6 * row * TILES + at, TILES, found);
            }
            for column in 0..6 {
                let seen = load::<S, 6>(simd, &self.half, column * TILES + at, 6 * TILES);
                let found = transform::of_input(simd, seen);
                write_places::<S>(target, column * place + at, place, found);
            }
        }
    }

    /// A g Aᵀ, into the same order.
    #[inline(always)]
    pub(super) fn transform_gradient<S: Simd>(&mut self, simd: S, target: Output, place: usize) {
        for at in (0..TILES).step_by(S::F32_LANES) {
            for row in 0..4 {
                let pixels = load::<S, 4>(simd, &self.lines[row], 4 * at, S::F32_LANES);
                let found = transform::of_gradient(simd, simd.deinterleave_shfl_f32s(pixels));
                store::<S, 6>(&mut self.half, 6 * row * TILES + at, TILES, found);
            }
            for column in 0..6 {
                let seen = load::<S, 4>(simd, &self.half, column * TILES + at, 6 * TILES);
                let found = transform::of_gradient(simd, seen);
                write_places::<S>(target, column * place + at, place, found);
            }
        }
    }

    /// Aᵀ m A plus `bias`, from that order.
    #[inline(always)]
    pub(super) fn transform_output<S: Simd>(
        &mut self,
        simd: S,
        found: &[f32],
        place: usize,
        bias: f32,
    ) {
        let bias = simd.splat_f32s(bias);
        for at in (0..TILES).step_by(S::F32_LANES) {
            for column in 0..6 {
                let seen = load::<S, 6>(simd, found, column * place + at, 6 * place);
                let pixels = transform::to_output(simd, seen);
                store::<S, 4>(&mut self.half, column * TILES + at, 6 * TILES, pixels);
            }
            for row in 0..4 {
                let seen = load::<S, 6>(simd, &self.half, 6 * row * TILES + at, TILES);
                let mut pixels = transform::to_output(simd, seen);
                for number in 0..4 {
                    pixels[number] = simd.add_f32s(pixels[number], bias);
                }
                let pixels = simd.interleave_shfl_f32s(pixels);
                store::<S, 4>(&mut self.lines[row], 4 * at, S::F32_LANES, pixels);
            }
        }
    }

    /// Writes one segment of map `map` of the output.
    pub(super) fn write(&self, blocks: &Blocks, segment: &Segment, output: Output, map: usize) {
        let [rows, columns] = blocks.output;
        let width = (4 * segment.count).min(columns - segment.column);
        for (number, line) in self.lines[..4].iter().enumerate().take(rows - segment.row) {
            let start = (map * rows + segment.row + number) * columns + segment.column;
            #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
            // SAFETY: the segment's own pixels.
            let target = unsafe { output.part(start, width) };
            target.copy_from_slice(&line[4 * segment.at..][..width]);
        }
    }
}

/// Tiles of a block that there are.
fn used(segments: &[Segment]) -> usize {
    segments.last().map_or(0, |last| last.at + last.count)
}

/// Pixels of a row from `first`, and zeros where there is none.
fn copy(row: Option<&[f32]>, first: isize, target: &mut [f32]) {
    let Some(row) = row else {
        target.fill(0.0);
        return;
    };
    let begin = first.min(0).unsigned_abs().min(target.len());
    let seen = row.get(first.max(0).unsigned_abs()..).unwrap_or_default();
    let count = seen.len().min(target.len() - begin);
    target[..begin].fill(0.0);
    target[begin..begin + count].copy_from_slice(&seen[..count]);
    target[begin + count..].fill(0.0);
}

/// One column of places.
#[inline(always)]
fn write_places<S: Simd>(target: Output, start: usize, place: usize, vectors: [S::f32s; 6]) {
    for row in 0..6 {
        #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
        // SAFETY: the place's numbers of one map and block, which one thread has.
        let part = unsafe { target.part(start + 6 * row * place, S::F32_LANES) };
        store::<S, 1>(part, 0, 0, [vectors[row]]);
    }
}
