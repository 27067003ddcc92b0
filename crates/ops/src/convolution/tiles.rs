//! The columns of a convolution: the pixels that each tap of the kernel sees, a few output rows at a time.
//!
//! A convolution is the matrix product of its weight `[o, k]`, `k` = channels × taps, with the column matrix
//! `[k, pixels]`. Written out whole, that matrix is as many times larger than the map as the kernel has taps; a tile of a
//! few output rows stays in the processor's cache between being written and being multiplied.

use std::ops::Range;

use super::Geometry;

/// Floats that the column matrix of one tile may take: 1 MiB, the second-level cache of a desktop core.
const TILE_FLOATS: usize = 256 * 1024;

/// Sizes of one convolution, for one image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    pub(super) geometry: Geometry,
    pub(super) channels: usize,
    /// Rows and columns of the input.
    pub(super) input: [usize; 2],
    /// Rows and columns of the kernel.
    pub(super) kernel: [usize; 2],
    /// Rows and columns of the output.
    pub(super) output: [usize; 2],
}

impl Columns {
    pub(super) fn new(
        geometry: Geometry,
        channels: usize,
        input: [usize; 2],
        kernel: [usize; 2],
    ) -> Self {
        let output = [0, 1].map(|axis| geometry.output_size(axis, input[axis], kernel[axis]));
        Self {
            geometry,
            channels,
            input,
            kernel,
            output,
        }
    }

    /// Rows of the column matrix: channels × taps.
    pub(super) fn depth(&self) -> usize {
        self.channels * self.kernel[0] * self.kernel[1]
    }

    /// Pixels of the output.
    pub(super) fn pixels(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Pixels of the input.
    pub(super) fn input_pixels(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// Whether the column matrix is the input itself, so that nothing needs to be copied.
    pub(super) fn are_input(&self) -> bool {
        self.kernel == [1, 1] && self.geometry.stride == [1, 1] && self.geometry.padding == [0, 0]
    }

    /// The output rows, in tiles that depend on the sizes alone: sums over tiles come out the same on any number of cores.
    pub(super) fn tiles(&self) -> Vec<Range<usize>> {
        let rows =
            (TILE_FLOATS / (self.depth() * self.output[1]).max(1)).clamp(1, self.output[0].max(1));
        (0..self.output[0])
            .step_by(rows)
            .map(|start| start..(start + rows).min(self.output[0]))
            .collect()
    }

    /// Writes the columns of the output rows `rows` of one image `[c, h, w]` as `[depth, rows · width]`.
    pub(super) fn gather(&self, image: &[f32], rows: Range<usize>, columns: &mut Vec<f32>) {
        let width = self.output[1];
        columns.clear();
        columns.resize(self.depth() * rows.len() * width, 0.0);
        let mut lines = columns.chunks_exact_mut(width);
        for channel in image.chunks_exact(self.input_pixels()) {
            for tap_row in 0..self.kernel[0] {
                for tap_column in 0..self.kernel[1] {
                    for row in rows.clone() {
                        let line = lines.next().expect("a line for each channel, tap and row");
                        if let Some(source) = self.input_row(row, tap_row) {
                            let source = &channel[source * self.input[1]..][..self.input[1]];
                            self.gather_line(source, tap_column, line);
                        }
                    }
                }
            }
        }
    }

    /// Adds columns back to the image that they were gathered from: the transpose of [`Columns::gather`].
    pub(super) fn scatter(&self, columns: &[f32], rows: Range<usize>, image: &mut [f32]) {
        let width = self.output[1];
        let mut lines = columns.chunks_exact(width);
        for channel in image.chunks_exact_mut(self.input_pixels()) {
            for tap_row in 0..self.kernel[0] {
                for tap_column in 0..self.kernel[1] {
                    for row in rows.clone() {
                        let line = lines.next().expect("a line for each channel, tap and row");
                        if let Some(target) = self.input_row(row, tap_row) {
                            let target = &mut channel[target * self.input[1]..][..self.input[1]];
                            for index in self.inside(tap_column) {
                                target[self.input_column(index, tap_column)] += line[index];
                            }
                        }
                    }
                }
            }
        }
    }

    fn gather_line(&self, source: &[f32], tap_column: usize, line: &mut [f32]) {
        let inside = self.inside(tap_column);
        if inside.is_empty() {
            return;
        }
        let first = self.input_column(inside.start, tap_column);
        if self.geometry.stride[1] == 1 {
            let length = inside.len();
            line[inside].copy_from_slice(&source[first..first + length]);
        } else {
            let step = self.geometry.stride[1];
            for (value, seen) in line[inside]
                .iter_mut()
                .zip(source[first..].iter().step_by(step))
            {
                *value = *seen;
            }
        }
    }

    /// Row of the input under `tap_row` of the kernel at the output row `row`; none in the padding.
    fn input_row(&self, row: usize, tap_row: usize) -> Option<usize> {
        (row * self.geometry.stride[0] + tap_row * self.geometry.dilation[0])
            .checked_sub(self.geometry.padding[0])
            .filter(|row| *row < self.input[0])
    }

    /// Output columns for which `tap_column` of the kernel lies on the input rather than on its padding.
    fn inside(&self, tap_column: usize) -> Range<usize> {
        let offset = tap_column * self.geometry.dilation[1];
        let (padding, step) = (self.geometry.padding[1], self.geometry.stride[1]);
        let start = padding.saturating_sub(offset).div_ceil(step);
        let end = (self.input[1] + padding)
            .saturating_sub(offset)
            .div_ceil(step);
        start..end.clamp(start, self.output[1].max(start))
    }

    fn input_column(&self, column: usize, tap_column: usize) -> usize {
        column * self.geometry.stride[1] + tap_column * self.geometry.dilation[1]
            - self.geometry.padding[1]
    }
}
