//! The settings of a pass of the convolution: sizes, and where each tap of the kernel falls.

use crate::convolution::geometry::Geometry;

/// The two directions in which a kernel is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// A convolution: input to output.
    Forward,
    /// Its gradient with respect to the input: each pixel of the input sums over the outputs that read it.
    Backward,
}

/// One convolution or gradient as the shaders see it: each output pixel sums over channels and taps, reading the input pixel at
/// (pixel · stride + tap · dilation + offset) / fraction − back, where the division leaves no remainder.
///
/// Pairs are rows, then columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gather {
    pub(crate) batch: usize,
    pub(crate) groups: usize,
    /// Channels and outputs per group.
    pub(crate) channels: usize,
    pub(crate) outputs: usize,
    pub(crate) kernel: [usize; 2],
    /// Sizes of the maps that are read, and of those that are written.
    pub(crate) size: [usize; 2],
    pub(crate) output_size: [usize; 2],
    axes: [Axis; 2],
    /// Whether the maps are a gradient that is scaled to half precision.
    pub(crate) scaled: bool,
}

/// How the kernel is applied along one axis.
#[derive(Debug, Clone, Copy)]
struct Axis {
    stride: usize,
    dilation: usize,
    offset: usize,
    back: usize,
    fraction: usize,
    /// Distance between consecutive taps that fall on a pixel.
    step: usize,
}

impl Axis {
    fn new(direction: Direction, geometry: Geometry, axis: usize, kernel: usize) -> Self {
        let (stride, dilation) = (geometry.stride[axis], geometry.dilation[axis]);
        let reach = dilation * (kernel - 1);
        let (stride, fraction, before) = match direction {
            Direction::Forward => (stride, 1, geometry.padding[axis] as isize),
            // The kernel is rotated by 180°: the padding before its first tap becomes the reach after its last.
            Direction::Backward => (1, stride, reach as isize - geometry.padding[axis] as isize),
        };
        // Whole steps before the first position, so that positions are not negative.
        let back = (before.max(0) as usize).div_ceil(fraction);
        Self {
            stride,
            dilation,
            offset: ((back * fraction) as isize - before) as usize,
            back,
            fraction,
            step: fraction / common_divisor(fraction, dilation),
        }
    }
}

fn common_divisor(one: usize, other: usize) -> usize {
    if other == 0 {
        one
    } else {
        common_divisor(other, one % other)
    }
}

impl Gather {
    /// From maps of `size` with `channels` per group to maps of `output_size` with `outputs` per group.
    pub(crate) fn new(
        direction: Direction,
        geometry: Geometry,
        kernel: [usize; 2],
        batch: usize,
        [channels, outputs]: [usize; 2],
        [size, output_size]: [[usize; 2]; 2],
    ) -> Self {
        Self {
            batch,
            groups: geometry.groups,
            channels,
            outputs,
            kernel,
            size,
            output_size,
            axes: [0, 1].map(|axis| Axis::new(direction, geometry, axis, kernel[axis])),
            scaled: false,
        }
    }

    pub(crate) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Pixels of an output map.
    pub(crate) fn output_pixels(&self) -> usize {
        self.output_size[0] * self.output_size[1]
    }

    /// Numbers of the weight.
    pub(crate) fn weights(&self) -> usize {
        self.groups * self.outputs * self.channels * self.taps()
    }

    /// Products of the whole pass.
    pub(crate) fn products(&self) -> usize {
        self.batch * self.weights() * self.output_pixels() / self.phases()
    }

    /// Phases of output pixels: pixels of a phase have the same taps on the input.
    pub(crate) fn phases(&self) -> usize {
        self.axes[0].fraction * self.axes[1].fraction
    }

    /// Output pixels of one phase, in the whole batch.
    pub(crate) fn pixels_of_phase(&self) -> usize {
        let along = |axis: usize| self.output_size[axis].div_ceil(self.axes[axis].fraction);
        self.batch * along(0) * along(1)
    }

    /// Whether this is a 3 × 3 kernel under which neighbouring outputs read neighbouring pixels.
    pub(crate) fn is_plain_3x3(&self) -> bool {
        self.kernel == [3, 3] && self.phases() == 1 && self.axes.iter().all(|axis| axis.stride == 1)
    }

