//! Which pixels the taps of a kernel read.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::convolution::geometry::Geometry;

/// A tap of a kernel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    /// Its index in the kernel, row by row.
    pub(super) number: usize,
    /// Offset from a pixel's own position to the one that it reads, `[rows, columns]`.
    offset: [isize; 2],
    /// Where the part of the map that it reads begins, and the rows and columns of that part.
    begin: usize,
    size: [usize; 2],
}

/// A grid of pixels, each of which reads a pixel of a map under every tap: the one at its own position plus the tap's offset.
///
/// If the grid's pixels are steps apart in the map, the map is laid out by phases first, so that neighbouring pixels of the grid
/// read neighbouring pixels.
#[derive(Debug, Clone)]
pub(super) struct Sampling {
    /// Rows and columns of the grid.
    pub(super) grid: [usize; 2],
    stride: [usize; 2],
    /// Rows and columns of the map before it is laid out by phases.
    size: [usize; 2],
    /// The offsets of the phases that taps read, in the order in which they are laid out.
    parts: Vec<[usize; 2]>,
    pub(super) taps: Vec<Tap>,
}

/// A run of neighbouring pixels of a grid that read neighbouring pixels of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The first of them, relative to the first requested pixel.
    at: usize,
    /// The pixel that it reads, relative to the first pixel of the map.
    seen: usize,
    count: usize,
}

impl Sampling {
    /// How the outputs of a convolution read its input of this `size`.
    pub(super) fn of_outputs(geometry: Geometry, size: [usize; 2], kernel: [usize; 2]) -> Self {
        let stride = geometry.stride;
        let mut sampling = Self {
            grid: [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis])),
            stride,
            size,
            parts: Vec::new(),
            taps: Vec::new(),
        };
        let of_part = sampling.of_part();
        for row in 0..kernel[0] {
            for column in 0..kernel[1] {
                let reach = [0, 1].map(|axis| {
                    let tap = [row, column][axis] * geometry.dilation[axis];
                    tap as isize - geometry.padding[axis] as isize
                });
                let part =
                    [0, 1].map(|axis| reach[axis].rem_euclid(stride[axis] as isize) as usize);
                let number = sampling.parts.iter().position(|seen| *seen == part);
                let number = number.unwrap_or_else(|| {
                    sampling.parts.push(part);
                    sampling.parts.len() - 1
                });
                sampling.taps.push(Tap {
                    number: row * kernel[1] + column,
                    offset: [0, 1].map(|axis| reach[axis].div_euclid(stride[axis] as isize)),
                    begin: number * of_part,
                    size: sampling.part_size(part),
                });
            }
        }
        sampling
    }

    /// How pixels of an input of this `size` read the outputs that depend on them, for the pixels whose rows and columns are
    /// `phase` plus multiples of the stride. Neighbours among these pixels read neighbouring outputs.
    pub(super) fn of_inputs(
        geometry: Geometry,
        size: [usize; 2],
        kernel: [usize; 2],
        phase: [usize; 2],
    ) -> Self {
        let outputs = [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis]));
        // Offset of the output that a tap reads along an axis.
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

    /// Rows and columns of a phase.
    fn part_size(&self, place: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| {
            self.size[axis]
                .saturating_sub(place[axis])
                .div_ceil(self.stride[axis])
        })
    }

    /// Distance between the phases of a laid out map.
    fn of_part(&self) -> usize {
        self.part_size([0, 0]).iter().product()
    }

    /// Numbers in a laid out map.
    pub(super) fn map(&self) -> usize {
        self.parts.len() * self.of_part()
    }

    /// Lays out maps as the taps read them.
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

    /// What `pixels` of the grid read under a tap, in their order; pixels between two runs read nothing.
    pub(super) fn runs(&self, tap: Tap, pixels: Range<usize>) -> Vec<Run> {
        let width = self.grid[1];
        let pitch = self.part_size([0, 0])[1];
        let [rows, columns] = tap.size.map(|size| size as isize);
        // Columns of the grid that read a column of the map.
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

    /// Copies what `runs` read of a laid out map to a line of all requested pixels, with zeros where they read nothing.
    pub(super) fn copy(runs: &[Run], map: &[f32], line: &mut [f32]) {
        let mut written = 0;
        for run in runs {
            line[written..run.at].fill(0.0);
            written = run.at + run.count;
            line[run.at..written].copy_from_slice(&map[run.seen..][..run.count]);
        }
        line[written..].fill(0.0);
    }

    /// The part of the map that the pixels of `runs` read, if it is contiguous and `count` long.
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
