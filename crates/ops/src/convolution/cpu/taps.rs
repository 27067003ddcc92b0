//! Where the pixels lie that the taps of a kernel see.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::convolution::geometry::Geometry;

/// A tap of a kernel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    /// Its number in the kernel, row by row.
    pub(super) number: usize,
    /// From a pixel's own place to the one it sees, `[rows, columns]`.
    offset: [isize; 2],
    /// Where the part of the map that it sees begins, and the rows and columns of that.
    begin: usize,
    size: [usize; 2],
}

/// Pixels of a grid, each of which sees a pixel of a map under every tap: the one at its own place plus the tap's offset.
///
/// Where the grid's pixels are steps apart in the map, the map is laid out before: part by part those of its pixels that are
/// whole steps from each other, so that neighbours of the grid see neighbours.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    /// Rows and columns of the grid.
    pub(super) grid: [usize; 2],
    stride: [usize; 2],
    /// Rows and columns of the map before it is laid out.
    size: [usize; 2],
    /// The places between the steps whose parts of the map some tap sees, in the order of those parts.
    parts: Vec<[usize; 2]>,
    pub(super) taps: Vec<Tap>,
}

/// Neighbouring pixels of a grid that see neighbouring pixels of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The first of them, from the first that was asked for.
    at: usize,
    /// What it sees, from the first pixel of the map.
    seen: usize,
    count: usize,
}

