//! Sparse matrices: which pixels, with which weights, each pixel is the sum of.

use crate::resize::axis::Axis;

/// A sparse matrix, row by row.
#[derive(Debug, Clone)]
pub(super) struct SparseRows {
    /// The index of each row's first entry, and the number of entries.
    starts: Vec<usize>,
    /// Column and value.
    entries: Vec<(usize, f32)>,
}

impl SparseRows {
    /// A row for each pixel of the upsampled axis: the sum over the `taps` around it, each tap in a map of its own. Pixel `p` of
    /// the map of tap `t` is column `t·stride + p`. Taps outside the upsampled axis contribute nothing.
    pub(super) fn of_taps(axis: Axis, taps: usize, stride: usize) -> Self {
        let places = axis.places();
        Self::new((0..axis.to).map(|pixel| {
            let seen = (0..taps).filter_map(|tap| {
                let place = places.get((pixel + tap).checked_sub(taps / 2)?)?;
                let column = |pixel| tap * stride + pixel;
                Some([
                    (column(place.low), 1.0 - place.weight),
                    (column(place.high), place.weight),
                ])
            });
            seen.flatten().filter(|entry| entry.1 > 0.0).collect()
        }))
    }

    fn new(rows: impl Iterator<Item = Vec<(usize, f32)>>) -> Self {
        let (mut starts, mut entries) = (vec![0], Vec::new());
        for row in rows {
            entries.extend(row);
            starts.push(entries.len());
        }
        Self { starts, entries }
    }

    /// The transpose, which has `rows` rows.
    pub(super) fn transposed(&self, rows: usize) -> Self {
        let mut lists = vec![Vec::new(); rows];
        for row in 0..self.starts.len() - 1 {
            for &(column, value) in self.row(row) {
                lists[column].push((row, value));
            }
        }
        Self::new(lists.into_iter())
    }

    #[expect(
        clippy::inline_always,
        reason = "called from loops that are compiled for the CPU's instruction set"
    )]
    #[inline(always)]
    pub(super) fn row(&self, number: usize) -> &[(usize, f32)] {
        &self.entries[self.starts[number]..self.starts[number + 1]]
    }
}