    /// Whether this is a 3 × 3 kernel with one channel and one output per group, with any stride.
    pub(crate) fn is_depthwise_3x3(&self) -> bool {
        self.kernel == [3, 3] && self.channels == 1 && self.outputs == 1
    }

    /// Columns of four output pixels that are as far apart as the taps, in all maps.
    pub(crate) fn columns_of_four(&self) -> usize {
        let apart = self.axes[0].dilation;
        let rows = apart * self.output_size[0].div_ceil(apart).div_ceil(4);
        self.batch * self.groups * self.outputs * rows * self.output_size[1]
    }

    /// Tiles of `rows` × `columns` output pixels that are as far apart as the taps, in the whole batch.
    pub(crate) fn patches(&self, [rows, columns]: [usize; 2]) -> usize {
        let along = |axis: usize, side: usize| {
            let apart = self.axes[axis].dilation;
            apart * self.output_size[axis].div_ceil(apart).div_ceil(side)
        };
        self.batch * along(0, rows) * along(1, columns)
    }

    /// Whether each output reads only the pixel at its own position.
    pub(crate) fn is_pointwise(&self) -> bool {
        let stays = |axis: &Axis| axis.stride == 1 && axis.offset == axis.back;
        self.taps() == 1
            && self.phases() == 1
            && self.size == self.output_size
            && self.axes.iter().all(stays)
    }

    /// Tiles of 4 × 4 output pixels that are as far apart as the taps.
    pub(crate) fn tiles_of_taps(&self) -> usize {
        let along = |axis: usize| {
            let apart = self.axes[axis].dilation;
            self.output_size[axis].div_ceil(4 * apart) * apart
        };
        along(0) * along(1)
    }

    /// The settings `Convolution` in `shaders/convolution/shared/convolution.wgsl`, where pairs are columns, then rows.
    pub(crate) fn settings(&self, biased: bool, first: usize, parts: Parts) -> Vec<u32> {
        let pair = |value: fn(&Axis) -> usize| [value(&self.axes[1]), value(&self.axes[0])];
        let size = |size: [usize; 2]| [size[1], size[0]];
        [
            pair(|axis| axis.stride),
            pair(|axis| axis.dilation),
            pair(|axis| axis.offset),
            pair(|axis| axis.back),
            pair(|axis| axis.fraction),
            pair(|axis| axis.step),
            size(self.kernel),
            size(self.size),
            size(self.output_size),
            [self.batch, self.groups],
            [self.channels, self.outputs],
            [usize::from(biased), first],
            [parts.count, parts.size],
            [usize::from(self.scaled), 0],
        ]
        .as_flattened()
        .iter()
        .map(|number| *number as u32)
        .collect()
    }

    /// The settings `Winograd` in `shaders/convolution/shared/winograd.wgsl`, where pairs are columns, then rows, for a slice of
    /// tiles: its first one, their number, and the distance between rows of tiles.
    pub(crate) fn tile_settings(&self, biased: bool, slice: [usize; 3]) -> Vec<u32> {
        let [columns, rows] = [&self.axes[1], &self.axes[0]];
        let offset = |axis: &Axis| axis.offset.wrapping_sub(axis.back);
        let [first, count, line] = slice;
        [
            [columns.dilation, rows.dilation],
            [offset(columns), offset(rows)],
            [self.size[1], self.size[0]],
            [self.output_size[1], self.output_size[0]],
            [self.channels, self.outputs],
            [usize::from(biased), first],
            [count, line],
        ]
        .as_flattened()
        .iter()
        .map(|number| *number as u32)
        .collect()
    }
}

/// The number of partial sums, and what each sums over: rows or pixels of the output for the gradient with respect to the weight,
/// else channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) count: usize,
    pub(crate) size: usize,
}

impl Parts {
    /// All of `size` items in one sum.
    pub(crate) fn one(size: usize) -> Self {
        Self { count: 1, size }
    }

    /// Divides `items` into about `wanted` parts, none of them empty.
    pub(crate) fn divide(items: usize, wanted: usize) -> Self {
        let size = items.div_ceil(wanted.clamp(1, items.max(1))).max(1);
        Self {
            count: items.div_ceil(size).max(1),
            size,
        }
    }
}
