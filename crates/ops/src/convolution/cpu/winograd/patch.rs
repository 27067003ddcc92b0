//! The pixels of one block's tiles in one map, and their transforms to places and back.
#![expect(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "only what is inlined is compiled for the CPU's instruction set, and iterators over arrays are not always inlined"
)]

use pulp::Simd;

use super::blocks::{Blocks, Segment};
use super::sizes::{PLACES, TILES};
use super::transform;
use super::vectors::{load, store};
use crate::cpu::output::Output;

/// Pixels of one row of all tiles.
type Line = [f32; 8 * TILES];

pub(super) struct Patch {
    /// Rows of pixels, four of each tile.
    lines: [Line; 6],
    /// For each vector of tiles: where their pixels are in a line, and where the two pixels after each group of four are.
    starts: [[usize; 2]; TILES],
    /// Transformed along one dimension, place by place.
    half: [f32; TILES * PLACES],
}

impl Patch {
    pub(super) fn new() -> Self {
        Self {
            lines: [[0.0; 8 * TILES]; 6],
            starts: [[0; 2]; TILES],
            half: [0.0; TILES * PLACES],
        }
    }

    /// Reads the 6×6 pixels of the input under every tile, for vectors of `lanes` tiles.
    ///
    /// A tile's last two columns of pixels are the next tile's first. If vectors do not cross the ends of segments, a segment is
    /// read once, including the pixels beyond its end; otherwise it is read again, shifted by four pixels.
    pub(super) fn read_input(
        &mut self,
        blocks: &Blocks,
        segments: &[Segment],
        lanes: usize,
        input: &[f32],
        map: impl Fn(usize) -> usize,
    ) {
        let [rows, columns] = blocks.input;
        let [above, before] = blocks.padding;
        let whole = used(segments) == TILES
            && segments
                .iter()
                .all(|segment| segment.at % lanes == 0 && segment.count % lanes == 0);
        for (number, segment) in segments.iter().enumerate() {
            let map = &input[map(segment.image) * rows * columns..][..rows * columns];
            let first = segment.column as isize - before as isize;
            let start = 4 * (segment.at + if whole { number } else { 0 });
            let after = if whole { start + 4 } else { 4 * TILES + start };
            let length = 4 * segment.count;
            for (number, line) in self.lines.iter_mut().enumerate() {
                let row = (segment.row + number).wrapping_sub(above);
                let row = (row < rows).then(|| &map[row * columns..][..columns]);
                if whole {
                    copy(row, first, &mut line[start..after + length]);
                } else {
                    copy(row, first, &mut line[start..start + length]);
                    copy(row, first + 4, &mut line[after..after + length]);
                }
            }
            for at in (0..segment.count).step_by(lanes) {
                self.starts[(segment.at + at) / lanes] = [start, after].map(|start| start + 4 * at);
            }
        }
        if !whole {
            for (number, starts) in self.starts.iter_mut().enumerate() {
                *starts = [0, 4 * TILES].map(|start| start + 4 * number * lanes);
            }
            let end = 4 * used(segments);
            for line in &mut self.lines {
                line[end..4 * TILES].fill(0.0);
                line[4 * TILES + end..].fill(0.0);
            }
        }
    }

    /// Reads the 4×4 pixels of every tile of the output.
    pub(super) fn read_output(
        &mut self,
        blocks: &Blocks,
        segments: &[Segment],
        output: &[f32],
        map: impl Fn(usize) -> usize,
    ) {
        let [rows, columns] = blocks.output;
        for segment in segments {
            let map = &output[map(segment.image) * rows * columns..][..rows * columns];
            let here = 4 * segment.at..4 * (segment.at + segment.count);
            for (number, line) in self.lines[..4].iter_mut().enumerate() {
                let row = segment.row + number;
                let row = (row < rows).then(|| &map[row * columns..][..columns]);
                copy(row, segment.column as isize, &mut line[here.clone()]);
            }
        }
        for line in &mut self.lines[..4] {
            line[4 * used(segments)..4 * TILES].fill(0.0);
        }
    }

    /// Bᵀ d B: place p of the tiles is written to the [`TILES`] numbers at p · `place` of the target. Deinterleaving determines the
    /// order of the tiles.
    #[inline(always)]
    pub(super) fn transform_input<S: Simd>(&mut self, simd: S, target: Output, place: usize) {
        for at in (0..TILES).step_by(S::F32_LANES) {
            let [start, after] = self.starts[at / S::F32_LANES];
            for row in 0..6 {
                let pixels = load::<S, 4>(simd, &self.lines[row], start, S::F32_LANES);
                let [a, b, c, d] = simd.deinterleave_shfl_f32s(pixels);
                let pixels = load::<S, 4>(simd, &self.lines[row], after, S::F32_LANES);
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

    /// A g Aᵀ, in the same order.
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

    /// Aᵀ m A plus `bias`, from the same order.
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
            // SAFETY: pixels of this segment only.
            let target = unsafe { output.part(start, width) };
            target.copy_from_slice(&line[4 * segment.at..][..width]);
        }
    }
}

/// The number of tiles in these segments.
fn used(segments: &[Segment]) -> usize {
    segments.last().map_or(0, |last| last.at + last.count)
}

/// Pixels of a row from `first` on; zeros outside the row.
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

/// Transforms one column of places.
#[inline(always)]
fn write_places<S: Simd>(target: Output, start: usize, place: usize, vectors: [S::f32s; 6]) {
    for row in 0..6 {
        #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
        // SAFETY: numbers of this place, map and block, which one thread writes.
        let part = unsafe { target.part(start + 6 * row * place, S::F32_LANES) };
        store::<S, 1>(part, 0, 0, [vectors[row]]);
    }
}
