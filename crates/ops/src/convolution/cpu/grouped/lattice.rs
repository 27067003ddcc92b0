//! A padded map split into the phases of its stride, so that under every tap neighbouring pixels are adjacent in memory.

use crate::convolution::geometry::Geometry;

/// The memory layout of a channel's padded map: `[phase of rows, phase of columns, row, column]`, where neighbours in a phase are a
/// stride apart in the map.
///
/// The output gets the same distance between rows, so that pixel p reads number p + offset under a tap, whatever its row. Numbers
/// between the end of an output row and the next row are not used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lattice {
    geometry: Geometry,
    /// Rows and columns of the map.
    size: [usize; 2],
    /// Rows of a phase.
    rows: usize,
    /// Columns of a phase: the distance between its rows.
    pub(super) pitch: usize,
}

/// The position of a tap in the lattice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    pub(super) phase: usize,
    /// Offset from the first number of the phase.
    pub(super) shift: usize,
}

/// The part of a map's row that belongs to one phase of columns.
struct Line {
    /// The first column that belongs to the phase; the others are a stride apart.
    column: usize,
    /// The position of that column in the lattice.
    place: usize,
}

impl Lattice {
    pub(super) fn new(geometry: Geometry, size: [usize; 2]) -> Self {
        let [rows, pitch] = [0, 1].map(|axis| {
            let padded = size[axis] + 2 * geometry.padding[axis];
            padded.div_ceil(geometry.stride[axis])
        });
        Self {
            geometry,
            size,
            rows,
            pitch,
        }
    }

    pub(super) fn phases(&self) -> usize {
        self.geometry.stride[0] * self.geometry.stride[1]
    }

    /// Numbers per phase.
    pub(super) fn phase(&self) -> usize {
        self.rows * self.pitch
    }

    /// Numbers per map.
    pub(super) fn map(&self) -> usize {
        self.phases() * self.phase()
    }

    /// Every tap of a kernel, row by row.
    pub(super) fn taps(&self, kernel: [usize; 2]) -> Vec<Tap> {
        let [vertical, horizontal] = self.geometry.stride;
        let tap = |row: usize, column: usize| {
            let row = row * self.geometry.dilation[0];
            let column = column * self.geometry.dilation[1];
            Tap {
                phase: row % vertical * horizontal + column % horizontal,
                shift: row / vertical * self.pitch + column / horizontal,
            }
        };
        (0..kernel[0])
            .flat_map(|row| (0..kernel[1]).map(move |column| tap(row, column)))
            .collect()
    }

    /// The parts of row `row` of the map, one for each phase of columns.
    fn lines(&self, row: usize) -> impl Iterator<Item = Line> {
        let [vertical, stride] = self.geometry.stride;
        let [above, before] = self.geometry.padding;
        let padded = row + above;
        let (phase, pitch) = (self.phase(), self.pitch);
        (0..stride).map(move |number| {
            let column = (number + stride - before % stride) % stride;
            let place = (padded % vertical * stride + number) * phase + padded / vertical * pitch;
            Line {
                column,
                place: place + (column + before) / stride,
            }
        })
    }

    /// Writes a map into the lattice without changing the numbers around it.
    pub(super) fn lay_out(&self, map: &[f32], lattice: &mut [f32]) {
        let stride = self.geometry.stride[1];
        for (row, values) in map.chunks_exact(self.size[1]).enumerate() {
            for line in self.lines(row) {
                let seen = values.get(line.column..).unwrap_or_default();
                let places = &mut lattice[line.place..][..seen.len().div_ceil(stride)];
                if stride == 1 {
                    places.copy_from_slice(seen);
                    continue;
                }
                for (place, values) in places.iter_mut().zip(seen.chunks(stride)) {
                    *place = values[0];
                }
            }
        }
    }

    /// Reads the map back.
    pub(super) fn read_back(&self, lattice: &[f32], map: &mut [f32]) {
        let stride = self.geometry.stride[1];
        for (row, values) in map.chunks_exact_mut(self.size[1]).enumerate() {
            for line in self.lines(row) {
                let found = values.get_mut(line.column..).unwrap_or_default();
                let places = &lattice[line.place..][..found.len().div_ceil(stride)];
                if stride == 1 {
                    found.copy_from_slice(places);
                    continue;
                }
                for (values, place) in found.chunks_mut(stride).zip(places) {
                    values[0] = *place;
                }
            }
        }
    }
}