impl Sight {
    /// How the outputs of a convolution see its input of this `size`.
    pub(super) fn of_outputs(geometry: Geometry, size: [usize; 2], kernel: [usize; 2]) -> Self {
        let stride = geometry.stride;
        let mut sight = Self {
            grid: [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis])),
            stride,
            size,
            parts: Vec::new(),
            taps: Vec::new(),
        };
        let of_part = sight.of_part();
        for row in 0..kernel[0] {
            for column in 0..kernel[1] {
                let reach = [0, 1].map(|axis| {
                    let tap = [row, column][axis] * geometry.dilation[axis];
                    tap as isize - geometry.padding[axis] as isize
                });
                let part =
                    [0, 1].map(|axis| reach[axis].rem_euclid(stride[axis] as isize) as usize);
                let number = sight.parts.iter().position(|seen| *seen == part);
                let number = number.unwrap_or_else(|| {
                    sight.parts.push(part);
                    sight.parts.len() - 1
                });
                sight.taps.push(Tap {
                    number: row * kernel[1] + column,
                    offset: [0, 1].map(|axis| reach[axis].div_euclid(stride[axis] as isize)),
                    begin: number * of_part,
                    size: sight.part_size(part),
                });
            }
        }
        sight
    }

    /// How the pixels of an input of this `size` see the outputs that see them: those pixels whose rows and columns are
    /// multiples of the stride beyond `phase`. To these, the outputs' neighbours are neighbours.
    pub(super) fn of_inputs(
        geometry: Geometry,
        size: [usize; 2],
        kernel: [usize; 2],
        phase: [usize; 2],
    ) -> Self {
        let outputs = [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis]));
        // Where a tap along an axis sees an output from.
        let along = |axis: usize, tap: usize| {
            let stride = geometry.stride[axis] as isize;
            let reach = (tap * geometry.dilation[axis]) as isize;
            let place = (phase[axis] + geometry.padding[axis]) as isize - reach;
            (place.rem_euclid(stride) == 0).then(|| place.div_euclid(stride))
        };
        let mut taps = Vec::new();
        for row in 0..kernel[0] {
            for column in 0..kernel[1] {
                if let (Some(rows), Some(columns)) = (along(0, row), along(1, column)) {
                    taps.push(Tap {
                        number: row * kernel[1] + column,
                        offset: [rows, columns],
                        begin: 0,
                        size: outputs,
                    });
                }
            }
        }
        Self {
            grid: [0, 1].map(|axis| {
                size[axis]
                    .saturating_sub(phase[axis])
                    .div_ceil(geometry.stride[axis])
            }),
            stride: [1, 1],
            size: outputs,
            parts: vec![[0, 0]],
            taps,
        }
    }

    /// Rows and columns of the pixels at this place between the steps.
    fn part_size(&self, place: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| {
            self.size[axis]
                .saturating_sub(place[axis])
                .div_ceil(self.stride[axis])
        })
    }

    /// Numbers from one part of a laid out map to the next.
    fn of_part(&self) -> usize {
        self.part_size([0, 0]).iter().product()
    }

    /// Numbers of a map that is laid out.
    pub(super) fn map(&self) -> usize {
        self.parts.len() * self.of_part()
    }

    /// Maps one after the other as the taps see them.
    pub(super) fn lay_out<'a>(&self, maps: &'a [f32]) -> Cow<'a, [f32]> {
        let [rows, columns] = self.size;
        if self.stride == [1, 1] || maps.is_empty() {
            return Cow::Borrowed(maps);
        }
        let (of_part, width) = (self.of_part(), self.part_size([0, 0])[1]);
        let mut found = vec![0.0; maps.len() / (rows * columns) * self.map()];
        found
            .par_chunks_exact_mut(self.map())
            .zip(maps.par_chunks_exact(rows * columns))
            .for_each(|(found, map)| {
                for (part, place) in found.chunks_exact_mut(of_part).zip(&self.parts) {
                    let lines = map
                        .chunks_exact(columns)
                        .skip(place[0])
                        .step_by(self.stride[0]);
                    for (line, seen) in part.chunks_exact_mut(width).zip(lines) {
                        let seen = seen.iter().skip(place[1]).step_by(self.stride[1]);
                        for (value, seen) in line.iter_mut().zip(seen) {
                            *value = *seen;
                        }
                    }
                }
            });
        Cow::Owned(found)
    }

    /// Pixels of the grid.
    pub(super) fn pixels(&self) -> usize {
        self.grid[0] * self.grid[1]
    }

    /// What the `pixels` of the grid see under a tap, in their order; those between two runs see nothing.
    pub(super) fn runs(&self, tap: Tap, pixels: Range<usize>) -> Vec<Run> {
        let width = self.grid[1];
        let pitch = self.part_size([0, 0])[1];
        let [rows, columns] = tap.size.map(|size| size as isize);
        // Columns of the grid that see a column of the map.
        let begin = (-tap.offset[1]).max(0).unsigned_abs();
        let end = (columns - tap.offset[1]).max(0).unsigned_abs().min(width);
        let mut runs: Vec<Run> = Vec::new();
        let mut pixel = pixels.start;
        while pixel < pixels.end {
            let (row, column) = (pixel / width, pixel % width);
            let next = ((row + 1) * width).min(pixels.end);
            let seen_row = row as isize + tap.offset[0];
            let (first, last) = (column.max(begin), (column + next - pixel).min(end));
            if first < last && (0..rows).contains(&seen_row) {
                let seen_column = (first as isize + tap.offset[1]) as usize;
                let run = Run {
                    at: pixel + first - column - pixels.start,
                    seen: tap.begin + seen_row as usize * pitch + seen_column,
                    count: last - first,
                };
                match runs.last_mut() {
                    Some(before)
                        if before.at + before.count == run.at
                            && before.seen + before.count == run.seen =>
                    {
                        before.count += run.count;
                    }
                    _ => runs.push(run),
                }
            }
            pixel = next;
        }
        runs
    }

    /// What these `runs` see of a laid out map: a line of all pixels that were asked for, zeros where they see nothing.
    pub(super) fn copy(runs: &[Run], map: &[f32], line: &mut [f32]) {
        let mut written = 0;
        for run in runs {
            line[written..run.at].fill(0.0);
            written = run.at + run.count;
            line[run.at..written].copy_from_slice(&map[run.seen..][..run.count]);
        }
        line[written..].fill(0.0);
    }

    /// The part of the map that the pixels of these `runs` see one after the other, if it is one part and `count` long.
    pub(super) fn in_one_piece<'a>(
        runs: &[Run],
        map: &'a [f32],
        count: usize,
    ) -> Option<&'a [f32]> {
        match runs {
            [run] if run.count == count => Some(&map[run.seen..][..count]),
            _ => None,
        }
    }
}
