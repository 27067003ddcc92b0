//! Where the pixels lie that the taps of a kernel see.

use std::ops::Range;

use super::Geometry;

/// A tap of a kernel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    /// Its number in the kernel, row by row.
    pub(super) number: usize,
    /// From a pixel's own place to the one it sees, `[rows, columns]`.
    offset: [isize; 2],
}

/// Pixels of a grid, each of which sees a pixel of a map under every tap: the one at its place times `stride`, plus the tap's
/// offset.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    /// Rows and columns of the grid.
    pub(super) grid: [usize; 2],
    stride: [usize; 2],
    /// Rows and columns of the map.
    map: [usize; 2],
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
        Self {
            grid: [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis])),
            stride: geometry.stride,
            map: size,
            taps: taps(kernel, |axis, tap| {
                let reach = (tap * geometry.dilation[axis]) as isize;
                Some(reach - geometry.padding[axis] as isize)
            }),
        }
    }

    /// How the pixels of an input of this `size` see the outputs that see them: those pixels whose rows and columns are
    /// multiples of the stride beyond `phase`. To these, the outputs' neighbours are neighbours.
    pub(super) fn of_inputs(
        geometry: Geometry,
        size: [usize; 2],
        kernel: [usize; 2],
        phase: [usize; 2],
    ) -> Self {
        Self {
            grid: [0, 1].map(|axis| {
                size[axis]
                    .saturating_sub(phase[axis])
                    .div_ceil(geometry.stride[axis])
            }),
            stride: [1, 1],
            map: [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis])),
            taps: taps(kernel, |axis, tap| {
                let stride = geometry.stride[axis] as isize;
                let reach = (tap * geometry.dilation[axis]) as isize;
                let place = (phase[axis] + geometry.padding[axis]) as isize - reach;
                (place.rem_euclid(stride) == 0).then(|| place.div_euclid(stride))
            }),
        }
    }

    /// Pixels of the grid.
    pub(super) fn pixels(&self) -> usize {
        self.grid[0] * self.grid[1]
    }

    /// What the `pixels` of the grid see under a tap, in their order; those between two runs see nothing.
    pub(super) fn runs(&self, tap: Tap, pixels: Range<usize>) -> Vec<Run> {
        let [rows, columns] = self.map;
        let width = self.grid[1];
        // Columns of the grid that see a column of the map.
        let (offset, step) = (tap.offset[1], self.stride[1]);
        let begin = (-offset).max(0).unsigned_abs().div_ceil(step);
        let end = (columns as isize - offset)
            .max(0)
            .unsigned_abs()
            .div_ceil(step)
            .min(width);
        let mut runs: Vec<Run> = Vec::new();
        let mut pixel = pixels.start;
        while pixel < pixels.end {
            let (row, column) = (pixel / width, pixel % width);
            let next = ((row + 1) * width).min(pixels.end);
            let seen_row = (row * self.stride[0]) as isize + tap.offset[0];
            let (first, last) = (column.max(begin), (column + next - pixel).min(end));
            if first < last && (0..rows as isize).contains(&seen_row) {
                let seen_column = (first * step) as isize + offset;
                let run = Run {
                    at: pixel + first - column - pixels.start,
                    seen: seen_row as usize * columns + seen_column as usize,
                    count: last - first,
                };
                match runs.last_mut() {
                    Some(before)
                        if step == 1
                            && before.at + before.count == run.at
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

    /// What these `runs` see of a map: a line of all pixels that were asked for, zeros where they see nothing.
    pub(super) fn copy(&self, runs: &[Run], map: &[f32], line: &mut [f32]) {
        let step = self.stride[1];
        let mut written = 0;
        for run in runs {
            line[written..run.at].fill(0.0);
            written = run.at + run.count;
            let target = &mut line[run.at..written];
            if step == 1 {
                target.copy_from_slice(&map[run.seen..][..run.count]);
            } else {
                let seen = map[run.seen..].iter().step_by(step);
                for (value, seen) in target.iter_mut().zip(seen) {
                    *value = *seen;
                }
            }
        }
        line[written..].fill(0.0);
    }

    /// The part of the map that the pixels of these `runs` see one after the other, if it is one part and `count` long.
    pub(super) fn in_one_piece<'a>(
        &self,
        runs: &[Run],
        map: &'a [f32],
        count: usize,
    ) -> Option<&'a [f32]> {
        match runs {
            [run] if run.count == count && (self.stride[1] == 1 || count == 1) => {
                Some(&map[run.seen..][..count])
            }
            _ => None,
        }
    }
}

/// Every tap that `offset` places along both axes (axis, row or column of the kernel).
fn taps(kernel: [usize; 2], offset: impl Fn(usize, usize) -> Option<isize>) -> Vec<Tap> {
    let mut taps = Vec::with_capacity(kernel[0] * kernel[1]);
    for row in 0..kernel[0] {
        for column in 0..kernel[1] {
            if let (Some(rows), Some(columns)) = (offset(0, row), offset(1, column)) {
                taps.push(Tap {
                    number: row * kernel[1] + column,
                    offset: [rows, columns],
                });
            }
        }
    }
    taps
}
